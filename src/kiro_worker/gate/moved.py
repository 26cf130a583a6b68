"""Which added files are deleted ones under another name, and so which lines a branch really adds or changes.

A change set tells a renamed file as one deleted and one added. Counted so, all its lines would be the branch's doing:
whoever moves an old module would have to test all of it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from kiro_worker.changeset import ChangedFile, ChangeSet, How

#: How alike two files must be for one to be the other renamed: as git itself takes it.
_ALIKE = 0.5

# Pairs that are looked at, and lines of a file that are compared one by one: more is no rename that anybody would see.
_MOST_PAIRS = 4_000
_MOST_LINES = 20_000


def moved_from(change: ChangeSet) -> Mapping[str, ChangedFile]:
    """For each added file that was another one before: that one, which the branch deletes."""
    gone = {file.path: file for file in change if file.how is How.DELETED and file.old_text}
    added = {file.path: file for file in change if file.how is How.ADDED and file.text}
    found: dict[str, ChangedFile] = {}
    # Unchanged ones first: there are many of them where a folder was renamed, and they are found at once.
    same: dict[tuple[str, str], list[str]] = {}
    for path, file in gone.items():
        same.setdefault((_ending(path), file.old_text), []).append(path)
    for path, file in added.items():
        if twins := same.get((_ending(path), file.text)):
            twin = next((old for old in twins if _name(old) == _name(path)), twins[0])
            twins.remove(twin)
            found[path] = gone.pop(twin)
    for new, old in _pairs([file for path, file in added.items() if path not in found], list(gone.values())):
        if new.path not in found and old.path in gone:
            found[new.path] = gone.pop(old.path)
    return found


def lines_changed(change: ChangeSet) -> Mapping[str, frozenset[int]]:
    """For each file that is there, the lines that are new or changed; a moved one is compared with what it was."""
    moved = moved_from(change)
    return {
        file.path: _new_lines(moved[file.path].old_text, file.text) if file.path in moved else file.added
        for file in change.there
        if file.is_plain
    }


def _pairs(added: list[ChangedFile], gone: list[ChangedFile]) -> Iterator[tuple[ChangedFile, ChangedFile]]:
    """What fits, the best first; of equally good ones the one that keeps its name, then by path."""
    before = [(file, _lines(file.old_text)) for file in gone]
    found: list[tuple[float, ChangedFile, ChangedFile]] = []
    for new in added[: _MOST_PAIRS // max(1, len(gone))]:
        lines = _lines(new.text)
        found += (
            (alike, new, old)
            for old, held in before
            if _ending(old.path) == _ending(new.path) and (alike := _alike(lines, held)) >= _ALIKE
        )
    found.sort(key=lambda one: (-one[0], _name(one[1].path) != _name(one[2].path), one[1].path, one[2].path))
    return ((new, old) for _, new, old in found)


def _lines(text: str) -> Counter[str]:
    """How often each line is there; blank ones say nothing."""
    return Counter(line for line in text.splitlines() if line.strip())


def _alike(one: Counter[str], other: Counter[str]) -> float:
    """The share of lines that both have, of the longer one."""
    most, least = max(one.total(), other.total()), min(one.total(), other.total())
    return (one & other).total() / most if most and least >= _ALIKE * most else 0.0


def _new_lines(before: str, after: str) -> frozenset[int]:
    old, new = before.splitlines(), after.splitlines()
    if len(old) > _MOST_LINES or len(new) > _MOST_LINES:
        return frozenset(range(1, len(new) + 1))
    matcher = SequenceMatcher(None, old, new, autojunk=len(new) > 2000)
    return frozenset(
        line
        for tag, _, _, first, last in matcher.get_opcodes()
        if tag in {"insert", "replace"}
        for line in range(first + 1, last + 1)
    )


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _ending(path: str) -> str:
    return _name(path).rpartition(".")[2]

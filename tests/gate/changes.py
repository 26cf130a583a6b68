"""Change sets for tests: from what files were and are."""

from collections.abc import Mapping
from difflib import SequenceMatcher

from kiro_worker.changeset import ChangedFile, ChangeSet, How, Hunk
from kiro_worker.ids import Oid


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> ChangeSet:
    """What changed between two states of a tree."""
    paths = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    files = tuple(_changed(path, before.get(path), after.get(path)) for path in paths)
    return ChangeSet(base=Oid("1" * 40), head=Oid("2" * 40), files=files, base_tree=Oid("3" * 40))


def _changed(path: str, old: str | None, new: str | None) -> ChangedFile:
    how = How.ADDED if old is None else How.DELETED if new is None else How.MODIFIED
    return ChangedFile(
        path=path,
        how=how,
        before=None if old is None else old.encode(),
        after=None if new is None else new.encode(),
        hunks=tuple(_hunks(old or "", new or "")),
        mode=0o100644 if new is not None else 0,
        old_mode=0o100644 if old is not None else 0,
    )


def _hunks(old: str, new: str):
    matcher = SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False)
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag != "equal":
            yield Hunk(first + (last > first), last - first, start + (end > start), end - start)

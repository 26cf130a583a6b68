"""Whose lines a branch's files are made of: each commit's lines, carried forward through all that came after it."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from kiro_worker.changeset import Hunk
from kiro_worker.ids import Oid
from kiro_worker.workspace.change import CommitLines

_MOST_LINES = 1_000_000

Owners = Mapping[int, Oid]


def owners_of(commits: Iterable[CommitLines]) -> Mapping[str, Owners]:
    """For each path, which commit wrote which line of it, as they are counted at the last commit.

    What a repair of the whole branch writes in the place of others' lines stays theirs: it mends them. Lines that a
    merge brought in are nobody's.

    Args:
        commits: oldest first.
    """
    owned: dict[str, dict[int, Oid]] = {}
    for each in commits:
        heirs = each.commit.trailer("Kiro-Kind") == "repair" and not each.commit.trailer("Kiro-Task")
        for path, hunks in each.files.items():
            before = owned.get(path, {})
            now = _carried(before, hunks)
            if not each.merge:
                for hunk in hunks:
                    heir = _replaced(before, hunk) if heirs else None
                    now |= dict.fromkeys(_new(hunk), heir or each.commit.oid)
            owned[path] = now
    return owned


def carried(lines: Collection[int], hunks: Iterable[Hunk]) -> Mapping[int, int]:
    """Where lines stand after a change, by where they stood before; those that it took out or rewrote are left out.

    >>> carried({1, 5, 9}, (Hunk(2, 0, 3, 2), Hunk(5, 1, 7, 1)))
    {1: 1, 9: 11}
    """
    return dict(_moved(sorted(lines), sorted(hunks, key=lambda hunk: hunk.old_start)))


def spans(lines: Iterable[int]) -> str:
    """Line numbers as people write them.

    >>> spans({12, 3, 4, 5})
    '3-5, 12'
    """
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in _runs(lines))


def numbers(spans: str) -> frozenset[int]:
    """The line numbers in what `spans` wrote; a part that is none is passed over.

    >>> sorted(numbers("3-5, 12, x, 9-7"))
    [3, 4, 5, 12]
    """
    found: set[int] = set()
    counted = 0
    for part in spans.split(","):
        first, _, last = part.strip().partition("-")
        if first.isdecimal() and (not last or last.isdecimal()):
            # It may have come from outside: nobody's file is longer, and no number there may cost us the machine.
            lines = range(int(first[:9]), min(int((last or first)[:9]), int(first[:9]) + _MOST_LINES - counted) + 1)
            counted += len(lines) + 1
            found.update(lines)
        if counted > _MOST_LINES:
            break
    return frozenset(found)


def _carried(owners: Owners, hunks: Iterable[Hunk]) -> dict[int, Oid]:
    return {now: owners[then] for then, now in carried(owners, hunks).items()}


def _moved(lines: list[int], hunks: list[Hunk]) -> Iterator[tuple[int, int]]:
    shift, at = 0, 0
    for line in lines:
        # A hunk without old lines stands behind `old_start`, so that line itself is before it.
        while at < len(hunks) and _end(hunks[at]) < line:
            shift += hunks[at].new_count - hunks[at].old_count
            at += 1
        if at < len(hunks) and hunks[at].old_count and hunks[at].old_start <= line:
            continue
        yield line, line + shift


def _end(hunk: Hunk) -> int:
    """The last line before what follows the hunk, as lines were counted before it."""
    return hunk.old_start + max(hunk.old_count - 1, 0)


def _new(hunk: Hunk) -> range:
    return range(hunk.new_start, hunk.new_start + hunk.new_count)


def _replaced(owners: Owners, hunk: Hunk) -> Oid | None:
    """Who wrote the first of the lines that a hunk replaces."""
    old = range(hunk.old_start, hunk.old_start + hunk.old_count)
    return next((owners[line] for line in old if line in owners), None)


def _runs(lines: Iterable[int]) -> Iterator[tuple[int, int]]:
    first = last = None
    for line in sorted(lines):
        if first is None or last is None:
            first = last = line
        elif line == last + 1:
            last = line
        else:
            yield first, last
            first = last = line
    if first is not None and last is not None:
        yield first, last

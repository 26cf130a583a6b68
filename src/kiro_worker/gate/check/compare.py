"""Which findings are the branch's own, and which were there before; pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from kiro_worker.changeset import ChangeSet
from kiro_worker.gate.check.model import BaseLook, Found
from kiro_worker.value import dataclass

# Where the base could not be looked at: these tell of other files than those that were changed.
_REACHES_FAR = frozenset({"types", "build", "dependencies"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What is new and what is not; each in the order in which it was told."""

    new: tuple[Found, ...] = ()
    old: tuple[Found, ...] = ()


def compare(found: tuple[Found, ...], base: BaseLook | None, change: ChangeSet, *, kind: str) -> Compared:
    """Tell the new from the old.

    A finding is old when the base has one of the same rule on the same text, in the same file or in one that this
    branch changes too: it may have been moved. Each of the base's counts once, so a copy of a bad line is new; of two
    that are alike, the one on a line that the branch did not touch is the old one.

    Args:
        found: on the branch's head.
        base: on the merge base; where it is None or unknown, everything in a changed file is new.
        change: what the branch changes.
        kind: of the check.
    """
    if base is None or not base.known:
        is_old = [one.path not in change.by_path and kind not in _REACHES_FAR for one in found]
    else:
        is_old = _matched(found, base, change)
    new = tuple(one for one, old in zip(found, is_old, strict=True) if not old)
    return Compared(new=new, old=tuple(one for one, old in zip(found, is_old, strict=True) if old))


def _matched(found: tuple[Found, ...], base: BaseLook, change: ChangeSet) -> list[bool]:
    left = Counter({(path, mark): count for path, mark, count in base.marks})
    is_old = [False] * len(found)
    order = sorted(range(len(found)), key=lambda at: _is_touched(found[at], change))
    for at in order:
        key = (found[at].path, found[at].mark)
        if left[key] > 0:
            left[key] -= 1
            is_old[at] = True
    moved: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for path, mark in _left_in_changed(left, change):
        moved[mark].append((path, mark))
    for at in order:
        if not is_old[at] and found[at].path in change.by_path and moved[found[at].mark]:
            moved[found[at].mark].pop()
            is_old[at] = True
    return is_old


def _left_in_changed(left: Counter[tuple[str, str]], change: ChangeSet) -> Iterator[tuple[str, str]]:
    for (path, mark), count in left.items():
        if path in change.by_path:
            yield from [(path, mark)] * count


def _is_touched(found: Found, change: ChangeSet) -> bool:
    file = change.by_path.get(found.path)
    return file is not None and (found.line == 0 or found.line in file.added)

"""The change set of a case, made without git for those that are only read."""

from difflib import SequenceMatcher

from hollow.case import Case
from kiro_worker.changeset import ChangedFile, ChangeSet, How, Hunk
from kiro_worker.ids import Oid


def change_of(case: Case, *, base: str = "0" * 40, head: str = "1" * 40, base_tree: str = "2" * 40) -> ChangeSet:
    """What the branch changes, as a workspace tells it."""
    before, after = case.before, case.after
    paths = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    files = tuple(_file(path, before.get(path), after.get(path)) for path in paths)
    return ChangeSet(base=Oid(base), head=Oid(head), files=files, base_tree=Oid(base_tree))


def _file(path: str, before: str | None, after: str | None) -> ChangedFile:
    how = How.ADDED if before is None else How.DELETED if after is None else How.MODIFIED
    return ChangedFile(
        path=path,
        how=how,
        before=None if before is None else before.encode(),
        after=None if after is None else after.encode(),
        hunks=_hunks(before or "", after or ""),
        mode=0 if after is None else 0o100644,
        old_mode=0 if before is None else 0o100644,
    )


def _hunks(before: str, after: str) -> tuple[Hunk, ...]:
    old, new = before.splitlines(), after.splitlines()
    found = []
    for tag, begin, end, new_begin, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            # As a unified diff counts: with nothing on one side, the number is that of the line before.
            count, new_count = end - begin, new_end - new_begin
            found.append(Hunk(begin + bool(count), count, new_begin + bool(new_count), new_count))
    return tuple(found)

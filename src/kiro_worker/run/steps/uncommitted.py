"""A branch's change together with what a task made and nobody committed yet."""

import stat
from pathlib import Path

from kiro_worker.changeset import ChangedFile, ChangeSet, How
from kiro_worker.run.undertaking import Undertaking
from kiro_worker.workspace.port import ChangeKind

_PLAIN, _PROGRAM, _LINK = 0o100644, 0o100755, 0o120000


async def with_uncommitted(work: Undertaking, change: ChangeSet) -> ChangeSet:
    """The change as it will be once the task is committed, for all of it to be taken back; its lines are not told.

    Args:
        work: whose workspace stands at the change's head, with the task's work on top.
        change: what is committed.
    """
    files = dict(change.by_path)
    for each in {each.path: each for each in work.changed}.values():
        known = files.pop(each.path, None)
        was = each.kind is not ChangeKind.ADDED if known is None else known.how is not How.ADDED
        stays = each.kind is not ChangeKind.DELETED
        if was or stays:
            files[each.path] = await _changed(work, each.path, known, was=was, stays=stays)
    ordered = tuple(files[path] for path in sorted(files))
    return ChangeSet(base=change.base, head=change.head, files=ordered, base_tree=change.base_tree)


async def _changed(work: Undertaking, path: str, known: ChangedFile | None, *, was: bool, stays: bool) -> ChangedFile:
    """What becomes of one path; a content that is there and is not told is one that is too large to be."""
    at_head, after = await work.tree.versions(path)
    before, old_mode = (known.before, known.old_mode) if known is not None else (at_head, 0)
    mode = _mode(work.tree.path / path) if stays else 0
    too_large = (was and before is None) or (stays and after is None)
    return ChangedFile(
        path=path,
        how=How.DELETED if not stays else How.MODIFIED if was else How.ADDED,
        before=before,
        after=after,
        mode=mode,
        # A file that only this task changes keeps its mode, as far as anybody knows.
        old_mode=old_mode or mode or _PLAIN,
        left_out=too_large or (known is not None and known.left_out),
    )


def _mode(path: Path) -> int:
    try:
        told = path.lstat().st_mode
    except OSError:
        return _PLAIN
    if stat.S_ISLNK(told):
        return _LINK
    return _PROGRAM if told & 0o100 else _PLAIN

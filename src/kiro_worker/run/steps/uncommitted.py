"""A branch's change together with what a task made and nobody committed yet."""

import stat
from pathlib import Path

from kiro_worker.changeset import ChangedFile, ChangeSet, How
from kiro_worker.run.undertaking import Undertaking

_PLAIN, _PROGRAM, _LINK = 0o100644, 0o100755, 0o120000


async def with_uncommitted(work: Undertaking, change: ChangeSet) -> ChangeSet:
    """The change as it will be once the task is committed, for all of it to be taken back; its lines are not told.

    Args:
        work: whose workspace stands at the change's head, with the task's work on top.
        change: what is committed.
    """
    files = dict(change.by_path)
    for path in {each.path for each in work.changed}:
        at_head, after = await work.tree.versions(path)
        known = files.pop(path, None)
        before, old_mode = (known.before, known.old_mode) if known is not None else (at_head, 0)
        if before is None and after is None:
            continue
        mode = _mode(work.tree.path / path) if after is not None else 0
        files[path] = ChangedFile(
            path=path,
            how=How.ADDED if before is None else How.DELETED if after is None else How.MODIFIED,
            before=before,
            after=after,
            mode=mode,
            # A file that only this task changes keeps its mode, as far as anybody knows.
            old_mode=old_mode or mode or _PLAIN,
            left_out=known is not None and known.left_out,
        )
    ordered = tuple(files[path] for path in sorted(files))
    return ChangeSet(base=change.base, head=change.head, files=ordered, base_tree=change.base_tree)


def _mode(path: Path) -> int:
    try:
        told = path.lstat().st_mode
    except OSError:
        return _PLAIN
    if stat.S_ISLNK(told):
        return _LINK
    return _PROGRAM if told & 0o100 else _PLAIN

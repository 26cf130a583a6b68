"""What looks like a secret in a task's changes: it is found before there is a commit that somebody could push."""

import asyncio
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from kiro_worker.changeset import MOST_BYTES, ChangedFile, ChangeSet, How, Hunk
from kiro_worker.gate.port import Finding
from kiro_worker.run.undertaking import Undertaking
from kiro_worker.workspace.port import Change

_BLOCKS = "secrets.found"
_CURE = (
    "Take it out and read it from the environment at run time; one that is made up should say so, such as by EXAMPLE "
    "in it."
)


async def leaks(work: Undertaking, changes: tuple[Change, ...]) -> tuple[Finding, ...]:
    """One finding for each file with lines, added by this task, that block the gate `secrets`.

    Args:
        work: whose workspace holds the changes.
        changes: those of files that are still to be committed.
    """
    loud = await asyncio.to_thread(_loud, work, changes)
    if not loud:
        return ()
    # Few have any, so only now is it asked what was there before, in any of the files: a secret that moves is not new.
    versions = {change.path: await work.tree.versions(change.path) for change in changes}
    files = [_changed(path, *versions[path], look=path in loud) for path in versions]
    found = work.have.gates.secrets(_as_change(work, files)).findings
    first = {finding.path: finding for finding in reversed(found) if finding.code == _BLOCKS}
    return tuple(
        Finding(
            code="change.secret",
            title=f"{path}, line {finding.line}: {finding.title}",
            cure=_CURE,
            path=path,
            line=finding.line,
        )
        for path, finding in sorted(first.items())
    )


def _loud(work: Undertaking, changes: Iterable[Change]) -> frozenset[str]:
    """Paths of files that hold what would block if all of their lines were new."""
    files = (
        _changed(change.path, None, content, look=True)
        for change in changes
        if (content := _content(work.tree.path / change.path)) is not None
    )
    return frozenset(
        finding.path for finding in work.have.gates.secrets(_as_change(work, files)).findings if finding.code == _BLOCKS
    )


def _content(path: Path) -> bytes | None:
    """A plain file's content, if a person could have written as much."""
    try:
        told = path.lstat()
        if not stat.S_ISREG(told.st_mode) or told.st_size > MOST_BYTES:
            return None
        return path.read_bytes()
    except OSError:
        # Gone, or closed against its owner: what is committed of it is for the gates to look at.
        return None


def _changed(path: str, before: bytes | None, after: bytes | None, *, look: bool) -> ChangedFile:
    if not look or after is None:
        return ChangedFile(path=path, how=How.DELETED, before=before)
    return ChangedFile(path=path, how=How.MODIFIED, before=before, after=after, hunks=tuple(_added(before, after)))


def _added(before: bytes | None, after: bytes) -> Iterator[Hunk]:
    known = frozenset((before or b"").split(b"\n"))
    for number, line in enumerate(after.split(b"\n"), 1):
        if line not in known:
            yield Hunk(number, 0, number, 1)


def _as_change(work: Undertaking, files: Iterable[ChangedFile]) -> ChangeSet:
    head = work.tree.head
    return ChangeSet(base=head, head=head, files=tuple(files), base_tree=head)

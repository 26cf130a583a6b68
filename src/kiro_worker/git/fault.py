"""What went wrong with git, told apart by what helps: trying again, a login, an address, or room on the disk.

* GitFailed                anything else, in git's own words
  + GitUnreachable         passes by itself: network, a busy server, a broken transfer
    + GitTooSlow           its deadline passed
  + GitDenied              credentials are missing or not enough
  + RepositoryMissing      nothing is at the address, or these credentials may not see it
  + MirrorBroken           the local repository itself cannot be read
* DiskFull, NotWritable    the state directory cannot take more
* GitTooOld                the installed git lacks something
* ObjectTooLarge           a file is larger than the worker reads
* OutputTooLarge           git said more than the worker keeps in memory
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from kiro_worker.error import Fault, WorkerError

_MIB = 1024 * 1024

#: Bytes of one file or folder that are read into memory.
MOST_READ = 16 * _MIB


class GitFailed(WorkerError):
    """A git command ended with a status that was not expected.

    Attributes:
        verb: the git command, such as `fetch`.
        status: its exit status.
        words: what it said, without secrets and progress.
        transient: whether trying again later can help.
    """

    code = "git.failed"
    fault = Fault.GIT
    transient: ClassVar[bool] = False
    what: ClassVar[str] = "failed"
    cure: ClassVar[str] = "Read git's words above; run again when the cause is gone."

    def __init__(self, verb: str, *, status: int, words: str, kept: str = "") -> None:
        self.verb, self.status, self.words = verb, status, words
        super().__init__(
            f"git {verb} {self.what} (status {status}): {words or 'it said nothing'}",
            kept=kept,
            next_step=self.cure,
        )


class GitUnreachable(GitFailed):
    """The remote could not be spoken to, in a way that often passes by itself."""

    code = "git.unreachable"
    transient = True
    what = "could not reach the remote"
    cure = "Check the network and the address with: git ls-remote URL; then run again."


class GitTooSlow(GitUnreachable):
    """A git command did not end within its deadline, or fell silent."""

    code = "git.too-slow"
    what = "did not end in time"
    cure = "Look at the network and the disk; then run again."


class GitDenied(GitFailed):
    """The remote wants credentials that were not given, or gives these no access."""

    code = "git.denied"
    fault = Fault.CREDENTIAL
    what = "was denied"
    cure = "Give a token or key that may read and write the repository; try it with: git ls-remote URL"


class RepositoryMissing(GitFailed):
    """No repository is at the address, or these credentials may not see it."""

    code = "git.repository-missing"
    what = "found no repository"
    cure = "Check the address; hosts say the same when the token may not see it."


class MirrorBroken(GitFailed):
    """A repository of the worker's own cannot be read."""

    code = "git.mirror-broken"
    fault = Fault.INTERNAL
    what = "found a broken repository"
    cure = "Run again: the mirror is made anew."


class DiskFull(WorkerError):
    """There is no room left where the worker keeps its state."""

    code = "git.disk-full"
    fault = Fault.INTERNAL

    def __init__(self, path: Path | str) -> None:
        super().__init__(
            f"No space is left on the device that holds {path}.",
            kept="What was pushed is on the remote; nothing was deleted.",
            next_step=f"Make room (df -h {path}), then run: kiro-worker resume",
        )


class NotWritable(WorkerError):
    """The worker may not write where it keeps its state."""

    code = "git.not-writable"
    fault = Fault.INTERNAL

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(
            f"{path} cannot be written: {reason}.",
            kept="What was pushed is on the remote; nothing was deleted.",
            next_step="Let the worker's user write there, or point XDG_STATE_HOME elsewhere; then run again.",
        )


class GitTooOld(WorkerError):
    """The installed git lacks what the worker needs of it."""

    code = "git.too-old"
    fault = Fault.CONFIG

    def __init__(self, version: tuple[int, ...], oldest: tuple[int, ...], purpose: str) -> None:
        has, needs = (".".join(str(part) for part in parts) or "unknown" for parts in (version, oldest))
        super().__init__(
            f"git {has} is too old for {purpose}; {needs} or newer is needed.",
            next_step="Install a newer git, then run again.",
        )


class ObjectTooLarge(WorkerError):
    """A file or folder is larger than the worker reads into memory."""

    code = "git.object-too-large"
    fault = Fault.GIT

    def __init__(self, name: str, size: int) -> None:
        super().__init__(
            f"{name} has {size // _MIB} MiB; the worker reads at most {MOST_READ // _MIB} MiB of one.",
            next_step="Keep specs and settings small; large files belong elsewhere.",
        )


class OutputTooLarge(WorkerError):
    """A git command said more than is kept."""

    code = "git.output-too-large"
    fault = Fault.GIT

    def __init__(self, verb: str, limit: int) -> None:
        super().__init__(
            f"git {verb} said more than {limit // (1024 * 1024)} MiB, more than the worker keeps in memory.",
            next_step="The change or the repository is too large for one run; split it.",
        )


_NO_PLACE = frozenset(
    {
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EEXIST,
        errno.ENAMETOOLONG,
    }
)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a failed write of the worker's own files into a named fault.

    Raises:
        DiskFull: no space or quota is left.
        NotWritable: the file system or its permissions say no.
    """
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull(path) from error
        if error.errno in _NO_PLACE:
            raise NotWritable(error.filename or path, error.strerror or "not allowed") from error
        raise

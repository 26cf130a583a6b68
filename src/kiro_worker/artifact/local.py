"""Artifacts as plain files below one folder: `<folder>/<run>/<name>`."""

import asyncio
import contextlib
import errno
import os
import secrets
import shlex
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from kiro_worker.artifact.name import PARTIAL, ArtifactNameRefused, check_name, check_run
from kiro_worker.artifact.source import chunks, reason_of
from kiro_worker.error import Fault, WorkerError
from kiro_worker.ids import RunId

_NO_FOLLOW = os.O_NOFOLLOW | os.O_CLOEXEC
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

Done = TypeVar("Done")

__all__ = ["ArtifactNameRefused", "ArtifactNotKept", "DiskFull", "LocalArtifacts"]


class DiskFull(WorkerError):
    """The disk took no more while an artifact was written."""

    code = "artifact.disk-full"
    fault = Fault.INTERNAL

    def __init__(self, *, path: Path, folder: Path, replaced: bool) -> None:
        self.path = path
        super().__init__(
            f"{path} could not be written: the disk, its quota or a limit on file sizes is used up.",
            kept=f"{'The earlier version of this file' if replaced else 'Nothing of this file'} and every other "
            f"file below {folder} is as it was.",
            next_step=f"Make room and run again; what takes it: df -h {shlex.quote(str(folder))}; "
            f"du -xsh {shlex.quote(str(folder))}/*",
        )


class ArtifactNotKept(WorkerError):
    """An artifact could not be written or read."""

    code = "artifact.not-kept"
    fault = Fault.INTERNAL

    def __init__(self, *, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(
            f"The artifact {path} cannot be used: {reason}.",
            kept="Nothing that was kept before was changed.",
            next_step=f"Look at the folder: ls -la {shlex.quote(str(path.parent))}",
        )


class LocalArtifacts:
    """See `Artifacts`. Files are for their owner alone; no link below the folder is ever followed."""

    def __init__(self, folder: Path) -> None:
        """Keep files below `folder`, which is made when the first one comes."""
        self._folder = folder

    async def keep(self, run: RunId, name: str, content: bytes | Path) -> str:
        """See `Artifacts.keep`."""
        path = self._path(run, name)
        await self._in_thread(path, lambda: self._write(path, content))
        return str(path)

    async def read(self, run: RunId, name: str) -> bytes | None:
        """See `Artifacts.read`."""
        path = self._path(run, name)

        def work() -> bytes | None:
            try:
                with self._opened(path.parent, make=False) as folder:
                    return _content(path.name, folder)
            except (FileNotFoundError, NotADirectoryError):
                return None

        return await self._in_thread(path, work)

    async def names(self, run: RunId) -> tuple[str, ...]:
        """See `Artifacts.names`."""
        check_run(run)
        root = self._folder / run

        def work() -> tuple[str, ...]:
            try:
                with self._opened(root, make=False) as folder:
                    return tuple(sorted(_files(folder)))
            except FileNotFoundError:
                return ()

        return await self._in_thread(root, work)

    def _path(self, run: str, name: str) -> Path:
        check_name(run, name)
        return self._folder / run / name

    async def _in_thread(self, path: Path, work: Callable[[], Done]) -> Done:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            if error.errno in _FULL:
                raise DiskFull(path=path, folder=self._folder, replaced=path.exists()) from error
            raise ArtifactNotKept(path=path, reason=reason_of(error)) from error

    def _write(self, path: Path, content: bytes | Path) -> None:
        with self._opened(path.parent, make=True) as folder:
            partial = f"{PARTIAL}{secrets.token_hex(8)}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW
            try:
                with os.fdopen(os.open(partial, flags, 0o600, dir_fd=folder), "wb", buffering=0) as file:
                    with contextlib.closing(chunks(content)) as pieces:
                        for chunk in pieces:
                            _write_whole(file.fileno(), chunk)
                    os.fsync(file.fileno())
                os.replace(partial, path.name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(partial, dir_fd=folder)
                raise
            os.fsync(folder)

    @contextlib.contextmanager
    def _opened(self, folder: Path, *, make: bool) -> Iterator[int]:
        """A folder at or below ours, reached step by step, so that no link planted on the way leads elsewhere."""
        if make:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in folder.relative_to(self._folder).parts:
                below = _step_into(part, held, make=make)
                os.close(held)
                held = below
            yield held
        finally:
            os.close(held)


def _step_into(part: str, folder: int, *, make: bool) -> int:
    if make:
        try:
            os.mkdir(part, 0o700, dir_fd=folder)
        except FileExistsError:
            pass
        else:
            os.fsync(folder)
    return os.open(part, os.O_RDONLY | os.O_DIRECTORY | _NO_FOLLOW, dir_fd=folder)


def _write_whole(file: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(file, rest) :]


def _content(name: str, folder: int) -> bytes:
    file = os.open(name, os.O_RDONLY | os.O_NONBLOCK | _NO_FOLLOW, dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(errno.EINVAL, "it is not a plain file")
        with os.fdopen(file, "rb", closefd=False) as opened:
            return opened.read()
    finally:
        os.close(file)


def _files(folder: int, above: str = "") -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(PARTIAL):
                continue
            if entry.is_file(follow_symlinks=False):
                yield above + entry.name
            elif entry.is_dir(follow_symlinks=False):
                below = os.open(entry.name, os.O_RDONLY | os.O_DIRECTORY | _NO_FOLLOW, dir_fd=folder)
                try:
                    yield from _files(below, f"{above}{entry.name}/")
                finally:
                    os.close(below)

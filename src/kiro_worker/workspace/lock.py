"""Locks on files, held across the processes of one machine and let go by the kernel when a holder dies."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from kiro_worker.error import Fault, WorkerError
from kiro_worker.git.fault import writing

_FIRST_PAUSE = 0.001
_LONGEST_PAUSE = 0.02
_PATIENCE = 3600.0


class MirrorBusy(WorkerError):
    """Another process held a mirror for longer than any fetch takes."""

    code = "workspace.mirror-busy"
    fault = Fault.BUSY

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"Another process held {path} for longer than any fetch takes.",
            next_step=f"See which: fuser -v {path}",
        )


class SharedLock:
    """Many who read, or one who writes; whoever waits to write is not overtaken by those who read.

    Args:
        path: the file to lock; a second one beside it keeps the order of those who wait.
        patience: seconds after which a wait is given up.

    Raises:
        MirrorBusy: when entered, and nobody gave it back in time.
    """

    def __init__(self, path: Path, *, patience: float = _PATIENCE) -> None:
        self._patience = patience
        self._path = path
        self._turn = path.with_name(path.name + ".turn")

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Hold it together with others who read."""
        async with self._held(fcntl.LOCK_SH):
            yield

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Hold it alone."""
        async with self._held(fcntl.LOCK_EX):
            yield

    @asynccontextmanager
    async def _held(self, how: int) -> AsyncIterator[None]:
        with _opened(self._path) as lock:
            # Who waits to write waits with the turn in hand, so that no one who reads gets in before.
            with _opened(self._turn) as turn:
                await self._wait(turn, fcntl.LOCK_EX)
                await self._wait(lock, how)
            yield

    async def _wait(self, descriptor: int, how: int) -> None:
        pause = _FIRST_PAUSE
        waited = 0.0
        while True:
            try:
                fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            except BlockingIOError:
                if waited > self._patience:
                    raise MirrorBusy(self._path) from None
            else:
                return
            await asyncio.sleep(pause)
            waited += pause
            pause = min(pause * 1.5, _LONGEST_PAUSE)


class Mark:
    """A file that says that something lives as long as this process does.

    Args:
        path: the file; its folder must be there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Hold the mark; False when somebody who lives holds it."""
        with writing(self.path):
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def drop(self) -> None:
        """Let go and take the file away."""
        if self._descriptor is not None:
            with suppress(FileNotFoundError):
                self.path.unlink()
            os.close(self._descriptor)
            self._descriptor = None


def is_held(path: Path) -> bool:
    """Whether somebody who lives holds a mark."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        # Whatever lies among the runs' folders and is none, nobody works there.
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    with writing(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)

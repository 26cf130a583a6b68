"""Runs as child processes of this one: the simplest launcher, for a laptop and for a `poll` from cron.

Nothing is kept of it: should this process be killed, the kernel asks its runs to end, and they push what they have;
whoever comes next finds them by their branch, their lease and the list of runs.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from kiro_worker.clock import Clock
from kiro_worker.git.fault import writing
from kiro_worker.launch.command import words_of
from kiro_worker.launch.port import AtLimit, Ended, Launched, LaunchRequest
from kiro_worker.process import Child, Children, Command
from kiro_worker.process.children import ENDS_ITSELF_VARIABLE

# What a run's process says is a summary at its end, or a fault.
_SAID = 8_000
# A run that was asked to end pushes and reports first; then it is asked once more, which is at once.
_PATIENCE = 120.0
_LAST_PATIENCE = 10.0
# A token is known for so many more launches, in case its answer was lost.
_REMEMBERED = 1_000


class InlineLaunches:
    """See `Launches`; made by `inline_launches`, which owns what waits for the ends."""

    def __init__(
        self,
        children: Children,
        clock: Clock,
        group: asyncio.TaskGroup,
        *,
        program: tuple[str, ...],
        environment: Mapping[str, str],
        folder: Path,
        most: int = 0,
    ) -> None:
        self._children, self._clock, self._group = children, clock, group
        self._program, self._environment, self._folder, self._most = program, dict(environment), folder, most
        self._live: dict[str, tuple[Launched, Child, asyncio.Event]] = {}
        self._known: dict[str, Launched] = {}
        self._ends: asyncio.Queue[Ended] = asyncio.Queue()
        self._turn = asyncio.Lock()

    @property
    def name(self) -> str:
        """See `Launches.name`."""
        return "inline"

    async def launch(self, request: LaunchRequest) -> Launched | AtLimit:
        """See `Launches.launch`."""
        async with self._turn:
            known = self._known.get(request.token)
            if known is not None:
                return known
            if self._most and len(self._live) >= self._most:
                return AtLimit(why=f"{len(self._live)} of {self._most} runs are under way")
            return await self._start(request)

    async def _start(self, request: LaunchRequest) -> Launched:
        command = Command(
            argv=(*self._program, *words_of(request)),
            cwd=self._folder,
            environment={**self._environment, ENDS_ITSELF_VARIABLE: "1"},
        )
        log = _log(self._folder, request.run)
        # Its own file, not a pipe: whatever becomes of this process, the run's words find their place.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        with writing(self._folder):
            descriptor = os.open(log, flags, 0o600)
            # Held by the run for as long as it lives, and told by `is_over`: it inherits what is open here.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        silence = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        try:
            child = await self._children.start(command, stdin=silence, stdout=descriptor, farewell=signal.SIGTERM)
        except BaseException:
            log.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
            os.close(silence)
        launched = Launched(token=request.token, run=request.run, where=f"process {child.pid}", began=self._clock.now())
        asked = asyncio.Event()
        self._live[request.token] = (launched, child, asked)
        self._remember(launched)
        self._group.create_task(self._see_off(launched, child, asked))
        return launched

    async def running(self) -> tuple[Launched, ...]:
        """See `Launches.running`."""
        return tuple(launched for launched, _, _ in self._live.values())

    async def stop(self, token: str) -> bool:
        """See `Launches.stop`."""
        found = self._live.get(token)
        if found is None:
            return False
        _, child, asked = found
        if not asked.is_set():
            asked.set()
            _ask(child)
        return True

    async def ends(self) -> AsyncIterator[Ended]:
        """See `Launches.ends`."""
        while True:
            yield await self._ends.get()

    async def close(self) -> None:
        """See `Launches.close`."""
        for token in tuple(self._live):
            await self.stop(token)
        while self._live:
            await self._clock.sleep(0.05)

    async def _see_off(self, launched: Launched, child: Child, asked: asyncio.Event) -> None:
        """Wait for a run's end, and see that nothing of it is left; one that was asked to end does so in time."""
        async with asyncio.TaskGroup() as group:
            over = group.create_task(child.wait())
            hurry = group.create_task(self._hurry(child, asked))
            await asyncio.wait({over})
            hurry.cancel()
        await self._children.end(child, grace=0)
        del self._live[launched.token]
        status = over.result()
        self._ends.put_nowait(
            Ended(
                token=launched.token,
                run=launched.run,
                exit_status=status if status >= 0 else None,
                at=self._clock.now(),
                said=self._last_words(launched.run),
            )
        )

    async def _hurry(self, child: Child, asked: asyncio.Event) -> None:
        await asked.wait()
        await self._clock.sleep(_PATIENCE)
        _ask(child)
        await self._clock.sleep(_LAST_PATIENCE)
        await self._children.end(child, grace=0)

    def _last_words(self, run: str) -> str:
        log = _log(self._folder, run)
        try:
            with log.open("rb") as file:
                file.seek(max(0, log.stat().st_size - _SAID))
                return file.read(_SAID).decode("utf-8", "replace").strip()
        except OSError:
            return ""
        finally:
            log.unlink(missing_ok=True)

    def _remember(self, launched: Launched) -> None:
        self._known[launched.token] = launched
        while len(self._known) > _REMEMBERED:
            oldest = next(iter(self._known))
            if oldest in self._live:
                break
            del self._known[oldest]


def is_over(folder: Path, run: str) -> bool:
    """Whether a run is known to have been started inline, by any process of this machine, and to be gone."""
    try:
        descriptor = os.open(_log(folder, run), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _log(folder: Path, run: str) -> Path:
    # A run's id is made by the worker, of letters and digits; whatever else it may be, it stays one name.
    return folder / f"{run.replace('/', '_')}.log"


def _ask(child: Child) -> None:
    if child.status is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGTERM)


@contextlib.asynccontextmanager
async def inline_launches(
    children: Children,
    clock: Clock,
    *,
    program: tuple[str, ...],
    environment: Mapping[str, str],
    folder: Path,
    most: int = 0,
) -> AsyncIterator[InlineLaunches]:
    """A launcher; when it is left, what it started is ended in order first.

    Args:
        children: owns the processes.
        clock: tells when runs began and ended.
        program: how the worker itself is called.
        environment: of the runs, whole.
        folder: where they are started, and where their last words are kept until they are told.
        most: how many at once; 0 is no limit of its own.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with asyncio.TaskGroup() as group:
        launches = InlineLaunches(
            children, clock, group, program=program, environment=environment, folder=folder, most=most
        )
        try:
            yield launches
        finally:
            await asyncio.shield(launches.close())

"""Ticks for ever: as often as the settings say, at once when a run has ended or somebody calls, and cheap when idle."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from kiro_worker.clock import Clock
from kiro_worker.dispatch.report import Report
from kiro_worker.dispatch.tick import Dispatcher
from kiro_worker.error import WorkerError
from kiro_worker.launch.port import Launches

# A board that does not answer is asked less and less often.
_LONGEST_PAUSE = 300.0


class Watched(Protocol):
    """What is watched: a dispatcher, taken in turn, whose settings may change."""

    def turn(self) -> AbstractAsyncContextManager[Dispatcher]:
        """The dispatcher, for one tick."""
        ...

    async def reread(self) -> str:
        """Read the settings again; what is to be told of it, empty for nothing."""
        ...

    @property
    def interval(self) -> float:
        """Seconds between two ticks."""
        ...


class Telling(Protocol):
    """Shows what goes on."""

    def report(self, report: Report) -> None:
        """A tick is over."""
        ...

    def fault(self, error: WorkerError) -> None:
        """A tick could not be made."""
        ...

    def say(self, sentence: str) -> None:
        """Something else is worth knowing."""
        ...


class Bell:
    """Wakes who waits: a run ended, a webhook came, or it is time to go.

    Attributes:
        over: whether it is time to go.
    """

    def __init__(self) -> None:
        self.over = False
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Have a look now."""
        self._rung.set()

    def end(self) -> None:
        """Come to an end."""
        self.over = True
        self._rung.set()

    async def wait(self, clock: Clock, seconds: float) -> None:
        """Until it is rung, or the time is up."""
        async with asyncio.TaskGroup() as group:
            both = {group.create_task(self._rung.wait()), group.create_task(clock.sleep(seconds))}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in both:
                task.cancel()
        if not self.over:
            self._rung.clear()


@asynccontextmanager
async def hearing(launches: Launches, dispatcher: Callable[[], Dispatcher], bell: Bell) -> AsyncIterator[None]:
    """Hand each end to the dispatcher as it comes, and ring."""

    async def hear() -> None:
        async for end in launches.ends():
            dispatcher().hear(end)
            bell.ring()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(hear())
        try:
            yield
        finally:
            task.cancel()


async def watch(watched: Watched, clock: Clock, bell: Bell, telling: Telling) -> None:
    """Tick until the bell says that it is over; a tick that cannot be made is told, and made later."""
    failures = 0
    while not bell.over:
        if said := await watched.reread():
            telling.say(said)
        try:
            async with watched.turn() as dispatcher:
                report = await dispatcher.tick()
        except WorkerError as error:
            telling.fault(error)
            failures += 1
        else:
            telling.report(report)
            failures = 0 if report.known else failures + 1
        await bell.wait(clock, min(watched.interval * 2 ** min(failures, 10), max(_LONGEST_PAUSE, watched.interval)))


async def last_tick(watched: Watched, close: Callable[[], Awaitable[None]], telling: Telling) -> None:
    """End what runs, and tell the board how it ended."""
    await close()
    async with watched.turn() as dispatcher:
        telling.report(await dispatcher.tick(begins=False, going=True))

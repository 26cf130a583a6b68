"""A clock whose hands a test moves."""

import asyncio
from datetime import UTC, datetime, timedelta

_START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

# How often the loop is given a turn after a sleeper was woken; more than any coroutine here needs to reach its
# next wait, as long as it waits for nothing outside the loop.
_TURNS = 25


class HandClock:
    """A `Clock` that stands still until it is advanced.

    Attributes:
        slept: how long each call of `sleep` asked for, in order.
    """

    def __init__(self, start: datetime = _START, *, hurried: bool = False) -> None:
        """Set the clock.

        Args:
            start: the first `now`.
            hurried: `sleep` moves the hands itself and returns at once, rather than wait for `advance`.
        """
        self._start = start
        self._passed = 0.0
        self._hurried = hurried
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._watchers: list[tuple[int, asyncio.Future[None]]] = []
        self.slept: list[float] = []

    def now(self) -> datetime:
        """See `Clock.now`."""
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return self._passed

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        self.slept.append(seconds)
        if self._hurried:
            self.advance(seconds)
            await asyncio.sleep(0)
            return
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._passed + seconds, woken))
        self._tell_watchers()
        await woken

    def advance(self, seconds: float) -> None:
        """Let time pass at once, as for a process that was stopped meanwhile, and wake who has slept long enough.

        They run when the caller next awaits.
        """
        self._passed += max(0.0, seconds)
        for until, woken in self._sleepers:
            if until <= self._passed and not woken.done():
                woken.set_result(None)
        self._sleepers = [(until, woken) for until, woken in self._sleepers if not woken.done()]

    async def run(self, seconds: float) -> None:
        """Let time pass as it does for a process that runs: each sleeper wakes at its own moment and goes on.

        Only what waits for this clock alone keeps up; with threads or processes use `asleep` and `advance`.
        """
        end = self._passed + seconds
        await _take_turns()
        while due := [until for until, woken in self._sleepers if until <= end and not woken.done()]:
            self.advance(min(due) - self._passed)
            await _take_turns()
        self.advance(end - self._passed)
        await _take_turns()

    def step(self, seconds: float) -> None:
        """Set the wall clock forwards or backwards, as an operator or NTP does; no time passes."""
        self._start += timedelta(seconds=seconds)

    async def asleep(self, count: int = 1) -> None:
        """Return once at least `count` tasks sleep on this clock."""
        reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watchers.append((count, reached))
        self._tell_watchers()
        await reached

    def _tell_watchers(self) -> None:
        sleeping = sum(not woken.done() for _, woken in self._sleepers)
        for count, reached in self._watchers:
            if count <= sleeping and not reached.done():
                reached.set_result(None)
        self._watchers = [(count, reached) for count, reached in self._watchers if not reached.done()]


async def _take_turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)

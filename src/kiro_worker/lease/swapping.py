"""Leases in the rows of a table, each replaced only where it is still what was seen.

What all stores of this kind have in common: a table's clock can be set like any other, so a lease is taken from
another holder by what is seen (see `sight`), and each write is a compare-and-swap on the fence and beat that were seen:
a holder that gave a sign of life meanwhile keeps what it has.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from kiro_worker.clock import Clock
from kiro_worker.error import WorkerError
from kiro_worker.lease.port import LeaseKey, Timing
from kiro_worker.lease.sight import Entry, Sight, Sights
from kiro_worker.value import dataclass

# How often to look again when somebody else writes the row at the same moment.
ROUNDS = 8
# Tries of what could not be asked, and the pause after the first of them.
_TRIES = 3
_FIRST_PAUSE = 1.0
# Seconds that a table is given for one step.
_PATIENCE = 15.0

_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a table says of one key.

    Attributes:
        left: seconds until the lease ends, by the table's clock.
        told: that clock, in seconds since 1970.
    """

    entry: Entry
    left: float
    told: float


class Table(Protocol):
    """A table that can be asked just now."""

    async def read(self, key: LeaseKey) -> Row | None:
        """What it says of a key; None when it knows nothing."""
        ...

    async def write(self, key: LeaseKey, entry: Entry, *, after: Entry | None, seconds: float | None) -> Row | None:
        """Replace an entry, or make the first where `after` is None; None when it is not what was seen.

        Args:
            key: whose entry it is.
            entry: the new one.
            after: what it replaces, told by its fence and its beat.
            seconds: until it ends; None leaves the end as it is.
        """
        ...


class Rows(Protocol):
    """Where the table is."""

    @property
    def passing(self) -> type[WorkerError]:
        """The fault that may pass by itself; what was asked may have been carried out."""
        ...

    def opened(self, seconds: float) -> AbstractAsyncContextManager[Table]:
        """The table, for so many seconds.

        Raises:
            WorkerError: from it and from all that is done with it, where it cannot be asked.
        """
        ...

    def contended(self) -> WorkerError:
        """The fault for a row that somebody else wrote each time; a `passing` one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A row that was written.

    Attributes:
        begun: when the table was asked, on the monotonic clock.
    """

    sight: Sight
    begun: float


class Swapping:
    """Looks at rows and replaces them; what one object saw is what it judges by."""

    def __init__(self, rows: Rows, clock: Clock, timing: Timing) -> None:
        self._rows = rows
        self._clock = clock
        self._timing = timing
        self._ttl = timing.ttl.total_seconds()
        self._patience = min(timing.beat.total_seconds(), _PATIENCE)
        self._sights = Sights(clock, timing)

    async def _patiently(self, work: Callable[[], Awaitable[_Done]]) -> _Done:
        """Try again what could not be asked; the next look finds what was written in our name."""
        pause = _FIRST_PAUSE
        for left in reversed(range(_TRIES)):
            try:
                return await work()
            except self._rows.passing:
                if not left:
                    raise
            await self._clock.sleep(pause)
            pause *= 2
        raise AssertionError

    async def _claim(
        self, key: LeaseKey, entry_for: Callable[[Sight | None], Entry | None], *, seconds: float
    ) -> Claimed | None:
        """Write what `entry_for` says to a row that it may have; None when it may not.

        May wait for 1.25 beats, where a holder that was never seen alive here is over by the table's clock alone.
        """
        for _ in range(ROUNDS):
            async with self._rows.opened(self._patience) as table:
                begun = self._clock.monotonic()
                sight = await self._see(table, key)
                entry = entry_for(sight)
                if entry is not None:
                    written = await self._write(table, key, entry, after=sight, seconds=seconds)
                    if written is not None:
                        return Claimed(sight=written, begun=begun)
                    continue
            assert sight is not None
            if not self._sights.is_over_by_word(sight):
                return None
            # Not with a connection in hand.
            await self._clock.sleep(self._sights.left(sight))
        raise self._rows.contended()

    async def _write(
        self, table: Table, key: LeaseKey, entry: Entry, *, after: Sight | None, seconds: float | None
    ) -> Sight | None:
        """Replace what was seen; None when it is no more."""
        row = await table.write(key, entry, after=after.entry if after else None, seconds=seconds)
        return None if row is None else self._sights.see(key, row.entry, left=row.left, told=row.told)

    async def _see(self, table: Table, key: LeaseKey) -> Sight | None:
        """Look at a row."""
        row = await table.read(key)
        if row is None:
            self._sights.forget(key)
            return None
        return self._sights.see(key, row.entry, left=row.left, told=row.told)

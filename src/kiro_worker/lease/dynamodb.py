"""Leases and reservations among all who can reach one DynamoDB table. Both are one item for each branch."""

from datetime import UTC, datetime, timedelta

from kiro_worker.clock import Clock
from kiro_worker.lease.fence import next_fence
from kiro_worker.lease.port import Holder, LeaseKey, Timing
from kiro_worker.lease.reservation import Reservation
from kiro_worker.lease.sight import Entry, Sight
from kiro_worker.lease.swapped import SwappedLeases
from kiro_worker.lease.swapping import ROUNDS, Swapping
from kiro_worker.lease.table import LeaseTable
from kiro_worker.value import replace

# Builds run for hours, far from the table, and a region's network may be away for minutes: a run outlives that. Nobody
# waits longer for it, because a build's end is told, and a poller looks every few minutes.
STEADY = Timing(ttl=timedelta(seconds=300), beat=timedelta(seconds=30))


class DynamoLeases(SwappedLeases):
    """See `SwappedLeases`. A run takes over what was reserved for it at once, with its fence.

    Raises:
        LeaseTableMissing: from every method; there is no such table.
        LeaseTableRefused: it does not keep leases.
        LeaseTableUnavailable: it cannot be asked.
        AwsFault: everything else that AWS says.
    """

    def __init__(self, table: LeaseTable, clock: Clock, *, timing: Timing = STEADY) -> None:
        """Name the table; nothing is asked yet.

        Args:
            table: where they are kept.
            clock: the worker's own.
            timing: the store's times; all workers of one table must have the same.
        """
        super().__init__(table, clock, timing=timing)


class DynamoReservations(Swapping):
    """See `Reservations`; reserving what a dead run left may wait for 1.25 beats, as taking it would.

    Raises:
        WorkerError: from every method, as from those of `DynamoLeases`; each is tried three times.
    """

    def __init__(self, table: LeaseTable, clock: Clock, *, timing: Timing = STEADY) -> None:
        """Name the table; nothing is asked yet.

        Args:
            table: the one of the leases.
            clock: the poller's own.
            timing: the leases' times.
        """
        super().__init__(table, clock, timing)
        self._table = table

    async def reserve(self, key: LeaseKey, run: str, *, seconds: float) -> Reservation | None:
        """See `Reservations.reserve`."""

        def entry_for(sight: Sight | None) -> Entry | None:
            return self._entry_for(key, run, sight)

        claimed = await self._patiently(lambda: self._claim(key, entry_for, seconds=seconds))
        return None if claimed is None else _reservation(key, claimed.sight.entry, claimed.sight.until)

    async def extend(self, reservation: Reservation, *, seconds: float, build: str) -> Reservation | None:
        """See `Reservations.extend`."""
        return await self._patiently(lambda: self._extend(reservation, seconds, build))

    async def release(self, key: LeaseKey, fence: int) -> bool:
        """See `Reservations.release`."""
        return await self._patiently(lambda: self._release(key, fence))

    async def held(self) -> tuple[Reservation, ...]:
        """See `Reservations.held`."""
        return await self._patiently(self._held)

    def _entry_for(self, key: LeaseKey, run: str, sight: Sight | None) -> Entry | None:
        """What to write for a reservation; None while the key is another's."""
        beat = sight.entry.beat + 1 if sight else 0
        to_come = Holder(run=run, host="", pid=0, started=0)
        if sight is not None and sight.entry.holder is not None and self._sights.left(sight) > 0:
            own = sight.entry.reserved and sight.entry.holder.run == run
            return replace(sight.entry, beat=beat) if own else None
        fence = next_fence(self._sights.highest(key), self._clock.now())
        return Entry(fence=fence, beat=beat, holder=to_come, reserved=True, promised=True)

    async def _extend(self, reservation: Reservation, seconds: float, build: str) -> Reservation | None:
        async with self._table.opened(self._patience) as table:
            for _ in range(ROUNDS):
                sight = await self._see(table, reservation.key)
                if sight is None or not _is_of(sight, reservation):
                    return None
                entry = replace(sight.entry, beat=sight.entry.beat + 1, build=build)
                # A run that has come says itself how long it lives.
                longer = seconds if sight.entry.reserved else None
                written = await self._write(table, reservation.key, entry, after=sight, seconds=longer)
                if written is not None:
                    return _reservation(reservation.key, written.entry, written.until)
        raise self._table.contended()

    async def _release(self, key: LeaseKey, fence: int) -> bool:
        async with self._table.opened(self._patience) as table:
            for _ in range(ROUNDS):
                sight = await self._see(table, key)
                if sight is None or sight.entry.holder is None or sight.entry.fence != fence:
                    return False
                freed = Entry(fence=fence, beat=sight.entry.beat + 1, holder=None)
                if await self._write(table, key, freed, after=sight, seconds=0.0) is not None:
                    return True
        raise self._table.contended()

    async def _held(self) -> tuple[Reservation, ...]:
        async with self._table.opened(self._patience) as table:
            return tuple(_reservation(key, entry, until) for key, entry, until in await table.held())


def _reservation(key: LeaseKey, entry: Entry, until: float) -> Reservation:
    assert entry.holder is not None
    return Reservation(
        key=key,
        run=entry.holder.run,
        fence=entry.fence,
        until=datetime.fromtimestamp(until, UTC),
        build=entry.build,
        taken=not entry.reserved,
    )


def _is_of(sight: Sight, reservation: Reservation) -> bool:
    holder = sight.entry.holder
    return holder is not None and (holder.run, sight.entry.fence) == (reservation.run, reservation.fence)

"""Leases among all who can reach one table."""

from datetime import timedelta

from kiro_worker.clock import Clock
from kiro_worker.lease.fence import next_fence
from kiro_worker.lease.port import QUICK, Holder, Lease, LeaseKey, Timing
from kiro_worker.lease.sight import Entry, Sight
from kiro_worker.lease.swapping import ROUNDS, Rows, Swapping, Table
from kiro_worker.value import dataclass


@dataclass(slots=True)
class _Owned:
    """A lease that was taken here: until when it holds, counted from before the table was asked."""

    until: float
    sight: Sight


class SwappedLeases(Swapping):
    """See `Leases`. Taking over from a holder that was never seen alive here may wait for 1.25 beats."""

    def __init__(self, rows: Rows, clock: Clock, *, timing: Timing = QUICK) -> None:
        """Name the table; nothing is done yet.

        Args:
            rows: where it is.
            clock: the worker's own.
            timing: the store's times; all workers of one table must have the same.
        """
        super().__init__(rows, clock, timing)
        self._owned: dict[tuple[LeaseKey, Holder, int], _Owned] = {}

    @property
    def timing(self) -> Timing:
        """See `Leases.timing`."""
        return self._timing

    async def take(self, key: LeaseKey, holder: Holder) -> Lease | None:
        """See `Leases.take`; what could not be asked is tried three times."""
        return await self._patiently(lambda: self._take(key, holder))

    async def renew(self, lease: Lease) -> Lease | None:
        """See `Leases.renew`; who keeps the lease tries again."""
        async with self._rows.opened(self._patience) as table:
            owned = self._owned.get(_identity(lease))
            sight = owned.sight if owned else await self._see(table, lease.key)
            for _ in range(ROUNDS):
                begun = self._clock.monotonic()
                if sight is None or not _is_of(sight, lease):
                    return None
                if begun >= self._until(lease):
                    # Written down, so that it stays dead whatever is done to the clocks.
                    if await self._free(table, lease, sight):
                        return None
                    sight = await self._see(table, lease.key)
                    continue
                entry = self._entry(lease.holder, lease.fence, sight)
                written = await self._write(table, lease.key, entry, after=sight, seconds=self._ttl)
                if written is not None:
                    return self._own(lease.key, written, begun)
                sight = await self._see(table, lease.key)
        raise self._rows.contended()

    async def release(self, lease: Lease) -> None:
        """See `Leases.release`; where the table cannot be asked, the lease ends by itself."""
        async with self._rows.opened(self._patience) as table:
            for _ in range(ROUNDS):
                sight = await self._see(table, lease.key)
                if sight is None or not _is_of(sight, lease) or await self._free(table, lease, sight):
                    return
        raise self._rows.contended()

    async def look(self, key: LeaseKey) -> Lease | None:
        """See `Leases.look`; `expires` is when it may be taken as far as this worker can know."""
        async with self._rows.opened(self._patience) as table:
            sight = await self._see(table, key)
        if sight is None or sight.entry.holder is None:
            return None
        expires = self._clock.now() + timedelta(seconds=self._sights.left(sight))
        return Lease(key=key, holder=sight.entry.holder, fence=sight.entry.fence, expires=expires)

    async def _take(self, key: LeaseKey, holder: Holder) -> Lease | None:
        def entry_for(sight: Sight | None) -> Entry | None:
            fence = self._fence_for(key, holder, sight)
            return None if fence is None else self._entry(holder, fence, sight)

        claimed = await self._claim(key, entry_for, seconds=self._ttl)
        return None if claimed is None else self._own(key, claimed.sight, claimed.begun)

    def _fence_for(self, key: LeaseKey, holder: Holder, sight: Sight | None) -> int | None:
        """The fence with which the lease may be taken now; None when it may not."""
        if sight is None or sight.entry.holder is None:
            return self._next_fence(key)
        if sight.entry.reserved and sight.entry.holder.run == holder.run and self._sights.left(sight) > 0:
            return sight.entry.fence
        own = sight.entry.holder == holder
        if own and self._still_ours(key, holder, sight):
            return sight.entry.fence
        return self._next_fence(key) if own or self._sights.left(sight) <= 0 else None

    def _next_fence(self, key: LeaseKey) -> int:
        return next_fence(self._sights.highest(key), self._clock.now())

    def _still_ours(self, key: LeaseKey, holder: Holder, sight: Sight) -> bool:
        """Whether an entry in our name is of a lease that still holds."""
        owned = self._owned.get((key, holder, sight.entry.fence))
        # Taken by another object of this process: then the table's word counts.
        return (owned.until if owned else min(sight.ends, sight.since + self._ttl)) > self._clock.monotonic()

    @staticmethod
    def _entry(holder: Holder, fence: int, after: Sight | None) -> Entry:
        """A sign of life. That it was reserved for the run, and what was started, stays noted."""
        same = after is not None and after.entry.holder is not None and after.entry.holder.run == holder.run
        beat = after.entry.beat + 1 if after else 0
        if after is None or not same:
            return Entry(fence=fence, beat=beat, holder=holder)
        return Entry(fence=fence, beat=beat, holder=holder, promised=after.entry.promised, build=after.entry.build)

    def _own(self, key: LeaseKey, sight: Sight, begun: float) -> Lease:
        assert sight.entry.holder is not None
        until, expires = begun + self._ttl, self._clock.now() + self._timing.ttl
        lease = Lease(key=key, holder=sight.entry.holder, fence=sight.entry.fence, expires=expires, until=until)
        self._owned[_identity(lease)] = _Owned(until, sight)
        return lease

    async def _free(self, table: Table, lease: Lease, sight: Sight) -> bool:
        freed = Entry(fence=sight.entry.fence, beat=sight.entry.beat + 1, holder=None)
        if await self._write(table, lease.key, freed, after=sight, seconds=0.0) is None:
            return False
        self._owned.pop(_identity(lease), None)
        return True

    def _until(self, lease: Lease) -> float:
        """Until when a lease of ours holds, by the monotonic clock."""
        owned = self._owned.get(_identity(lease))
        if owned is not None:
            return owned.until
        # Taken by another object of this process, on the same clock. One that was only looked at is nobody's to renew.
        return float("-inf") if lease.until is None else lease.until


def _identity(lease: Lease) -> tuple[LeaseKey, Holder, int]:
    return lease.key, lease.holder, lease.fence


def _is_of(sight: Sight, lease: Lease) -> bool:
    return (sight.entry.holder, sight.entry.fence) == (lease.holder, lease.fence)

"""Leases among all who can reach one PostgreSQL server.

A server's clock can be set like any other, and a standby that takes over has another one. So a lease is taken from
another holder by what is seen (see `sight`), and each write is a compare-and-swap on the fence and beat that were seen:
a holder that gave a sign of life meanwhile keeps what it has.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from kiro_worker.clock import Clock
from kiro_worker.lease.fence import next_fence
from kiro_worker.lease.port import QUICK, Holder, Lease, LeaseKey, Timing
from kiro_worker.lease.rows import read_row, write_row
from kiro_worker.lease.server import LeaseServer, LeaseServerUnavailable
from kiro_worker.lease.sight import Entry, Sight, Sights
from kiro_worker.value import dataclass

if TYPE_CHECKING:
    from kiro_worker.lease.server import Connection

# How often to look again when somebody else writes the row at the same moment.
_ROUNDS = 8
# Tries of what could not be asked, and the pause after the first of them.
_TRIES = 3
_FIRST_PAUSE = 1.0


@dataclass(slots=True)
class _Owned:
    """A lease that was taken here: until when it holds, counted from before the server was asked."""

    until: float
    sight: Sight


class PostgresLeases:
    """See `Leases`. Taking over from a holder that was never seen alive here may wait for 1.25 beats."""

    def __init__(self, server: LeaseServer, clock: Clock, *, timing: Timing = QUICK) -> None:
        """Name the server; nothing is done yet.

        Args:
            server: where the table is; it is made when it is not there.
            clock: the worker's own.
            timing: the store's times; all workers of one server must have the same.
        """
        self._server = server
        self._clock = clock
        self._timing = timing
        self._ttl = timing.ttl.total_seconds()
        self._patience = timing.beat.total_seconds()
        self._sights = Sights(clock, timing)
        self._owned: dict[tuple[LeaseKey, Holder, int], _Owned] = {}

    @property
    def timing(self) -> Timing:
        """See `Leases.timing`."""
        return self._timing

    async def take(self, key: LeaseKey, holder: Holder) -> Lease | None:
        """See `Leases.take`.

        Raises:
            LeaseSignInRefused: the server does not let the worker in.
            LeaseServerRefused: it does not keep leases.
            LeaseServerUnavailable: it could not be asked, after three tries.
        """
        pause = _FIRST_PAUSE
        for left in reversed(range(_TRIES)):
            try:
                return await self._take(key, holder)
            except LeaseServerUnavailable:
                # The answer may have been lost; the next look finds what was written in our name.
                if not left:
                    raise
            await self._clock.sleep(pause)
            pause *= 2
        raise AssertionError

    async def renew(self, lease: Lease) -> Lease | None:
        """See `Leases.renew`; who keeps the lease tries again.

        Raises:
            LeaseSignInRefused: the server does not let the worker in.
            LeaseServerRefused: it does not keep leases.
            LeaseServerUnavailable: it could not be asked.
        """
        async with self._server.connected(self._patience) as connection:
            owned = self._owned.get(_identity(lease))
            sight = owned.sight if owned else await self._see(connection, lease.key)
            for _ in range(_ROUNDS):
                begun = self._clock.monotonic()
                if not _is_of(sight, lease):
                    return None
                if begun >= self._until(lease):
                    # Written down, so that it stays dead whatever is done to the clocks.
                    if await self._free(connection, lease, sight):
                        return None
                    sight = await self._see(connection, lease.key)
                    continue
                renewed = await self._beat(connection, lease.key, lease.holder, lease.fence, after=sight, begun=begun)
                if renewed is not None:
                    return renewed
                sight = await self._see(connection, lease.key)
        raise LeaseServerUnavailable(source=self._server.source, reason="had another's write each time")

    async def release(self, lease: Lease) -> None:
        """See `Leases.release`.

        Raises:
            LeaseSignInRefused: the server does not let the worker in.
            LeaseServerRefused: it does not keep leases.
            LeaseServerUnavailable: it could not be asked; the lease ends by itself.
        """
        async with self._server.connected(self._patience) as connection:
            for _ in range(_ROUNDS):
                sight = await self._see(connection, lease.key)
                if not _is_of(sight, lease) or await self._free(connection, lease, sight):
                    return
        raise LeaseServerUnavailable(source=self._server.source, reason="had another's write each time")

    async def look(self, key: LeaseKey) -> Lease | None:
        """See `Leases.look`; `expires` is when it may be taken as far as this worker can know.

        Raises:
            LeaseSignInRefused: the server does not let the worker in.
            LeaseServerRefused: it does not keep leases.
            LeaseServerUnavailable: it could not be asked.
        """
        async with self._server.connected(self._patience) as connection:
            sight = await self._see(connection, key)
        if sight is None or sight.entry.holder is None:
            return None
        expires = self._clock.now() + timedelta(seconds=self._sights.left(sight))
        return Lease(key=key, holder=sight.entry.holder, fence=sight.entry.fence, expires=expires)

    async def _take(self, key: LeaseKey, holder: Holder) -> Lease | None:
        for _ in range(_ROUNDS):
            async with self._server.connected(self._patience) as connection:
                begun = self._clock.monotonic()
                sight = await self._see(connection, key)
                fence = self._fence_for(key, holder, sight)
                if fence is not None:
                    taken = await self._beat(connection, key, holder, fence, after=sight, begun=begun)
                    if taken is not None:
                        return taken
                    continue
            assert sight is not None
            if not self._sights.is_over_by_word(sight):
                return None
            # Not with a connection in hand.
            await self._clock.sleep(self._sights.left(sight))
        raise LeaseServerUnavailable(source=self._server.source, reason="had another's write each time")

    def _fence_for(self, key: LeaseKey, holder: Holder, sight: Sight | None) -> int | None:
        """The fence with which the lease may be taken now; None when it may not."""
        own = sight is not None and sight.entry.holder == holder
        if own and sight is not None and self._still_ours(key, holder, sight):
            return sight.entry.fence
        if sight is None or own or self._sights.left(sight) <= 0:
            return next_fence(self._sights.highest(key), self._clock.now())
        return None

    def _still_ours(self, key: LeaseKey, holder: Holder, sight: Sight) -> bool:
        """Whether an entry in our name is of a lease that still holds."""
        owned = self._owned.get((key, holder, sight.entry.fence))
        # Taken by another object of this process: then the server's word counts.
        return (owned.until if owned else min(sight.ends, sight.since + self._ttl)) > self._clock.monotonic()

    async def _beat(
        self, connection: "Connection", key: LeaseKey, holder: Holder, fence: int, *, after: Sight | None, begun: float
    ) -> Lease | None:
        """Give a sign of life; None when the row is not what it was."""
        entry = Entry(fence=fence, beat=after.entry.beat + 1 if after else 0, holder=holder)
        sight = await self._write(connection, key, entry, after=after)
        if sight is None:
            return None
        until, expires = begun + self._ttl, self._clock.now() + self._timing.ttl
        lease = Lease(key=key, holder=holder, fence=fence, expires=expires, until=until)
        self._owned[_identity(lease)] = _Owned(until, sight)
        return lease

    async def _free(self, connection: "Connection", lease: Lease, sight: Sight | None) -> bool:
        assert sight is not None
        freed = Entry(fence=sight.entry.fence, beat=sight.entry.beat + 1, holder=None)
        if await self._write(connection, lease.key, freed, after=sight) is None:
            return False
        self._owned.pop(_identity(lease), None)
        return True

    async def _write(
        self, connection: "Connection", key: LeaseKey, entry: Entry, *, after: Sight | None
    ) -> Sight | None:
        """Replace what was seen; None when it is no more."""
        seconds = self._ttl if entry.holder else 0.0
        told = await write_row(connection, key, entry, after=after.entry if after else None, seconds=seconds)
        return None if told is None else self._sights.see(key, entry, left=seconds, told=told)

    async def _see(self, connection: "Connection", key: LeaseKey) -> Sight | None:
        """Look at a row."""
        row = await read_row(connection, key)
        if row is None:
            self._sights.forget(key)
            return None
        return self._sights.see(key, row.entry, left=row.left, told=row.told)

    def _until(self, lease: Lease) -> float:
        """Until when a lease of ours holds, by the monotonic clock."""
        owned = self._owned.get(_identity(lease))
        if owned is not None:
            return owned.until
        # Taken by another object of this process, on the same clock. One that was only looked at is nobody's to renew.
        return float("-inf") if lease.until is None else lease.until


def _identity(lease: Lease) -> tuple[LeaseKey, Holder, int]:
    return lease.key, lease.holder, lease.fence


def _is_of(sight: Sight | None, lease: Lease) -> bool:
    return sight is not None and (sight.entry.holder, sight.entry.fence) == (lease.holder, lease.fence)

"""Leases in this machine's database whose holder is dead: they keep nobody from a branch, and only confuse."""

from kiro_worker.clock import Clock
from kiro_worker.lease.port import Lease, LeaseKey
from kiro_worker.lease.sqlite import SqliteLeases
from kiro_worker.orphan.port import Kind, Orphan


class DeadLeases:
    """See `Finder`. The fence of each branch stays, and goes on rising."""

    def __init__(self, leases: SqliteLeases, clock: Clock) -> None:
        self._leases, self._clock = leases, clock

    async def find(self) -> tuple[Orphan, ...]:
        """See `Finder.find`."""
        found = [(key, await self._dead(key)) for key in await self._leases.held()]
        return tuple(
            Orphan(kind=Kind.LEASE, what=key, why=f"Its holder, {lease.holder.run}, gives no sign of life.")
            for key, lease in found
            if lease is not None
        )

    async def remove(self, orphan: Orphan) -> bool:
        """See `Finder.remove`."""
        lease = await self._dead(LeaseKey(orphan.what))
        if lease is None:
            return False
        # Only from this very holder: whoever has taken it since keeps it.
        await self._leases.release(lease)
        return True

    async def _dead(self, key: LeaseKey) -> Lease | None:
        lease = await self._leases.look(key)
        return lease if lease is not None and lease.expires <= self._clock.now() else None

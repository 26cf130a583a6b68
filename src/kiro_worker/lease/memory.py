"""Leases among the tasks of one process, for tests and for a worker that is alone by construction."""

from datetime import timedelta

from kiro_worker.clock import Clock
from kiro_worker.lease.fence import next_fence
from kiro_worker.lease.holder import is_gone
from kiro_worker.lease.port import QUICK, Holder, Lease, LeaseKey, Timing
from kiro_worker.value import dataclass


@dataclass(slots=True)
class _Slot:
    """What is known of one key; kept after a release, for its fence."""

    fence: int = 0
    holder: Holder | None = None
    until: float = 0.0


class MemoryLeases:
    """See `Leases`. No method waits, so each is atomic among the tasks of one event loop."""

    def __init__(self, clock: Clock, *, timing: Timing = QUICK) -> None:
        self._clock = clock
        self._timing = timing
        self._slots: dict[LeaseKey, _Slot] = {}

    @property
    def timing(self) -> Timing:
        """See `Leases.timing`."""
        return self._timing

    async def take(self, key: LeaseKey, holder: Holder) -> Lease | None:
        """See `Leases.take`."""
        slot = self._slots.setdefault(key, _Slot())
        alive = slot.holder is not None and self._left(slot) > 0
        if alive and slot.holder != holder:
            return None
        if not alive:
            slot.fence = next_fence(slot.fence, self._clock.now())
            slot.holder = holder
        return self._extended(key, slot, holder)

    async def renew(self, lease: Lease) -> Lease | None:
        """See `Leases.renew`."""
        slot = self._own(lease)
        if slot is None or slot.until <= self._clock.monotonic():
            return None
        return self._extended(lease.key, slot, lease.holder)

    async def release(self, lease: Lease) -> None:
        """See `Leases.release`."""
        slot = self._own(lease)
        if slot is not None:
            slot.holder = None

    async def look(self, key: LeaseKey) -> Lease | None:
        """See `Leases.look`."""
        slot = self._slots.get(key)
        if slot is None or slot.holder is None:
            return None
        expires = self._clock.now() + timedelta(seconds=self._left(slot))
        return Lease(key=key, holder=slot.holder, fence=slot.fence, expires=expires)

    def _own(self, lease: Lease) -> _Slot | None:
        slot = self._slots.get(lease.key)
        return slot if slot and (slot.holder, slot.fence) == (lease.holder, lease.fence) else None

    def _left(self, slot: _Slot) -> float:
        """Seconds until the lease may be taken."""
        if slot.holder is not None and is_gone(slot.holder):
            return 0.0
        return slot.until - self._clock.monotonic()

    def _extended(self, key: LeaseKey, slot: _Slot, holder: Holder) -> Lease:
        slot.until = self._clock.monotonic() + self._timing.ttl.total_seconds()
        expires = self._clock.now() + self._timing.ttl
        return Lease(key=key, holder=holder, fence=slot.fence, expires=expires, until=slot.until)

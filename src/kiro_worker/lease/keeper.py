"""Keeps a lease alive while work goes on under it, and stops the work when it can no longer be sure."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

from kiro_worker.clock import Clock
from kiro_worker.error import Fault, WorkerError
from kiro_worker.lease.port import Lease, Leases

# The last tenth of a lease's life is for stopping the work, and for clocks that run at unequal speed: when others
# may take the lease, nothing is left running under it.
_RESERVE = 0.1

# How soon a renewal that failed is tried again, in beats.
_RETRY = 0.2


class LeaseLost(WorkerError):
    """The lease is gone, or it cannot be known that it is not."""

    code = "lease.lost"
    fault = Fault.LEASE_LOST

    def __init__(self, *, lease: Lease, reason: str) -> None:
        self.lease, self.reason = lease, reason
        super().__init__(
            f"The lease on {lease.key} (fence {lease.fence}) was lost: {reason}.",
            kept="What was pushed before is on the branch; nothing was written after the loss.",
            next_step="Another worker may be at it. See who, and whether it still is: kiro-worker list",
        )


class Kept:
    """A lease that is being renewed."""

    def __init__(self, leases: Leases, lease: Lease, clock: Clock) -> None:
        self._leases = leases
        self._clock = clock
        self._lease = lease
        self._span = leases.timing.ttl.total_seconds() * (1 - _RESERVE)
        now = clock.monotonic()
        # Between the store's yes and this, the process may have been stopped, and the wall clock set.
        left = (lease.expires - clock.now()).total_seconds() if lease.until is None else lease.until - now
        self._until = now + min(left - leases.timing.ttl.total_seconds() * _RESERVE, self._span)
        self._lost = False
        self._trouble = ""

    @property
    def lease(self) -> Lease:
        """The lease as it was last renewed."""
        return self._lease

    @property
    def alive(self) -> bool:
        """Whether it certainly still holds; ask right before anything that others can see."""
        return not self._lost and self._clock.monotonic() < self._until

    async def beat(self) -> NoReturn:
        """Renew for ever.

        Raises:
            LeaseLost: as soon as the store says so.
        """
        beat = self._leases.timing.beat.total_seconds()
        pause = beat
        while True:
            await self._clock.sleep(pause)
            begun = self._clock.monotonic()
            try:
                renewed = await self._leases.renew(self._lease)
            except WorkerError as error:
                # Whether it passes before the time is up is for `watch` to say.
                self._trouble = error.message
                pause = beat * _RETRY
                continue
            if renewed is None:
                self._lose("the store gave it to another, or its time ran out")
            # Counted from before the store was asked: the answer may have been long on its way.
            self._lease, self._until, self._trouble = renewed, begun + self._span, ""
            pause = beat

    async def watch(self) -> NoReturn:
        """Wait for the moment from which the lease can no longer be relied on.

        Raises:
            LeaseLost: at that moment.
        """
        beat = self._leases.timing.beat.total_seconds()
        while (left := self._until - self._clock.monotonic()) > 0:
            # In short naps: what the loop sleeps by may stand still while the machine is suspended.
            await self._clock.sleep(min(left, beat))
        self._lose(f"it could not be renewed in time ({self._trouble.rstrip('.') or 'the store did not answer'})")

    def _lose(self, reason: str) -> NoReturn:
        self._lost = True
        raise LeaseLost(lease=self._lease, reason=reason)


@asynccontextmanager
async def keeping(leases: Leases, lease: Lease, clock: Clock) -> AsyncIterator[Kept]:
    """Renew a lease for as long as the body runs; the lease is not released at its end.

    The deadline, not the renewal, is what stops the body: a renewal that fails or hangs is as safe as one that says
    no. The body is cancelled, and when it has ended `LeaseLost` comes out in place of whatever it raised meanwhile.

    Raises:
        LeaseLost: the lease was lost, or could not be renewed in time.
    """
    kept = Kept(leases, lease, clock)
    fault: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            owned = (group.create_task(kept.beat()), group.create_task(kept.watch()))
            try:
                yield kept
            finally:
                for task in owned:
                    task.cancel()
    except BaseExceptionGroup as several:
        fault = _told(several)
    if fault is not None:
        raise fault


def _told(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one fault that matters: the loss, or else what the body raised."""
    lost = [error for error in several.exceptions if isinstance(error, LeaseLost)]
    return (lost or several.exceptions)[0]

"""A lease that is promised to a run before the run is there: for who starts runs on other machines.

A poller starts a build, and the build's worker comes minutes later, or never. Meanwhile nobody else may start another
one for the same branch. So the poller reserves the branch's lease in the name of the run that is to come, shortly at
first; once the build is known it extends the reservation for as long as the build may wait and run. The run takes the
reservation over as its own lease, with the same fence, and from then on gives signs of life as always.
"""

from datetime import datetime
from typing import Protocol

from kiro_worker.lease.port import LeaseKey
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A branch's lease, reserved for a run.

    Attributes:
        run: the id of the run that may take it over.
        fence: higher than that of any lease or reservation there ever was on this key; the run goes on with it.
        until: when it ends by itself, by the store's own clock.
        build: what was started for it, in the launcher's own words; empty while that is not known.
        taken: whether the run has come: it holds the lease, and ends it by its own signs of life.
    """

    key: LeaseKey
    run: str
    fence: int
    until: datetime
    build: str = ""
    taken: bool = False


class Reservations(Protocol):
    """At most one live reservation or lease per key; both are one row of the same store.

    How long a reservation lives is told with it, so it ends by the store's clock, which is one for all. Who asks again
    in the same run's name gets the same one: an answer that was lost costs nothing.

    Raises:
        WorkerError: from every method, when the store cannot be asked; what was asked may have been carried out.
    """

    async def reserve(self, key: LeaseKey, run: str, *, seconds: float) -> Reservation | None:
        """Reserve a key for a run for so many seconds; None when it is another's, reserved or held."""
        ...

    async def extend(self, reservation: Reservation, *, seconds: float, build: str) -> Reservation | None:
        """Let it live for so many seconds from now, and note what was started for it.

        A run that has taken it over meanwhile is left as it is, but for the note. One that has just ended lives again
        where nobody else came. None when it is no more: it was released, or is another's.
        """
        ...

    async def release(self, key: LeaseKey, fence: int) -> bool:
        """Free a key, reserved or held, where its fence is this one still; whether it did.

        For who knows that the run of this fence is over, because what it ran in has ended.
        """
        ...

    async def held(self) -> tuple[Reservation, ...]:
        """All keys that are reserved, or held by a run that had a reservation; also those that are over by now."""
        ...

"""The right to work on one branch."""

from datetime import datetime, timedelta
from typing import NewType, Protocol

from kiro_worker.value import dataclass

LeaseKey = NewType("LeaseKey", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lease, precisely enough to know whether it still lives on this machine.

    Attributes:
        run: the run's id.
        host: the machine's id.
        pid: the worker's process there.
        started: when that process began, in the machine's own ticks: a pid alone is used again.
    """

    run: str
    host: str
    pid: int
    started: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A held lease.

    Attributes:
        fence: higher than that of any lease there ever was on this key.
        expires: when it dies unless it is renewed, told by the wall clock of whoever asked.
        until: the same for its holder's process, on its monotonic clock and counted from before the store was asked;
            None for one that was only looked at.
    """

    key: LeaseKey
    holder: Holder
    fence: int
    expires: datetime
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long a lease lives without a sign of its holder, and how often the holder gives one."""

    ttl: timedelta
    beat: timedelta


# For stores that answer in milliseconds. A beat may be lost three times before the lease is.
QUICK = Timing(ttl=timedelta(seconds=60), beat=timedelta(seconds=15))


class Leases(Protocol):
    """At most one live lease per key, across every worker of one store.

    A lease not renewed within its time to live is dead, and anyone may take it. One whose holder is known to be
    dead (same host, process gone) may be taken at once. Each new lease on a key has a higher fence than the last,
    also after a release. A lost answer never makes two holders: who cannot know, does not hold. A wall clock that is
    set forwards or backwards neither ends a lease nor brings one back. A call that was cancelled may have been
    carried out; taking again tells, because the same holder gets its own.

    Raises:
        WorkerError: from every method, when the store cannot be asked.
    """

    @property
    def timing(self) -> Timing:
        """The store's times; `gitref` is slower than the others."""
        ...

    async def take(self, key: LeaseKey, holder: Holder) -> Lease | None:
        """Take the lease, or None when somebody else holds a live one; the same holder gets its own again."""
        ...

    async def renew(self, lease: Lease) -> Lease | None:
        """Give a sign of life; None when the lease is lost, and then for ever."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give the lease up; nothing happens when it was lost already."""
        ...

    async def look(self, key: LeaseKey) -> Lease | None:
        """The lease as it stands, dead or alive; None when nobody holds one.

        A dead one has an `expires` that is not after the present; so has one whose holder is known to be dead.
        """
        ...

"""When a lease may be taken, judged by what a watcher sees: for stores whose clock can be set, or that have none.

Each sign of life moves a lease's beat. What did not move for a whole life, on the watcher's own monotonic clock since
it first saw it, belongs to nobody any more. A watcher that has just come may believe the store's own clock, which says
that a lease is over, once it has watched for little more than a beat: a holder that is alive would have moved it.
"""

from kiro_worker.clock import Clock
from kiro_worker.lease.holder import is_gone
from kiro_worker.lease.port import Holder, LeaseKey, Timing
from kiro_worker.value import dataclass

# How long a lease that is over by the store's clock is watched before it is taken, in beats.
WATCHED_BEATS = 1.25
# A store's clock is believed while it keeps pace with ours; NTP corrects less than this without a step.
_TRUSTED_DRIFT = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a store says of one key.

    Attributes:
        beat: another one with each write under one fence.
        holder: None while nobody holds it.
        reserved: it is kept for a run that is still to come, which no sign of life can be asked of; of its holder only
            the run is known, and it ends when the store's clock says so.
        promised: it is, or was, reserved for the run that has it.
        build: what was started for the run, where somebody noted it.
    """

    fence: int
    beat: int
    holder: Holder | None
    reserved: bool = False
    promised: bool = False
    build: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """An entry, seen to be so since some moment.

    Attributes:
        since: by the watcher's monotonic clock.
        ends: when it ends by the store's clock, on the watcher's monotonic clock; as it was last told.
        until: the same by the store's clock itself, in seconds since 1970.
    """

    entry: Entry
    since: float
    ends: float
    until: float


class Sights:
    """What one watcher saw of a store."""

    def __init__(self, clock: Clock, timing: Timing) -> None:
        self._clock = clock
        self._ttl = timing.ttl.total_seconds()
        self._watched = WATCHED_BEATS * timing.beat.total_seconds()
        self._known: dict[LeaseKey, Sight] = {}
        self._fences: dict[LeaseKey, int] = {}
        self._offset: float | None = None
        self._doubted_until = float("-inf")

    def see(self, key: LeaseKey, entry: Entry, *, left: float, told: float) -> Sight:
        """Note what the store just answered; an entry that did not move keeps its `since`.

        Args:
            key: whose entry it is.
            entry: as it stands.
            left: seconds until it ends, by the store's clock.
            told: the store's clock itself, in seconds.
        """
        # Not before the answer: the holder may have moved it while the answer was on its way.
        now = self._clock.monotonic()
        self._compare(told, now)
        known = self._known.get(key)
        since = known.since if known is not None and known.entry == entry else now
        sight = Sight(entry=entry, since=since, ends=now + left, until=told + left)
        self._known[key] = sight
        # Kept apart: an entry may be deleted, and its fence is still not to come again.
        self._fences[key] = max(entry.fence, self._fences.get(key, 0))
        return sight

    def forget(self, key: LeaseKey) -> None:
        """Note that the store knows nothing of a key."""
        self._known.pop(key, None)

    def highest(self, key: LeaseKey) -> int:
        """The highest fence that was ever seen on a key; 0 when none was."""
        return self._fences.get(key, 0)

    def left(self, sight: Sight) -> float:
        """Seconds until a lease may be taken; not above 0 when it may be now."""
        holder = sight.entry.holder
        if holder is None or is_gone(holder):
            return 0.0
        now = self._clock.monotonic()
        if sight.entry.reserved:
            # How long was told by whoever reserved it, and everybody is told the same clock.
            return sight.ends - now
        unmoved = sight.since + self._ttl - now
        return min(unmoved, sight.since + self._watched - now) if self.is_over_by_word(sight) else unmoved

    def is_over_by_word(self, sight: Sight) -> bool:
        """Whether the store's clock says that it ended, and is believed."""
        now = self._clock.monotonic()
        return now >= self._doubted_until and sight.ends <= now

    def _compare(self, told: float, now: float) -> None:
        """Doubt a store's clock that was set, for as long as entries of before may live."""
        offset = told - now
        if self._offset is None:
            self._offset = offset
        elif abs(offset - self._offset) > _TRUSTED_DRIFT:
            self._offset, self._doubted_until = offset, now + self._ttl

"""Leases among all who can push to one remote: a ref each, moved by compare-and-swap, and no server of our own.

A remote has no clock that could be asked, and machines disagree about the time. So each worker judges a lease by
what it sees: a ref that did not move for a whole life, measured on the worker's own clock since it first saw it,
belongs to nobody any more. A worker that has just come and reads that the lease ended by its holder's word watches
the ref for little more than a beat before it believes it. Nobody's wall clock alone ends a lease.
"""

from datetime import timedelta
from pathlib import Path

from kiro_worker.clock import Clock
from kiro_worker.error import Fault, WorkerError
from kiro_worker.git import Git, GitFailed, RefOutcome
from kiro_worker.ids import Oid
from kiro_worker.lease.fence import next_fence
from kiro_worker.lease.holder import is_gone
from kiro_worker.lease.port import Holder, Lease, LeaseKey, Timing
from kiro_worker.lease.record import Record, record_in, record_text
from kiro_worker.lease.refs import LeaseRefs, lease_ref
from kiro_worker.value import dataclass

# Each beat is a push, which a busy remote should not see often.
SLOW = Timing(ttl=timedelta(seconds=600), beat=timedelta(seconds=120))

# How long a lease that ended by its holder's word is watched before it is taken, in beats.
_WATCHED_BEATS = 1.25
# The wall clock is believed while it keeps pace with the monotonic one; NTP corrects less than this without a step.
_TRUSTED_DRIFT = 5.0
# How often to look again when somebody else moves the ref at the same moment.
_ROUNDS = 8
_FIRST_PAUSE = 1.0
# Seconds that one exchange with the remote is given at least.
_LEAST_PATIENCE = 10.0


class LeaseRefRefused(WorkerError):
    """The remote does not let the worker move the refs that hold its leases."""

    code = "lease.ref-refused"
    fault = Fault.CONFIG

    def __init__(self, *, ref: str, words: str) -> None:
        self.ref, self.words = ref, words
        super().__init__(
            f"The remote refuses the ref {ref}, which holds the lease: {words or 'it gave no reason'}",
            kept="No lease was taken and nothing else was pushed.",
            next_step="Let the worker's account push to refs/kiro-worker/* on the remote. Where only one machine "
            "works on the repository, set `lease: {store: sqlite}` in .kiro/worker.yaml or LEASE_STORE=sqlite instead.",
        )


@dataclass(frozen=True, slots=True)
class _Sight:
    """What a ref was last seen to be, and since when (by the monotonic clock).

    `record` is None for a commit that is none of ours.
    """

    oid: Oid
    record: Record | None
    since: float


@dataclass(slots=True)
class _Owned:
    """A lease that was taken here: until when it holds, counted from before the push that said so."""

    until: float
    sight: _Sight


class GitRefLeases:
    """See `Leases`. Taking over from a holder that was never seen alive here may wait for 1.25 beats."""

    def __init__(self, git: Git, url: str, folder: Path, clock: Clock, *, timing: Timing = SLOW) -> None:
        """Name the remote; nothing is done yet.

        Args:
            git: runs git, with the credentials for the remote.
            url: the remote.
            folder: a folder of the worker's state for the commits to pass through.
            clock: the worker's own.
            timing: the store's times; all workers of one remote must have the same.
        """
        self._refs = LeaseRefs(git, url, folder, patience=max(_LEAST_PATIENCE, timing.beat.total_seconds() / 2))
        self._git = git
        self._clock = clock
        self._timing = timing
        self._ttl = timing.ttl.total_seconds()
        self._sights: dict[LeaseKey, _Sight] = {}
        self._owned: dict[tuple[LeaseKey, Holder, int], _Owned] = {}
        self._fences: dict[LeaseKey, int] = {}
        self._words = ""
        self._started = (clock.now(), clock.monotonic())

    @property
    def timing(self) -> Timing:
        """See `Leases.timing`."""
        return self._timing

    async def take(self, key: LeaseKey, holder: Holder) -> Lease | None:
        """See `Leases.take`.

        Raises:
            LeaseRefRefused: the remote does not take such refs.
            GitFailed: the remote could not be asked, after three tries.
        """
        return await self._git.retrying(lambda: self._take(key, holder))

    async def renew(self, lease: Lease) -> Lease | None:
        """See `Leases.renew`; troubles that pass are waited out for as long as the lease holds.

        Raises:
            LeaseRefRefused: the remote does not take such refs any more.
            GitFailed: the remote could not be asked, and trying again does not help.
        """
        pause = _FIRST_PAUSE
        while (left := self._until(lease) - self._clock.monotonic()) > 0:
            try:
                return await self._renew(lease)
            except GitFailed as error:
                if not error.transient:
                    raise
            await self._clock.sleep(min(pause, left))
            pause = min(pause * 2, self._timing.beat.total_seconds() / 4)
        return None

    async def release(self, lease: Lease) -> None:
        """See `Leases.release`.

        Raises:
            LeaseRefRefused: the remote does not take such refs any more.
            GitFailed: the remote could not be asked, after three tries; in both cases the lease ends by itself.
        """
        await self._git.retrying(lambda: self._release(lease))

    async def look(self, key: LeaseKey) -> Lease | None:
        """See `Leases.look`; `expires` is when it may be taken as far as this worker can know.

        Raises:
            GitFailed: the remote could not be asked, after three tries.
        """
        sight = await self._git.retrying(lambda: self._see(key))
        if sight is None or sight.record is None or sight.record.holder is None:
            return None
        expires = self._clock.now() + timedelta(seconds=self._left(sight))
        return Lease(key=key, holder=sight.record.holder, fence=sight.record.fence, expires=expires)

    async def _take(self, key: LeaseKey, holder: Holder) -> Lease | None:
        for _ in range(_ROUNDS):
            begun = self._clock.monotonic()
            sight = await self._see(key)
            record = sight.record if sight else None
            if record and record.holder == holder and self._holds(key, record):
                fence = record.fence
            elif sight is None or (record and record.holder == holder) or self._left(sight) <= 0:
                fence = next_fence(self._fences.get(key, 0), self._clock.now())
            elif self._is_over_by_word(sight):
                await self._clock.sleep(self._left(sight))
                continue
            else:
                return None
            taken = await self._beat(key, holder, fence, after=sight, begun=begun)
            if taken is not None:
                return taken
        raise LeaseRefRefused(ref=lease_ref(key), words=self._words)

    async def _renew(self, lease: Lease) -> Lease | None:
        owned = self._owned.get(_identity(lease))
        sight = owned.sight if owned else await self._see(lease.key)
        for _ in range(_ROUNDS):
            begun = self._clock.monotonic()
            if begun >= self._until(lease) or not _is_of(sight, lease):
                return None
            renewed = await self._beat(lease.key, lease.holder, lease.fence, after=sight, begun=begun)
            if renewed is not None:
                return renewed
            sight = await self._see(lease.key)
        raise LeaseRefRefused(ref=lease_ref(lease.key), words=self._words)

    async def _release(self, lease: Lease) -> None:
        for _ in range(_ROUNDS):
            sight = await self._see(lease.key)
            if sight is None or sight.record is None or not _is_of(sight, lease):
                return
            now = self._clock.now()
            freed = Record(fence=lease.fence, beat=sight.record.beat + 1, expires=now, holder=None)
            if await self._write(lease.key, freed, after=sight):
                self._owned.pop(_identity(lease), None)
                return
        raise LeaseRefRefused(ref=lease_ref(lease.key), words=self._words)

    async def _beat(
        self, key: LeaseKey, holder: Holder, fence: int, *, after: _Sight | None, begun: float
    ) -> Lease | None:
        """Give a sign of life; None when the ref is not what it was."""
        beat = after.record.beat + 1 if after and after.record else 0
        expires = self._clock.now() + self._timing.ttl
        record = Record(fence=fence, beat=beat, expires=expires, holder=holder)
        sight = await self._write(key, record, after=after)
        if sight is None:
            return None
        lease = Lease(key=key, holder=holder, fence=fence, expires=expires, until=begun + self._ttl)
        self._owned[_identity(lease)] = _Owned(begun + self._ttl, sight)
        return lease

    async def _write(self, key: LeaseKey, record: Record, *, after: _Sight | None) -> _Sight | None:
        """Move a lease's ref to a new record; None when it is not what it was.

        A push whose answer did not come is looked up: it may have been carried out.
        """
        ref, expected = lease_ref(key), after.oid if after else None
        new = await self._refs.write(record_text(key, record), self._clock.now(), beside=expected)
        try:
            answer = await self._refs.move(ref, new, expected)
        except GitFailed as error:
            if not error.transient or await self._refs.find(ref) != new:
                raise
        else:
            if not answer.moved:
                self._words = answer.words
                if answer.outcomes[ref] is RefOutcome.REFUSED and await self._refs.find(ref) == expected:
                    raise LeaseRefRefused(ref=ref, words=answer.words)
                return None
        return self._remember(key, _Sight(new, record, self._clock.monotonic()))

    async def _see(self, key: LeaseKey) -> _Sight | None:
        """Look at a lease's ref; what did not move since the last look keeps its `since`."""
        ref, tried = lease_ref(key), None
        while (oid := await self._refs.find(ref)) is not None:
            # Not before the answer: the holder may have moved the ref while it was on its way.
            since = self._clock.monotonic()
            known = self._sights.get(key)
            if known and known.oid == oid:
                return known
            message = await self._refs.message(ref, oid)
            if message is not None or oid == tried:
                return self._remember(key, _Sight(oid, record_in(message or ""), since))
            tried = oid
        self._sights.pop(key, None)
        return None

    def _remember(self, key: LeaseKey, sight: _Sight) -> _Sight:
        self._sights[key] = sight
        if sight.record is not None:
            # Kept apart from the sight: the ref may be deleted, and its fence is still not to come again.
            self._fences[key] = max(sight.record.fence, self._fences.get(key, 0))
        return sight

    def _left(self, sight: _Sight) -> float:
        """Seconds until a lease may be taken; not above 0 when it may be now."""
        if sight.record is not None and (sight.record.holder is None or is_gone(sight.record.holder)):
            return 0.0
        now = self._clock.monotonic()
        watched = sight.since + self._ttl - now
        if self._is_over_by_word(sight):
            return min(watched, sight.since + _WATCHED_BEATS * self._timing.beat.total_seconds() - now)
        return watched

    def _is_over_by_word(self, sight: _Sight) -> bool:
        """Whether its holder's word says that it ended, as far as this machine's wall clock can be believed."""
        if sight.record is None:
            return False
        wall, monotonic = self._started
        drift = (self._clock.now() - wall).total_seconds() - (self._clock.monotonic() - monotonic)
        return abs(drift) <= _TRUSTED_DRIFT and sight.record.expires <= self._clock.now()

    def _holds(self, key: LeaseKey, record: Record) -> bool:
        """Whether a record of our own is of a lease that still holds."""
        assert record.holder is not None
        lease = Lease(key=key, holder=record.holder, fence=record.fence, expires=record.expires)
        return self._until(lease) > self._clock.monotonic()

    def _until(self, lease: Lease) -> float:
        """Until when a lease of ours holds, by the monotonic clock."""
        owned = self._owned.get(_identity(lease))
        if owned is not None:
            return owned.until
        if lease.until is not None:
            return lease.until
        # Read from the remote, where it is our own: its word is that of this wall clock.
        left = (lease.expires - self._clock.now()).total_seconds()
        return self._clock.monotonic() + min(left, self._ttl)


def _identity(lease: Lease) -> tuple[LeaseKey, Holder, int]:
    return lease.key, lease.holder, lease.fence


def _is_of(sight: _Sight | None, lease: Lease) -> bool:
    record = sight.record if sight else None
    return record is not None and (record.holder, record.fence) == (lease.holder, lease.fence)

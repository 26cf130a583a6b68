"""What every `Leases` promises, as tests: subclass, and give the fixtures."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, ClassVar

import pytest

from kiro_worker.lease.holder import holder_at, this_holder
from kiro_worker.lease.port import Holder, Lease, LeaseKey, Leases
from kiro_worker.testing.clock import HandClock

KEY = LeaseKey("feature/login")


def holder(run: str) -> Holder:
    """A holder on a machine that cannot be looked at, so that time alone tells whether it lives."""
    return Holder(run=run, host="elsewhere", pid=1, started=1)


ANNA, BEN = holder("r-anna"), holder("r-ben")


async def taken(leases: Leases, key: LeaseKey, by: Holder) -> Lease:
    """Take a lease that must be free."""
    lease = await leases.take(key, by)
    assert lease is not None
    return lease


@contextlib.asynccontextmanager
async def sleeping_process() -> AsyncIterator[Holder]:
    """A real process of this host as a holder; it does nothing."""
    process = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        yield holder_at(process.pid, "r-process")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


class LeasesContract:
    """Promises of one store, on a clock that the tests move.

    Give the fixtures `clock` (a `HandClock`), `leases` (an empty store on it) and `reopened`, which makes another
    `Leases` of the same store and the same clock, as a new process would.
    """

    steps_in_every_order: ClassVar[int] = 3

    @pytest.fixture
    def ttl(self, leases: Leases) -> float:
        return leases.timing.ttl.total_seconds()

    async def test_a_free_lease_can_be_taken(self, leases: Leases, clock: HandClock) -> None:
        lease = await taken(leases, KEY, ANNA)
        assert (lease.key, lease.holder) == (KEY, ANNA)
        assert lease.expires == clock.now() + leases.timing.ttl
        assert lease.until == clock.monotonic() + leases.timing.ttl.total_seconds()

    async def test_several_beats_fit_into_a_life(self, leases: Leases) -> None:
        assert leases.timing.beat * 4 <= leases.timing.ttl

    async def test_a_live_lease_is_nobody_elses(self, leases: Leases, clock: HandClock, ttl: float) -> None:
        await taken(leases, KEY, ANNA)
        clock.advance(ttl - 1)
        assert await leases.take(KEY, BEN) is None
        assert await leases.take(KEY, replace(ANNA, run="r-another-of-the-same-process")) is None

    async def test_the_same_holder_gets_its_own_lease_again(
        self, leases: Leases, reopened: Callable[[], Leases], clock: HandClock, ttl: float
    ) -> None:
        first = await taken(leases, KEY, ANNA)
        clock.advance(ttl / 2)
        again = await taken(reopened(), KEY, ANNA)
        assert again.fence == first.fence
        assert again.expires == clock.now() + leases.timing.ttl

    async def test_keys_do_not_touch_each_other(self, leases: Leases) -> None:
        names = ("a", "a/b", "a.lock", "A", "ünï/cödé", "with space", "a..b", "x@{1}", "/", "a%2Fb", "-x", "\udcff")
        for name in names:
            lease = await taken(leases, LeaseKey(name), holder(f"r-{names.index(name)}"))
            assert lease.key == name
        for name in names:
            seen = await leases.look(LeaseKey(name))
            assert seen is not None
            assert seen.holder.run == f"r-{names.index(name)}"

    async def test_a_renewed_lease_outlives_its_first_end(self, leases: Leases, clock: HandClock, ttl: float) -> None:
        lease = await taken(leases, KEY, ANNA)
        for _ in range(3):
            clock.advance(ttl * 0.8)
            renewed = await leases.renew(lease)
            assert renewed is not None
            assert renewed.fence == lease.fence
            assert renewed.expires == clock.now() + leases.timing.ttl
            assert renewed.until == clock.monotonic() + leases.timing.ttl.total_seconds()
            assert await leases.take(KEY, BEN) is None

    async def test_a_dead_lease_can_be_taken_and_its_old_holder_learns_of_it(
        self, leases: Leases, clock: HandClock, ttl: float
    ) -> None:
        old = await taken(leases, KEY, ANNA)
        assert await leases.take(KEY, BEN) is None
        clock.advance(ttl)
        new = await taken(leases, KEY, BEN)
        assert new.fence > old.fence
        assert await leases.renew(old) is None
        assert await leases.renew(new) is not None

    async def test_a_lost_lease_stays_lost(
        self, leases: Leases, reopened: Callable[[], Leases], clock: HandClock, ttl: float
    ) -> None:
        old = await taken(leases, KEY, ANNA)
        clock.advance(ttl)
        assert await leases.renew(old) is None
        clock.step(-10 * ttl)
        assert await leases.renew(old) is None
        await leases.release(await taken(leases, KEY, BEN))
        assert await leases.renew(old) is None
        mine = await taken(leases, KEY, ANNA)
        assert await leases.renew(old) is None
        assert await reopened().renew(old) is None
        assert await leases.renew(mine) is not None

    async def test_a_released_lease_is_free_and_cannot_be_renewed(self, leases: Leases) -> None:
        lease = await taken(leases, KEY, ANNA)
        await leases.release(lease)
        assert await leases.renew(lease) is None
        assert await leases.look(KEY) is None
        await leases.release(lease)
        assert await leases.take(KEY, BEN) is not None

    async def test_releasing_a_lost_lease_does_nothing(self, leases: Leases, clock: HandClock, ttl: float) -> None:
        old = await taken(leases, KEY, ANNA)
        await leases.look(KEY)
        clock.advance(ttl)
        new = await taken(leases, KEY, BEN)
        await leases.release(old)
        seen = await leases.look(KEY)
        assert seen is not None
        assert (seen.holder, seen.fence) == (BEN, new.fence)

    async def test_the_fence_only_ever_rises(
        self, leases: Leases, reopened: Callable[[], Leases], clock: HandClock, ttl: float
    ) -> None:
        fences = []
        for turn in range(3):
            lease = await taken(leases, KEY, ANNA)
            fences.append(lease.fence)
            await leases.release(lease)
            lease = await taken(reopened(), KEY, BEN)
            fences.append(lease.fence)
            await leases.take(KEY, ANNA)
            clock.advance(ttl * (turn + 1))
            clock.step(-20 * ttl)
        assert fences == sorted(set(fences))

    async def test_a_look_shows_the_lease_dead_or_alive(self, leases: Leases, clock: HandClock, ttl: float) -> None:
        assert await leases.look(KEY) is None
        lease = await taken(leases, KEY, ANNA)
        seen = await leases.look(KEY)
        assert seen is not None
        assert (seen.holder, seen.fence) == (ANNA, lease.fence)
        assert seen.expires > clock.now()
        clock.advance(ttl)
        dead = await leases.look(KEY)
        assert dead is not None
        assert dead.expires <= clock.now()

    @pytest.mark.parametrize("hours", [-24, -1, 1, 24])
    async def test_setting_the_wall_clock_neither_ends_a_lease_nor_prolongs_it(
        self, leases: Leases, clock: HandClock, ttl: float, hours: int
    ) -> None:
        lease = await taken(leases, KEY, ANNA)
        assert await leases.take(KEY, BEN) is None
        clock.step(hours * 3600)
        assert await leases.take(KEY, BEN) is None
        clock.advance(ttl / 2)
        renewed = await leases.renew(lease)
        assert renewed is not None
        assert await leases.take(KEY, BEN) is None
        clock.advance(ttl)
        assert (await taken(leases, KEY, BEN)).fence > lease.fence

    async def test_a_holder_that_was_killed_is_replaced_at_once(self, leases: Leases, clock: HandClock) -> None:
        async with sleeping_process() as process:
            old = await taken(leases, KEY, process)
            assert await leases.take(KEY, ANNA) is None
        seen = await leases.look(KEY)
        assert seen is not None
        assert seen.expires <= clock.now()
        assert (await taken(leases, KEY, ANNA)).fence > old.fence
        assert await leases.renew(old) is None

    async def test_a_pid_that_is_used_again_is_not_its_old_holder(self, leases: Leases) -> None:
        this = this_holder("r-this")
        await taken(leases, KEY, replace(this, started=this.started - 1))
        assert await leases.take(KEY, ANNA) is not None

    async def test_a_holder_that_is_stopped_is_not_dead_before_its_time(
        self, leases: Leases, clock: HandClock, ttl: float
    ) -> None:
        async with sleeping_process() as process:
            await taken(leases, KEY, process)
            os.kill(process.pid, signal.SIGSTOP)
            clock.advance(ttl - 1)
            assert await leases.take(KEY, ANNA) is None
            clock.advance(1)
            assert await leases.take(KEY, ANNA) is not None

    async def test_a_process_of_another_host_is_never_known_to_be_dead(self, leases: Leases) -> None:
        await taken(leases, KEY, replace(this_holder("r-there"), host="there", pid=2**22 - 1))
        assert await leases.take(KEY, ANNA) is None

    async def test_of_many_tasks_one_wins(self, leases: Leases, reopened: Callable[[], Leases]) -> None:
        stores = (leases, reopened())
        takers = (stores[number % 2].take(KEY, holder(f"r-{number}")) for number in range(6))
        won = [lease for lease in await asyncio.gather(*takers) if lease is not None]
        assert len(won) == 1
        assert await leases.renew(won[0]) is not None

    async def test_every_order_of_steps_keeps_the_promises(
        self, leases: Leases, reopened: Callable[[], Leases], clock: HandClock, ttl: float
    ) -> None:
        stores = {ANNA: leases, BEN: reopened()}
        for number, steps in enumerate(product(_STEPS, repeat=self.steps_in_every_order)):
            oracle = _Oracle(ttl)
            for step in steps:
                await _check(step, LeaseKey(f"order/{number}"), stores, clock, oracle)


_STEPS = (("take", ANNA), ("take", BEN), ("renew", ANNA), ("renew", BEN), ("release", ANNA), ("release", BEN), None)


@dataclass
class _Oracle:
    """The promises once more, as plainly as they can be said."""

    ttl: float
    by: Holder | None = None
    until: float = 0.0
    highest: int = 0

    def __post_init__(self) -> None:
        self.last: dict[Holder, Lease] = {}

    def holds(self, who: Holder, now: float) -> bool:
        return self.by == who and now < self.until

    def current(self, who: Holder, now: float) -> bool:
        """Whether the last lease that it was given is the live one."""
        return self.holds(who, now) and self.last[who].fence == self.highest


async def _check(
    step: tuple[str, Holder] | None, key: LeaseKey, stores: dict[Holder, Leases], clock: HandClock, oracle: _Oracle
) -> None:
    if step is None:
        # Every store looks before time passes, as one that polls does: some judge by what they saw.
        for leases in stores.values():
            await leases.look(key)
        clock.advance(oracle.ttl * 0.6)
        return
    verb, who = step
    leases, now = stores[who], clock.monotonic()
    if verb == "take":
        free = oracle.by is None or now >= oracle.until
        own = oracle.holds(who, now)
        lease = await leases.take(key, who)
        assert (lease is not None) == (free or own)
        if lease is not None:
            assert lease.fence == oracle.highest if own else lease.fence > oracle.highest
            oracle.by, oracle.until, oracle.highest = who, now + oracle.ttl, lease.fence
            oracle.last[who] = lease
    elif who in oracle.last:
        current = oracle.current(who, now)
        if verb == "renew":
            assert (await leases.renew(oracle.last[who]) is not None) == current
            oracle.until = now + oracle.ttl if current else oracle.until
        else:
            await leases.release(oracle.last[who])
            oracle.by = None if current else oracle.by


class SharedLeasesContract(LeasesContract):
    """Promises of a store that several processes share.

    Besides the fixtures of `LeasesContract` give `opening`: Python source that binds `leases` to a `Leases` of one
    store (its own, on `SystemClock`), and `close` where something is to be closed. It is run in other processes as
    well as in this one.
    """

    @pytest.fixture
    def in_real_time(self, opening: str) -> Iterator[Leases]:
        bound: dict[str, Any] = {}
        exec(opening, bound)  # noqa: S102  # the subclass's own text
        yield bound["leases"]
        bound.get("close", lambda: None)()

    async def test_of_many_processes_one_wins(self, in_real_time: Leases, opening: str) -> None:
        async with contextlib.AsyncExitStack() as stack:
            contenders = [await stack.enter_async_context(contender(opening, f"r-{n}")) for n in range(4)]
            fences = await asyncio.gather(*(one.take() for one in contenders))
            won = [fence for fence in fences if fence]
            assert len(won) == 1
            seen = await in_real_time.look(KEY)
            assert seen is not None
            assert seen.fence == won[0]

    async def test_a_worker_that_is_killed_is_replaced_at_once_and_one_that_is_stopped_is_not(
        self, in_real_time: Leases, opening: str
    ) -> None:
        async with contender(opening, "r-victim") as victim:
            fence = await victim.take()
            assert fence > 0
            victim.process.send_signal(signal.SIGSTOP)
            assert await in_real_time.take(KEY, ANNA) is None
            victim.process.kill()
            await victim.process.wait()
            assert (await taken(in_real_time, KEY, ANNA)).fence > fence

    async def test_the_fence_rises_over_processes(self, opening: str) -> None:
        fences = []
        for number in range(3):
            async with contender(opening, f"r-{number}") as one:
                fences.append(await one.take())
        assert fences == sorted(set(fences))
        assert fences[0] > 0


_CONTENDER = """
import asyncio, sys
from kiro_worker.lease.holder import this_holder

{opening}

async def contend():
    print("ready", flush=True)
    sys.stdin.readline()
    lease = await leases.take({key!r}, this_holder({run!r}))
    print(lease.fence if lease else 0, flush=True)
    sys.stdin.readline()

asyncio.run(contend())
"""


@dataclass(frozen=True)
class Contender:
    """A worker in a process of its own that takes the lease when told to, and then lives on."""

    process: asyncio.subprocess.Process

    async def take(self) -> int:
        """Have it take the lease; its fence, 0 when it did not get it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"take\n")
        return int(await self.process.stdout.readline())


@contextlib.asynccontextmanager
async def contender(opening: str, run: str) -> AsyncIterator[Contender]:
    """Start a contender; it is killed at the end."""
    source = _CONTENDER.format(opening=opening, key=KEY, run=run)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", source, stdin=pipe, stdout=pipe)
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield Contender(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

import asyncio
import contextlib

import pytest

from kiro_worker.error import Fault, WorkerError
from kiro_worker.lease import Kept, LeaseLost, keeping
from kiro_worker.lease.memory import MemoryLeases
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.lease_contract import ANNA, BEN, KEY, taken


class Unreachable(WorkerError):
    code = "test.unreachable"


class TroubledLeases(MemoryLeases):
    """A store whose answer to a renewal can be made to fail or never to come."""

    failures = 0
    silent = False
    renewals = 0

    async def renew(self, lease):
        self.renewals += 1
        if self.silent:
            await asyncio.Event().wait()
        if self.failures:
            self.failures -= 1
            raise Unreachable("The remote could not be reached.")
        return await super().renew(lease)


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def leases(clock):
    return TroubledLeases(clock)


async def test_a_lease_that_was_over_before_it_could_be_kept_is_not_alive_whatever_the_wall_clock_says(leases, clock):
    lease = await taken(leases, KEY, ANNA)
    clock.advance(leases.timing.ttl.total_seconds())
    clock.step(-3600)
    assert not Kept(leases, lease, clock).alive


async def for_ever():
    await asyncio.Event().wait()


def others():
    return asyncio.all_tasks() - {asyncio.current_task()}


async def lost_under(leases, clock, seconds, body=for_ever):
    """Keep a lease for `seconds` of the clock; the loss that came out, and when the body was stopped."""
    lease = await taken(leases, KEY, ANNA)
    stopped = []

    async def work():
        try:
            async with keeping(leases, lease, clock):
                try:
                    await body()
                finally:
                    stopped.append(clock.monotonic())
        except LeaseLost as lost:
            return lost

    async with asyncio.TaskGroup() as group:
        working = group.create_task(work())
        await clock.run(seconds)
        assert working.done()
    return working.result(), stopped


async def test_a_lease_is_kept_for_as_long_as_the_body_runs(leases, clock):
    lease = await taken(leases, KEY, ANNA)
    async with keeping(leases, lease, clock) as kept:
        await clock.run(3600)
        assert kept.alive
        assert kept.lease.fence == lease.fence
        assert kept.lease.expires > clock.now()
        assert await leases.take(KEY, BEN) is None
        assert leases.renewals == 3600 / 15
    assert others() == set()
    assert await leases.look(KEY) is not None


async def test_a_body_whose_lease_was_taken_over_is_stopped(leases, clock):
    async def lose_it():
        await leases.release(await leases.look(KEY))
        await taken(leases, KEY, BEN)
        await for_ever()

    lost, stopped = await lost_under(leases, clock, 15, lose_it)
    assert (lost.fault, lost.lease.key) == (Fault.LEASE_LOST, KEY)
    assert "gave it to another" in lost.message
    assert "nothing was written after the loss" in lost.kept
    assert stopped == [15]
    assert others() == set()


async def test_a_renewal_that_hangs_stops_the_body_before_others_may_take_the_lease(leases, clock):
    leases.silent = True
    lost, stopped = await lost_under(leases, clock, 60)
    assert "the store did not answer" in lost.message
    assert stopped == [54]


async def test_renewals_that_fail_are_tried_again_until_the_time_is_up(leases, clock):
    leases.failures = 1000
    lost, stopped = await lost_under(leases, clock, 60)
    assert "The remote could not be reached" in lost.message
    assert stopped == [54]
    assert leases.renewals == 1 + (54 - 15) // 3


async def test_an_answer_that_was_long_on_its_way_counts_from_when_it_was_asked_for(clock):
    class SlowLeases(TroubledLeases):
        async def renew(self, lease):
            renewed = await super().renew(lease)
            await clock.sleep(10)
            self.silent = True
            return renewed

    _, stopped = await lost_under(SlowLeases(clock), clock, 100)
    assert stopped == [15 + 54]


async def test_a_passing_trouble_stops_nothing(leases, clock):
    lease = await taken(leases, KEY, ANNA)
    leases.failures = 10
    async with keeping(leases, lease, clock) as kept:
        await clock.run(300)
        assert kept.alive


async def test_a_process_that_was_stopped_too_long_knows_at_once(leases, clock):
    lease = await taken(leases, KEY, ANNA)

    async def work():
        async with keeping(leases, lease, clock) as kept:
            await clock.run(20)
            before = kept.alive
            clock.advance(60)
            seen.append((before, kept.alive))
            await for_ever()

    seen = []
    with pytest.raises(LeaseLost):
        await work()
    assert seen == [(True, False)]


async def test_a_lease_that_is_dead_already_protects_nothing(leases, clock):
    lease = await taken(leases, KEY, ANNA)
    clock.advance(60)
    with pytest.raises(LeaseLost):
        async with keeping(leases, lease, clock):
            await for_ever()


async def test_a_wall_clock_that_is_set_does_not_stop_the_body(leases, clock):
    lease = await taken(leases, KEY, ANNA)
    async with keeping(leases, lease, clock) as kept:
        for hours in (-5, 5, 24):
            clock.step(hours * 3600)
            assert kept.alive
            await clock.run(100)
        assert kept.alive


async def test_what_the_body_raises_comes_out_as_it_is(leases, clock):
    lease = await taken(leases, KEY, ANNA)
    ours = ValueError("ours")
    with pytest.raises(ValueError, match="ours") as caught:
        async with keeping(leases, lease, clock):
            raise ours
    assert caught.value is ours
    with pytest.raises(ExceptionGroup) as group:
        async with keeping(leases, lease, clock):
            raise ExceptionGroup("two", [ours, KeyError("x")])
    assert group.value.message == "two"
    assert others() == set()


async def test_a_body_cannot_outlive_its_lease_by_swallowing_the_cancellation(leases, clock):
    async def stubborn():
        with contextlib.suppress(asyncio.CancelledError):
            await for_ever()

    leases.silent = True
    lost, _ = await lost_under(leases, clock, 60, stubborn)
    assert isinstance(lost, LeaseLost)


async def test_the_loss_is_told_even_when_stopping_the_body_fails(leases, clock):
    async def clumsy():
        try:
            await for_ever()
        finally:
            raise ValueError("could not clean up")

    leases.silent = True
    lost, _ = await lost_under(leases, clock, 60, clumsy)
    assert isinstance(lost, LeaseLost)


async def test_cancelling_from_outside_is_no_loss(leases, clock):
    lease = await taken(leases, KEY, ANNA)

    async def work():
        async with keeping(leases, lease, clock):
            await for_ever()

    async with asyncio.TaskGroup() as group:
        working = group.create_task(work())
        await clock.run(20)
        working.cancel()
    assert working.cancelled()
    assert others() == set()


async def test_a_fault_of_the_store_itself_is_not_called_a_loss(clock):
    class BrokenLeases(MemoryLeases):
        async def renew(self, lease):
            raise ZeroDivisionError

    leases = BrokenLeases(clock)
    lease = await taken(leases, KEY, ANNA)
    async with asyncio.TaskGroup() as group:
        group.create_task(clock.run(20))
        with pytest.raises(ZeroDivisionError):
            async with keeping(leases, lease, clock):
                await for_ever()

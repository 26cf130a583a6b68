from datetime import timedelta

import pytest

from kiro_worker.lease.holder import this_holder
from kiro_worker.lease.port import Holder, LeaseKey
from kiro_worker.lease.sqlite import SqliteLeases
from kiro_worker.orphan.leases import DeadLeases
from kiro_worker.state import open_state
from kiro_worker.testing.clock import HandClock

KEY = LeaseKey("feature/login")
ELSEWHERE = Holder(run="r-1", host="elsewhere", pid=1, started=1)


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def leases(tmp_path, clock):
    state = open_state(tmp_path)
    yield SqliteLeases(state, clock)
    state.close()


async def test_a_lease_whose_holder_gives_no_sign_of_life_is_freed_and_the_fence_goes_on_rising(leases, clock):
    old = await leases.take(KEY, ELSEWHERE)
    finder = DeadLeases(leases, clock)
    assert await finder.find() == ()
    clock.advance(leases.timing.ttl.total_seconds() + 1)
    (orphan,) = await finder.find()
    assert (orphan.kind, orphan.what) == ("lease", KEY)
    assert await finder.remove(orphan)
    assert await leases.look(KEY) is None
    assert await finder.find() == ()
    new = await leases.take(KEY, this_holder("r-2"))
    assert new.fence > old.fence


async def test_whoever_has_taken_it_since_keeps_it(leases, clock):
    await leases.take(KEY, ELSEWHERE)
    clock.advance(leases.timing.ttl.total_seconds() + 1)
    finder = DeadLeases(leases, clock)
    (orphan,) = await finder.find()
    taken = await leases.take(KEY, this_holder("r-2"))
    assert not await finder.remove(orphan)
    assert (await leases.look(KEY)).holder == taken.holder


async def test_a_holder_of_this_host_that_is_gone_is_dead_at_once(leases, clock):
    gone = Holder(run="r-1", host=this_holder("").host, pid=2**22 + 1, started=1)
    await leases.take(KEY, gone)
    await leases.take(LeaseKey("a/b\udcff"), gone)
    await leases.take(LeaseKey("mine"), this_holder("r-2"))
    clock.advance(timedelta(seconds=1).total_seconds())
    finder = DeadLeases(leases, clock)
    found = await finder.find()
    assert len(found) == 2
    assert [await finder.remove(orphan) for orphan in found] == [True, True]
    assert await leases.held() == (LeaseKey("mine"),)

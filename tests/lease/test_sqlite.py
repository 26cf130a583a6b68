import asyncio
import contextlib
import sqlite3
from datetime import timedelta

import pytest

from kiro_worker.lease.sqlite import SqliteLeases
from kiro_worker.state import StateUnavailable, open_state
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.lease_contract import ANNA, BEN, KEY, SharedLeasesContract, taken


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def open_leases(tmp_path):
    """Open the same store, as often as wanted; closed at the end."""
    states = []

    def open_again(clock, **more):
        states.append(open_state(tmp_path / "state"))
        return SqliteLeases(states[-1], clock, **more)

    yield open_again
    for state in states:
        state.close()


@pytest.fixture
def leases(open_leases, clock):
    return open_leases(clock)


class TestSqliteLeases(SharedLeasesContract):
    @pytest.fixture
    def reopened(self, open_leases, clock):
        return lambda: open_leases(clock)

    @pytest.fixture
    def opening(self, tmp_path):
        return f"""
from pathlib import Path
from kiro_worker.clock import SystemClock
from kiro_worker.lease.sqlite import SqliteLeases
from kiro_worker.state import StateUnavailable, open_state
state = open_state(Path({str(tmp_path / "shared")!r}))
leases, close = SqliteLeases(state, SystemClock()), state.close
"""


async def test_the_fence_rises_even_after_the_rows_were_deleted(leases, open_leases, clock, tmp_path):
    first = await taken(leases, KEY, ANNA)
    with contextlib.closing(sqlite3.connect(tmp_path / "state" / "state.db")) as connection:
        connection.execute("DELETE FROM lease")
        connection.commit()
    clock.advance(1)
    assert (await taken(leases, KEY, BEN)).fence > first.fence
    assert await leases.renew(first) is None


async def test_after_a_reboot_the_wall_clock_tells(open_leases, clock):
    before = open_leases(clock, boot="before")
    await taken(before, KEY, ANNA)
    rebooted = HandClock(clock.now() + timedelta(seconds=30))
    after = open_leases(rebooted, boot="after")
    assert await after.take(KEY, BEN) is None
    rebooted.advance(30)
    assert await after.take(KEY, BEN) is not None


async def test_a_clock_that_a_reboot_set_back_keeps_no_lease_for_ever(open_leases, clock):
    before = open_leases(clock, boot="before")
    await taken(before, KEY, ANNA)
    rebooted = HandClock(clock.now() - timedelta(days=365))
    after = open_leases(rebooted, boot="after")
    assert await after.take(KEY, BEN) is None
    rebooted.advance(60)
    assert await after.take(KEY, BEN) is not None


async def test_a_lease_that_another_boot_adopted_can_still_be_renewed_and_lost(open_leases, clock):
    mine = open_leases(clock, boot="mine")
    lease = await taken(mine, KEY, ANNA)
    theirs = open_leases(HandClock(clock.now()), boot="theirs")
    assert await theirs.take(KEY, BEN) is None
    assert await mine.renew(lease) is not None
    assert await theirs.take(KEY, BEN) is None
    clock.advance(60)
    assert await mine.renew(lease) is None
    clock.step(-600)
    assert await mine.renew(lease) is None


async def test_a_database_that_is_gone_is_a_named_fault(leases, open_leases, clock, tmp_path):
    state = open_state(tmp_path / "other")
    other = SqliteLeases(state, clock)
    state.close()
    with pytest.raises(StateUnavailable):
        await other.take(KEY, ANNA)


async def test_a_call_that_was_cancelled_leaves_a_lease_that_its_holder_can_take_again(leases):
    async with asyncio.TaskGroup() as group:
        taking = group.create_task(leases.take(KEY, ANNA))
        await asyncio.sleep(0)
        taking.cancel()
    assert await leases.take(KEY, ANNA) is not None

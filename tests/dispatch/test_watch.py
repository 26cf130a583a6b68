import asyncio
import contextlib
import gc
import tracemalloc

import pytest

from dispatch.place import place
from kiro_worker.board.fault import BoardUnreachable
from kiro_worker.board.port import Column
from kiro_worker.dispatch.report import Deed
from kiro_worker.dispatch.watch import Bell, last_tick, watch
from kiro_worker.state import StateUnavailable
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.launch_contract import ready
from kiro_worker.value import replace


class Seen:
    """What was told; it ends the watching after so many ticks."""

    def __init__(self, bell: Bell, *, ticks: int) -> None:
        self.reports, self.faults, self.said = [], [], []
        self._bell, self._left = bell, ticks

    def report(self, report):
        self.reports.append(report)
        self._count()

    def fault(self, error):
        self.faults.append(error.code)
        self._count()

    def say(self, sentence):
        self.said.append(sentence)

    def _count(self):
        self._left -= 1
        if self._left <= 0:
            self._bell.end()


class Desk:
    """See `Watched`, over a dispatcher at hand."""

    interval = 30.0

    def __init__(self, dispatcher, said=(), faults=()):
        self.dispatcher, self._said, self._faults = dispatcher, list(said), list(faults)

    @contextlib.asynccontextmanager
    async def turn(self):
        if self._faults and (fault := self._faults.pop(0)) is not None:
            raise fault
        yield self.dispatcher

    async def reread(self):
        return self._said.pop(0) if self._said else ""


@pytest.fixture
async def here(tmp_path):
    async with place(tmp_path, glance=120) as here:
        yield here


async def watched(here, clock=None, *, ticks, **more):
    bell = Bell()
    seen = Seen(bell, ticks=ticks)
    clock = clock or HandClock(hurried=True)
    async with asyncio.timeout(90):
        await watch(Desk(here.dispatcher, **more), clock, bell, seen)
    return seen, clock


async def test_it_looks_as_often_as_it_was_told_to(here):
    seen, clock = await watched(here, ticks=3)
    assert (len(seen.reports), clock.slept[:2]) == (3, [30.0, 30.0])


async def test_who_rings_is_served_at_once(here):
    bell, clock = Bell(), HandClock()
    seen = Seen(bell, ticks=2)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(watch(Desk(here.dispatcher), clock, bell, seen))
        while not seen.reports:  # noqa: ASYNC110  # a double cannot ring
            await asyncio.sleep(0.01)
        bell.ring()
    assert len(seen.reports) == 2


async def test_a_fault_of_the_moment_ends_nothing_and_is_asked_about_less_and_less_often(here, tmp_path):
    fault = StateUnavailable(path=tmp_path, reason="it is locked")
    seen, clock = await watched(here, ticks=7, faults=[fault] * 6)
    assert seen.faults == ["state.unavailable"] * 6
    assert clock.slept[:6] == [60, 120, 240, 300, 300, 300]
    assert len(seen.reports) == 1


async def test_a_change_of_the_settings_is_told(here):
    seen, _ = await watched(here, ticks=2, said=["They were changed."])
    assert seen.said == ["They were changed."]


async def test_a_board_that_does_not_answer_stops_nothing_and_moves_nothing(here, tmp_path):
    card = await here.card("wait")
    await here.tick()
    await ready(tmp_path)
    await here.board.place(card, "Done")

    class Silent(type(here.board)):
        async def cards(self, *columns):
            raise BoardUnreachable(purpose="read the board", said="no answer")

        read = move = tell = cards

    here.dispatcher.desk = replace(here.desk, board=Silent(here.shop.state, here.board._columns))
    report = await here.tick()
    assert (report.known, report.actions, len(report.running)) == (False, (), 1)
    assert report.faults[0].startswith("board.unreachable: ")
    here.dispatcher.desk = here.desk
    assert [each.deed for each in (await here.tick()).actions] == [Deed.STOPPED]


async def test_at_its_end_what_runs_is_ended_in_order_and_the_board_is_told(here, tmp_path):
    card = await here.card("wait")
    await here.tick()
    await ready(tmp_path)
    await here.board.move(card, Column.WORKING)
    seen = Seen(Bell(), ticks=9)

    async def close():
        await here.launches.close()
        await here.ends()

    await last_tick(Desk(here.dispatcher), close, seen)
    assert "INTERRUPTED" in (await here.notes(card))["run"]
    assert await here.column(card) == "working"


async def test_hundreds_of_quiet_ticks_take_no_more_memory_than_ten(here):
    """The benchmark makes ten thousand of them."""
    for number in range(10):
        await here.card(f"none-{number}", spec=False)
    await watched(here, ticks=20)
    tracemalloc.start()
    await watched(here, ticks=10)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    await watched(here, ticks=150)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 100_000

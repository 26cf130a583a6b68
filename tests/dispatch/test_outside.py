"""What a public checklist for such workers asks of a dispatcher: docs/conformance/symphony.md."""

import pytest

from dispatch.place import place
from kiro_worker.dispatch.reconcile import reconcile
from kiro_worker.dispatch.report import Deed
from kiro_worker.launch.port import AtLimit
from kiro_worker.testing.launch_contract import ready
from kiro_worker.value import replace


@pytest.fixture
async def here(tmp_path):
    async with place(tmp_path) as here:
        yield here


async def test_with_nothing_under_way_a_tick_asks_once_and_puts_nothing_right(here):
    calls = []

    class Counted(type(here.board)):
        async def cards(self, *columns):
            calls.append("cards")
            return await super().cards(*columns)

        async def read(self, card):
            calls.append("read")
            return await super().read(card)

        async def move(self, card, to, *, only_from=None):
            calls.append("move")
            return await super().move(card, to, only_from=only_from)

        async def tell(self, card, note):
            calls.append("tell")
            return await super().tell(card, note)

    assert list(reconcile([])) == []
    here.dispatcher.desk = replace(here.desk, board=Counted(here.shop.state, here.board._columns))
    report = await here.tick()
    assert (report.actions, report.waiting, calls) == ((), (), ["cards"])
    card = await here.card("exit-0")
    await here.tick()
    await here.board.place(card, "Done")
    await here.ends()
    await here.tick()
    # Only what was begun, and is in neither of the worker's columns, is asked for by itself.
    assert calls == ["cards", "cards", "cards", "read"]


async def test_a_further_try_for_which_no_place_is_free_says_so_and_is_made_later(here, tmp_path):
    failing, going = await here.card("exit-33", priority=1), await here.card("wait", priority=2)
    await here.tick()
    await here.ends()
    report = await here.tick()
    (other,) = [each.run for each in report.actions if each.item == going]
    here.clock.advance(60)
    for _ in range(2):
        report = await here.tick()
        assert report.actions == ()
        assert {each.card.id: each.reasons[0].code for each in report.waiting} == {failing: "dispatch.at-limit"}
    await ready(tmp_path)
    await here.launches.stop(other)
    await here.ends()
    assert (Deed.TRIED_AGAIN, failing) in [(each.deed, each.item) for each in (await here.tick()).actions]


class Full:
    """A launcher that takes no more."""

    def __init__(self, launches):
        self._launches = launches

    def __getattr__(self, name):
        return getattr(self._launches, name)

    async def launch(self, request):
        return AtLimit(why="2 of 2 builds are running")


async def test_a_launcher_that_takes_no_more_is_told_as_the_reason_for_new_runs_and_further_tries(here):
    failing = await here.card("exit-33")
    await here.tick()
    await here.ends()
    await here.tick()
    here.clock.advance(60)
    new = await here.card("exit-0")
    here.dispatcher.desk = replace(here.desk, launches=Full(here.launches))
    report = await here.tick()
    assert report.actions == ()
    told = {each.card.id: (each.reasons[0].code, each.reasons[0].why) for each in report.waiting}
    assert told == dict.fromkeys((failing, new), ("launch.at-limit", "2 of 2 builds are running"))
    here.dispatcher.desk = here.desk
    assert [(each.deed, each.item) for each in (await here.tick()).actions] == [(Deed.TRIED_AGAIN, failing)]

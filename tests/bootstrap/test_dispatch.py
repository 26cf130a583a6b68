import pytest

from kiro_worker.board.local import NewCard
from kiro_worker.bootstrap.dispatch import DispatchBusy, Dispatching, launches_for, rules_of
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.process import Children
from kiro_worker.testing.clock import HandClock


@pytest.fixture
def variables(tmp_path):
    (tmp_path / ".config/kiro-worker").mkdir(parents=True)
    return {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "PATH": "/usr/bin:/bin"}


@pytest.fixture
def settings(tmp_path):
    def write(text):
        (tmp_path / ".config/kiro-worker/config.yaml").write_text(text)

    return write


@pytest.fixture
async def shop(variables):
    async with workshop(this_machine(variables)) as shop:
        yield shop


@pytest.fixture
async def dispatching(shop):
    async with launches_for(shop, {}) as launches:
        made = Dispatching(shop, {}, launches, acts=True)
        yield made
        await made.close()


async def test_settings_are_read_again_and_count_from_then_on(dispatching, settings):
    assert await dispatching.reread() == ""
    settings("dispatch: {max_parallel: 4, interval: 5s}\n")
    assert "count from now on" in await dispatching.reread()
    assert (dispatching.interval, dispatching.dispatcher.desk.rules.limits.parallel) == (5, 4)
    assert await dispatching.reread() == ""


async def test_a_broken_edit_leaves_the_last_good_settings_and_is_told_once(dispatching, settings):
    settings("dispatch: {max_parallel: 4}\n")
    await dispatching.reread()
    settings("dispatch: {max_parallel: many}\n")
    said = await dispatching.reread()
    assert "those of before go on to count" in said
    assert "max_parallel" in said
    assert await dispatching.reread() == ""
    assert dispatching.dispatcher.desk.rules.limits.parallel == 4
    settings("board: {kind: github}\n")
    assert "board.owner" in await dispatching.reread()
    assert dispatching.dispatcher.desk.board.name == "local"
    settings("dispatch: {max_parallel: 5}\n")
    await dispatching.reread()
    assert dispatching.dispatcher.desk.rules.limits.parallel == 5


async def test_columns_that_are_renamed_while_watching_are_looked_at_by_their_new_names(dispatching, settings):
    settings("board: {column_ready: Bereit}\n")
    await dispatching.reread()
    board = dispatching.dispatcher.desk.board
    made = await board.add(NewCard(title="x", repository="/x.git", branch="y"))
    assert (made.place, (await dispatching.dispatcher.tick(looks_at_all=True)).cards) == ("Bereit", 1)


async def test_two_dispatchers_of_one_machine_take_turns(variables):
    clock = HandClock(hurried=True)
    async with Children(clock) as children:
        shop = Workshop(this_machine(variables), clock, children)
        async with launches_for(shop, {}) as launches:
            first, second = (Dispatching(shop, {}, launches, acts=True) for _ in range(2))
            async with first.turn():
                with pytest.raises(DispatchBusy, match="Another kiro-worker poll or watch"):
                    async with second.turn():
                        pass
            async with second.turn() as dispatcher:
                assert dispatcher is second.dispatcher
        shop.close()


def test_what_was_said_on_the_command_line_holds_for_the_runs_but_for_what_each_card_says_itself(variables):
    flags = {
        "agent.name": "replay x", "gates.repair_rounds": "0", "branch.name": "other", "spec.name": "other",
        "dispatch.max_parallel": "2", "gates.each_task": None, "agent.args": ("--a", "b c"),
    }  # fmt: skip
    rules = rules_of(early_settings(this_machine(variables), {}), flags)
    assert rules.handed_on == {"agent.name": "replay x", "gates.repair_rounds": "0", "agent.args": "--a 'b c'"}

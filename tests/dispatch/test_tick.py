import asyncio

import pytest

from dispatch.place import FOLDER, place
from kiro_worker.board.port import Column
from kiro_worker.clock import stamp
from kiro_worker.dispatch.report import Deed
from kiro_worker.ids import new_run_id
from kiro_worker.lease.holder import this_holder
from kiro_worker.lease.sqlite import SqliteLeases
from kiro_worker.run.registry import RunEntry
from kiro_worker.run.steps.take_lease import lease_key
from kiro_worker.testing.launch_contract import ready
from kiro_worker.value import replace


@pytest.fixture
async def here(tmp_path):
    async with place(tmp_path) as here:
        yield here


def deeds(report):
    return [(each.deed, each.item) for each in report.actions]


async def test_what_is_ready_is_begun_with_its_card_and_an_id_of_its_own(here):
    card = await here.card("exit-0")
    report = await here.tick()
    assert deeds(report) == [(Deed.BEGUN, card)]
    await here.ends()
    (words,) = here.starts()
    run = report.actions[0].run
    assert {f"--item={card}", f"--run-id={run}", "--branch=exit-0", f"--repository={here.remote.url}"} <= set(words)


@pytest.mark.parametrize(
    ("branch", "column", "verdict"),
    [("exit-0", "review", "DONE"), ("exit-14", "needs-input", "NEEDS_INPUT"), ("exit-10", "failed", "TESTS_RED")],
)
async def test_a_card_goes_where_its_run_s_verdict_says_and_is_told_once(here, branch, column, verdict):
    card = await here.card(branch)
    await here.tick()
    await here.ends()
    report = await here.tick()
    assert deeds(report) == [(Deed.SETTLED, card)]
    assert await here.column(card) == column
    assert f"**{verdict}**" in (await here.notes(card))["run"]
    assert (await here.tick()).quiet


async def test_one_after_another_and_the_next_as_soon_as_one_has_ended(here):
    first, second = await here.card("exit-0"), await here.card("exit-10")
    report = await here.tick()
    assert deeds(report) == [(Deed.BEGUN, first)]
    assert [each.reasons[0].code for each in report.waiting] == ["dispatch.at-limit"]
    await here.ends()
    assert deeds(await here.tick()) == [(Deed.SETTLED, first), (Deed.BEGUN, second)]
    await here.ends()


async def test_while_one_is_under_way_the_next_waits_for_it(here, tmp_path):
    first, second = await here.card("wait"), await here.card("exit-0")
    await here.tick()
    await ready(tmp_path)
    await here.board.move(first, Column.WORKING)
    report = await here.tick()
    assert (deeds(report), [each.card.id for each in report.waiting]) == ([], [second])


async def test_several_at_once_when_the_operator_wants_so_but_never_two_on_one_branch(here):
    here.set(max_parallel="5")
    cards = [await here.card("exit-0"), await here.card("exit-0", spec=False), await here.card("exit-10")]
    report = await here.tick()
    assert deeds(report) == [(Deed.BEGUN, cards[0]), (Deed.BEGUN, cards[2])]
    assert [each.reasons[0].code for each in report.waiting] == ["dispatch.branch-busy"]
    await here.ends(2)


async def test_what_failed_for_the_moment_is_tried_again_in_time_and_only_so_often(here):
    here.set(most_tries="2")
    card = await here.card("exit-33")
    runs = []
    for attempt in (1, 2, 3):
        report = await here.tick()
        (started,) = [each for each in report.actions if each.run]
        runs.append(started.run)
        await here.ends()
        if attempt < 3:
            assert deeds(await here.tick()) == []
            assert f"try {attempt} of 2" in (await here.notes(card))["run"]
            here.clock.advance(60)
    assert deeds(await here.tick()) == [(Deed.SETTLED, card)]
    assert await here.column(card) == "failed"
    words = here.starts()
    assert [[f"--attempt={number}" in each for number in (2, 3)] for each in words] == [
        [False, False], [True, False], [False, True],
    ]  # fmt: skip
    assert [f"--resumes={run}" in each for run, each in zip(runs, words[1:], strict=False)] == [True, True]
    # A person who puts it back begins to count anew.
    await here.board.move(card, Column.READY)
    await here.tick()
    await here.ends()
    assert not any(word.startswith("--attempt") for word in here.starts(3)[0])


async def test_a_run_that_was_killed_is_gone_on_with_at_once(here):
    card = await here.card("crash")
    first = (await here.tick()).actions[0].run
    await here.ends()
    report = await here.tick()
    assert deeds(report) == [(Deed.TRIED_AGAIN, card)]
    await here.ends()
    assert f"--resumes={first}" in here.starts()[1]
    assert "UNKNOWN" in (await here.notes(card))["run"]


@pytest.mark.parametrize("away", ["Backlog", "Done"])
async def test_a_run_whose_card_was_moved_away_is_stopped_and_the_card_is_left_where_it_is(here, away, tmp_path):
    card = await here.card("wait")
    run = (await here.tick()).actions[0].run
    await ready(tmp_path)
    await here.board.move(card, Column.WORKING)
    assert deeds(await here.tick()) == []
    await here.board.place(card, away)
    report = await here.tick()
    assert [(each.deed, each.run) for each in report.actions] == [(Deed.STOPPED, run)]
    await here.ends()
    assert deeds(await here.tick()) == [(Deed.LEFT, card)]
    assert (await here.column(card), await here.notes(card)) == (away, {})


async def test_a_run_whose_card_was_put_back_is_stopped_and_begun_anew(here, tmp_path):
    card = await here.card("wait")
    await here.tick()
    await ready(tmp_path)
    await here.board.move(card, Column.WORKING)
    await here.tick()
    await here.board.move(card, Column.READY)
    assert deeds(await here.tick()) == [(Deed.STOPPED, card)]
    await here.ends()
    assert deeds(await here.tick()) == [(Deed.LEFT, card)]
    assert deeds(await here.tick()) == [(Deed.BEGUN, card)]


async def test_a_run_whose_branch_was_deleted_is_stopped_and_is_put_to_a_person(here, tmp_path):
    card = await here.card("wait")
    await here.tick()
    await ready(tmp_path)
    await here.board.move(card, Column.WORKING)
    here.remote.git("update-ref", "-d", "refs/heads/wait")
    assert deeds(await here.tick()) == [(Deed.STOPPED, card)]
    await here.ends()
    assert deeds(await here.tick()) == [(Deed.SETTLED, card)]
    assert await here.column(card) == "needs-input"
    assert "Its branch was deleted" in (await here.notes(card))["run"]


async def test_a_run_that_a_person_cancelled_is_not_begun_again_by_itself(here, tmp_path):
    card = await here.card("wait")
    run = (await here.tick()).actions[0].run
    await ready(tmp_path)
    await here.board.move(card, Column.WORKING)
    # Not by way of the dispatcher.
    await here.launches.stop(run)
    await here.ends()
    assert deeds(await here.tick()) == [(Deed.SETTLED, card)]
    assert "It was cancelled" in (await here.notes(card))["run"]


async def test_a_run_that_went_down_with_its_dispatcher_is_gone_on_with_when_that_comes_back(here, tmp_path):
    card = await here.card("wait")
    await here.tick()
    await ready(tmp_path)
    await here.launches.close()
    await here.ends()
    await here.tick(begins=False, going=True)
    assert "goes on where it ended" in (await here.notes(card))["run"]
    assert deeds(await here.tick()) == [(Deed.TRIED_AGAIN, card)]


async def test_what_is_not_fit_is_told_once_and_looked_at_again_when_it_changed(here):
    card = await here.card("exit-0", spec=False)
    assert deeds(await here.tick()) == [(Deed.TOLD, card)]
    assert "branch exit-0 is not there" in (await here.notes(card))["standing"]
    assert (await here.tick()).quiet
    here.remote.commit({"a.txt": b"b"}, branch="exit-0", onto=here.remote.tip())
    # Nobody touched the card: in its own time.
    assert (await here.tick()).quiet
    here.clock.advance(301)
    assert deeds(await here.tick()) == [(Deed.TOLD, card)]
    assert "No spec on exit-0" in (await here.notes(card))["standing"]
    here.remote.commit({f"{FOLDER}/tasks.md": b"- [ ] 1. Greet\n"}, branch="exit-0")
    here.clock.advance(301)
    assert deeds(await here.tick()) == [(Deed.BEGUN, card)]
    assert "has begun with this" in (await here.notes(card))["standing"]
    await here.ends()


async def test_an_empty_spec_goes_back_as_a_question_before_anything_is_spent(here):
    card = await here.card("exit-0", spec=False)
    here.remote.commit({f"{FOLDER}/tasks.md": b"# Plan\n"}, branch="exit-0", onto=here.remote.tip())
    assert deeds(await here.tick()) == [(Deed.ASKED, card)]
    assert await here.column(card) == "needs-input"
    assert "has an open task" in (await here.notes(card))["standing"]
    assert here.starts() == []


async def test_people_learn_what_is_wrong_before_it_is_their_turn(here, tmp_path):
    first, empty = await here.card("wait"), await here.card("none", spec=False)
    assert deeds(await here.tick()) == [(Deed.BEGUN, first), (Deed.TOLD, empty)]


async def test_one_that_is_not_fit_does_not_keep_the_next_waiting(here):
    await here.card("none", spec=False, priority=1)
    fit = await here.card("exit-0", priority=2)
    assert (Deed.BEGUN, fit) in deeds(await here.tick())
    await here.ends()


async def test_forty_that_are_not_fit_do_not_keep_a_fit_one_waiting_for_long(here):
    for number in range(40):
        await here.card(f"none-{number}", spec=False, priority=1)
    fit = await here.card("exit-0", priority=2)
    done = [deeds(await here.tick()) for _ in range(3)]
    assert [(Deed.BEGUN, fit) in each for each in done] == [False, False, True]
    assert max(len(each) for each in done) <= 21
    await here.ends()


async def test_while_paused_nothing_is_begun_and_what_runs_goes_on(here, tmp_path):
    card = await here.card("wait")
    await here.tick()
    await ready(tmp_path)
    other = await here.card("exit-0")
    here.set(paused="true", max_parallel="9")
    report = await here.tick()
    assert (deeds(report), len(report.running)) == ([], 1)
    assert [(each.card.id, each.reasons[0].code) for each in report.waiting] == [(other, "dispatch.paused")]
    assert await here.column(card) == "ready"


async def test_without_the_right_to_act_all_is_told_and_nothing_is_written(here):
    card, empty = await here.card("exit-0"), await here.card("none", spec=False)
    here.dispatcher.desk = replace(here.desk, acts=False)
    report = await here.tick(looks_at_all=True)
    assert deeds(report) == [(Deed.BEGUN, card), (Deed.TOLD, empty)]
    assert (here.starts(), await here.notes(empty), dict(here.desk.book.unsettled())) == ([], {}, {})
    reasons = {each.card.id: [reason.code for reason in each.reasons] for each in report.waiting}
    assert reasons == {empty: ["dispatch.at-limit", "branch.missing"]}


async def test_a_branch_that_a_person_s_own_run_works_on_waits(here):
    await here.card("exit-0")
    leases = SqliteLeases(here.shop.state, here.shop.clock)
    lease = await leases.take(lease_key("sqlite", here.remote.url, "exit-0"), this_holder("r-by-hand"))
    report = await here.tick()
    assert [each.reasons[0].code for each in report.waiting] == ["lease.busy"]
    await leases.release(lease)
    here.clock.advance(61)
    assert [each.deed for each in (await here.tick()).actions] == [Deed.BEGUN]
    await here.ends()


async def dead_lease(here, run, item=""):
    """What a run leaves whose machine was lost: a lease that nobody gave back."""
    process = await asyncio.create_subprocess_exec("true")
    gone = replace(this_holder(run), pid=process.pid, started=1)
    await process.wait()
    await SqliteLeases(here.shop.state, here.shop.clock).take(lease_key("sqlite", here.remote.url, "exit-0"), gone)
    if item:
        entry = RunEntry(
            run=run, repository=here.remote.url, branch="exit-0", spec="", agent="", holder=gone,
            began=stamp(here.clock.now()), options={"item": "" if item == "none" else item, "flags": {}},
        )  # fmt: skip
        here.shop.registry.begin(entry)


async def test_a_card_that_another_worker_died_on_is_taken_over_by_its_dead_lease(here):
    card = await here.card("exit-0")
    await here.board.move(card, Column.WORKING)
    run = new_run_id(here.clock.now())
    await dead_lease(here, run)
    assert deeds(await here.tick()) == [(Deed.TRIED_AGAIN, card)]
    await here.ends()
    assert {f"--resumes={run}", "--attempt=2"} <= set(here.starts()[0])


async def test_a_card_that_a_person_moved_by_hand_is_not_taken_from_them(here):
    card = await here.card("exit-0")
    await here.board.move(card, Column.WORKING)
    assert deeds(await here.tick()) == []
    # Nor when a run of theirs, begun by hand, was killed.
    await dead_lease(here, new_run_id(here.clock.now()), item="none")
    assert deeds(await here.tick()) == []


async def test_a_repository_that_cannot_be_asked_says_nothing_and_the_others_go_on(here):
    lost = await here.card("none", spec=False, repository=str(here.folder / "lost.git"), priority=1)
    fit = await here.card("exit-0", priority=2)
    report = await here.tick()
    assert deeds(report) == [(Deed.BEGUN, fit)]
    assert [(each.card.id, each.reasons[0].code) for each in report.waiting] == [(lost, "repository.unknown")]
    assert await here.notes(lost) == {}
    await here.ends()


async def test_settings_of_a_repository_that_cannot_be_used_are_told_on_the_card(here):
    here.remote.commit({".kiro/worker.yaml": b"gates: {repair_rounds: many}\n"})
    card = await here.card("exit-0")
    assert deeds(await here.tick()) == [(Deed.TOLD, card)]
    assert "repository.settings" in (await here.notes(card))["standing"]


async def test_what_was_begun_and_never_came_to_be_is_noticed_and_tried_again(here):
    card = await here.card("exit-0")
    run = (await here.tick()).actions[0].run
    await here.ends()
    # As after a crash between two steps: the book knows of it, and nobody else does.
    here.dispatcher = type(here.dispatcher)(here.desk)
    assert deeds(await here.tick()) == []
    assert list((await here.tick()).running) == [run]
    here.clock.advance(61)
    assert deeds(await here.tick()) == [(Deed.TRIED_AGAIN, card)]
    await here.ends()


async def test_what_waits_for_its_next_try_is_explained_too(here):
    card = await here.card("exit-33")
    await here.tick()
    await here.ends()
    report = await here.tick()
    assert [(each.card.id, each.reasons[0].code) for each in report.waiting] == [(card, "dispatch.backoff")]
    here.clock.advance(60)
    here.set(paused="true")
    report = await here.tick()
    assert [(each.card.id, each.reasons[0].code) for each in report.waiting] == [(card, "dispatch.paused")]


@pytest.mark.parametrize("name", ["--upload-pack=x", "a..b", "HEAD", "x y", "refs/heads/../x"])
async def test_a_branch_that_can_be_none_is_told_and_keeps_no_other_card_back(here, name):
    odd = await here.card(name, spec=False, priority=1)
    fit = await here.card("exit-0", priority=2)
    assert sorted(deeds(await here.tick())) == sorted([(Deed.TOLD, odd), (Deed.BEGUN, fit)])
    assert "branch.name" in (await here.notes(odd))["standing"]
    await here.ends()

"""Feedback on a real dispatcher: a local board and forge, real repositories, and a stand-in for the worker."""

import contextlib

import pytest

from dispatch.place import place
from kiro_worker.board.port import Column
from kiro_worker.dispatch.feedback.decide import Limits
from kiro_worker.dispatch.feedback.errand import Errand
from kiro_worker.dispatch.feedback.listen import Listening
from kiro_worker.dispatch.feedback.memory import FeedbackMemory
from kiro_worker.dispatch.report import Deed
from kiro_worker.forge.conversation import CheckState
from kiro_worker.forge.local import LocalForge
from kiro_worker.forge.port import Proposal
from kiro_worker.ids import new_run_id
from kiro_worker.testing.launch_contract import ready
from kiro_worker.value import replace

LIMITS = Limits()


class Said:
    """A place with a pull request that people speak on."""

    def __init__(self, here):
        self.here = here
        self.memory = FeedbackMemory(here.shop.state, here.board.name)
        self.forge = LocalForge(here.shop.state, here.remote.url, here.clock)
        self.opened = 0
        self.listen()

    def listen(self, *, limits=LIMITS, interval=0.0):
        listener = Listening(self.memory, self._talk, limits, interval=interval)
        self.here.desk = self.here.dispatcher.desk = replace(
            self.here.desk, listener=listener, errand=self.memory.errand
        )
        return listener

    @contextlib.asynccontextmanager
    async def _talk(self, repository):
        assert repository == self.here.remote.url
        self.opened += 1
        yield self.forge

    async def review(self, branch="exit-0", column=Column.REVIEW, **more):
        """A card whose work stands for review."""
        card = await self.here.card(branch, **more)
        await self.here.board.move(card, column)
        head = self.here.remote.git("rev-parse", branch).strip()
        proposal = Proposal(branch=branch, base="main", title="T", block="b", draft=False, commit=head, run="r-0")
        self.number = (await self.forge.publish(proposal)).pull_request.number
        self.head = head
        await self.forge.talk.let("ada", may_write=True)
        return card

    async def say(self, words, author="ada", **more):
        return await self.forge.talk.say(self.number, author, words, **more)

    async def tick(self):
        return [(each.deed, each.says) for each in (await self.here.tick()).actions]

    async def answers(self):
        found = await self.forge.conversation(self.number)
        return [each.body for each in found.remarks if each.own]

    async def noticed(self):
        found = await self.forge.conversation(self.number)
        return {each.id for each in found.remarks if each.noticed}


@pytest.fixture
async def said(tmp_path):
    async with place(tmp_path) as here:
        yield Said(here)


async def test_a_review_sends_one_run_back_that_is_reported_once(said):
    card = await said.review()
    first = await said.say("Not this way.", kind="line", path="a.txt", line=1)
    second = await said.say("Nor as a whole.", kind="review")
    await said.say("I only pass by.")
    ((deed, says),) = await said.tick()
    assert (deed, says) == (Deed.BEGUN, "Round 1 of 3 for a review on pull request #1: 2 remarks.")
    assert await said.here.column(card) == "working"
    await said.here.ends()
    (words,) = said.here.starts()
    assert {f"--feedback={first}", f"--feedback={second}", "--attempt=2", f"--item={card}"} <= set(words)
    assert await said.noticed() == {first, second}
    assert (await said.tick())[0][0] is Deed.SETTLED
    assert await said.here.column(card) == "review"
    assert await said.tick() == []
    (answer,) = await said.answers()
    assert "Round 1 of 3" in answer
    assert "**DONE**" in answer
    assert await said.tick() == []
    assert len(said.here.starts()) == 1


async def test_a_fourth_review_is_told_that_there_are_no_more_rounds(said):
    await said.review()
    for nth in range(1, 4):
        await said.say(f"Again {nth}.", kind="review")
        assert (await said.tick())[0][1].startswith(f"Round {nth} of 3")
        await said.here.ends()
        await said.tick()
        await said.tick()
    await said.say("Once more.", kind="review")
    assert [deed for deed, _ in await said.tick()] == [Deed.TOLD]
    assert await said.tick() == []
    assert len(said.here.starts()) == 3
    assert sum("3 times" in each for each in await said.answers()) == 1


async def test_failing_checks_send_a_run_back_once_for_each_commit(said):
    await said.review()
    await said.forge.talk.check(said.head, "build", CheckState.PENDING)
    assert await said.tick() == []
    await said.forge.talk.check(said.head, "build", CheckState.BAD, "2 tests failed")
    assert (await said.tick())[0][1] == "Round 1 of 2 for failing checks on pull request #1: the checks that fail."
    await said.here.ends()
    assert "--feedback=checks" in said.here.starts()[0]
    await said.tick()
    assert await said.tick() == []


async def test_strangers_move_nothing_and_hear_nothing(said):
    card = await said.review()
    await said.say("/kiro-worker stop", author="eve")
    await said.say("No.", author="eve", kind="review")
    assert await said.tick() == []
    assert (await said.here.column(card), await said.answers(), await said.noticed()) == ("review", [], set())


async def test_a_stop_ends_the_run_and_nothing_begins_by_itself(said):
    card = await said.review("wait")
    await said.say("Do it again.", kind="review")
    assert (await said.tick())[0][0] is Deed.BEGUN
    await ready(said.here.folder)
    await said.say("/kiro-worker stop")
    assert (Deed.STOPPED, "Somebody said /kiro-worker stop on its pull request.") in await said.tick()
    await said.here.ends()
    assert await said.here.column(card) == "needs-input"
    for _ in range(3):
        await said.tick()
    assert await said.here.column(card) == "needs-input"
    assert len(said.here.starts()) == 1
    assert sum("is asked to end" in each for each in await said.answers()) == 1


async def test_an_explanation_says_how_things_stand_once(said):
    await said.review()
    asked = await said.say("/kiro-worker explain")
    assert [deed for deed, _ in await said.tick()] == [Deed.TOLD]
    assert await said.tick() == []
    (answer,) = await said.answers()
    assert "No run of this machine has worked on it." in answer
    assert await said.noticed() == {asked}


async def test_a_retry_works_on_what_is_open_wherever_the_card_stands_and_only_names_tasks(said):
    card = await said.review(column=Column.FAILED)
    await said.say("/kiro-worker only 1.2")
    assert (await said.tick())[0][1] == "A run by /kiro-worker only on pull request #1: the tasks 1.2 alone."
    await said.here.ends()
    assert "--set=spec.only=1.2" in said.here.starts()[0]
    await said.tick()
    await said.tick()
    await said.say("/kiro-worker retry")
    assert (await said.tick())[0][1] == "A run by /kiro-worker retry on pull request #1: what is still open."
    await said.here.ends()
    assert not [word for word in said.here.starts(1)[0] if "spec.only" in word or "feedback" in word]
    await said.tick()
    assert await said.here.column(card) == "review"


async def test_what_is_no_command_is_told_what_there_is(said):
    await said.review()
    await said.say("/kiro-worker merge")
    await said.tick()
    assert await said.tick() == []
    (answer,) = await said.answers()
    assert "/kiro-worker retry" in answer


async def test_an_errand_that_a_crash_kept_from_being_begun_is_begun_by_the_next_tick(said):
    card = await said.review()
    await said.say("Not so.", kind="review")
    said.here.set(paused="true")
    said.here.dispatcher.desk = replace(said.here.desk, listener=said.listen(), errand=said.memory.errand)
    assert await said.tick() == []
    # As if it had been killed between writing down and launching.
    run = new_run_id(said.here.clock.now())
    errand = Errand(
        item=card, repository=said.here.remote.url, number=said.number, run=run, kind="review", round=1, most=3,
        feedback=(f"{said.number}/1",),
    )  # fmt: skip
    said.memory.send(errand, handled=errand.feedback, at=said.here.clock.now())
    said.here.set()
    said.listen()
    assert [deed for deed, _ in await said.tick()] == [Deed.BEGUN]
    await said.here.ends()
    assert f"--run-id={run}" in said.here.starts()[0]


async def test_a_further_try_of_the_run_is_sent_for_the_same(said):
    await said.review("exit-23")
    remark = await said.say("Not so.", kind="review")
    await said.tick()
    await said.here.ends()
    await said.tick()
    said.here.clock.advance(600)
    await said.tick()
    await said.here.ends()
    assert f"--feedback={remark}" in said.here.starts(1)[0]


async def test_nothing_new_costs_one_request_for_a_repository_and_none_before_it_is_time(said):
    await said.review()
    await said.say("/kiro-worker explain")
    listener = said.listen(interval=60)
    await said.tick()
    before = said.opened
    await said.tick()
    assert said.opened == before
    listener.hurry()
    await said.tick()
    assert said.opened == before + 1


async def test_a_look_that_may_not_act_writes_nothing(said):
    card = await said.review()
    await said.say("Not so.", kind="review")
    said.here.dispatcher.desk = replace(said.here.desk, acts=False)
    assert [says for _, says in await said.tick()] == ["Round 1 of 3 for a review would be begun."]
    assert (await said.here.column(card), await said.noticed(), said.here.starts()) == ("review", set(), [])


async def test_what_holds_a_card_holds_its_follow_ups(said):
    card = await said.review(labels=("kiro-worker:hold",))
    remark = await said.say("Not so.", kind="review")
    await said.say("/kiro-worker retry")
    assert await said.tick() == []
    assert (await said.here.column(card), await said.noticed()) == ("review", set())
    said.here.set(without_labels="")
    said.listen()
    assert (await said.tick())[0][0] is Deed.BEGUN
    await said.here.ends()
    assert f"--feedback={remark}" in said.here.starts()[0]

"""Feedback on a fake GitHub that answers as its published schema says: who may write is what it says, and nothing else."""

import contextlib
from pathlib import Path

import pytest

from dispatch.place import place
from kiro_worker.board.port import Column
from kiro_worker.dispatch.feedback.decide import Limits
from kiro_worker.dispatch.feedback.listen import Listening
from kiro_worker.dispatch.feedback.memory import FeedbackMemory
from kiro_worker.dispatch.report import Deed
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.forge_contract import proposal
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.testing.github_server import GitHubServer
from kiro_worker.testing.github_side import GitHubSide
from kiro_worker.value import replace

SCHEMAS = GitHubSchemas(Path(__file__).parent.parent / "schemas" / "github")


@pytest.fixture
async def side():
    with GitHubServer(GitHubModel(clock=HandClock(hurried=True)), SCHEMAS) as server:
        side = GitHubSide(server)
        yield side
        await side.close()
        assert server.violations == []


@pytest.fixture
async def here(tmp_path, side):
    @contextlib.asynccontextmanager
    async def talk(_):
        yield side.forge()

    async with place(tmp_path) as here:
        memory = FeedbackMemory(here.shop.state, here.board.name)
        listener = Listening(memory, talk, Limits(), interval=0)
        here.desk = here.dispatcher.desk = replace(here.desk, listener=listener, errand=memory.errand)
        here.talk = side.model.talk
        here.made = await here.card("exit-0")
        await here.board.move(here.made, Column.REVIEW)
        commit = side.push("exit-0")
        here.number = (await side.forge().publish(proposal(commit, branch="exit-0", draft=False))).pull_request.number
        yield here


def asked(side, word):
    return [seen.path for seen in side.server.seen if word in seen.path]


async def test_a_review_of_somebody_who_may_write_is_taken_up_with_eyes_and_reported_on_the_pull_request(here, side):
    here.talk.permissions["ada"] = "write"
    remark = here.talk.say(here.number, "ada", "Louder.", kind="line", path="a.txt", line=1)
    assert [each.deed for each in (await here.tick()).actions] == [Deed.BEGUN]
    await here.ends()
    assert f"--feedback={remark.id}" in here.starts()[0]
    assert remark.eyes == {"worker"}
    for _ in range(3):
        await here.tick()
    own = [said for said in here.talk.said if said.login == "worker"]
    assert len(own) == 1
    assert "Round 1 of 3" in own[0].body


@pytest.mark.parametrize(
    ("permission", "given"),
    [
        ("read", {"association": "MEMBER"}),
        ("triage", {"association": "COLLABORATOR"}),
        (None, {"association": "COLLABORATOR"}),
        ("write", {"association": "NONE"}),
        ("write", {"bot": True}),
    ],
)
async def test_nobody_else_moves_anything(here, side, permission, given):
    if permission:
        here.talk.permissions["eve"] = permission
    remark = here.talk.say(here.number, "eve", "/kiro-worker stop", **given)
    for _ in range(2):
        assert (await here.tick()).actions == ()
    assert (remark.eyes, await here.column(here.made)) == (set(), "review")
    # Who is not one of the repository's people is not even asked about, and nobody is asked about twice.
    assert len(asked(side, "/collaborators/")) == (1 if given.get("association", "NONE") != "NONE" else 0)


async def test_a_tick_without_news_is_one_request(here, side):
    await here.tick()
    begun = len(side.server.seen)
    await here.tick()
    assert [str(seen.body["query"]).split()[1] for seen in side.server.seen[begun:]] == ["Activity($owner:"]


async def test_a_forge_that_does_not_answer_is_a_fault_of_that_tick_alone(here, side):
    here.talk.permissions["ada"] = "admin"
    here.talk.say(here.number, "ada", "/kiro-worker explain")
    side.fail(path="/graphql", status=502, times=3)
    assert [fault.split(":")[0] for fault in (await here.tick()).faults] == ["forge.unreachable"]
    report = await here.tick()
    assert ([each.deed for each in report.actions], report.faults) == ([Deed.TOLD], ())

"""Publish: a real workspace and remote, a real receipt, and a server that answers or is away."""

import json
from dataclasses import replace

import pytest

from kiro_worker.forge.fault import ForgeUnreachable
from kiro_worker.run.machine import Run
from kiro_worker.run.steps.publish import publish
from kiro_worker.run.verdict import Verdict
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_server import GitHubServer
from kiro_worker.testing.github_side import GitHubSide
from kiro_worker.workspace.evidence import evidence_ref
from kiro_worker.workspace.fault import FenceLost
from kiro_worker.workspace.port import Claim
from run.steps.judging import BRANCH, judged

RED = Run(verdict=Verdict.TESTS_RED)


@pytest.fixture
async def server(work):
    """Where the run publishes; it has the branch as the worker pushed it."""
    with GitHubServer(GitHubModel(clock=HandClock(hurried=True))) as github:
        side = GitHubSide(github)
        side.model.push(BRANCH, work.tree.head)
        work.equipment = replace(work.have, forge=side.forge())
        yield side
        await side.close()


@pytest.fixture
async def ready(work, workspaces, server):
    """The same run once its branch was judged."""
    work.evidence = await judged(work)
    work.snapshot = await workspaces[0].snapshot(BRANCH, None)
    work.journal.write("run.decided", verdict=RED.verdict.value, exit_status=1, cause=None, draft=True, seconds=1.0)
    return work


async def take_over(workspaces):
    """Another worker takes the branch, as it may when a lease has run out."""
    made, _ = workspaces
    await made.prepare(await made.snapshot(BRANCH, None), Claim(run="r-2", fence=2))


def told(work):
    return [event.name for event in work.journal.events]


async def test_evidence_is_kept_when_the_forge_is_away(ready, workspaces, server):
    server.server.stop()
    with pytest.raises(ForgeUnreachable):
        await publish(ready, RED)
    kept = workspaces[1].git("cat-file", "blob", evidence_ref(BRANCH))
    assert json.loads(kept)["head"] == ready.tree.head
    assert "evidence.kept" in told(ready)
    assert "pull-request.published" not in told(ready)


async def test_that_the_branch_was_lost_counts_for_more_than_a_forge_that_is_away(ready, workspaces, server):
    server.server.stop()
    await take_over(workspaces)
    with pytest.raises(FenceLost):
        await publish(ready, RED)
    assert evidence_ref(BRANCH) not in workspaces[1].refs()
    assert "evidence.kept" not in told(ready)


async def test_a_pull_request_that_was_written_is_told_although_the_branch_was_lost(ready, workspaces, server):
    await take_over(workspaces)
    with pytest.raises(FenceLost):
        await publish(ready, RED)
    assert "pull-request.published" in told(ready)
    # What comes after it is another worker's to say.
    assert await server.statuses(ready.tree.head) == ()


async def test_both_are_kept_where_both_answer(ready, workspaces, server):
    await publish(ready, RED)
    assert evidence_ref(BRANCH) in workspaces[1].refs()
    assert len(await server.pulls()) == 1
    contexts = [status.context for status in await server.statuses(ready.tree.head)]
    assert sorted(contexts) == ["kiro-worker", "kiro-worker/evidence"]

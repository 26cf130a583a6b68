"""Evidence of a run: a real workspace and remote, a real receipt, and the forge of this machine."""

import json
from dataclasses import replace

import jsonschema
import pytest

from evidence.branches import BASE, TASKS
from kiro_worker.evidence.model import State
from kiro_worker.forge.port import StatusState
from kiro_worker.ids import RunId
from kiro_worker.receipt.files import Vouching, vouched
from kiro_worker.run.record import fold
from kiro_worker.run.steps.evidence import keep_evidence, show_evidence
from kiro_worker.workspace.evidence import evidence_ref
from kiro_worker.workspace.fault import FenceLost
from kiro_worker.workspace.port import Claim, CommitText
from reference import evidence_schema
from run.steps.judging import BRANCH, judged


async def test_evidence_is_made_of_the_head_of_the_branch_and_told_in_the_receipt(work):
    evidence = await judged(work)
    assert (evidence.run, evidence.branch, evidence.spec) == ("r-1", BRANCH, "rates")
    assert (evidence.base, evidence.head) == (work.tree.base, work.tree.head)
    first, second, third = evidence.criteria
    assert (first.state, first.commits) == (State.PROVED, (work.tree.head,))
    assert [file.path for file in first.files] == ["src/rates.py"]
    assert second.state is State.MISSING
    # A test that the branch did not touch is found in the tree too.
    assert (third.state, third.tests[0].path, third.tests[0].line) == (State.WEAK, "tests/test_old.py", 1)
    # Its box is ticked in the same commit, and no commit of the worker is for it.
    assert (evidence.phantoms, evidence.unbacked) == ((), ("1.2",))
    told = fold(work.journal.events).evidence
    jsonschema.validate(told, evidence_schema.schema(), jsonschema.Draft202012Validator)
    assert told["states"] == {"proved": 1, "weak": 1, "missing": 1, "stale": 0, "not-testable": 0}


async def test_evidence_is_kept_with_the_run_and_on_the_remote_and_shown_on_the_commit(work, workspaces):
    evidence = await judged(work)
    await keep_evidence(work, evidence)
    await show_evidence(work, evidence, "https://example.org/pr/1")
    remote = workspaces[1]
    kept = remote.git("cat-file", "blob", evidence_ref(BRANCH))
    assert json.loads(kept)["head"] == work.tree.head
    artifact = await work.artifacts.read(RunId("r-1"), "evidence.json")
    assert artifact.decode().strip() == kept
    (status,) = await work.have.forge.statuses(work.tree.head)
    assert (status.context, status.state) == ("kiro-worker/evidence", StatusState.FAILURE)
    event = next(event for event in work.journal.events if event.name == "evidence.kept")
    assert event.facts["ref"] == evidence_ref(BRANCH)
    assert event.facts["document"] == vouched("evidence.json", artifact)
    heard = Vouching()
    heard(event)
    assert [file.name for file in heard.files] == ["evidence.json"]


async def test_secrets_are_in_nothing_that_is_kept(work, workspaces):
    evidence = await judged(work)
    whole = replace(evidence, spec="hunter2-hunter2")
    await keep_evidence(work, whole)
    assert "hunter2" not in workspaces[1].git("cat-file", "blob", evidence_ref(BRANCH))
    assert b"hunter2" not in await work.artifacts.read(RunId("r-1"), "evidence.json")


async def test_a_remote_that_takes_no_such_refs_spoils_nothing(work, workspaces):
    workspaces[1].hook("pre-receive", "echo 'no refs of yours here'; exit 1")
    await keep_evidence(work, await judged(work))
    assert (await work.artifacts.read(RunId("r-1"), "evidence.json")) is not None
    notes = [event.facts["note"] for event in work.journal.events if event.name == "run.noted"]
    assert len(notes) == 1
    assert notes[0].startswith("The evidence was not kept on the remote: ")
    assert "no refs of yours here" in notes[0]


async def test_a_run_that_lost_its_branch_says_nothing_of_it(work, workspaces):
    made, remote = workspaces
    evidence = await judged(work)
    await made.prepare(await made.snapshot(BRANCH, None), Claim(run="r-2", fence=2))
    with pytest.raises(FenceLost):
        await keep_evidence(work, evidence)
    assert evidence_ref(BRANCH) not in remote.refs()


async def test_the_status_is_on_what_people_see_and_the_evidence_of_what_was_judged(work, workspaces):
    evidence = await judged(work)
    await work.tree.write(TASKS, BASE[TASKS].encode())
    head = await work.tree.commit(CommitText(subject="untick", trailers=(("Kiro-Kind", "untick"),)))
    await work.tree.push()
    await keep_evidence(work, evidence)
    await show_evidence(work, evidence, "")
    assert [status.context for status in await work.have.forge.statuses(head)] == ["kiro-worker/evidence"]
    assert json.loads(workspaces[1].git("cat-file", "blob", evidence_ref(BRANCH)))["head"] == evidence.head != head


async def test_no_status_is_set_where_none_is_wanted(work):
    forge = replace(work.have.config.forge, status=False)
    work.equipment = replace(work.have, config=replace(work.have.config, forge=forge))
    await show_evidence(work, await judged(work), "")
    assert await work.have.forge.statuses(work.tree.head) == ()

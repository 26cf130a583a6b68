"""Test: set the project up as it is now, run the gates, and leave the tree as it was."""

import asyncio
from functools import partial

from kiro_worker.changeset import ChangeSet
from kiro_worker.gate.port import Color, GateResult, Judgement
from kiro_worker.ids import Oid
from kiro_worker.run.facts import CheckGates, GatesJudged, Scope
from kiro_worker.run.intent import intent_of
from kiro_worker.run.judged import change_told, looked_told, results_told
from kiro_worker.run.undertaking import Undertaking


async def check_gates(work: Undertaking, step: CheckGates) -> GatesJudged:
    """Run the gates; what they left in the tree is not part of any commit.

    Between tasks only the tests are asked, and the merge base where they are red; at the end, everything, over all that
    the branch changes.
    """
    prepared = await work.have.gates.prepare(work.tree.path)
    if prepared.color is Color.ERROR:
        # Without its dependencies the project cannot be tested; that is a red test, not a gate of its own.
        return _told(work, step, Judgement(results=(_as_tests(prepared),)))
    assert work.merge_base is not None
    if step.scope is not Scope.FINAL:
        judgement = await _on_the_way(work, step, work.merge_base)
        await _tidy(work)
        return _told(work, step, judgement)
    return await _proved(work, step, _asked_of_agent(work, await work.tree.change_set(work.merge_base)))


def _asked_of_agent(work: Undertaking, change: ChangeSet) -> ChangeSet:
    """The change without the standards that the worker brought: no task has to ask for them, and no test shows them."""
    if not work.steered:
        return change
    files = tuple(file for file in change if file.after is None or work.steered.get(file.path) != file.after)
    return ChangeSet(base=change.base, head=change.head, files=files, base_tree=change.base_tree)


async def _on_the_way(work: Undertaking, step: CheckGates, merge_base: Oid) -> Judgement:
    """What the tests say between tasks; the base is only asked where one of them is red, and not to be so."""
    results = await work.have.gates.judge(work.tree.path, work.tree.head)
    red = any(result.color is Color.RED for result in results if result.gate == "tests")
    if not red or step.scope is Scope.MUST_FAIL:
        return Judgement(results=results)
    from kiro_worker.run.steps.uncommitted import with_uncommitted

    # Before a task's commit, what it made is to be taken back as well.
    change = await with_uncommitted(work, await work.tree.change_set(merge_base))
    return await work.have.gates.weigh(work.tree.path, change, results, tidy=partial(_tidy, work))


async def _proved(work: Undertaking, step: CheckGates, change: ChangeSet) -> GatesJudged:
    from kiro_worker.evidence.gate import judge_ticks, taken_back, with_criteria
    from kiro_worker.run.steps.evidence import ground_of, judge_evidence
    from kiro_worker.value import replace

    intent = intent_of(work.plan, work.spec_folder)
    # What is read of commits, and not of the tree, is read while somebody else is waited for.
    async with asyncio.TaskGroup() as group:
        proving = group.create_task(
            work.have.gates.prove(work.tree.path, change, intent, tidy=partial(_tidy, work)), name="gates"
        )
        grounding = group.create_task(ground_of(work, change), name="ground")
    judgement = proving.result()
    async with asyncio.TaskGroup() as group:
        group.create_task(_tidy(work), name="tidy")
        judging = group.create_task(judge_evidence(work, judgement, change, grounding.result()), name="evidence")
    evidence = work.evidence = judging.result()
    tests = next((each.color for each in judgement.results if each.gate == "tests"), Color.GREEN)
    # While tests are red or could not be run, nobody can say what a test backs.
    block = work.have.config.gates.phantom == "block" and tests not in {Color.RED, Color.ERROR}
    ticks = judge_ticks(evidence, tests_block=block)
    results = (*with_criteria(judgement.results, evidence), ticks)
    told = _told(work, step, replace(judgement, results=results), change)
    return replace(told, phantoms=taken_back(evidence, tests_block=block))


def _told(work: Undertaking, step: CheckGates, judgement: Judgement, change: ChangeSet | None = None) -> GatesJudged:
    work.results = judgement.results
    _echo(work, step, judgement.results)
    work.journal.write(
        "gates.judged",
        scope=step.scope.value,
        task=step.leaf.id if step.leaf else "",
        commit=work.tree.head,
        results=results_told(judgement, work.have.config.gates),
        looked=looked_told(judgement.looked),
        change=change_told(change),
    )
    return GatesJudged(_redacted(work, judgement.results))


def _echo(work: Undertaking, step: CheckGates, results: tuple[GateResult, ...]) -> None:
    if work.echo is None:
        return
    for result in results:
        if result.output:
            told = {"gate": result.gate, "command": result.command, "text": result.output}
            work.echo({"kind": "output", "task": step.leaf.id if step.leaf else "", **work.redactor.json(told)})


async def _tidy(work: Undertaking) -> None:
    """Put back what the tests changed or left: they are not the author of anything."""
    before = {change.path for change in work.changed}
    left = tuple(change.path for change in await work.tree.changes() if change.path not in before)
    if left:
        await work.tree.restore(left)


def _as_tests(prepared: GateResult) -> GateResult:
    return GateResult(
        gate="tests",
        color=Color.ERROR,
        summary=f"the project could not be set up: {prepared.summary}",
        findings=prepared.findings,
        seconds=prepared.seconds,
        output=prepared.output,
        command=prepared.command,
    )


def _redacted(work: Undertaking, results: tuple[GateResult, ...]) -> tuple[GateResult, ...]:
    """What goes on to the agent and into causes is redacted like everything that is written."""
    from dataclasses import replace

    text = work.redactor.text
    return tuple(
        replace(
            result,
            summary=text(result.summary),
            output=text(result.output),
            findings=tuple(
                replace(one, title=text(one.title), detail=text(one.detail), cure=text(one.cure))
                for one in result.findings
            ),
        )
        for result in results
    )

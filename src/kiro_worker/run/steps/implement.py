"""Implement: one turn of the agent on one leaf, or on what the gates found at the end."""

import random
from dataclasses import asdict
from pathlib import Path

from kiro_worker.agent.port import ToolRequest, Turn, TurnEnd, TurnLimits, TurnOutcome
from kiro_worker.expression import expression
from kiro_worker.gate.port import Finding
from kiro_worker.policy import Decision
from kiro_worker.receipt.files import vouched
from kiro_worker.run.budget import Unit, amounts_of
from kiro_worker.run.excerpt import design_excerpt
from kiro_worker.run.facts import Ask, Implement, Leaf, Purpose, TurnOver
from kiro_worker.run.hearing import Hearing
from kiro_worker.run.models import models_for, pause_before
from kiro_worker.run.permission import consulting, permit_under, scope_of
from kiro_worker.run.prompt import (
    Brief,
    again_prompt,
    feedback_prompt,
    hidden_in,
    question_in,
    repair_prompt,
    task_prompt,
)
from kiro_worker.run.quote import visible
from kiro_worker.run.standards import standards_for
from kiro_worker.run.steps.spend import Purse, charge, left
from kiro_worker.run.undertaking import Asked, Undertaking
from kiro_worker.spec import Task, resolve

_REPAIR = "repair"
# Of an answer, as much as twenty lines of a report can show.
_LAST_WORDS = 4000
_PLAIN = expression(r"[^A-Za-z0-9.~-]")

_UNSEEN = "tasks.in-comment"

PROMPTS = "prompts"

Texts = tuple[tuple[str, str], ...]


async def implement(work: Undertaking, step: Implement) -> TurnOver:
    """Have the agent work; its process tree is gone when this returns or is cancelled."""
    name = step.leaf.id if step.leaf else ""
    if gone := left(work, name):
        return TurnOver(outcome=TurnOutcome.OVER_BUDGET, detail=f"A budget is used up: {gone}.")
    model = await _model_in_turn(work, step)
    prompt = _prompt(work, step, (await standards_for(work, name)).texts)
    _begin(work, step, prompt, model)
    hearing = Hearing(name, journal=work.journal, transcript=work.transcript, redactor=work.redactor, show=work.show)
    purse = Purse(work, name, hearing)
    try:
        turn = _turn(work, prompt, name or _REPAIR, model)
        folders = (turn.workspace, Path(turn.environment["HOME"]))
        end = await purse.within(work.have.agent.turn(turn, purse.hear), folders)
    finally:
        work.transcript.end()
    charge(work, name, {Unit.TURNS: 1 + end.kept_going, **amounts_of(end.usage)})
    if end.session is not None:
        work.sessions[name or _REPAIR] = end.session
    question = question_in(end.said) if end.outcome is TurnOutcome.ENDED else ""
    _tell(work, name, end, hearing)
    return TurnOver(
        outcome=end.outcome,
        question=question,
        detail=work.redactor.text(end.detail),
        output=work.redactor.text(end.said[-_LAST_WORDS:]),
        asks=tuple(_ask(one) for one in dict.fromkeys(work.asked) if one.task == name),
        spoilt=purse.over is not None and purse.over.unit is Unit.DISK,
    )


def _ask(asked: Asked) -> Finding:
    return Finding(
        code="permission.needs-person",
        title=f"{visible(asked.what)} ({asked.rule}).",
        detail=asked.reason,
        cure="Allow it in the policy of the base branch, or be asked: kiro-worker resume --guided",
    )


async def _model_in_turn(work: Undertaking, step: Implement) -> str:
    """The model to ask this time; a service that turned the prompt away is given time, or another model is asked."""
    kind = step.leaf.purpose.value if step.leaf and step.ask is not Ask.REPAIR else _REPAIR
    task = step.leaf.id if step.leaf else ""
    models = models_for(work.have.config.agent, spec=work.plan.name, task=task, kind=kind)
    model = models[step.attempt % len(models)]
    pause = pause_before(step.attempt, len(models)) * random.uniform(0.8, 1.2)  # noqa: S311  # no secret
    if step.attempt:
        after = f" in {pause:.0f} s" if pause else ""
        work.journal.write(
            "run.noted", note=f"The agent's service turned the prompt away; {model or 'it'} is asked{after}."
        )
        await work.clock.sleep(pause)
    return model


def _turn(work: Undertaking, prompt: str, name: str, model: str) -> Turn:
    limits = work.have.config.limits
    tree = work.tree.path

    def asked(request: ToolRequest, told: Decision) -> None:
        what = request.command or request.title or ", ".join(request.paths)
        work.asked.append(Asked(task=name, what=work.redactor.text(what), rule=told.rule, reason=told.reason))

    environment = work.have.homes.fresh(name)
    return Turn(
        prompt=prompt,
        workspace=tree,
        environment=environment,
        permit=permit_under(
            work.have.policy,
            tree,
            scope=scope_of(work.plan, name),
            asked=None if work.approver else asked,
            scratch=environment.get("TMPDIR", ""),
        ),
        consult=consulting(work.approver, name) if work.approver is not None else None,
        limits=TurnLimits(
            wall=limits.turn, silence=limits.silence, start=limits.start, output=work.have.config.budget.output
        ),
        resume=work.sessions.get(name),
        model=model,
    )


def _prompt(work: Undertaking, step: Implement, standards: Texts) -> str:
    if step.leaf is None:
        bare = Brief(spec="", folder="", task="", title="", steering=standards, border=work.border)
        _tell_hidden(work, "", bare, step)
        if step.ask is Ask.FEEDBACK:
            return feedback_prompt(work.plan.name, step.findings, standards, border=work.border)
        return repair_prompt(work.plan.name, step.findings, standards, round_number=step.round, border=work.border)
    brief = _brief(work, step.leaf, standards)
    _tell_hidden(work, step.leaf.id, brief, step)
    if step.ask is Ask.FIRST:
        return task_prompt(brief)
    return again_prompt(brief, step.ask, step.findings, step.round)


def _brief(work: Undertaking, leaf: Leaf, standards: Texts) -> Brief:
    spec = work.plan
    task = spec.tasks.find(leaf.id)
    assert task is not None
    meant = resolve(spec, task)
    criteria = spec.criteria if meant.all else meant.criteria
    details = _details(work, task)
    return Brief(
        spec=spec.name,
        folder=work.spec_folder,
        task=task.id,
        title=task.title,
        details=details,
        criteria=tuple((criterion.id, criterion.full_text) for criterion in criteria),
        properties=tuple((f"Property {one.number}", f"{one.title}: {one.text}") for one in meant.properties),
        design=design_excerpt(spec.design, f"{task.title}\n{details}"),
        steering=standards,
        must_fail=leaf.purpose is Purpose.MUST_FAIL,
        begun=leaf.begun,
        border=work.border,
    )


def _details(work: Undertaking, task: Task) -> str:
    """What stands below a task; nothing of one inside a comment, which Kiro counts and no page shows."""
    if all(told.code != _UNSEEN or told.line != task.line for told in work.plan.diagnostics):
        return "\n".join(task.details)
    source = f"details of task {task.id}"
    if source not in work.hidden_told:
        work.hidden_told.add(source)
        place = {"kind": "comment", "count": 1, "line": task.line, "column": task.indent + 1}
        work.journal.write("text.cleaned", task=task.id, source=source, removed=[place])
    return ""


def _begin(work: Undertaking, step: Implement, prompt: str, model: str) -> None:
    task = step.leaf.id if step.leaf else ""
    work.turns += 1
    content = work.redactor.text(prompt).encode("utf-8", "replace")
    name = f"{PROMPTS}/{work.turns:03}-{_PLAIN.sub('_', task or _REPAIR)[:40]}-{step.ask.value}.txt"
    _write(work.folder / name, content)
    work.transcript.begin(task, step.ask.value, prompt)
    work.journal.write(
        "turn.started",
        task=task,
        ask=step.ask.value,
        round=step.round,
        prompt=vouched(name, content),
        model=model,
    )


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True, mode=0o700)
    path.write_bytes(content)
    path.chmod(0o600)


def _tell_hidden(work: Undertaking, task: str, brief: Brief, step: Implement) -> None:
    """Write down, once for each text, that it held what people do not see."""
    for source, removed in hidden_in(brief, step.findings):
        if source not in work.hidden_told:
            work.hidden_told.add(source)
            told = [{**asdict(removal), "kind": removal.kind.value} for removal in removed]
            work.journal.write("text.cleaned", task=task, source=source, removed=told)


def _tell(work: Undertaking, task: str, end: TurnEnd, heard: Hearing) -> None:
    work.journal.write(
        "turn.ended",
        task=task,
        outcome=end.outcome.value,
        detail=end.detail,
        seconds=round(end.seconds, 3),
        usage=asdict(end.usage),
        tools=heard.tools,
        kept_going=end.kept_going,
        model=heard.model,
        left_out=dict(heard.left_out),
        transcript=work.transcript.vouched(),
    )

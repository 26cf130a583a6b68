"""Admit: find out, spending nothing, whether there is something to do and whether all that it takes is there."""

import asyncio
from typing import Any

from kiro_worker.agent.port import AgentCheck
from kiro_worker.config.digest import settings_digest
from kiro_worker.forge.port import ForgeCheck
from kiro_worker.forge.web import web_of
from kiro_worker.gate.port import Finding
from kiro_worker.ids import Oid
from kiro_worker.run.facts import Admitted, CommitKind, Leaf, Purpose, Rules
from kiro_worker.run.fault import AgentNotReady, ReferenceDangling, TaskUnknown, forge_not_ready
from kiro_worker.run.feedback import authors_of, findings_of
from kiro_worker.run.reading import chosen_spec, head_of, insist_on_tasks, spec_files
from kiro_worker.run.standards import STEERING, any_matches_files, read_standards
from kiro_worker.run.undertaking import Undertaking
from kiro_worker.spec import Purpose as TaskPurpose
from kiro_worker.spec import Reference, ReferenceKind, Spec, Task, execution_order, read_spec, resolve
from kiro_worker.spec.spec import DESIGN, TASKS
from kiro_worker.spec.task_file import TASK_FILE
from kiro_worker.workspace.port import Commit, Snapshot

# A run pushes after each commit, so at most a few of them can be waiting.
_ADOPTED_AT_MOST = 20
_LOCK = ".kiro/power.lock"
_PURPOSES = {
    TaskPurpose.WORK: Purpose.WORK,
    TaskPurpose.CHECKPOINT: Purpose.CHECKPOINT,
    TaskPurpose.EXPLORATION: Purpose.MUST_FAIL,
}


async def admit(work: Undertaking) -> Admitted:
    """Look at remote, settings, spec, agent and forge; the undertaking then holds what was read.

    Raises:
        WorkerError: naming what is missing or wrong, with its cure.
    """
    snapshot, head = await _equip(work)
    isolated = work.have.isolated
    work.journal.write("run.isolated", kind=isolated.kind, limits=list(isolated.limits), notes=list(isolated.notes))
    work.adopted = await _adopt(work, head)
    head = work.adopted or head
    history = await work.workspaces.history(head, snapshot.base) if head != snapshot.base else ()
    await _read_spec(work, snapshot, head, history)
    selected = _select(work)
    await _read_steering(work, head)
    await _ask_adapters(work, selected)
    settings = work.have.config
    begun = _begun(work, history)
    admitted = Admitted(
        plan=tuple(Leaf(task.id, task.title, _PURPOSES[task.purpose], begun=task.id in begun) for task in selected),
        rules=Rules(
            repair_rounds=settings.gates.repair_rounds,
            gate_each_task=settings.gates.each_task,
            throttle_retries=settings.agent.throttle_retries,
            guided=work.approver is not None,
            steers=work.locked is not None,
            sheds_task_file=await _sheds_task_file(work, head),
        ),
        open_besides=_open_besides(work, selected),
        worked_before=any(map(_is_work, history)),
        feedback=await _feedback(work),
    )
    _tell(work, snapshot, selected, admitted, _done_before(work, selected, history))
    return admitted


def _is_work(commit: Commit) -> bool:
    """Whether a worker's commit is about the spec; to bring standards up to date is not."""
    return bool(commit.trailer("Kiro-Run")) and commit.trailer("Kiro-Kind") != STEERING


async def _sheds_task_file(work: Undertaking, head: Oid) -> bool:
    """Whether a task file is to leave the branch, and is still on it."""
    if work.plan.name != TASK_FILE or not work.have.config.spec.remove_task_file:
        return False
    return (await work.workspaces.read(head, (TASK_FILE,)))[TASK_FILE] is not None


async def _equip(work: Undertaking) -> tuple[Snapshot, Oid]:
    """Read the settings at the base branch; where they name another base branch, it is that one from then on."""
    order = work.order
    snapshot = await work.look()
    head = head_of(snapshot, branch=order.branch, base=order.base, repository=order.repository)
    work.equipment = await work.equip(work.workspaces, snapshot)
    base = work.have.config.branch.base
    if base and base != snapshot.base_branch:
        snapshot = await work.workspaces.snapshot(order.branch, base)
        head = head_of(snapshot, branch=order.branch, base=base, repository=order.repository)
        work.equipment = await work.equip(work.workspaces, snapshot)
    work.snapshot = snapshot
    return snapshot, head


async def _adopt(work: Undertaking, head: Oid) -> Oid | None:
    """The commit that the resumed run made and did not push, if it continues what the remote has now."""
    order = work.order
    found = await work.workspaces.adopt(order.resumes, order.adopt) if order.adopt else None
    if found is None or not await work.workspaces.history(found, head):
        return None
    line = await work.workspaces.history(found, None, limit=_ADOPTED_AT_MOST)
    if head not in {commit.oid for commit in line}:
        work.journal.write("run.noted", note=_not_adopted(found, order.resumes))
        return None
    work.journal.write("commit.adopted", oid=found, run=order.resumes)
    return found


def _not_adopted(found: Oid, resumes: str) -> str:
    return f"Somebody pushed after {resumes} made its commit {found[:10]}; that is left out, and its task done anew."


async def _read_spec(work: Undertaking, snapshot: Snapshot, head: Oid, history: tuple[Commit, ...]) -> None:
    name = await chosen_spec(
        work.workspaces, work.have.config.spec, snapshot, head, branch=work.order.branch or "", history=history
    )
    files = await spec_files(work.workspaces, head, name)
    work.spec = read_spec(name, files)
    work.frozen_tasks = work.tasks_document = files.get(TASK_FILE if name == TASK_FILE else TASKS, b"")
    insist_on_tasks(work.spec, only=work.have.config.spec.only)


def _select(work: Undertaking) -> tuple[Task, ...]:
    spec, settings = work.plan, work.have.config.spec
    order = execution_order(
        spec.tasks,
        include_optional=settings.include_optional,
        only=frozenset(settings.only),
        until=settings.until or None,
    )
    if order.unknown:
        raise TaskUnknown(spec=spec.name, ids=order.unknown, there=(leaf.id for leaf in spec.tasks.leaves))
    if order.reason:
        work.journal.write("run.noted", note=f"The task graph is not followed: {order.reason}.")
    broken = [(task.id, _named(reference)) for task in order.tasks for reference in resolve(spec, task).dangling]
    if broken and spec.criteria:
        raise ReferenceDangling(spec=spec.name, references=broken)
    return order.tasks


def _named(reference: Reference) -> str:
    # `1` alone would be looked for among the requirements.
    if reference.kind is ReferenceKind.PROPERTY and reference.first:
        return f"property {reference.text} of {DESIGN}"
    return reference.text


async def _read_steering(work: Undertaking, head: Oid) -> None:
    work.steering = await read_standards(work.workspaces, head)
    if work.have.powers is not None and work.snapshot is not None and work.snapshot.base is not None:
        work.locked = (await work.workspaces.read(work.snapshot.base, (_LOCK,)))[_LOCK]
    if work.locked is None and (wanted := work.have.wanted_powers):
        note = f"The settings name {', '.join(wanted)}, and the base branch has no {_LOCK}: kiro-worker power install"
        work.journal.write("run.noted", note=note)
    for file in work.steering:
        if file.fault:
            work.journal.write("run.noted", note=f"{file.path}: {file.fault}.")
    if any_matches_files(work.steering):
        work.tracked = await work.workspaces.paths(head)


async def _ask_adapters(work: Undertaking, selected: tuple[Task, ...]) -> None:
    """Look at agent and forge side by side; the agent only when there may be work for it."""
    needed = bool(work.order.feedback) or any(task.purpose is not TaskPurpose.CHECKPOINT for task in selected)
    async with asyncio.TaskGroup() as group:
        forge = group.create_task(work.have.forge.check())
        agent = group.create_task(_check_agent(work)) if needed else None
    checked: ForgeCheck = forge.result()
    if not checked.ready:
        raise forge_not_ready(work.have.forge.name, checked)
    if agent is None:
        return
    if (ready := agent.result()).outcome is not None:
        raise AgentNotReady(agent=ready.name, outcome=ready.outcome, detail=ready.detail, cure=ready.cure)
    work.agent_check = ready


async def _feedback(work: Undertaking) -> tuple[Finding, ...]:
    """What was said on the branch's pull request, read anew, and held again against who may write."""
    wanted, forge = work.order.feedback, work.have.forge
    pull = await forge.find(work.order.branch) if wanted and work.order.branch else None
    conversation = await forge.conversation(pull.number) if pull is not None and pull.open else None
    if conversation is None:
        return ()
    if conversation.left_out:
        work.journal.write("run.noted", note="More was said on the pull request than is read: the latest of it counts.")
    asked = authors_of(conversation, wanted)
    writers = [author for author in asked if await forge.may_write(author)]
    found = findings_of(conversation, wanted, writers)
    work.journal.write(
        "feedback.read",
        pull_request=conversation.number,
        remarks=[{"code": each.code, "title": each.title, "path": each.path, "line": each.line} for each in found],
        left_out=[author for author in asked if author not in writers],
    )
    return found


async def _check_agent(work: Undertaking) -> AgentCheck:
    return await work.have.agent.check(work.have.homes.fresh("check"))


def _open_besides(work: Undertaking, selected: tuple[Task, ...]) -> int:
    chosen = {task.id for task in selected}
    return sum(leaf.is_open and not leaf.optional and leaf.id not in chosen for leaf in work.plan.tasks.leaves)


def _done_before(work: Undertaking, selected: tuple[Task, ...], history: tuple[Commit, ...]) -> list[dict[str, Any]]:
    """Tasks that are ticked and that a worker's commits on this branch stand for: the branch is the journal."""
    spec = work.plan
    commits: dict[str, list[str]] = {}
    for commit in reversed(history):
        if (commit.trailer("Kiro-Spec") or spec.name) == spec.name and (task := commit.trailer("Kiro-Task")):
            commits.setdefault(task, []).append(commit.oid)
    chosen = {task.id for task in selected}
    return [
        {**_told(spec, leaf), "commits": commits[leaf.id]}
        for leaf in spec.tasks.leaves
        if leaf.id in commits and leaf.id not in chosen and not leaf.is_open
    ]


def _begun(work: Undertaking, history: tuple[Commit, ...]) -> frozenset[str]:
    """Tasks of which unfinished work was saved on this branch."""
    saved = (each for each in history if each.trailer("Kiro-Kind") == CommitKind.PARTIAL.value)
    ours = (each for each in saved if (each.trailer("Kiro-Spec") or work.plan.name) == work.plan.name)
    return frozenset(task for each in ours if (task := each.trailer("Kiro-Task")))


def _told(spec: Spec, task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "title": task.title,
        "purpose": _PURPOSES[task.purpose].value,
        "criteria": [criterion.id for criterion in resolve(spec, task).criteria],
    }


def _web(work: Undertaking) -> str:
    """Where people look at the repository; a link in a report leads there."""
    settings = work.have.config.forge
    found = web_of(work.order.repository, kind=settings.kind, api_url=settings.api_url, repository=settings.repository)
    return found.base if found else ""


def _tell(
    work: Undertaking,
    snapshot: Snapshot,
    selected: tuple[Task, ...],
    admitted: Admitted,
    before: list[dict[str, Any]],
) -> None:
    spec = work.plan
    work.journal.write(
        "run.admitted",
        branch=work.order.branch or "",
        base=snapshot.base_branch,
        head=snapshot.head,
        base_head=snapshot.base,
        web=_web(work),
        spec=spec.name,
        spec_kind=spec.kind.value,
        plan=[_told(spec, task) for task in selected],
        done_before=before,
        criteria=[{"id": criterion.id, "text": criterion.text} for criterion in spec.criteria],
        open_besides=admitted.open_besides,
        notes=list(work.have.notes),
        settings=dict(work.have.origins),
        settings_sha256=settings_digest(work.have.config),
        policy_sha256=work.have.policy_digest,
        agent={"name": work.agent_check.name, "version": work.agent_check.version} if work.agent_check else None,
    )

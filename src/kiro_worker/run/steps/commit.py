"""Commit: the inspected tree and the worker's own tick in one commit, pushed at once."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator

from kiro_worker.error import WorkerError
from kiro_worker.forge.escape import short
from kiro_worker.ids import Oid
from kiro_worker.run.facts import CommitKind, Committed, MakeCommit
from kiro_worker.run.fault import TickRefused
from kiro_worker.run.quote import visible
from kiro_worker.run.steps.spend import count_commit
from kiro_worker.run.undertaking import Undertaking
from kiro_worker.spec import NotTicked, Task, Ticked, resolve, tick, untick
from kiro_worker.spec.spec import TASKS
from kiro_worker.spec.task_file import TASK_FILE
from kiro_worker.spec.task_file import ticked as ticked_file
from kiro_worker.workspace.port import CommitText

_SUBJECT = 72


async def make_commit(work: Undertaking, step: MakeCommit) -> Committed:
    """Commit what was inspected and push it.

    Raises:
        TickRefused: the task's line is not what was read at the beginning.
        WorkerError: from git; what was committed stays in the workspace.
    """
    if step.kind in {CommitKind.TASK, CommitKind.CHECKPOINT}:
        assert step.leaf is not None
        await _mark(work, step.leaf.id, tick)
    for task in step.unticked:
        await _mark(work, task, untick)
    if step.kind is CommitKind.TASK_FILE:
        await _take_off(work)
    text = _text(work, step)
    before = work.tree.head
    oid = await work.tree.commit(text)
    changed, work.changed = work.changed, ()
    count_commit(work, step.leaf.id if step.leaf else "", changed)
    work.journal.write(
        "commit.made",
        oid=oid,
        subject=text.subject,
        task=step.leaf.id if step.leaf else "",
        kind=step.kind.value,
        files=len(changed),
        added=sum(change.added or 0 for change in changed),
        deleted=sum(change.deleted or 0 for change in changed),
        unticked=list(step.unticked),
    )
    work.must_be_ours()
    async with asyncio.TaskGroup() as group:
        # While the network is waited for.
        group.create_task(_hash_diff(work, step, before, oid))
        await work.tree.push()
    work.journal.write("branch.pushed", oid=oid)
    return Committed()


async def _hash_diff(work: Undertaking, step: MakeCommit, before: Oid, oid: Oid) -> None:
    """Write down what the commit changed, as one hash that anybody with the repository can compute again."""
    try:
        patch = await work.tree.diff(before)
    except WorkerError as error:
        work.journal.write("run.noted", note=f"The diff of {oid[:10]} could not be hashed: {error.message}")
        return
    work.journal.write(
        "commit.hashed",
        oid=oid,
        task=step.leaf.id if step.leaf else "",
        since=before,
        diff_bytes=len(patch),
        diff_sha256=hashlib.sha256(patch).hexdigest(),
    )


async def _mark(work: Undertaking, name: str, mark: Callable[..., Ticked | NotTicked]) -> None:
    """Tick a task, or take its tick back."""
    if work.plan.name == TASK_FILE:
        # One task, one tick: a line of the file.
        work.tasks_document = ticked_file(work.tasks_document, done=mark is tick)
        await work.tree.write(TASK_FILE, work.tasks_document)
        return
    task = work.plan.tasks.find(name)
    assert task is not None
    ticked = mark(work.tasks_document, task, expected=_as_read(work, task))
    if isinstance(ticked, NotTicked):
        raise TickRefused(task=name, reason=ticked.message)
    await work.tree.write(f"{work.spec_folder}/{TASKS}", ticked.document)
    work.tasks_document = ticked.document


async def _take_off(work: Undertaking) -> None:
    """Leave nothing for the next commit but that the task file goes; what tests left in the tree is none of it."""
    left = await work.tree.changes()
    await work.tree.restore(tuple(change.path for change in left))
    (work.tree.path / TASK_FILE).unlink()
    work.changed = await work.tree.changes()


def _as_read(work: Undertaking, task: Task) -> bytes:
    """The frozen document, with the box of this task as the worker last wrote it."""
    document = bytearray(work.frozen_tasks)
    if len(work.tasks_document) == len(document):
        document[task.offset] = work.tasks_document[task.offset]
    return bytes(document)


def _text(work: Undertaking, step: MakeCommit) -> CommitText:
    return CommitText(
        subject=short(visible(f"{work.plan.name}: {_what(step)}"), _SUBJECT), trailers=tuple(_trailers(work, step))
    )


def _what(step: MakeCommit) -> str:
    title = f"{step.leaf.id} {step.leaf.title}" if step.leaf else ""
    match step.kind:
        case CommitKind.TASK | CommitKind.CHECKPOINT:
            return title
        case CommitKind.PARTIAL:
            return f"unfinished work on {title or 'a repair'}"
        case CommitKind.UNTICK:
            return f"take back the {'tick' if len(step.unticked) == 1 else 'ticks'} of {', '.join(step.unticked)}"
        case CommitKind.FEEDBACK:
            return "what was asked for on the pull request"
        case CommitKind.TASK_FILE:
            return "all of it is done"
        case CommitKind.REPAIR:
            return f"repair {step.round}{f' at {title}' if title else ''}"


def _trailers(work: Undertaking, step: MakeCommit) -> Iterator[tuple[str, str]]:
    yield "Kiro-Run", work.order.run
    yield "Kiro-Spec", work.plan.name
    if step.leaf is not None:
        yield "Kiro-Task", step.leaf.id
        if step.kind is CommitKind.TASK:
            task = work.plan.tasks.find(step.leaf.id)
            for criterion in resolve(work.plan, task).criteria if task else ():
                yield "Kiro-Requirement", criterion.id
    if step.kind not in {CommitKind.TASK, CommitKind.CHECKPOINT}:
        yield "Kiro-Kind", step.kind.value
    yield "Kiro-Fence", str(work.tree.fence)

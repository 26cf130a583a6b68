"""Approve: show a person what the agent changed, before any of it is committed."""

import hashlib

from kiro_worker.run.approval import Answer, Choice, Proposal
from kiro_worker.run.facts import Answered, Consult
from kiro_worker.run.machine import Run
from kiro_worker.run.undertaking import Undertaking

# Nobody reads more at a terminal; all of it is in the run's files once it is committed.
_LONGEST_DIFF = 512 * 1024


async def consult(work: Undertaking, run: Run, step: Consult) -> Answered:
    """Ask and wait; how long that takes is no time of the task's."""
    assert work.approver is not None
    patch = await work.tree.proposed()
    began = work.clock.monotonic()
    answer = await work.approver.ask(_proposal(work, run, step, patch))
    task = step.leaf.id if step.leaf else ""
    if task in work.task_began:
        work.task_began[task] += work.clock.monotonic() - began
    _tell(work, step, patch, answer)
    return Answered(choice=answer.choice, words=answer.words)


def _proposal(work: Undertaking, run: Run, step: Consult, patch: bytes) -> Proposal:
    text = work.redactor.text(patch[:_LONGEST_DIFF].decode("utf-8", "replace"))
    cut = f"\n[... cut; the whole patch has {len(patch)} bytes ...]\n" if len(patch) > _LONGEST_DIFF else ""
    return Proposal(
        task=step.leaf.id if step.leaf else "",
        title=step.leaf.title if step.leaf else "what the gates found",
        number=min(run.at + 1, len(run.plan)),
        total=len(run.plan),
        files=tuple((change.path, change.added, change.deleted) for change in work.changed),
        diff=text + cut,
        asks=step.asks,
    )


def _tell(work: Undertaking, step: Consult, patch: bytes, answer: Answer) -> None:
    task = step.leaf.id if step.leaf else ""
    work.journal.write(
        "approval.given",
        task=task,
        choice=answer.choice.value,
        words=answer.words,
        by=answer.by,
        asks=[{"code": each.code, "title": each.title, "path": each.path} for each in step.asks],
        diff_sha256=hashlib.sha256(patch).hexdigest(),
    )
    if answer.choice is Choice.SKIP:
        work.journal.write("run.noted", note=f"Task {task} was skipped by {answer.by or 'a person'}; it stays open.")

"""Publish: make the pull request and the commit status say what the verdict says."""

import asyncio
import hashlib

from kiro_worker.error import WorkerError
from kiro_worker.forge.port import CommitStatus, Proposal, PullRequest, StatusState
from kiro_worker.run.facts import Published
from kiro_worker.run.machine import Run
from kiro_worker.run.report.block import block, proposal_title
from kiro_worker.run.report.gather import gather
from kiro_worker.run.report.unchanged import standing_block
from kiro_worker.run.undertaking import Undertaking
from kiro_worker.run.verdict import MEANINGS, Verdict

_GOOD = frozenset({Verdict.DONE, Verdict.ALREADY_DONE})


async def publish(work: Undertaking, run: Run) -> Published:
    """Create or update the one pull request of the branch, and set the status of its head.

    Raises:
        WorkerError: the forge's own, after three tries.
    """
    assert run.verdict is not None
    assert work.snapshot is not None
    forge, settings = work.have.forge, work.have.config.forge
    if not work.tree.pushed and work.snapshot.head is None:
        work.journal.write("run.noted", note="Nothing was pushed, so there is no branch to open a pull request for.")
        return Published()
    there = await forge.find(work.tree.branch) if _asks_first(work, run) else None
    if not settings.create_pull_request and there is None:
        note = "There is no pull request, and forge.create_pull_request is off."
        work.journal.write("run.noted", note=note)
        return Published()
    work.must_be_ours()
    record = gather(work)
    if there is not None and (said := standing_block(there, record, head=work.tree.head, draft=run.draft)) is not None:
        _tell(work, there, said, change="unchanged")
        return Published()
    text = work.redactor.text(block(record))
    proposal = Proposal(
        branch=work.tree.branch,
        base=work.snapshot.base_branch,
        title=proposal_title(record, _parents(work, run)),
        block=text,
        draft=run.draft,
        commit=work.tree.head,
        run=work.order.run,
    )
    # Two servers, or one and a disk: neither waits for the other, and a fault of one does not break the other off.
    published, kept = await asyncio.gather(forge.publish(proposal), _keep_evidence(work), return_exceptions=True)
    if isinstance(published, BaseException):
        raise kept if isinstance(kept, BaseException) else published
    shown = published.pull_request
    _tell(work, shown, text, change=published.change, notes=published.notes)
    if isinstance(kept, BaseException):
        raise kept
    if work.evidence is not None and work.tree.pushed:
        from kiro_worker.run.steps.evidence import show_evidence

        await show_evidence(work, work.evidence, shown.url if shown.url.startswith("http") else "")
    if settings.status:
        await _set_status(work, run.verdict, shown.url)
    return Published()


async def _keep_evidence(work: Undertaking) -> None:
    if work.evidence is not None and work.tree.pushed:
        from kiro_worker.run.steps.evidence import keep_evidence

        await keep_evidence(work, work.evidence)


def _asks_first(work: Undertaking, run: Run) -> bool:
    """Whether it matters what is there: one may not be made, or nothing may have to be written."""
    return not work.have.config.forge.create_pull_request or run.verdict is Verdict.ALREADY_DONE


def _tell(work: Undertaking, shown: PullRequest, text: str, *, change: str, notes: tuple[str, ...] = ()) -> None:
    work.journal.write(
        "pull-request.published",
        number=shown.number,
        url=shown.url,
        title=shown.title,
        change=change,
        draft=shown.draft,
        commit=work.tree.head,
        block_sha256=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
        notes=list(notes),
    )


async def _set_status(work: Undertaking, verdict: Verdict, url: str) -> None:
    """A status that cannot be set spoils nothing: the pull request says the same."""
    status = CommitStatus(
        commit=work.tree.head,
        state=StatusState.SUCCESS if verdict in _GOOD else StatusState.FAILURE,
        description=f"{verdict}: {MEANINGS[verdict].says}",
        url=work.have.config.build_url or (url if url.startswith("http") else ""),
    )
    try:
        done = await work.have.forge.report(status)
    except WorkerError as error:
        work.journal.write("run.noted", note=f"The commit status was not set: {error.message}")
        return
    if not done:
        work.journal.write("run.noted", note="This forge or this token cannot set a commit status.")
        return
    work.journal.write("commit-status.set", commit=status.commit, state=status.state.value, text=status.description)


def _parents(work: Undertaking, run: Run) -> tuple[str, ...]:
    """Titles of the top-level tasks that were worked on, in their order; of the whole spec when none was."""
    tasks = work.plan.tasks
    tops = []
    for leaf in run.plan:
        task = tasks.find(leaf.id)
        above = tuple(tasks.ancestors_of(task)) if task else ()
        top = above[-1] if above else task
        if top is not None and top.title not in tops and leaf.purpose != "checkpoint":
            tops.append(top.title)
    return tuple(tops)

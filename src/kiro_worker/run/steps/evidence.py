"""Evidence of a run: made from what the gates said, kept as an artifact and on the remote, and shown on the commit."""

import asyncio
import json
from collections.abc import Iterable, Mapping

from kiro_worker.changeset import ChangeSet, How
from kiro_worker.clock import stamp
from kiro_worker.error import Fault, WorkerError
from kiro_worker.evidence.build import About, build
from kiro_worker.evidence.compact import fitted
from kiro_worker.evidence.document import document
from kiro_worker.evidence.model import Evidence
from kiro_worker.evidence.place import Places
from kiro_worker.evidence.status import status_of
from kiro_worker.gate.kind import is_of_tests
from kiro_worker.gate.port import Judgement
from kiro_worker.receipt.files import vouched
from kiro_worker.run.undertaking import Undertaking
from kiro_worker.spec.spec import BUGFIX, CONFIG, DESIGN, REQUIREMENTS, TASKS, Spec, read_spec
from kiro_worker.spec.task_file import TASK_FILE
from kiro_worker.value import dataclass
from kiro_worker.workspace.port import CommitLines

FILE_NAME = "evidence.json"

# An event of the receipt takes a little more (receipt/bound.py); a document that is cut there is none any more.
_ENTRIES = 18_000
_CHARACTERS = 1_800_000
_MOST_FILES = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What evidence stands on, whatever the gates say.

    Attributes:
        spec: as the branch has it now, with the worker's own ticks.
        paths: every file at the head.
        commits: of the branch, with the lines that each made.
    """

    spec: Spec
    paths: frozenset[str]
    commits: tuple[CommitLines, ...]


async def ground_of(work: Undertaking, change: ChangeSet) -> Ground:
    """Read it; nothing of it lies in the tree, so tests may run meanwhile.

    Args:
        work: whose branch it is.
        change: everything that the branch changes since its merge base.
    """
    return Ground(
        spec=await _spec_at_head(work), paths=await _paths(work, change), commits=await _commits(work, change)
    )


async def judge_evidence(work: Undertaking, judgement: Judgement, change: ChangeSet, ground: Ground) -> Evidence:
    """What backs each criterion at the head, and which ticks nothing backs; told as the event `evidence.judged`.

    Args:
        work: whose branch was judged.
        judgement: what the gates said of its head.
        change: everything that the branch changes since its merge base.
        ground: read at the same head.
    """
    contents = await _contents(work, judgement, change, ground.paths)
    evidence = await asyncio.to_thread(
        build,
        ground.spec,
        judgement,
        change,
        ground.commits,
        contents.get,
        paths=ground.paths,
        about=About(run=work.order.run, branch=work.tree.branch, made_at=stamp(work.clock.now())),
    )
    told = fitted(evidence, entries=_ENTRIES, characters=_CHARACTERS)
    work.journal.write("evidence.judged", commit=change.head, evidence=document(told))
    return evidence


async def keep_evidence(work: Undertaking, evidence: Evidence) -> None:
    """Keep the document with the run and on the remote, once the head is pushed.

    What cannot be kept on the remote is noted and spoils nothing: the receipt and the pull request say the same.

    Raises:
        LeaseLost, FenceLost: the branch is not ours any more, or that is not certain.
    """
    content = (json.dumps(work.redactor.json(document(evidence)), ensure_ascii=False, indent=1) + "\n").encode(
        "utf-8", "replace"
    )
    await work.artifacts.keep(work.order.run, FILE_NAME, content)
    ref = await _on_the_remote(work, content)
    work.journal.write("evidence.kept", commit=evidence.head, ref=ref, document=vouched(FILE_NAME, content))


async def _on_the_remote(work: Undertaking, content: bytes) -> str:
    work.must_be_ours()
    try:
        return await work.tree.keep_evidence(content)
    except WorkerError as error:
        if error.fault is Fault.LEASE_LOST:
            raise
        work.journal.write("run.noted", note=f"The evidence was not kept on the remote: {error.message}")
        return ""


async def show_evidence(work: Undertaking, evidence: Evidence, url: str) -> None:
    """Set the commit status, where it is wanted; one that cannot be set is noted.

    Args:
        work: whose branch it is.
        evidence: of its head.
        url: where people read more, such as the pull request.
    """
    if not work.have.config.forge.status:
        return
    # A commit that came after the gates, such as one that takes ticks back, is what people see on the branch.
    status = status_of(evidence, commit=work.tree.head, url=url)
    try:
        done = await work.have.forge.report(status)
    except WorkerError as error:
        work.journal.write("run.noted", note=f"The commit status {status.context} was not set: {error.message}")
        return
    if done:
        work.journal.write("commit-status.set", commit=status.commit, state=status.state.value, text=status.description)


async def _spec_at_head(work: Undertaking) -> Spec:
    if work.plan.name == TASK_FILE:
        return read_spec(TASK_FILE, {TASK_FILE: work.tasks_document})
    names = (REQUIREMENTS, BUGFIX, DESIGN, TASKS, CONFIG)
    paths = {f"{work.spec_folder}/{name}": name for name in names}
    found = await work.tree.files(tuple(paths))
    files = {paths[path]: content for path, content in found.items() if content is not None}
    return read_spec(work.plan.name, files)


async def _paths(work: Undertaking, change: ChangeSet) -> frozenset[str]:
    """Every file at the head: those of the merge base, which the mirror has, and what the branch made of them."""
    before = await work.workspaces.paths(change.base)
    there = {file.path for file in change.there}
    return before - {file.path for file in change if file.how is How.DELETED} | there


async def _commits(work: Undertaking, change: ChangeSet) -> tuple[CommitLines, ...]:
    try:
        return await work.tree.commit_lines(change.base)
    except WorkerError as error:
        work.journal.write("run.noted", note=f"The lines of each commit could not be looked at: {error.message}")
        return ()


async def _contents(
    work: Undertaking, judgement: Judgement, change: ChangeSet, paths: Iterable[str]
) -> Mapping[str, bytes | None]:
    """What tests are looked for in: the files of the change, and the others that tests were reported from."""
    known = {file.path: file.after for file in change.there if file.is_plain and not file.left_out}
    places = Places(paths)
    wanted = {path for fact in judgement.tests for path in places.of(fact.case)} - known.keys()
    # Test files first: where a name may be anywhere, it is most likely there.
    order = sorted(wanted, key=lambda path: (not is_of_tests(path), path))
    return {**known, **await work.tree.files(tuple(order[:_MOST_FILES]))}

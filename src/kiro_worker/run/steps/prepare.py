"""Prepare: a workspace of the branch, and the project set up in it, so that the gates will be able to look."""

import secrets

from kiro_worker.gate.port import Color
from kiro_worker.run.branch import branch_name
from kiro_worker.run.facts import Prepared
from kiro_worker.run.fault import GateNotReady
from kiro_worker.run.report.words import counted
from kiro_worker.run.undertaking import Undertaking
from kiro_worker.workspace import BranchExists, Claim, CommitText, Workspace

_NAMES_TRIED = 5


async def prepare(work: Undertaking) -> Prepared:
    """Make the workspace, bring the base in where that is set, install what the project needs.

    Raises:
        WorkerError: from git, or when the project cannot be set up or its gates could not look.
    """
    work.workspace = await _workspace(work)
    if work.adopted is not None:
        await work.tree.push()
        work.journal.write("branch.pushed", oid=work.adopted)
    relation = await work.tree.relation()
    settings = work.have.config.branch
    if relation.behind and settings.update_base == "merge":
        await _merge_base(work)
        relation = await work.tree.relation()
    work.merge_base = relation.merge_base or work.tree.base
    work.journal.write(
        "workspace.prepared",
        branch=work.tree.branch,
        base=work.snapshot.base_branch if work.snapshot else "",
        head=work.tree.head,
        fence=work.tree.fence,
        ahead=relation.ahead,
        behind=relation.behind,
        conflicts=list(relation.conflicts),
        path=str(work.tree.path),
    )
    if relation.conflicts:
        told = ", ".join(relation.conflicts[:20])
        note = (
            f"The branch is {counted(relation.behind, 'commit')} behind its base, and merging it conflicts in {told}."
        )
        work.journal.write("run.noted", note=note)
    elif relation.behind:
        work.journal.write("run.noted", note=f"The branch is {counted(relation.behind, 'commit')} behind its base.")
    await _set_up(work)
    return Prepared()


async def _workspace(work: Undertaking) -> Workspace:
    assert work.snapshot is not None
    assert work.lease is not None
    claim = Claim(run=work.order.run, fence=work.lease.fence, holder=work.lease.holder.host)
    start = work.adopted
    if work.order.branch is not None:
        return await work.workspaces.prepare(work.snapshot, claim, start=start)
    for _ in range(_NAMES_TRIED - 1):
        try:
            return await work.workspaces.prepare(work.snapshot, claim, new_branch=_new_name(work), start=start)
        except BranchExists as error:
            work.journal.write("run.noted", note=f"{error.message} Another name is tried.")
    return await work.workspaces.prepare(work.snapshot, claim, new_branch=_new_name(work), start=start)


def _new_name(work: Undertaking) -> str:
    pattern = work.have.config.branch.pattern
    return branch_name(pattern, spec=work.plan.name, moment=work.clock.now(), token=secrets.token_hex(3))


async def _merge_base(work: Undertaking) -> None:
    assert work.snapshot is not None
    text = CommitText(
        subject=f"Merge {work.snapshot.base_branch} into {work.tree.branch}",
        trailers=(("Kiro-Run", work.order.run), ("Kiro-Fence", str(work.tree.fence))),
    )
    merged = await work.tree.merge_base_branch(text)
    if merged is None:
        return
    work.journal.write(
        "commit.made", oid=merged, subject=text.subject, kind="merge", files=0, added=0, deleted=0, unticked=[]
    )
    await work.tree.push()
    work.journal.write("branch.pushed", oid=merged)


async def _set_up(work: Undertaking) -> None:
    result = await work.have.gates.prepare(work.tree.path)
    work.journal.write(
        "project.set-up", color=result.color.value, summary=result.summary, seconds=round(result.seconds, 3)
    )
    missing = result.findings if result.color is Color.ERROR else await work.have.gates.check(work.tree.path)
    if missing:
        raise GateNotReady(
            code=missing[0].code, title=f"{missing[0].title} {missing[0].detail}".strip(), cure=missing[0].cure
        )

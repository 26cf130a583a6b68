"""Clean: give back the workspace, the agent's homes and the lease, whatever happened before."""

import asyncio

from kiro_worker.run.facts import Cleaned
from kiro_worker.run.machine import Run
from kiro_worker.run.undertaking import Undertaking
from kiro_worker.run.verdict import Verdict

_NOTHING_LEFT = frozenset({Verdict.DONE, Verdict.ALREADY_DONE})
# It broke off before the agent's changes could be looked at, and its cause says where they are.
_NOT_LOOKED_AT = frozenset({Verdict.GIT_FAULT, Verdict.INTERNAL})


async def clean(work: Undertaking, run: Run) -> Cleaned:
    """Close what is open; a workspace that may hold something worth a look is kept and named."""
    if work.workspace is not None:
        kept = await work.workspace.close(keep=await _worth_keeping(work, run))
        if kept is not None:
            work.journal.write("workspace.kept", path=str(kept))
    if work.equipment is not None:
        work.equipment.homes.clear()
        await asyncio.to_thread(work.equipment.gates.clear)
    if work.lease is not None and work.equipment is not None:
        lease = work.kept.lease if work.kept else work.lease
        await work.equipment.leases.release(lease)
        work.journal.write("lease.released", fence=lease.fence)
    return Cleaned()


async def _worth_keeping(work: Undertaking, run: Run) -> bool:
    if run.verdict in _NOTHING_LEFT:
        return False
    if run.verdict in _NOT_LOOKED_AT:
        return True
    return bool(work.changed) or not work.tree.pushed

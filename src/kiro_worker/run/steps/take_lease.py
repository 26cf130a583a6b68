"""Lease: become the only one who works on the branch."""

from kiro_worker.error import Fault, WorkerError
from kiro_worker.lease.holder import this_holder
from kiro_worker.lease.port import Lease, LeaseKey
from kiro_worker.run.facts import Leased
from kiro_worker.run.undertaking import Undertaking


class BranchBusy(WorkerError):
    """Somebody else works on the branch."""

    code = "lease.busy"
    fault = Fault.BUSY

    def __init__(self, *, branch: str, other: Lease | None) -> None:
        who = f" by run {other.holder.run} on {other.holder.host} (process {other.holder.pid})" if other else ""
        super().__init__(
            f"{branch} is being worked on{who}.",
            kept="Nothing was changed.",
            next_step="Wait for it (kiro-worker status), or stop it: kiro-worker cancel",
        )


async def take_lease(work: Undertaking) -> Leased:
    """Take the lease of the branch; a new branch's name is free until it is made, so its spec's is taken.

    Raises:
        BranchBusy: when somebody else holds it.
    """
    assert work.snapshot is not None
    name = work.order.branch or f"{work.snapshot.base_branch}:{work.plan.name}:{work.order.run}"
    key = LeaseKey(f"{work.order.repository}#{name}" if work.have.config.lease.store != "gitref" else name)
    work.lease = await work.have.leases.take(key, this_holder(work.order.run))
    if work.lease is None:
        raise BranchBusy(branch=name, other=await work.have.leases.look(key))
    work.journal.write("lease.taken", fence=work.lease.fence, store=work.have.config.lease.store)
    return Leased()

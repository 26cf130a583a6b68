"""Lease: become the only one who works on the branch."""

from kiro_worker.error import Fault, WorkerError
from kiro_worker.lease.holder import this_holder
from kiro_worker.lease.port import Lease, LeaseKey
from kiro_worker.run.claim import ClaimLost
from kiro_worker.run.facts import Leased
from kiro_worker.run.undertaking import Undertaking


class BranchBusy(WorkerError):
    """Somebody else works on the branch."""

    code = "lease.busy"
    fault = Fault.BUSY

    def __init__(self, *, branch: str, other: Lease | None) -> None:
        super().__init__(
            _whose(branch, other),
            kept="Nothing was changed.",
            next_step="Wait for it (kiro-worker status), or stop it where it runs: "
            f"kiro-worker cancel{f' {other.holder.run}' if other else ''}",
        )


async def take_lease(work: Undertaking) -> Leased:
    """Take the lease of the branch; a new branch's name is free until it is made, so its spec's is taken.

    Raises:
        BranchBusy: when somebody else holds it.
        ClaimLost: when the work item that asks for it is another's by now.
    """
    assert work.snapshot is not None
    name = work.order.branch or f"{work.snapshot.base_branch}:{work.plan.name}:{work.order.run}"
    key = lease_key(work.have.config.lease.store, work.order.repository, name)
    work.lease = await work.have.leases.take(key, this_holder(work.order.run))
    if work.lease is None:
        raise BranchBusy(branch=name, other=await work.have.leases.look(key))
    work.journal.write("lease.taken", fence=work.lease.fence, store=work.have.config.lease.store)
    await _claim(work)
    return Leased()


def _whose(branch: str, other: Lease | None) -> str:
    if other is None:
        return f"{branch} is being worked on."
    who = other.holder
    # One that is reserved names no machine yet.
    return (
        f"{branch} is being worked on by run {who.run} on {who.host} (process {who.pid})."
        if who.host
        else f"{branch} is reserved for run {who.run}, which is starting."
    )


def lease_key(store: str, repository: str, branch: str) -> LeaseKey:
    """What the lease of a branch is called in a store; one that lies in the repository needs no name of it."""
    return LeaseKey(branch if store == "gitref" else f"{repository}#{branch}")


async def _claim(work: Undertaking) -> None:
    """Show on the board that this run works on its item; only now, for the card itself is no lock."""
    order = work.order
    if work.claims is None or not order.item:
        return
    claim = await work.claims.claim(order.item, branch=order.branch or "", again=order.attempt > 1)
    if claim.lost:
        raise ClaimLost(item=order.item, why=claim.lost)
    work.journal.write("item.claimed", item=order.item, place=claim.place, attempt=order.attempt)

"""One pull request per repository that brings its powers, and the steering files made from them, up to date."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from kiro_worker.bootstrap.adapters import forge_for, leases_for
from kiro_worker.bootstrap.approach import Approach
from kiro_worker.bootstrap.powers import power_store
from kiro_worker.bootstrap.settings import settings_at
from kiro_worker.bootstrap.standards import folder_inside, opener, powers_of_run
from kiro_worker.bootstrap.updatepage import update_block, update_title
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.load import Loaded
from kiro_worker.forge.port import Proposal, Published
from kiro_worker.ids import Oid, RunId, new_run_id
from kiro_worker.lease.holder import this_holder
from kiro_worker.lease.keeper import keeping
from kiro_worker.power.lock import LOCK_PATH, Lock, read_lock, write_lock
from kiro_worker.power.shelf import Shelf, Updated
from kiro_worker.run.standards import STEERING
from kiro_worker.run.steps.take_lease import BranchBusy, lease_key
from kiro_worker.steering.judge import FOLDER, Judged, judge, paths_to_read
from kiro_worker.steering.sync import lock_to_sync, plan_sync
from kiro_worker.value import dataclass
from kiro_worker.workspace.port import Claim, CommitText, Snapshot, Workspace

#: The branch that every update of a repository's standards goes to, so that there is one pull request of it.
BRANCH = "kiro-worker/standards"


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What an update of one repository came to.

    Attributes:
        powers: what each power was and is.
        skipped: names of powers that lie in the repository itself, and change with it.
        published: None where nothing is newer.
    """

    powers: tuple[Updated, ...]
    skipped: tuple[str, ...] = ()
    published: Published | None = None


async def propose_update(shop: Workshop, near: Approach, names: Sequence[str] = ()) -> Update:
    """Find newer versions that fit, and have the repository's one pull request for them say so.

    Args:
        shop: the machine.
        near: the repository, looked at for a new branch.
        names: only these powers.

    Raises:
        BranchBusy: somebody else is at it.
        WorkerError: a source, the remote or the forge.
    """
    await near.look()
    snapshot = await near.workspaces.snapshot(BRANCH, near.early.branch.base or None)
    loaded = await settings_at(shop.machine, near.workspaces, snapshot, {})
    before = read_lock((await near.workspaces.read(_base_of(snapshot), (LOCK_PATH,)))[LOCK_PATH])
    skipped = tuple(power.name for power in before.powers if folder_inside(power))
    wanted = [power.name for power in before.powers if power.name not in skipped and (not names or power.name in names)]
    lock, told = await _newer(shop, loaded, near.source.url, before, wanted)
    if not any(each.is_new for each in told):
        return Update(powers=told, skipped=skipped)
    async with _workspace(shop, near, loaded, snapshot) as (run, tree):
        waiting = await _write(shop, near, loaded, snapshot, lock, tree=tree, run=run)
        changed = {each.path: each.kind.name.lower() for each in await tree.changed_since(tree.base)}
        brought = {path: what for path, what in changed.items() if path.startswith(FOLDER)}
        published = await forge_for(shop, loaded.config, near.source.url).publish(
            Proposal(
                branch=BRANCH,
                base=snapshot.base_branch,
                title=update_title(told),
                block=shop.redactor.text(update_block(told, brought, waiting)),
                draft=bool(waiting),
                commit=tree.head,
                # Who is asked for the same again changes nothing, so it is the state that names the block.
                run=tree.head[:12],
            )
        )
    return Update(powers=told, skipped=skipped, published=published)


def _base_of(snapshot: Snapshot) -> Oid:
    from kiro_worker.run.reading import head_of

    return snapshot.base or head_of(snapshot, branch=None, base=snapshot.base_branch, repository="the remote")


async def _newer(
    shop: Workshop, loaded: Loaded, url: str, lock: Lock, names: Sequence[str]
) -> tuple[Lock, tuple[Updated, ...]]:
    """The lock with the newest versions that fit; nothing of the repository is written for that."""
    if not names:
        return lock, ()
    with tempfile.TemporaryDirectory(prefix="kiro-worker-") as folder:
        root = Path(folder)
        shelf = Shelf(root, loaded.powers, power_store(shop), opener(shop, loaded.config, url))
        shelf.save(lock)
        told = await shelf.update(names)
        return shelf.lock, tuple(told)


@asynccontextmanager
async def _workspace(
    shop: Workshop, near: Approach, loaded: Loaded, snapshot: Snapshot
) -> AsyncIterator[tuple[RunId, Workspace]]:
    """The branch's workspace, under its lease."""
    run = new_run_id(shop.clock.now())
    leases = leases_for(shop, loaded.config, near.source)
    key = lease_key(loaded.config.lease.store, near.source.url, BRANCH)
    lease = await leases.take(key, this_holder(run))
    if lease is None:
        raise BranchBusy(branch=BRANCH, other=await leases.look(key))
    try:
        async with keeping(leases, lease, shop.clock):
            claim = Claim(run=run, fence=lease.fence, holder=lease.holder.host)
            if snapshot.head is None:
                fresh = await near.workspaces.snapshot(None, snapshot.base_branch)
                tree = await near.workspaces.prepare(fresh, claim, new_branch=BRANCH)
            else:
                tree = await near.workspaces.prepare(snapshot, claim)
            try:
                yield run, tree
            finally:
                await tree.close(keep=False)
    finally:
        await leases.release(lease)


async def _write(
    shop: Workshop, near: Approach, loaded: Loaded, snapshot: Snapshot, lock: Lock, *, tree: Workspace, run: RunId
) -> tuple[Judged, ...]:
    """Bring the branch up to the lock and push it; what a person has to settle then comes back."""
    trailers = (("Kiro-Run", run), ("Kiro-Kind", STEERING))
    if snapshot.head is not None:
        await tree.merge_base_branch(
            CommitText(subject=f"Merge {snapshot.base_branch} into {BRANCH}", trailers=trailers)
        )
    own = (await tree.files((LOCK_PATH,)))[LOCK_PATH]
    wanted, _ = lock_to_sync(write_lock(lock), own)
    have = {LOCK_PATH: own, **await tree.files(paths_to_read(wanted))}
    blocked = {path: "it is a link" for path in have if (tree.path / path).is_symlink()}
    required = {power.name: power.steering for power in loaded.powers if power.steering}
    powers = powers_of_run(shop, loaded, near.source.url, near.workspaces, snapshot)
    plan = await plan_sync(wanted, have, powers, blocked=blocked, required=required)
    if plan.writes:
        for path, content in sorted(plan.writes.items()):
            await tree.write(path, content)
        versions = ", ".join(f"{power.name} {power.version}" for power in lock.powers)
        text = CommitText(subject=f"Bring steering files to {versions}"[:72], trailers=trailers)
        await tree.commit(text, only_written=True)
    await tree.push()
    after = judge(plan.lock, {**have, **plan.writes}, blocked=blocked, required=required)
    return tuple(one for one in after if not one.is_good)

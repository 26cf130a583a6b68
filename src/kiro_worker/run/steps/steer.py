"""Steer: bring the repository's standards to the versions that the base branch has locked, in a commit of their own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kiro_worker.error import Fault, WorkerError
from kiro_worker.run.facts import Steered
from kiro_worker.run.standards import FOLDER, STEERING, with_files
from kiro_worker.run.undertaking import Undertaking
from kiro_worker.workspace.port import CommitText

if TYPE_CHECKING:
    from kiro_worker.steering.sync import Sync


async def steer(work: Undertaking) -> Steered:
    """Verify the required steering files, write what is missing or outdated, commit and push it.

    A source that cannot be reached stops no run: the standards stay as they are, and people are told.

    Raises:
        WorkerError: a power is not what was locked, is not signed, or is hostile.
    """
    from kiro_worker.power.lock import LOCK_PATH
    from kiro_worker.steering.judge import paths_to_read
    from kiro_worker.steering.sync import lock_to_sync, plan_sync

    assert work.have.powers is not None
    own = (await work.tree.files((LOCK_PATH,)))[LOCK_PATH]
    lock, note = lock_to_sync(work.locked, own)
    if note:
        work.journal.write("run.noted", note=note)
    required = work.have.required_steering
    have = {LOCK_PATH: own, **await work.tree.files(paths_to_read(lock))}
    blocked = await _blocked(work, have)
    try:
        plan = await plan_sync(lock, have, work.have.powers(), blocked=blocked, required=required)
    except WorkerError as error:
        if error.fault is Fault.CONFIG:
            raise
        note = f"The standards could not be brought up to date, and stay as they are: {error.message}"
        work.journal.write("run.noted", note=note)
        return Steered()
    if plan.writes:
        await _commit(work, plan)
    work.steered = {**_good(plan, have), **plan.writes}
    _tell(work, plan)
    _take_over(work, {**have, **plan.writes})
    return Steered()


async def _blocked(work: Undertaking, have: Mapping[str, bytes | None]) -> Mapping[str, str]:
    """Paths that are there and are no files: a link is never written through, and never followed."""
    blocked = {}
    for path, content in have.items():
        place = work.tree.path / path
        if content is None and (place.is_symlink() or place.is_dir()):
            blocked[path] = "it is a link" if place.is_symlink() else "it is a folder"
    return blocked


async def _commit(work: Undertaking, plan: "Sync") -> None:
    for path, content in sorted(plan.writes.items()):
        await work.tree.write(path, content)
    versions = ", ".join(f"{power.name} {power.version}" for power in plan.lock.powers)
    text = CommitText(
        subject=f"Bring steering files to {versions}"[:72],
        body="\n".join(f"{one.outcome.value}: {one.path}" for one in plan.done),
        trailers=(("Kiro-Run", work.order.run), ("Kiro-Kind", STEERING), ("Kiro-Fence", str(work.tree.fence))),
    )
    # What the project's set-up left in the tree is no part of it.
    before = work.tree.head
    oid = await work.tree.commit(text, only_written=True)
    changed = await work.tree.changed_since(before)
    work.journal.write(
        "commit.made",
        oid=oid,
        subject=text.subject,
        kind=STEERING,
        files=len(changed),
        added=sum(change.added or 0 for change in changed),
        deleted=sum(change.deleted or 0 for change in changed),
        unticked=[],
    )
    work.must_be_ours()
    await work.tree.push()
    work.journal.write("branch.pushed", oid=oid)


def _good(plan: "Sync", have: Mapping[str, bytes | None]) -> dict[str, bytes]:
    """Files that are as the power has them: an earlier run, or a person, synchronized them."""
    from kiro_worker.power.lock import LOCK_PATH
    from kiro_worker.steering.judge import State

    paths = [LOCK_PATH, *(one.path for one in plan.found if one.state is State.CURRENT)]
    found = ((path, have.get(path)) for path in paths)
    return {path: content for path, content in found if content is not None}


def _tell(work: Undertaking, plan: "Sync") -> None:
    work.journal.write(
        "steering.synced",
        powers=[{"name": power.name, "version": power.version} for power in plan.lock.powers],
        files=[{"path": one.path, "outcome": one.outcome.value, "clashes": one.clashes} for one in plan.done],
        waiting=[{"path": one.path, "state": one.state.value, "reason": one.reason} for one in plan.waiting],
        current=sum(one.is_good for one in plan.found),
    )


def _take_over(work: Undertaking, now: Mapping[str, bytes | None]) -> None:
    """The agent is sent the standards as they are now, what came with the base branch among them."""
    there = {path: body for path, body in now.items() if path.startswith(FOLDER) and body is not None}
    work.steering = with_files(work.steering, there)

"""The repository's standards: whether the powers that they come from are here, current, and in its steering files."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from kiro_worker.bootstrap.powers import power_store
from kiro_worker.bootstrap.standards import folder_inside, opener
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config import Loaded
from kiro_worker.doctor.check import Check, doubtful, good
from kiro_worker.error import WorkerError
from kiro_worker.ids import Oid
from kiro_worker.power.lock import LOCK_PATH, Lock
from kiro_worker.power.shelf import Shelf
from kiro_worker.steering.judge import Judged, judge, paths_to_read
from kiro_worker.steering.sync import lock_to_sync
from kiro_worker.workspace.port import Workspaces

_SHOWN = 5


async def look_at_standards(
    shop: Workshop, workspaces: Workspaces, loaded: Loaded, base: Oid, head: Oid, *, url: str
) -> Check:
    """Hold the steering files at a commit against the base's lock, and ask the sources what is newer.

    A run brings what is missing by itself, so that is worth knowing and no fault.

    Raises:
        LockUnreadable: the base's lock is none.
    """
    content = (await workspaces.read(base, (LOCK_PATH,)))[LOCK_PATH]
    own = (await workspaces.read(head, (LOCK_PATH,)))[LOCK_PATH]
    lock, _ = lock_to_sync(content, own)
    missing = [power.name for power in loaded.powers if lock.find(power.name) is None]
    if missing:
        return doubtful("standards", f"not installed: {', '.join(missing)}", "kiro-worker power install, and commit it")
    if not lock.powers:
        return good("standards", "no power is installed, so no steering file is required")
    have = await workspaces.read(head, paths_to_read(lock))
    required = {power.name: power.steering for power in loaded.powers if power.steering}
    found = tuple(judge(lock, have, required=required))
    newer = await _newer(shop, loaded, lock, url)
    rows = [*_standing(lock, found), *newer]
    if newer:
        return doubtful("standards", "\n".join(rows), "kiro-worker power update --pull-request")
    if not all(one.is_good for one in found):
        return doubtful("standards", "\n".join(rows), "A run brings them; or: kiro-worker steering sync")
    return good("standards", "\n".join(rows))


def _standing(lock: Lock, found: Sequence[Judged]) -> list[str]:
    bad = [one for one in found if not one.is_good]
    powers = ", ".join(f"{power.name} {power.version}" for power in lock.powers)
    rows = [f"{len(found) - len(bad)} of {len(found)} steering files of {powers} are up to date"]
    return [*rows, *(f"{one.path} is {one.state.value}" for one in bad[:_SHOWN])]


async def _newer(shop: Workshop, loaded: Loaded, lock: Lock, url: str) -> list[str]:
    """What sources have that is newer; one that cannot be asked is told too."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="kiro-worker-doctor-") as folder:
        shelf = Shelf(Path(folder), loaded.powers, power_store(shop), opener(shop, loaded.config, url))
        shelf.save(lock)
        for power in lock.powers:
            if folder_inside(power):
                continue
            try:
                (standing,) = await shelf.standings([power.name])
            except* WorkerError as group:
                rows.append(f"{power.name}: {_first(group)}")
            else:
                if standing.is_outdated:
                    newest = standing.fitting or standing.commit[:12]
                    rows.append(f"{power.name} {newest} is out, and {power.version} is here")
    return rows


def _first(group: BaseExceptionGroup[WorkerError]) -> str:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error.message if isinstance(error, WorkerError) else str(error)

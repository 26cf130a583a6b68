"""Where a synchronization takes the content of locked powers from: the machine's cache, else their sources."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.powers import power_store, source_of
from kiro_worker.bootstrap.repository import git_secrets
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.config.load import Loaded
from kiro_worker.config.powers import PowerSetting
from kiro_worker.config.settings import Config
from kiro_worker.error import WorkerError
from kiro_worker.git.program import Git
from kiro_worker.power.fault import ContentMoved
from kiro_worker.power.lock import LOCK_PATH, Locked, read_lock
from kiro_worker.power.model import STEERING, hash_of
from kiro_worker.power.procure import Wish, restore, wish_of
from kiro_worker.power.source.address import SourceKind, read_address
from kiro_worker.power.source.port import Source
from kiro_worker.power.source.signature import plain_key
from kiro_worker.power.store import PowerStore
from kiro_worker.power.validate import judge
from kiro_worker.power.version import version_or_none
from kiro_worker.run.start import Source as RemoteSource
from kiro_worker.steering.difference import Difference, differences
from kiro_worker.steering.folder import SteeringFolder
from kiro_worker.steering.judge import paths_to_read, wanted_files
from kiro_worker.steering.sync import Sync, plan_sync
from kiro_worker.workspace.port import Snapshot, Workspaces

#: Reads files of the repository itself by their paths.
Inside = Callable[[tuple[str, ...]], Awaitable[Mapping[str, bytes | None]]]


def powers_of_run(
    shop: Workshop, loaded: Loaded, url: str, workspaces: Workspaces, snapshot: Snapshot
) -> "LockedPowers":
    """The powers of a run. One that lies in the repository itself is read from the base branch."""

    async def inside(paths: tuple[str, ...]) -> Mapping[str, bytes | None]:
        return await workspaces.read(snapshot.base, paths) if snapshot.base is not None else {}

    return LockedPowers(
        power_store(shop),
        source_of=opener(shop, loaded.config, url),
        wish_of=wishes(loaded.powers),
        inside=inside,
    )


def opener(shop: Workshop, config: Config, url: str) -> Callable[[Wish], Source]:
    """Makes the sources of a remote repository's powers; nothing is taken from wherever the worker was started."""
    nowhere = Path("/nonexistent")
    return lambda wish: source_of(shop, nowhere, wish, git=git_for(shop, config, url, wish.source))


def git_for(shop: Workshop, config: Config, url: str, source: str) -> Git:
    """Git as it signs in to a power's source: the forge's token goes to the repository's own host and to no other."""
    address = source.removeprefix("git+")
    here, there = urlsplit(url), urlsplit(address)
    if there.scheme != "https" or here.scheme != "https" or here.netloc.lower() != there.netloc.lower():
        return shop.git
    return shop.git.with_secrets(git_secrets(shop, RemoteSource(url=address, branch=None), config))


async def sync_of(folder: SteeringFolder, settings: Sequence[PowerSetting]) -> Sync:
    """What a synchronization of a working tree would write.

    Raises:
        LockUnreadable: its lock is none.
        WorkerError: a power cannot be had, or is not what was locked.
    """
    lock = read_lock(folder.read((LOCK_PATH,))[0][LOCK_PATH])
    have, blocked = folder.read((LOCK_PATH, *paths_to_read(lock)))
    required = {power.name: power.steering for power in settings if power.steering}
    async with workshop(this_machine()) as shop:
        return await plan_sync(lock, have, _here(shop, folder, settings), blocked=blocked, required=required)


async def differences_of(folder: SteeringFolder, settings: Sequence[PowerSetting]) -> tuple[Difference, ...]:
    """What each steering file of a working tree has otherwise than its power's locked version.

    Raises:
        WorkerError: as in `sync_of`.
    """
    lock = read_lock(folder.read((LOCK_PATH,))[0][LOCK_PATH])
    have, _ = folder.read(paths_to_read(lock))
    async with workshop(this_machine()) as shop:
        powers = _here(shop, folder, settings)
        contents = {power.name: await powers.steering(power) for power in lock.powers}
    return differences(lock, have, contents)


def _here(shop: Workshop, folder: SteeringFolder, settings: Sequence[PowerSetting]) -> "LockedPowers":
    return LockedPowers(
        power_store(shop), source_of=lambda wish: source_of(shop, folder.root, wish), wish_of=wishes(settings)
    )


def wishes(settings: Sequence[PowerSetting]) -> Callable[[Locked], Wish]:
    """What is wanted of a locked power: the settings say it where they name the power, else the lock."""
    named = {setting.name: setting for setting in settings}

    def wish(locked: Locked) -> Wish:
        setting = named.get(locked.name)
        return wish_of(setting, locked, key=plain_key(setting.key) if setting else "")

    return wish


class LockedPowers:
    """See `steering.port.Powers`.

    Args:
        store: the cache.
        source_of: makes the source that a wish names.
        wish_of: what is wanted of a locked power, its pinned key among it.
        inside: reads a power that lies in the repository; None where its folder is a source like others.
    """

    def __init__(
        self,
        store: PowerStore,
        *,
        source_of: Callable[[Wish], Source],
        wish_of: Callable[[Locked], Wish],
        inside: Inside | None = None,
    ) -> None:
        self._store = store
        self._source_of = source_of
        self._wish_of = wish_of
        self._inside = inside

    async def steering(self, locked: Locked) -> Mapping[str, bytes]:
        """See `Powers.steering`."""
        kept = self._store.steering(locked)
        if kept is not None:
            return kept
        if self._inside is not None and (folder := folder_inside(locked)):
            return await _read_inside(self._inside, locked, folder)
        wish = self._wish_of(locked)
        power = await restore(locked, wish, self._source_of(wish), self._store)
        return {name: file.content for name, file in power.steering.items()}

    async def earlier(self, locked: Locked, sha256: str) -> bytes | None:
        """See `Powers.earlier`."""
        kept = self._store.content(sha256)
        if kept is not None or locked.synced is None:
            return kept
        wanted = version_or_none(locked.synced.version)
        source = self._source_of(self._wish_of(locked))
        try:
            offer = next((each for each in await source.offers() if each.version == wanted), None)
            if wanted is None or offer is None:
                return None
            package = await source.fetch(offer)
        except WorkerError:
            # It is only the beginning of a merge: without it, a person is asked about every difference.
            return None
        power = judge(package.entries, folder=package.folder).power
        if power is not None:
            self._store.keep(power.files)
        return self._store.content(sha256)


def folder_inside(locked: Locked) -> str:
    """The power's folder where it lies in the repository that it is locked in; empty for any other place."""
    try:
        address = read_address(locked.source)
    except ValueError:
        return ""
    parts = [part for part in f"{address.text}/{locked.folder}".split("/") if part not in {"", "."}]
    is_inside = address.kind is SourceKind.FOLDER and ".." not in parts and not address.text.startswith(("/", "~"))
    return "".join(f"{part}/" for part in parts) if is_inside else ""


async def _read_inside(inside: Inside, locked: Locked, folder: str) -> Mapping[str, bytes]:
    wanted = wanted_files(locked)
    found = await inside(tuple(f"{folder}{STEERING}{name}" for name in wanted))
    contents = {name: found.get(f"{folder}{STEERING}{name}") for name in wanted}
    kept = {name: body for name, body in contents.items() if body is not None and hash_of(body) == wanted[name]}
    if moved := sorted(set(wanted) - set(kept)):
        raise ContentMoved(locked.name, locked.version, moved)
    return kept

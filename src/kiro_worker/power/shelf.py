"""The powers of one repository's folder: what it wants (`powers:`), what it has (the lock), and how both are joined."""

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from kiro_worker.config.powers import PowerSetting
from kiro_worker.git.fault import NotWritable, writing
from kiro_worker.power.changelog import changes_between
from kiro_worker.power.fault import ContentMoved, PowerMissing, PowerWanted
from kiro_worker.power.lock import LOCK_PATH, Lock, Locked, read_lock, write_lock
from kiro_worker.power.model import CHANGELOG
from kiro_worker.power.procure import Procured, Wish, bring, choose, newest, procure, restore, wish_of
from kiro_worker.power.source.address import SourceKind, read_address
from kiro_worker.power.source.port import Offer, Source
from kiro_worker.power.source.signature import plain_key
from kiro_worker.power.store import PowerStore
from kiro_worker.power.version import version_or_none
from kiro_worker.value import dataclass, replace

_SETTINGS = ".kiro/worker.yaml"
_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one power stands to what its source has now.

    Attributes:
        fitting: the newest version that the range takes; empty where none does.
        newest: the newest of all that is no pre-release; empty where there are no versions.
        commit: of the fitting one, where the source is git.
    """

    locked: Locked
    fitting: str = ""
    newest: str = ""
    commit: str = ""

    @property
    def is_outdated(self) -> bool:
        """Whether an update would bring something."""
        mine, theirs = version_or_none(self.locked.version), version_or_none(self.fitting)
        if mine is not None and theirs is not None and self.fitting:
            return theirs > mine
        # Without versions, another commit is another state.
        return bool(self.commit) and self.commit != self.locked.commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """What an update brought.

    Attributes:
        before: as it was locked.
        now: as it is locked; the same where there was nothing newer.
        changes: the parts of the power's changelog between both.
    """

    before: Locked
    now: Locked
    changes: str = ""

    @property
    def is_new(self) -> bool:
        """Whether anything changed."""
        return (self.before.version, self.before.files) != (self.now.version, self.now.files)


class Shelf:
    """What the verbs do.

    Args:
        root: the repository's folder; only the lock is ever written there.
        settings: the powers that it names.
        store: the offline cache.
        open_source: makes the source of a wish.
    """

    def __init__(
        self,
        root: Path,
        settings: Sequence[PowerSetting],
        store: PowerStore,
        open_source: Callable[[Wish], Source],
    ) -> None:
        self.store = store
        self._path = root / LOCK_PATH
        self._settings = {setting.name: setting for setting in settings}
        self._open = open_source

    @property
    def lock(self) -> Lock:
        """What is locked now.

        Raises:
            LockUnreadable: the file is no lock.
        """
        try:
            return read_lock(self._path.read_bytes())
        except FileNotFoundError:
            return Lock()

    def save(self, lock: Lock) -> None:
        """Write the lock, whole or not at all; nothing is written where it would be the same.

        Raises:
            DiskFull, NotWritable: the folder takes no file.
        """
        content = write_lock(lock)
        folder = self._path.parent
        if folder.is_symlink() or self._path.is_symlink():
            raise NotWritable(self._path, "it is a link, and may lead anywhere")
        with writing(folder):
            if self._path.exists() and self._path.read_bytes() == content:
                return
            folder.mkdir(exist_ok=True)
            draft = folder / f".power.lock-{os.urandom(6).hex()}"
            try:
                draft.write_bytes(content)
                draft.replace(self._path)
            finally:
                with suppress(FileNotFoundError):
                    draft.unlink()

    def wish(self, name: str) -> Wish:
        """What is wanted of a power: the settings say it, and else the lock.

        Raises:
            PowerMissing: neither knows it.
        """
        setting, locked = self._settings.get(name), self.lock.find(name)
        if setting is None and locked is None:
            raise PowerMissing(name, self.names())
        return wish_of(setting, locked, key=plain_key(setting.key) if setting else "")

    def names(self) -> tuple[str, ...]:
        """Every power that is wanted or locked."""
        return tuple(sorted({*self._settings, *(locked.name for locked in self.lock.powers)}))

    async def add(self, wish: Wish) -> Procured:
        """Bring a power from wherever it is, and lock it.

        Raises:
            PowerWanted: the settings say another thing about it.
            WorkerError: see `procure`.
        """
        found = await procure(wish, self._open(wish), self.store)
        if found.power.name in self._settings and self.wish(found.power.name) != replace(wish, name=found.power.name):
            raise PowerWanted(found.power.name, _SETTINGS)
        self._put(found.locked)
        return found

    async def install(self) -> tuple[Locked, ...]:
        """Bring everything that is wanted or locked, at the locked version wherever that still fits.

        Raises:
            ContentMoved: a locked version is not what it was.
            WorkerError: see `procure`.
        """
        return tuple([await self._installed(name) for name in self.names()])

    async def _installed(self, name: str) -> Locked:
        wish, locked = self.wish(name), self.lock.find(name)
        if locked is None or not _fits(locked, wish):
            self._put((await procure(wish, self._open(wish), self.store)).locked)
        else:
            await restore(locked, wish, self._open(wish), self.store)
            # The range may be written in another way by now.
            self._put(replace(locked, range=wish.range))
        kept = self.lock.find(name)
        assert kept is not None
        return kept

    async def standings(self, names: Sequence[str] = ()) -> tuple[Standing, ...]:
        """How locked powers stand to their sources, which are only asked for their versions."""
        locked = [self._locked(name) for name in names] or list(self.lock.powers)
        turn = asyncio.Semaphore(_AT_ONCE)

        async def one(power: Locked) -> Standing:
            async with turn:
                return await self._standing(power)

        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(one(power)) for power in locked]
        return tuple(task.result() for task in asked)

    async def _standing(self, locked: Locked) -> Standing:
        wish = self.wish(locked.name)
        offers = await self._open(wish).offers()
        best = choose(offers, wish.versions)
        versions = [one.version for one in offers if one.version is not None and not one.version.pre]
        return Standing(
            locked=locked,
            fitting=str(best.version) if best and best.version else "",
            newest=str(max(versions)) if versions else "",
            commit=best.commit if best and best.version is None else "",
        )

    async def update(self, names: Sequence[str] = (), *, as_it_is: bool = False, write: bool = True) -> list[Updated]:
        """Bring the newest versions that fit; an older one than is locked is never taken.

        Args:
            names: only these; all that are locked otherwise.
            as_it_is: take a locked version that has other content by now.
            write: lock them.

        Raises:
            ContentMoved: the newest version is the locked one, with other content.
            WorkerError: see `procure`.
        """
        told = []
        for locked in [self._locked(name) for name in names] or list(self.lock.powers):
            wish = self.wish(locked.name)
            source = self._open(wish)
            offer = await newest(wish, source)
            if offer.commit and offer.commit == locked.commit and _is_of(locked, wish):
                told.append(Updated(before=locked, now=locked))
                continue
            found = await bring(wish, source, offer, self.store)
            now = self._newer(locked, offer, found, as_it_is=as_it_is)
            log = (found.power.find(CHANGELOG) or b"").decode("utf-8", "replace")
            old, new = version_or_none(locked.version), version_or_none(now.version)
            changes = changes_between(log, old, new) if new is not None and old != new else ""
            told.append(Updated(before=locked, now=now, changes=changes))
            if write:
                self._put(now)
        return told

    def _newer(self, locked: Locked, offer: Offer, found: Procured, *, as_it_is: bool) -> Locked:
        mine, theirs = version_or_none(locked.version), offer.version
        is_same = (locked.source, locked.folder) == (found.locked.source, found.locked.folder)
        if not is_same or mine is None or theirs is None or _is_folder(locked.source):
            # Elsewhere, or where somebody still writes, a version says nothing about what was here before.
            return found.locked
        if theirs == mine and not as_it_is and not locked.holds(found.power):
            raise ContentMoved(locked.name, locked.version, _differing(locked, found.locked))
        return locked if theirs < mine else found.locked

    def remove(self, name: str) -> Locked:
        """Take a power out of the lock; its files in the repository stay.

        Raises:
            PowerWanted: the settings name it.
            PowerMissing: it is not there.
        """
        locked = self._locked(name)
        if name in self._settings:
            raise PowerWanted(name, _SETTINGS)
        self.save(self.lock.without(name))
        return locked

    def _locked(self, name: str) -> Locked:
        locked = self.lock.find(name)
        if locked is None:
            raise PowerMissing(name, [each.name for each in self.lock.powers])
        return locked

    def _put(self, locked: Locked) -> None:
        """Lock a power; what was synchronized last stays known, it is the base of the next merge."""
        lock = self.lock
        before = lock.find(locked.name)
        if before is not None and locked.synced is None:
            locked = replace(locked, synced=before.synced)
        self.save(lock.having(locked))


def _fits(locked: Locked, wish: Wish) -> bool:
    """Whether what is locked is still what is wanted."""
    version = version_or_none(locked.version)
    taken = wish.range in {"", locked.range} or (version is not None and version in wish.versions)
    return taken and _is_of(locked, wish)


def _is_of(locked: Locked, wish: Wish) -> bool:
    return (locked.source, locked.folder, locked.signer) == (wish.source, wish.folder, wish.key)


def _is_folder(source: str) -> bool:
    """Whether a source is where somebody writes, and so may change without a new version."""
    try:
        return read_address(source).kind is SourceKind.FOLDER
    except ValueError:
        return False


def _differing(locked: Locked, other: Locked) -> list[str]:
    paths = locked.files.keys() | other.files.keys()
    return sorted(path for path in paths if locked.files.get(path) != other.files.get(path))

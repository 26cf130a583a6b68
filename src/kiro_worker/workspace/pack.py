"""Watches the files that a mirror shares with its clones through hard links.

A clone's packs are the mirror's own inodes: an agent that makes one writable and writes into it breaks the mirror
and every clone to come. Two things show it. The kernel moves a file's change time with every write, and nobody but
the kernel can set it; other clones' links move it too, so then the content decides, against a checksum that was
noted before any clone was made.
"""

import asyncio
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from kiro_worker.git.fault import writing
from kiro_worker.value import dataclass
from kiro_worker.workspace.lock import SharedLock

_PIECE = 4 * 1024 * 1024
# These end in the hash of everything before it (gitformat-pack(5), gitformat-commit-graph(5)). The others (.keep,
# info/packs) say nothing that the worker or git's own transports read.
_SEALED = (".pack", ".idx", ".rev", ".bitmap", ".mtimes", ".graph", "multi-pack-index", "commit-graph")


def shared_files(mirror: Path) -> Iterator[os.DirEntry[str]]:
    """The files below a mirror's `objects` that a clone links."""
    for folder in ("pack", "info", "info/commit-graphs"):
        try:
            with os.scandir(mirror / "objects" / folder) as entries:
                yield from (entry for entry in entries if entry.is_file(follow_symlinks=False) and _counts(entry.name))
        except FileNotFoundError:
            continue


def _counts(name: str) -> bool:
    return name.endswith(_SEALED) or name.startswith("tmp_")


class PackLedger:
    """The checksum of every shared file, noted when it appeared.

    Only to be changed under the mirror's exclusive lock, before a clone can share what is new.
    """

    def __init__(self, mirror: Path, *, algorithm: str) -> None:
        self.algorithm = algorithm
        self._mirror = mirror
        self._path = mirror / "kiro-worker" / "packs.json"

    def seals(self) -> Mapping[str, str]:
        """File name to checksum."""
        try:
            return dict(json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return {}

    def note(self) -> None:
        """Add the files that are new and forget those that are gone; clear away what a killed git left half done."""
        known = self.seals()
        seals: dict[str, str] = {}
        for entry in shared_files(self._mirror):
            if entry.name.startswith("tmp_"):
                os.unlink(entry.path)  # noqa: PTH108  # an entry's path is a string
            else:
                seals[entry.name] = known.get(entry.name) or self._seal(Path(entry.path))
        if seals == known:
            return
        with writing(self._path):
            draft = self._path.with_suffix(".new")
            draft.write_text(json.dumps(seals, sort_keys=True))
            draft.rename(self._path)

    def broken(self, names: Mapping[str, Path]) -> str | None:
        """The first of these files whose content is not what was noted; None when all are."""
        seals = self.seals()
        for name, path in names.items():
            noted = seals.get(name)
            try:
                if noted is not None and _content_seal(path, self.algorithm) != noted:
                    return name
            except FileNotFoundError:
                # Repacked meanwhile: whatever is in that inode, the mirror has no part in it any more.
                continue
        return None

    def _seal(self, path: Path) -> str:
        length = hashlib.new(self.algorithm).digest_size
        with path.open("rb") as file:
            file.seek(-length, os.SEEK_END)
            return file.read().hex()


def _content_seal(path: Path, algorithm: str) -> str:
    """What a sealed file's last bytes must be; another text when they are not."""
    summed = hashlib.new(algorithm)
    length = summed.digest_size
    with path.open("rb") as file:
        left = os.fstat(file.fileno()).st_size - length
        while left > 0 and (piece := file.read(min(left, _PIECE))):
            summed.update(piece)
            left -= len(piece)
        end = file.read()
    return end.hex() if end == summed.digest() else "broken"


@dataclass(frozen=True, slots=True)
class _Look:
    inode: int
    size: int
    written: int
    changed: int
    path: str


class PackWatch:
    """Compares a mirror's shared files with what they were when this run's clone was made."""

    def __init__(self, mirror: Path, lock: SharedLock, ledger: PackLedger) -> None:
        self._mirror = mirror
        self._lock = lock
        self._ledger = ledger
        self.place = mirror.stat().st_ino
        self._seen = self._look()

    def _look(self) -> dict[str, _Look]:
        looks = ((entry.name, _looked(entry)) for entry in shared_files(self._mirror))
        return {name: look for name, look in looks if look is not None}

    async def broken(self) -> str | None:
        """What was changed through a hard link, or None.

        Costs a look at each file; only one that the kernel says was touched is read.
        """
        try:
            if self._mirror.stat().st_ino != self.place:
                return "the mirror, which another run found changed and set aside"
        except FileNotFoundError:
            return "the mirror, which is gone"
        if not self._touched(self._look()):
            return None
        # A repack in between would put other files under these names before their checksums are noted.
        async with self._lock.shared():
            now = self._look()
            touched = {name: Path(now[name].path) for name in self._touched(now)}
            found = await asyncio.to_thread(self._ledger.broken, touched)
        if found is None:
            self._seen.update((name, now[name]) for name in touched)
        return found

    def _touched(self, now: Mapping[str, _Look]) -> frozenset[str]:
        return frozenset(name for name, look in now.items() if look != self._seen.get(name, look))


def _looked(entry: os.DirEntry[str]) -> _Look | None:
    # Not the entry's own: scandir may have read it some time ago.
    try:
        told = os.stat(entry.path, follow_symlinks=False)  # noqa: PTH116  # an entry's path is a string
    except FileNotFoundError:
        # Repacked in between, for no lock is held here.
        return None
    return _Look(told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns, entry.path)

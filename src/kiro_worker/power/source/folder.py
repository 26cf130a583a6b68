"""A power in a folder of this machine: read entry by entry, links never followed."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from kiro_worker.power.fault import SignatureUnfit, SourceUnfit
from kiro_worker.power.model import LARGEST_FILE, MOST_BYTES, MOST_FILES, Entry, Kind
from kiro_worker.power.shape import is_beside
from kiro_worker.power.source.port import Offer, Package
from kiro_worker.power.source.stated import stated_version

_DEEPEST = 20


class FolderSource:
    """One folder, at the version that the power itself states.

    Args:
        folder: the power's own.
        source: as people gave it, for what is told.
        key: one cannot be pinned for a folder.
    """

    def __init__(self, folder: Path, *, source: str, key: str = "") -> None:
        self._folder = folder
        self._source = source
        self._key = key

    async def offers(self) -> tuple[Offer, ...]:
        """See `Source.offers`."""
        entries = read_folder(self._folder, source=self._source)
        return (Offer(version=stated_version(entries), place=str(self._folder)),)

    async def fetch(self, offer: Offer) -> Package:
        """See `Source.fetch`."""
        del offer
        if self._key:
            raise SignatureUnfit(self._source, "a folder cannot be signed; publish it to git, or as an archive")
        return Package(entries=read_folder(self._folder, source=self._source), folder=self._folder.name)


def read_folder(folder: Path, *, source: str = "") -> tuple[Entry, ...]:
    """Everything in a folder, as far as it may be read.

    Raises:
        SourceUnfit: it is no folder that can be read.
    """
    try:
        root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SourceUnfit(source or str(folder), error.strerror or "it is no folder") from error
    try:
        return tuple(_walk(root, source or str(folder)))
    finally:
        os.close(root)


def _walk(root: int, source: str) -> Iterator[Entry]:
    """Walk by open folders: what is exchanged for a link meanwhile is not followed either."""
    left, told, read = [""], 0, 0
    while left and told <= MOST_FILES:
        above = left.pop()
        for name, kind in sorted(_names(root, above, source)):
            path = f"{above}{name}"
            if is_beside(path):
                continue
            if kind is None:
                if path.count("/") < _DEEPEST:
                    left.append(f"{path}/")
                continue
            told += 1
            if told > MOST_FILES + 1:
                return
            each = _read(root, path, kind, room=MOST_BYTES - read)
            read += each.size
            yield each


def _names(root: int, above: str, source: str) -> list[tuple[str, Kind | None]]:
    """The entries of a folder; None stands for a folder."""
    try:
        opened = _opened(root, above.rstrip("/") or ".", os.O_DIRECTORY)
    except OSError as error:
        raise SourceUnfit(source, f"{above} cannot be read ({error.strerror})") from error
    try:
        with os.scandir(opened) as found:
            return [(each.name, _kind(each)) for each in found]
    finally:
        os.close(opened)


def _opened(root: int, path: str, flags: int) -> int:
    """Open what stands at a path, folder by folder: a link is followed nowhere on the way."""
    above = os.dup(root)
    try:
        *folders, name = path.split("/")
        for folder in folders:
            below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
            os.close(above)
            above = below
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=above)
    finally:
        os.close(above)


def _kind(each: "os.DirEntry[str]") -> Kind | None:
    if each.is_symlink():
        return Kind.LINK
    if each.is_dir(follow_symlinks=False):
        return None
    if not each.is_file(follow_symlinks=False):
        return Kind.OTHER
    return Kind.PROGRAM if each.stat(follow_symlinks=False).st_mode & stat.S_IXUSR else Kind.FILE


def _read(root: int, path: str, kind: Kind, *, room: int) -> Entry:
    if kind in {Kind.LINK, Kind.OTHER}:
        return Entry(path=path, kind=kind)
    try:
        # Not blocking: what became a pipe meanwhile would be waited for.
        opened = _opened(root, path, os.O_NONBLOCK)
    except OSError:
        return Entry(path=path, kind=Kind.OTHER)
    with os.fdopen(opened, "rb") as file:
        known = os.fstat(opened)
        if not stat.S_ISREG(known.st_mode) or known.st_size > min(LARGEST_FILE, room):
            return Entry(path=path, kind=kind, size=known.st_size)
        content = file.read(LARGEST_FILE + 1)
    return Entry(path=path, kind=kind, size=len(content), content=content if len(content) <= LARGEST_FILE else None)

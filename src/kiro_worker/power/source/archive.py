"""A power in an archive (.zip, .tar.gz): looked at entry by entry in memory, and never unpacked."""

import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from kiro_worker.power.fault import SourceUnfit
from kiro_worker.power.model import LARGEST_FILE, MOST_BYTES, MOST_FILES, Entry, Kind
from kiro_worker.power.shape import is_beside
from kiro_worker.power.source.port import Offer, Package
from kiro_worker.power.source.signature import Signatures
from kiro_worker.power.source.stated import stated_version

# Standards are texts; a larger archive is no package of them.
LARGEST_ARCHIVE = MOST_BYTES
# What a .tar.gz may grow to: its headers are read whole before anything is known of them.
_LARGEST_UNPACKED = 64 * 1024 * 1024
# Others of a .zip grow without a limit while they are read.
_COMPRESSIONS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# What the libraries raise for bytes that somebody made up.
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError,
    OSError, ValueError, OverflowError, LookupError,
)  # fmt: skip
_Kinds = tuple[str, Kind, int, "IO[bytes] | None"]


class ArchiveSource:
    """One archive's file, at the version that the power itself states.

    Args:
        path: the file; its signature, where a key is pinned, lies beside it as `<name>.sig`.
        folder: where the power lies within it.
        source: as people gave it, for what is told.
        signatures: check the archive's.
        key: the pinned one; empty for none.
    """

    def __init__(self, path: Path, *, folder: str, source: str, signatures: Signatures, key: str) -> None:
        self._path = path
        self._folder = folder
        self._source = source
        self._signatures = signatures
        self._key = key

    async def offers(self) -> tuple[Offer, ...]:
        """See `Source.offers`."""
        entries, _ = read_archive(self._bytes(), source=self._source, folder=self._folder)
        return (Offer(version=stated_version(entries), place=str(self._path)),)

    async def fetch(self, offer: Offer) -> Package:
        """See `Source.fetch`."""
        del offer
        whole = self._bytes()
        if self._key:
            await self._signatures.check_bytes(whole, self._signature(), key=self._key, source=self._source)
        # The very bytes that were checked are read.
        entries, folder = read_archive(whole, source=self._source, folder=self._folder)
        return Package(entries=entries, folder=folder, signer=self._key)

    def _bytes(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                whole = file.read(LARGEST_ARCHIVE + 1)
        except OSError as error:
            raise SourceUnfit(self._source, error.strerror or "it cannot be read") from error
        if len(whole) > LARGEST_ARCHIVE:
            raise SourceUnfit(self._source, f"it has more than {LARGEST_ARCHIVE // 1024**2} MiB")
        return whole

    def _signature(self) -> bytes | None:
        try:
            with self._path.with_name(f"{self._path.name}.sig").open("rb") as file:
                return file.read(64 * 1024)
        except OSError:
            return None


def read_archive(whole: bytes, *, source: str, folder: str = "") -> tuple[tuple[Entry, ...], str]:
    """What an archive holds below a folder, and what the power's folder is called there.

    One folder around everything, as forges put it there, is taken off.

    Raises:
        SourceUnfit: it is no archive that can be read, or has no such folder.
    """
    try:
        entries = tuple(_zip(whole) if whole[:4] in {b"PK\x03\x04", b"PK\x05\x06"} else _tar(whole))
    except _BROKEN as error:
        raise SourceUnfit(source, f"it is no archive that can be read ({str(error)[:80]})") from error
    below, name = _within(entries, folder)
    if folder and not below:
        raise SourceUnfit(source, f"it has no folder {folder}")
    return tuple(each for each in below if not is_beside(each.path)), name


def _within(entries: tuple[Entry, ...], folder: str) -> tuple[tuple[Entry, ...], str]:
    first = {each.path.partition("/")[0] for each in entries}
    if len(first) == 1 and all("/" in each.path for each in entries) and not first & {"..", ""}:
        # Around everything: what is left of a hostile path stays as hostile as it was.
        around = next(iter(first))
        entries, name = _below(entries, f"{around}/"), around
    else:
        name = ""
    if folder:
        return _below(entries, f"{folder}/"), folder.rpartition("/")[2]
    # Forges put the version into the name of the folder around everything.
    return entries, "" if any(sign.isdigit() for sign in name) else name


def _below(entries: tuple[Entry, ...], above: str) -> tuple[Entry, ...]:
    return tuple(
        Entry(path=each.path.removeprefix(above), kind=each.kind, size=each.size, content=each.content)
        for each in entries
        if each.path.startswith(above)
    )


def _zip(whole: bytes) -> Iterator[Entry]:
    # The library makes a value of each before the first can be looked at.
    if whole.count(b"PK\x01\x02") > 10 * MOST_FILES:
        raise ValueError("it has more entries than any power")
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        yield from _limited(_zip_members(archive))


def _zip_members(archive: zipfile.ZipFile) -> Iterator[_Kinds]:
    for info in archive.infolist():
        mode = info.external_attr >> 16
        if info.is_dir():
            continue
        if info.flag_bits & 1 or info.compress_type not in _COMPRESSIONS:
            yield info.orig_filename, Kind.OTHER, info.file_size, None
        elif mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
            yield info.orig_filename, Kind.LINK if stat.S_ISLNK(mode) else Kind.OTHER, info.file_size, None
        else:
            # The name as it stands there: the library's own has been made harmless, and would hide what it was.
            kind = Kind.PROGRAM if mode & stat.S_IXUSR else Kind.FILE
            with archive.open(info) as file:
                yield info.orig_filename, kind, info.file_size, file


def _tar(whole: bytes) -> Iterator[Entry]:
    with tarfile.open(fileobj=io.BytesIO(_unpacked(whole)), mode="r:") as archive:
        yield from _limited(_tar_members(archive))


def _unpacked(whole: bytes) -> bytes:
    """A gzip file's content, to its end or to the limit; what is behind the first of several parts is left."""
    gzip = zlib.decompressobj(wbits=31)
    content = gzip.decompress(whole, _LARGEST_UNPACKED)
    if gzip.unconsumed_tail:
        raise ValueError(f"it grows to more than {_LARGEST_UNPACKED // 1024**2} MiB")
    if not gzip.eof:
        raise EOFError("it ends too early")
    return content


def _tar_members(archive: tarfile.TarFile) -> Iterator[_Kinds]:
    for info in archive:
        if info.isdir():
            continue
        if info.isreg():
            kind = Kind.PROGRAM if info.mode & stat.S_IXUSR else Kind.FILE
            yield info.name, kind, info.size, archive.extractfile(info)
        else:
            yield info.name, Kind.LINK if info.issym() or info.islnk() else Kind.OTHER, info.size, None


def _limited(members: Iterator[_Kinds]) -> Iterator[Entry]:
    """Read until there is too much: what a header says of a size is not believed."""
    read = 0
    for number, (path, kind, size, file) in enumerate(members):
        if number > MOST_FILES:
            return
        content = file.read(LARGEST_FILE + 1) if file is not None and size <= LARGEST_FILE else None
        read += size if content is None else len(content)
        if content is None or len(content) > LARGEST_FILE:
            yield Entry(path=path, kind=kind, size=max(size, 0 if content is None else len(content)))
        else:
            yield Entry(path=path, kind=kind, size=len(content), content=content)
        if read > MOST_BYTES:
            return

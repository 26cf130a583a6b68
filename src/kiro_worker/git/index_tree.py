"""The tree that an index is of, made without starting `git write-tree` where little has changed in it."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from kiro_worker.git.index import IndexEntry, read_index
from kiro_worker.git.object import FOLDER, write_object
from kiro_worker.ids import Oid

_HEADER = 12
_LINE = b"%o %b\0%b"
# To write more trees than these takes as long as to start git, which knows besides which of them are there already.
_FEW = 12


def write_index_tree(objects: Path, index: bytes, algorithm: str) -> Oid | None:
    """Write the trees that an index is of, but for those that it knows to be there; None when these are not most.

    Args:
        objects: where to write them; what is in the index is here, or in what this borrows from.
        index: its bytes.
        algorithm: the repository's hash.

    Raises:
        IndexUnreadable: these are not the bytes of a whole index of version 2, or of one in the middle of a merge.
        DiskFull, NotWritable: the folder takes no more.
    """
    entries = read_index(index, algorithm)
    length = hashlib.new(algorithm).digest_size
    noted = dict(_noted(_said(index, entries[-1].end if entries else _HEADER, length), length))
    known = {folder: oid for folder, oid in noted.items() if oid is not None}
    if b"" not in noted or len(noted) - len(known) > _FEW:
        return None
    if b"" in known and entries:
        return Oid(known[b""].hex())
    return _Trees(objects, algorithm, known).write(entries)


class _Trees:
    """Writes trees from the files up, with no more than one branch of folders open: they may be thousands deep."""

    def __init__(self, objects: Path, algorithm: str, known: Mapping[bytes, bytes]) -> None:
        self._objects, self._algorithm, self._known = objects, algorithm, known
        # Each folder that is open, with a slash at its end, and the lines of its tree so far: in an index they come in
        # the order of a tree.
        self._open: list[tuple[bytes, list[bytes]]] = [(b"", [])]

    def write(self, entries: tuple[IndexEntry, ...]) -> Oid:
        passed: bytes | None = None
        for entry in entries:
            if passed is not None and entry.path.startswith(passed):
                continue
            while not entry.path.startswith(self._open[-1][0]):
                self._close()
            passed = self._enter(entry.path)
            if passed is None:
                folder, lines = self._open[-1]
                lines.append(_LINE % (entry.mode, entry.path[len(folder) :], entry.oid))
        while len(self._open) > 1:
            self._close()
        return self._written(self._open[0][1])

    def _enter(self, path: bytes) -> bytes | None:
        """Open the folders above a file; the first of them whose tree is known is not opened, but returned."""
        folder, lines = self._open[-1]
        while (slash := path.find(b"/", len(folder))) >= 0:
            inner = path[: slash + 1]
            if inner in self._known:
                lines.append(_LINE % (FOLDER, path[len(folder) : slash], self._known[inner]))
                return inner
            folder, lines = inner, []
            self._open.append((folder, lines))
        return None

    def _close(self) -> None:
        folder, lines = self._open.pop()
        above, its_lines = self._open[-1]
        oid = self._written(lines)
        its_lines.append(_LINE % (FOLDER, folder[len(above) : -1], bytes.fromhex(oid)))

    def _written(self, lines: list[bytes]) -> Oid:
        return write_object(self._objects, "tree", b"".join(lines), self._algorithm)


def _said(index: bytes, at: int, length: int) -> bytes:
    """What git noted in an index of the trees of its folders; nothing where it has not."""
    while at + 8 <= len(index) - length:
        size = int.from_bytes(index[at + 4 : at + 8])
        if index[at : at + 4] == b"TREE":
            return index[at + 8 : at + 8 + size]
        at += 8 + size
    return b""


def _noted(said: bytes, length: int) -> Iterator[tuple[bytes, bytes | None]]:
    """The folders that git knew, with a slash at the end, and the tree of each; None where something changed since.

    Told of each are its name, how many entries are below it (-1: something changed), and how many folders; they follow.
    """
    at = 0
    above: list[tuple[bytes, int]] = []
    while at < len(said):
        name_end = said.index(b"\0", at)
        line_end = said.index(b"\n", name_end)
        entries, folders = said[name_end + 1 : line_end].split(b" ")
        folder = above[-1][0] + said[at:name_end] + b"/" if above else b""
        at = line_end + 1
        changed = int(entries) < 0
        yield folder, None if changed else said[at : at + length]
        at += 0 if changed else length
        if above:
            above[-1] = (above[-1][0], above[-1][1] - 1)
        above.append((folder, int(folders)))
        while above and not above[-1][1]:
            above.pop()

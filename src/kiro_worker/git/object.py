"""Git objects as bytes: commits and trees made and read without starting a process.

A commit costs `git commit` a process of several milliseconds; the object itself is a few lines of text in a
compressed file, in a format that has not changed since 2005 (gitformat-loose(5), gitformat-commit, `git cat-file`).
"""

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from kiro_worker.git.fault import MOST_READ, ObjectTooLarge, writing
from kiro_worker.ids import Oid
from kiro_worker.value import dataclass

# Kind and size of a loose object, as it begins.
_HEADER = 256

FILE, PROGRAM, LINK, FOLDER, SUBMODULE = 0o100644, 0o100755, 0o120000, 0o040000, 0o160000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a tree."""

    name: bytes
    mode: int
    oid: Oid


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who did something, and when."""

    name: str
    email: str
    when: datetime

    def __bytes__(self) -> bytes:
        """As it stands in a commit; what would break the line out of its form is left out."""
        seconds = int(self.when.timestamp())
        return f"{_tame(self.name) or 'unknown'} <{_tame(self.email)}> {seconds} +0000".encode()


def _tame(text: str) -> str:
    kept = "".join(" " if letter in "<>\n\r\0" else letter for letter in text)
    return kept.encode("utf-8", "replace").decode().strip(" .,:;\"'\\")


def hash_name(oid: Oid) -> str:
    """The repository's hash, as told by the length of its object ids."""
    return "sha1" if len(oid) == 40 else "sha256"


def object_name(kind: str, content: bytes, algorithm: str) -> Oid:
    """The id that git gives an object.

    >>> object_name("tree", b"", "sha1")
    '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
    """
    return Oid(hashlib.new(algorithm, b"%b %d\0" % (kind.encode(), len(content)) + content).hexdigest())


def empty_tree(algorithm: str) -> Oid:
    """The id of the tree with nothing in it."""
    return object_name("tree", b"", algorithm)


def write_object(objects: Path, kind: str, content: bytes, algorithm: str) -> Oid:
    """Put an object among a repository's loose ones; whole, or not at all.

    Like git's own it outlives the process, but not a loss of power: what must is pushed.

    Raises:
        DiskFull, NotWritable: the folder takes no more.
    """
    oid = object_name(kind, content, algorithm)
    folder = objects / oid[:2]
    final = folder / oid[2:]
    with writing(objects):
        if final.exists():
            return oid
        folder.mkdir(exist_ok=True)
        draft = folder / f"tmp_obj_{os.urandom(8).hex()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(zlib.compress(b"%b %d\0" % (kind.encode(), len(content)) + content, 1))
            draft.rename(final)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
    return oid


def read_loose(objects: Path, oid: Oid, *, path: str = "") -> bytes | None:
    """A loose object's content without its header; None when it is not there.

    Raises:
        ObjectTooLarge: it has more than 16 MiB, of which nothing was unpacked.
    """
    try:
        file = (objects / oid[:2] / oid[2:]).open("rb")
    except FileNotFoundError:
        return None
    with file:
        start = file.read(_HEADER)
        header = zlib.decompressobj().decompress(start, _HEADER).partition(b"\0")[0]
        size = int(header.rpartition(b" ")[2])
        if size > MOST_READ:
            raise ObjectTooLarge(path or oid, size)
        return zlib.decompress(start + file.read()).partition(b"\0")[2]


def commit_content(
    *, tree: Oid, parents: Iterable[Oid], author: Signature, committer: Signature, message: str
) -> bytes:
    """A commit as bytes. The message ends with one newline and holds no NUL."""
    lines = [b"tree " + tree.encode(), *(b"parent " + parent.encode() for parent in parents)]
    lines += [b"author " + bytes(author), b"committer " + bytes(committer)]
    text = message.replace("\0", "").rstrip("\n") + "\n"
    return b"\n".join(lines) + b"\n\n" + text.encode("utf-8", "replace")


def commit_tree(content: bytes) -> Oid:
    """The tree that a commit's bytes name."""
    return Oid(content[5 : content.index(b"\n")].decode())


def commit_parents(content: bytes) -> tuple[Oid, ...]:
    """The parents that a commit's bytes name."""
    head = content.partition(b"\n\n")[0].splitlines()
    return tuple(Oid(line[7:].decode()) for line in head if line.startswith(b"parent "))


def commit_message(content: bytes) -> str:
    """What a commit's bytes say to a person."""
    return content.partition(b"\n\n")[2].decode("utf-8", "replace")


def read_tree(content: bytes, algorithm: str) -> Iterator[Entry]:
    """The lines of a tree's bytes."""
    length = hashlib.new(algorithm).digest_size
    at = 0
    while at < len(content):
        space = content.index(b" ", at)
        end = content.index(b"\0", space)
        oid = content[end + 1 : end + 1 + length].hex()
        yield Entry(name=content[space + 1 : end], mode=int(content[at:space], 8), oid=Oid(oid))
        at = end + 1 + length


def tree_content(entries: Iterable[Entry]) -> bytes:
    """A tree as bytes, in git's order: folders sort as if they ended in a slash."""
    ordered = sorted(entries, key=lambda entry: entry.name + b"/" if entry.mode == FOLDER else entry.name)
    return b"".join(b"%o %b\0%b" % (entry.mode, entry.name, bytes.fromhex(entry.oid)) for entry in ordered)

"""Git's index file: what is checked out, and what the file system said of each file then (gitformat-index(5)).

Only ever read whole, or copied with other words of the file system in it: its entries are git's own.
"""

import hashlib
import os
import struct
from collections.abc import Mapping
from typing import NamedTuple

_HEADER = struct.Struct(">4sII")
# Change time, time of writing (seconds and nanoseconds each), device, inode, mode, owner, group, size.
_TOLD = struct.Struct(">10I")
_MODE_AT = 24
_FLAGS = 2
# A merge that was not finished leaves up to three entries of one path.
_STAGE = 0x30
_WORD = 0xFFFFFFFF


class IndexUnreadable(ValueError):
    """These bytes are no whole index of version 2."""


class IndexEntry(NamedTuple):
    """One file of an index; a tuple, for there are thousands.

    Attributes:
        at: where in the file it begins.
        mode: git's, such as 0o100644.
        path: from the root, as bytes.
        told: what the file system said, as the file has it.
        oid: of the content, as bytes.
        end: where in the file the next one begins.
    """

    at: int
    mode: int
    path: bytes
    told: bytes
    oid: bytes
    end: int


def read_index(content: bytes, algorithm: str) -> tuple[IndexEntry, ...]:
    """The entries of an index, in its order.

    Raises:
        IndexUnreadable: it is cut off, changed, of another version, or in the middle of a merge.
    """
    length = hashlib.new(algorithm).digest_size
    if len(content) < _HEADER.size + length or not _is_whole(content, algorithm, length):
        raise IndexUnreadable
    signature, version, count = _HEADER.unpack_from(content)
    if (signature, version) != (b"DIRC", 2):
        raise IndexUnreadable
    flags_at = _TOLD.size + length
    name_at = flags_at + _FLAGS
    at = _HEADER.size
    entries = []
    for _ in range(count):
        name_end = content.index(b"\0", at + name_at)
        if content[at + flags_at] & _STAGE:
            raise IndexUnreadable
        mode = int.from_bytes(content[at + _MODE_AT : at + _MODE_AT + 4])
        told_end = at + _TOLD.size
        # Padded to a multiple of eight, with one NUL at least.
        end = at + ((name_end - at + 8) & ~7)
        path, oid = content[at + name_at : name_end], content[told_end : at + flags_at]
        entries.append(IndexEntry(at, mode, path, content[at:told_end], oid, end))
        at = end
    return tuple(entries)


def _is_whole(content: bytes, algorithm: str, length: int) -> bool:
    return hashlib.new(algorithm, content[:-length]).digest() == content[-length:]


def told(status: os.stat_result, mode: int) -> bytes:
    """What the file system says of a file, as an index has it.

    Args:
        status: the file's, links not followed.
        mode: git's.
    """
    changed, written = divmod(status.st_ctime_ns, 10**9), divmod(status.st_mtime_ns, 10**9)
    place = (status.st_dev, status.st_ino, mode, status.st_uid, status.st_gid, status.st_size)
    return _TOLD.pack(*(number & _WORD for number in (*changed, *written, *place)))


def retold(content: bytes, algorithm: str, now: Mapping[int, bytes]) -> bytes:
    """An index that is another in all but what the file system said.

    Args:
        content: the other one.
        algorithm: the repository's hash.
        now: where an entry begins, and what is told of its file instead (see `told`).
    """
    length = hashlib.new(algorithm).digest_size
    changed = bytearray(content[:-length])
    for at, words in now.items():
        changed[at : at + _TOLD.size] = words
    return bytes(changed) + hashlib.new(algorithm, changed).digest()

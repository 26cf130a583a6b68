"""Copies the files that an index names from one tree into an empty one, and tells what the file system says of them.

The content is copied, or shared by the file system where that can do so without the two files ever being one: a link
would let whoever writes to the copy write to the original.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from kiro_worker.git.index import IndexEntry, told
from kiro_worker.git.object import LINK, PROGRAM, SUBMODULE

_PIECE = 1024 * 1024
# Without waiting: somebody may have put a pipe there.
_SOURCE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_TARGET = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# What a kernel or a file system says that copies no files by itself.
_CANNOT = frozenset({errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EXDEV, errno.EPERM})


class SourceChanged(Exception):
    """A file is not what the index says, or not there."""


class _Folder:
    """A folder that paths are reached from."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, _FOLDER)

    def close(self) -> None:
        os.close(self.descriptor)


def copy_files(
    entries: Iterable[IndexEntry], source: Path, target: Path, stopped: Callable[[], bool]
) -> dict[int, bytes]:
    """Copy files, links, and an empty folder for each submodule.

    That a source is what its index says is asked after its content was read: the kernel moves a file's change time
    with every write, and nobody else can set it.

    Args:
        entries: of the source's index.
        source: the tree to copy from.
        target: an empty folder; nobody else may write there.
        stopped: asked between the files.

    Returns:
        Where each entry begins, and what is told of its copy.

    Raises:
        SourceChanged: or it was stopped.
        OSError: something cannot be written.
    """
    with closing(_Folder(source)) as old, closing(_Folder(target)) as new:
        made = {b""}
        now = {}
        for entry in entries:
            if stopped():
                raise SourceChanged
            _make_folder(entry.path.rpartition(b"/")[0], new.descriptor, made)
            status = _copied(entry, old.descriptor, new.descriptor)
            now[entry.at] = told(status, entry.mode)
        return now


def _make_folder(path: bytes, tree: int, made: set[bytes]) -> None:
    if path in made:
        return
    _make_folder(path.rpartition(b"/")[0], tree, made)
    os.mkdir(path, 0o777, dir_fd=tree)
    made.add(path)


def _copied(entry: IndexEntry, old: int, new: int) -> os.stat_result:
    if entry.mode == SUBMODULE:
        # An empty folder is what a submodule is that nobody initialised.
        os.mkdir(entry.path, 0o777, dir_fd=new)
        return os.stat(entry.path, dir_fd=new, follow_symlinks=False)
    if entry.mode == LINK:
        with _there():
            text = os.readlink(entry.path, dir_fd=old)
            _check(entry, os.stat(entry.path, dir_fd=old, follow_symlinks=False))
        os.symlink(text, entry.path, dir_fd=new)
        return os.stat(entry.path, dir_fd=new, follow_symlinks=False)
    with _there():
        source = os.open(entry.path, _SOURCE, dir_fd=old)
    try:
        target = os.open(entry.path, _TARGET, 0o777 if entry.mode == PROGRAM else 0o666, dir_fd=new)
        try:
            size = os.fstat(source).st_size
            _pour(source, target, size)
            _check(entry, os.fstat(source))
            status = os.fstat(target)
        finally:
            os.close(target)
    finally:
        os.close(source)
    if status.st_size != size:
        raise SourceChanged
    return status


@contextmanager
def _there() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceChanged from error


def _check(entry: IndexEntry, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode) or told(status, entry.mode) != entry.told:
        raise SourceChanged


def _pour(source: int, target: int, left: int) -> None:
    """Copy so many bytes; fewer where there are fewer."""
    # Only on Linux, where it shares the blocks on a file system that can.
    copy = getattr(os, "copy_file_range", _read_and_write)
    while left:
        try:
            moved = copy(source, target, left)
        except OSError as error:
            if copy is _read_and_write or error.errno not in _CANNOT:
                raise
            copy = _read_and_write
            continue
        if not moved:
            return
        left -= moved


def _read_and_write(source: int, target: int, left: int) -> int:
    piece = os.read(source, min(left, _PIECE))
    written = 0
    while written < len(piece):
        written += os.write(target, piece[written:])
    return written

"""Files of a working tree that an agent wrote in: reached folder by folder, and never through a link."""

import os
import posixpath
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from kiro_worker.git import tree_path
from kiro_worker.git.fault import writing
from kiro_worker.workspace.fault import WorkspaceTampered

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LARGEST_TEXT = 1024 * 1024


class WorkingTree:
    """The files below one folder.

    Args:
        root: the folder; it is the worker's own, what is in it is not.
        discard: takes what is removed.
    """

    def __init__(self, root: Path, discard: Callable[[Path], None]) -> None:
        self.root = root
        self._discard = discard

    def write(self, path: str, content: bytes, *, mode: int) -> None:
        """Write a file whole, in place of whatever is there; missing folders are made.

        Raises:
            WorkspaceTampered: a folder above it is a link or a file.
            DiskFull, NotWritable: it cannot be written.
        """
        with writing(self.root / path), self._parent(path, make=True) as (folder, name):
            draft = f".kiro-worker-{token_hex(8)}".encode()
            descriptor = os.open(
                draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode & 0o777, dir_fd=folder
            )
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                if self._is_folder(name, folder):
                    self._move_out(folder, name)
                os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                with suppress(FileNotFoundError):
                    os.unlink(draft, dir_fd=folder)
                raise

    def remove(self, path: str) -> None:
        """Take away a file, a link or a whole folder; nothing happens when it is not there.

        What is seen through a link is not there.
        """
        with suppress(FileNotFoundError, WorkspaceTampered), self._parent(path, make=False) as (folder, name):
            if self._is_folder(name, folder):
                # Moved, not deleted: an agent can make a tree deeper than any walk of ours.
                self._move_out(folder, name)
            else:
                os.unlink(name, dir_fd=folder)

    def make_folder(self, path: str) -> None:
        """Make an empty folder."""
        with writing(self.root / path), self._parent(path, make=True) as (folder, name):
            os.mkdir(name, 0o777, dir_fd=folder)

    def look(self, path: str) -> os.stat_result | None:
        """What the file system says of a path, links not followed; None when it is not to be had."""
        with suppress(OSError, WorkspaceTampered), self._parent(path, make=False) as (folder, name):
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
        return None

    def has_repository(self, path: str) -> bool:
        """Whether a folder holds a `.git` of any kind."""
        with suppress(OSError, WorkspaceTampered), self._parent(f"{path}/x", make=False) as (folder, _):
            os.stat(b".git", dir_fd=folder, follow_symlinks=False)
            return True
        return False

    def text(self, path: str) -> bytes | None:
        """A small plain file's content; None for anything else."""
        with suppress(OSError, WorkspaceTampered), self._parent(path, make=False) as (folder, name):
            # Without blocking: it may be a pipe that nobody writes to.
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
            with os.fdopen(descriptor, "rb") as file:
                told = os.fstat(descriptor)
                return file.read() if stat.S_ISREG(told.st_mode) and told.st_size <= _LARGEST_TEXT else None
        return None

    def leaves(self, path: str, target: str) -> bool:
        """Whether a link at a path leads out of the tree, or into its `.git`, by its text or by other links."""
        if leaves_by_text(path, target):
            return True
        real_root = os.path.realpath(self.root)
        try:
            real = os.path.realpath(os.path.join(self.root, posixpath.dirname(path), target))  # noqa: PTH118  # bytes of any kind
        except RecursionError:
            # A chain of more links than any system follows.
            return True
        inside = real == real_root or real.startswith(real_root + os.sep)
        return not inside or ".git" in Path(real[len(real_root) :].lower()).parts

    @contextmanager
    def _parent(self, path: str, *, make: bool) -> Iterator[tuple[int, bytes]]:
        *above, name = tree_path(path).encode("utf-8", "surrogateescape").split(b"/")
        folder = os.open(self.root, _FOLDER)
        try:
            for part in above:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, 0o777, dir_fd=folder)
                inner = self._enter(part, folder, path)
                os.close(folder)
                folder = inner
            yield folder, name
        finally:
            os.close(folder)

    def _enter(self, part: bytes, folder: int, path: str) -> int:
        try:
            return os.open(part, _FOLDER, dir_fd=folder)
        except FileNotFoundError:
            raise
        except OSError as error:
            # ELOOP or ENOTDIR: something that is no folder stands where one must be.
            reason = f"{part.decode('utf-8', 'replace')} above {path!a} is no folder ({error.strerror})"
            raise WorkspaceTampered(reason, tree=self.root) from error

    @staticmethod
    def _is_folder(name: bytes, folder: int) -> bool:
        try:
            return stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
        except FileNotFoundError:
            return False

    def _move_out(self, folder: int, name: bytes) -> None:
        aside = self.root.with_name(f"removed-{token_hex(8)}")
        os.rename(name, aside, src_dir_fd=folder)
        self._discard(aside)


def leaves_by_text(path: str, target: str) -> bool:
    """Whether a link's text alone leads out of the tree, or into a `.git`.

    >>> leaves_by_text("docs/a", "../README.md"), leaves_by_text("docs/a", "../../etc/passwd")
    (False, True)
    """
    whole = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    parts = whole.lower().split("/")
    return target.startswith("/") or parts[0] == ".." or ".git" in parts

"""Reading and writing files for an agent, inside its workspace and nowhere else.

The worker may reach more than the agent, so a path is not only checked: it is walked from the workspace's own
descriptor, one name at a time, following no link. A link that is put in the way after the check ends the walk.
"""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from kiro_worker.agent.acp import wire
from kiro_worker.agent.acp.connection import Refused

_MOST_BYTES = 32 * 1024 * 1024


class WorkspaceFiles:
    """The files of one workspace, named by absolute paths as the protocol demands."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._root = Path(os.path.realpath(workspace))

    def place(self, path: str) -> Path:
        """Where a path really is, all links resolved.

        Raises:
            Refused: when that is outside the workspace.
        """
        if "\0" in path:
            raise Refused(wire.INVALID_PARAMS, "a path cannot hold a NUL")
        try:
            found = Path(os.path.realpath(self._workspace / path))
        except RecursionError as error:
            raise Refused(wire.REFUSED, f"{path} leads on through more links than any system follows") from error
        if found != self._root and self._root not in found.parents:
            raise Refused(wire.REFUSED, f"{path} is outside the workspace")
        return found

    def read(self, path: str, line: int | None = None, limit: int | None = None) -> str:
        """A file's text; bytes that are no UTF-8 are replaced.

        Args:
            path: the file.
            line: the first line wanted, from 1.
            limit: how many lines.

        Raises:
            Refused: for a file outside, missing, too big, or none at all.
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with self._folder_of(path) as (folder, name), _answered(path), _opened(name, flags, folder) as descriptor:
            _demand_file(path, os.fstat(descriptor))
            with open(descriptor, "rb", closefd=False) as file:
                text = file.read(_MOST_BYTES).decode("utf-8", "replace")
        if line is None and limit is None:
            return text
        lines = text.splitlines(keepends=True)[max(0, (line or 1) - 1) :]
        return "".join(lines if limit is None else lines[: max(0, limit)])

    def write(self, path: str, content: str) -> None:
        """Put a file in place as a whole, with the mode it had; missing folders are made.

        A file that has another name elsewhere is not changed under that name.

        Raises:
            Refused: for a place outside, or that holds something other than a file.
        """
        text = content.encode("utf-8", "surrogatepass")
        if len(text) > _MOST_BYTES:
            raise Refused(wire.REFUSED, f"{path} would be larger than {_MOST_BYTES} bytes")
        with self._folder_of(path, make=True) as (folder, name), _answered(path):
            mode = None
            with contextlib.suppress(FileNotFoundError):
                found = os.stat(name, dir_fd=folder, follow_symlinks=False)
                _demand_file(path, found)
                mode = found.st_mode & 0o777
            aside = f".{secrets.token_hex(8)}.part"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            try:
                with os.fdopen(os.open(aside, flags, 0o666, dir_fd=folder), "wb") as file:
                    file.write(text)
                    _hand_on(file.fileno(), folder)
                    if mode is not None:
                        os.fchmod(file.fileno(), mode)
                os.replace(aside, name, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(aside, dir_fd=folder)
                raise

    @contextlib.contextmanager
    def _folder_of(self, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """The descriptor of a path's folder, and its last name."""
        place = self.place(path)
        if place == self._root:
            raise Refused(wire.INVALID_PARAMS, f"{path} is the workspace itself")
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        with contextlib.ExitStack() as opened, _answered(path):
            folder = opened.enter_context(_opened(str(self._root), flags, None))
            for name in place.relative_to(self._root).parts[:-1]:
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(name, dir_fd=folder)
                        made = os.open(name, flags, dir_fd=folder)
                        _hand_on(made, folder)
                        os.close(made)
                folder = opened.enter_context(_opened(name, flags, folder))
            yield folder, place.name


def _hand_on(made: int, folder: int) -> None:
    """What a worker that is root makes belongs to whom its folder belongs to: the agent's account goes on with it."""
    if os.geteuid() == 0:
        told = os.fstat(folder)
        os.fchown(made, told.st_uid, told.st_gid)


def _demand_file(path: str, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Refused(wire.INVALID_PARAMS, f"{path} is not a file")
    if found.st_size > _MOST_BYTES:
        raise Refused(wire.REFUSED, f"{path} is larger than {_MOST_BYTES} bytes")


@contextlib.contextmanager
def _opened(name: str, flags: int, folder: int | None) -> Iterator[int]:
    descriptor = os.open(name, flags, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _answered(path: str) -> Iterator[None]:
    """Turns the system's word into the protocol's."""
    try:
        yield
    except FileNotFoundError as error:
        raise Refused(wire.NOT_FOUND, f"{path} does not exist") from error
    except OSError as error:
        raise Refused(wire.REFUSED, f"{path}: {error.strerror}") from error

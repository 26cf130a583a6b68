"""Files of the tree as they were on the merge base, for as long as something looks at that; then as they were again.

The project was set up in this one tree, so what its base does is found out here as well, never in a second checkout.
Tests wrote in the tree before, so no name in it is trusted: nothing is read or written through a link. Should the
worker be killed in between, nothing is lost: the branch is pushed, and the tree of a run is thrown away.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Self

from kiro_worker.changeset import ChangedFile
from kiro_worker.error import Fault
from kiro_worker.gate.fault import GateFault
from kiro_worker.value import dataclass

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LINK = 0o120000
_SUBMODULE = 0o160000

# What Python keeps of sources that are gone; a folder with nothing else in it would still be a package to it.
_COMPILED = "__pycache__"


class RewindFailed(GateFault):
    """The tree could not be brought to another state, or not back from it."""

    code = "gate.rewind-failed"
    fault = Fault.INTERNAL

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(
            f"{path} could not be put in another state for a look at the base: {why}.",
            next_step="Look for a test that changes the project's own files; then run again.",
            path=path,
        )


class RewindImpossible(GateFault):
    """The change has something that is not known whole, so it cannot be taken back."""

    code = "gate.rewind-impossible"

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(
            f"The change of {path} cannot be taken back to look at the base: {why}.",
            next_step="Bring it to the base branch in a change of its own, or set `gates.baseline: off` there.",
            path=path,
        )


@dataclass(frozen=True, slots=True)
class Content:
    """What a path holds.

    Attributes:
        data: the bytes of a file; of a link, where it points to.
        mode: git's.
    """

    data: bytes
    mode: int = 0o100644


#: What each path holds; None where nothing is to be.
State = Mapping[str, Content | None]


class Swapped:
    """A context in which some paths of a tree hold something else.

    Args:
        tree: the working tree.
        there: what they hold inside the context.
        back: what they hold after it; the same paths.
    """

    def __init__(self, tree: Path, *, there: State, back: State) -> None:
        assert there.keys() == back.keys(), "what is changed is put back"
        self._tree, self._there, self._back = tree, there, back

    def __enter__(self) -> Self:
        """Put the paths into their other state.

        Raises:
            RewindFailed: when that cannot be done; what had been changed already is put back first.
        """
        try:
            put(self._tree, self._there)
        except RewindFailed:
            with suppress(RewindFailed):
                put(self._tree, self._back)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Put the paths back.

        Raises:
            RewindFailed: when that cannot be done, unless the work in the context failed anyway.
        """
        try:
            put(self._tree, self._back)
        except RewindFailed:
            if kind is None:
                raise


class Rewound(Swapped):
    """A context in which changed files are as they were on the merge base.

    Args:
        tree: the working tree, at the branch's head.
        files: which of its changed files.

    Raises:
        RewindImpossible: when one of them is too large to be known whole, or is another repository.
    """

    def __init__(self, tree: Path, files: Iterable[ChangedFile]) -> None:
        changed = tuple(files)
        for file in changed:
            if file.left_out:
                raise RewindImpossible(path=file.path, why="it is too large")
            if _SUBMODULE in {file.mode, file.old_mode}:
                raise RewindImpossible(path=file.path, why="it is a repository of its own")
        super().__init__(
            tree,
            there={file.path: content(file.before, file.old_mode) for file in changed},
            back={file.path: content(file.after, file.mode) for file in changed},
        )


def content(data: bytes | None, mode: int) -> Content | None:
    """What a path holds, as a `ChangedFile` tells it."""
    return None if data is None else Content(data, mode)


def put(tree: Path, state: State) -> None:
    """Write files and links into a tree, and remove those that are not to be, with the folders that are then empty.

    Raises:
        RewindFailed: when something stands in the way.
    """
    # What goes makes room first: a file may take the place of a folder.
    for path, wanted in state.items():
        if wanted is None:
            with _told(path):
                _remove(tree, _parts(path))
    for path, wanted in state.items():
        if wanted is not None:
            with _told(path):
                _write(tree, _parts(path), wanted)


@contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = "a link stands in its way" if error.errno == errno.ELOOP else error.strerror or str(error)
        raise RewindFailed(path=path, why=why) from error


def _parts(path: str) -> tuple[str, ...]:
    parts = tuple(path.split("/"))
    if {"", ".", ".."} & set(parts) or parts[0].lower() == ".git":
        raise OSError(errno.EINVAL, "it is no path of a project")
    return parts


def _write(tree: Path, parts: tuple[str, ...], wanted: Content) -> None:
    with _folders(tree, parts[:-1], make=True) as folders:
        folder, aside = folders[-1], f".{token_hex(8)}.part"
        try:
            if stat.S_IFMT(wanted.mode) == _LINK:
                os.symlink(os.fsdecode(wanted.data), aside, dir_fd=folder)
            else:
                plain = 0o777 if wanted.mode & 0o100 else 0o666
                with os.fdopen(os.open(aside, _NEW, plain, dir_fd=folder), "wb") as file:
                    file.write(wanted.data)
            # Always a new file: one with another name elsewhere is not written into, and build tools see a new date.
            os.replace(aside, parts[-1], src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(aside, dir_fd=folder)
            raise


def _remove(tree: Path, parts: tuple[str, ...]) -> None:
    try:
        with _folders(tree, parts[:-1], make=False) as folders:
            with suppress(FileNotFoundError):
                os.unlink(parts[-1], dir_fd=folders[-1])
            # The tree itself stays.
            for above, name, folder in zip(folders[-2::-1], parts[-2::-1], folders[:0:-1], strict=True):
                if set(os.listdir(folder)) - {_COMPILED}:  # noqa: PTH208  # a descriptor
                    break
                with suppress(FileNotFoundError):
                    shutil.rmtree(_COMPILED, dir_fd=folder)
                os.rmdir(name, dir_fd=above)
    except FileNotFoundError:
        # A folder above it is gone as well.
        return


@contextmanager
def _folders(tree: Path, names: tuple[str, ...], *, make: bool) -> Iterator[list[int]]:
    """The tree and the folders below it, each opened from the one above; none of them is a link."""
    opened = [os.open(tree, _FOLDER)]
    try:
        for name in names:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=opened[-1])
            opened.append(os.open(name, _FOLDER, dir_fd=opened[-1]))
        yield opened
    finally:
        for folder in opened:
            os.close(folder)

"""Walks and removes what agents and tests left: closed folders, pipes, more folders in one another than calls nest.

Python's own ways call themselves for each folder in a folder (`os.walk` before 3.12, `shutil.rmtree`), and end there.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex


def remove(place: Path) -> None:
    """Remove a folder and all below it, or what stands at its place; no link is followed, and nothing is opened.

    What lies two folders down is moved up, so that no path gets longer. `shutil.rmtree` would open what it is given,
    which never ends for a pipe.

    Raises:
        OSError: something in it cannot be removed.
    """
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
        return
    place.chmod(0o700)
    up = f"{place}/{token_hex(8)}"
    moved = 0
    while entries := _entries(place):
        for path, is_folder in entries:
            if not is_folder:
                os.unlink(path)  # noqa: PTH108  # as many as there are files; a path of each would cost more
                continue
            for inner, is_one in _open(path):
                if is_one:
                    _open_up(inner)
                    moved += 1
                    os.rename(inner, f"{up}-{moved}")  # noqa: PTH104
                else:
                    os.unlink(inner)  # noqa: PTH108
            os.rmdir(path)  # noqa: PTH106
    place.rmdir()


def remove_what_can_be(place: Path) -> None:
    """As `remove`, but what cannot be removed stays."""
    with contextlib.suppress(OSError):
        remove(place)
    # What one thing in it kept from going goes now.
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(place, ignore_errors=True)


def walk(top: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each folder, from the top down: its path, the names of folders in it, and those of all else.

    The names of folders may be taken out of their list before the next one is asked for, as with `os.walk`. No link is
    followed: one is among all else. What cannot be listed is passed over.
    """
    pending = [str(top)]
    while pending:
        folder = pending.pop()
        folders: list[str] = []
        others: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    (folders if entry.is_dir(follow_symlinks=False) else others).append(entry.name)
        except OSError:
            continue
        yield folder, folders, others
        pending += [f"{folder}/{name}" for name in reversed(folders)]


def _open(folder: str) -> list[tuple[str, bool]]:
    _open_up(folder)
    return _entries(folder)


def _open_up(folder: str) -> None:
    """Go's module cache is folders without the right to write, and tests close some of their own."""
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)  # noqa: PTH101


def _entries(folder: str | Path) -> list[tuple[str, bool]]:
    """Each path in it, and whether it is a folder."""
    with os.scandir(folder) as entries:
        return [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in entries]

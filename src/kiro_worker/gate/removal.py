"""Removing what tests left: closed folders, pipes, and more folders in one another than calls nest."""

import contextlib
import os
from pathlib import Path
from secrets import token_hex


def remove(place: Path) -> None:
    """Remove a folder and all below it, or what stands at its place; no link is followed, and nothing is opened.

    `shutil.rmtree` opens what it is given, which never ends for a pipe, and calls itself for each folder in a folder.
    Here what lies two folders down is moved up, so that no path gets longer.

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

"""Whether an account gets to a file, link by link and folder by folder, and where it is stopped."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from kiro_worker.process import Account

_MOST_LINKS = 40


def barrier(path: Path, account: Account, *, execute: bool = True) -> Path | None:
    """What keeps an account from a file: a folder that it cannot enter, or the file itself; None when nothing does.

    Goes by owner and mode; a script's interpreter has to be reached, too.
    """
    end = path
    for place, told in _way(path):
        wanted = 0o1 if stat.S_ISDIR(told.st_mode) else (0o5 if execute and _is_script(place) else 0o1)
        if not stat.S_ISDIR(told.st_mode) and not execute:
            wanted = 0o4
        if not _allows(told, account, wanted):
            return place
        end = place
    interpreter = interpreter_of(end) if execute else None
    return barrier(interpreter, account) if interpreter is not None else None


def interpreter_of(program: Path) -> Path | None:
    """The absolute path in a script's first line; of `env`'s argument, where that is an absolute path."""
    try:
        with program.open("rb") as file:
            first = file.read(256).partition(b"\n")[0]
    except OSError:
        return None
    words = first[2:].split() if first.startswith(b"#!") else []
    for word in words[:2]:
        path = Path(os.fsdecode(word))
        if path.is_absolute() and path.name != "env":
            return path
    return None


def links(path: Path) -> Iterator[Path]:
    """A path, and what each link on the way from it to the file itself leads to."""
    for _ in range(_MOST_LINKS):
        yield path
        try:
            target = path.readlink()
        except OSError:
            return
        path = Path(os.path.normpath(path.parent / target))


def _way(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Every folder that has to be entered, through all links, and the file at the end."""
    for name in links(path):
        for above in reversed(name.parents):
            yield above, above.stat()
    real = Path(os.path.realpath(path))
    for above in reversed(real.parents):
        yield above, above.stat()
    yield real, real.stat()


def _is_script(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def _allows(told: os.stat_result, account: Account, wanted: int) -> bool:
    shift = 6 if told.st_uid == account.uid else 3 if told.st_gid == account.gid else 0
    return told.st_mode >> shift & wanted == wanted

"""A file that a process keeps locked for as long as it lives, so that others on the same kernel see when it is over.

Pids say that only to those who see the same ones. Two containers that share a state folder do not; but the kernel lets
go of a lock when its holder is gone, however it went, and whoever shares the file can see that.
"""

import atexit
import contextlib
import fcntl
import os
import secrets
import time
from pathlib import Path

from kiro_worker.value import dataclass

# What was left behind by a process that was killed is swept away after a day: no lease lives that long.
_SWEPT_AFTER = 86_400.0


@dataclass(frozen=True, slots=True)
class _Locked:
    """A file that this process has locked; never closed, because closing lets go."""

    token: str
    handle: int


# By process, too: a child that was forked off does not own what its parent locked.
_LOCKED: dict[tuple[int, str], _Locked] = {}


def own_presence(folder: Path) -> str:
    """The name of this process's locked file in a folder, made when first asked for; empty where locks do not work.

    Only its first call in a process waits for the disk.
    """
    place = (os.getpid(), str(folder))
    if place not in _LOCKED:
        try:
            _LOCKED[place] = _make(folder)
        except OSError:
            return ""
    return _LOCKED[place].token


def is_absent(folder: Path, token: str) -> bool:
    """Whether the process with this file is known to be over.

    False where the file is gone: somebody may have cleared the folder under a living process.
    """
    try:
        handle = os.open(folder / _plain(token), os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        # Shared: two that look at once do not take each other for the holder.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(handle)


def _make(folder: Path) -> _Locked:
    folder.mkdir(mode=0o700, exist_ok=True)
    _sweep(folder)
    token = secrets.token_hex(16)
    new = folder / f".{token}"
    handle = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Named only now: under its name nobody ever sees it unlocked while we live.
        new.rename(folder / token)
    except OSError:
        os.close(handle)
        new.unlink(missing_ok=True)
        raise
    atexit.register(_remove, os.getpid(), folder / token)
    return _Locked(token, handle)


def _remove(pid: int, path: Path) -> None:
    if os.getpid() == pid:
        with contextlib.suppress(OSError):
            path.unlink()


def _sweep(folder: Path) -> None:
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _SWEPT_AFTER and is_absent(folder, path.name):
                path.unlink()


def _plain(token: str) -> str:
    # It comes out of a database: it must not lead out of the folder.
    return token if token.replace(".", "", 1).isalnum() else "-"

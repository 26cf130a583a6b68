"""A little room that is kept on the disk, for what has to be written when there is none left.

A full disk is where a run has to say that it is over, and where people clear up; both write to the database.
"""

import contextlib
import os
import shutil
from pathlib import Path

FILE = "room"

# A few transactions; what compresses well would keep no room on every filesystem.
_SIZE = 256 * 1024

# With less left than this, what was just given back would be taken again, by whoever opens the database next.
_SPARE = 2 * _SIZE


def keep_room(folder: Path) -> None:
    """Take the room, unless it is there or the disk has none to spare."""
    path = folder / FILE
    try:
        if path.exists() or shutil.disk_usage(folder).free < _SPARE:
            return
    except OSError:
        return
    # By a name of its own until it is whole: several may be at it, and the last one stays.
    part = path.with_name(f"{FILE}.{os.getpid()}")
    try:
        part.touch(mode=0o600)
        part.write_bytes(os.urandom(_SIZE))
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def give_room(folder: Path) -> bool:
    """Give it back to the disk; whether there was any."""
    try:
        (folder / FILE).unlink()
    except OSError:
        return False
    return True

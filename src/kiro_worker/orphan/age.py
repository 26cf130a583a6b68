"""How large something on the disk is, and when it was last touched."""

import os
import time
from datetime import timedelta
from pathlib import Path


def age_of(path: Path) -> timedelta:
    """Since a file or folder, or something right in it, was last changed; links are not followed.

    Raises:
        OSError: it is gone.
    """
    newest = path.lstat().st_mtime
    if path.is_dir() and not path.is_symlink():
        try:
            with os.scandir(path) as entries:
                newest = max([newest, *(entry.stat(follow_symlinks=False).st_mtime for entry in entries)])
        except OSError:
            # An agent may have closed it against its owner; its own time has to do.
            pass
    return timedelta(seconds=max(0.0, time.time() - newest))


def size_of(path: Path) -> int:
    """Bytes that removing it would free, as far as that can be seen; what has further names elsewhere stays there."""
    total = 0
    folders = [path]
    while folders:
        here = folders.pop()
        try:
            seen = here.lstat()
            if not here.is_dir() or here.is_symlink():
                total += seen.st_blocks * 512 if seen.st_nlink == 1 else 0
                continue
            total += seen.st_blocks * 512
            folders += here.iterdir()
        except OSError:
            continue
    return total

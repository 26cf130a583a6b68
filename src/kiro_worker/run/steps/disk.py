"""Watches how much of the disk a turn takes: files are limited one by one elsewhere, and their number is not."""

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path

from kiro_worker.clock import Clock
from kiro_worker.run.budget import Reached, Unit

_SECONDS = 0.2
_MIB = 1024 * 1024
# What others on the machine need to go on; on a small file system a share of it.
_RESERVE = 1024 * _MIB
_RESERVED_SHARE = 10


class DiskWatch:
    """Tells when a turn's own files have taken their share, or the last that others need.

    A look at the file system costs nothing; the files themselves are only counted when it has shrunk so far.

    Args:
        folders: where the turn's processes may write.
        limit: bytes that they may take.
        clock: for the time between looks.
    """

    def __init__(self, folders: Iterable[Path], limit: int, clock: Clock) -> None:
        self._folders = tuple(folders)
        self._clock = clock
        told = os.statvfs(self._folders[0])
        self._free = told.f_bavail * told.f_frsize
        reserve = min(_RESERVE, told.f_blocks * told.f_frsize // _RESERVED_SHARE)
        # Where less than the reserve is free already, half of what is left is for the others.
        room = self._free - reserve if self._free > reserve else self._free // 2
        self._limit = max(min(limit, room), 1)

    async def over(self, task: str) -> Reached:
        """Wait until it is too much."""
        while True:
            await self._clock.sleep(_SECONDS)
            try:
                told = os.statvfs(self._folders[0])
            except OSError:
                # The agent moved its own folder away; the inspection will tell.
                continue
            if self._free - told.f_bavail * told.f_frsize < self._limit:
                continue
            used = await asyncio.to_thread(_size, self._folders)
            if used >= self._limit:
                return Reached(unit=Unit.DISK, used=used // _MIB, limit=max(self._limit // _MIB, 1), task=task)


def _size(folders: Iterable[Path]) -> int:
    """Bytes of the disk that are below these folders and in no other; links are not followed."""
    waiting = [os.fspath(folder) for folder in folders]
    found = 0
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    told = entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif told.st_nlink == 1:
                        found += told.st_blocks * 512
        except OSError:
            # It is being written to while it is counted.
            continue
    return found

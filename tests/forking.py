"""A process that holds much memory forks slowly: the kernel copies what it notes of each of its pages, on both sides.

Whatever is started with something to do between fork and exec, as agents and gates are, is forked; the suite does that
some thousand times, from processes that hold all of its tests: half a gigabyte in pages of 4 KiB takes 20 to 50 ms of
the processor each time, in pages of 2 MiB two. (A worker outside the tests holds a tenth of that.)
"""

import ctypes
import os
import sys
from pathlib import Path

# <asm-generic/mman-common.h>; the second is of Linux 6.1.
_MADV_HUGEPAGE = 14
_MADV_COLLAPSE = 25
_HUGE = 2 * 1024 * 1024
# Bytes that a process may come to hold before it is worth while to look again.
_MORE = 32 * 1024 * 1024

_MAPS = Path("/proc/self/maps")
_STATM = Path("/proc/self/statm")


class LargePages:
    """Keeps a process's own memory in large pages, where the system offers them; elsewhere nothing is done."""

    def __init__(self) -> None:
        # Kept open: to open it for each test would take twenty times as long as to read it.
        offered = sys.platform.startswith("linux") and _STATM.exists()
        self._statm = os.open(_STATM, os.O_RDONLY) if offered else None
        self._held = 0

    def keep(self) -> None:
        """Put into large pages what has come since the last time, if that is much; to look costs next to nothing."""
        if self._statm is None or (held := _held(self._statm)) < self._held + _MORE:
            return
        advise = ctypes.CDLL(None).madvise
        advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        for start, end in _own_memory():
            advise(start, end - start, _MADV_HUGEPAGE)
            advise(start, end - start, _MADV_COLLAPSE)
        self._held = max(held, _held(self._statm))


def _held(statm: int) -> int:
    return int(os.pread(statm, 64, 0).split()[1]) * os.sysconf("SC_PAGESIZE")


def _own_memory() -> list[tuple[int, int]]:
    """From where to where the heap and what else belongs to no file reaches, in whole large pages."""
    found = []
    for line in _MAPS.read_text().splitlines():
        place, rights, _, _, file, *name = line.split(maxsplit=5)
        if rights == "rw-p" and file == "0" and (not name or name[0] == "[heap]"):
            start, end = (int(side, 16) for side in place.split("-"))
            first, last = -(-start // _HUGE) * _HUGE, end // _HUGE * _HUGE
            if first < last:
                found.append((first, last))
    return found

"""The processes of this machine as one look finds them: whose child each is, whether it is over, how it was started.

On Linux it is read where the kernel shows it: a run looks a dozen times, on machines with hundreds of processes, and a
library that looks anew for each question costs a run more than all else that it does with processes.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress

from kiro_worker.value import dataclass

_SHOWN = "/proc"
_IS_OVER = frozenset({b"Z", b"X", b"x"})


@dataclass(frozen=True, slots=True)
class Process:
    """A process, as it was looked at.

    Attributes:
        over: whether it only waits to be asked how it ended.
    """

    pid: int
    parent: int
    over: bool


class Table:
    """All of them at one moment; who is started or ends meanwhile may be in it or not.

    Args:
        processes: what was found.
    """

    def __init__(self, processes: Iterator[Process]) -> None:
        self._below: dict[int, list[Process]] = {}
        for process in processes:
            self._below.setdefault(process.parent, []).append(process)

    def children(self, pid: int) -> tuple[Process, ...]:
        """Those that a process started, or was given when their own parent ended."""
        return tuple(self._below.get(pid, ()))

    def tree(self, process: Process) -> Iterator[Process]:
        """A process and all its descendants."""
        known, waiting = {process.pid}, [process]
        while waiting:
            current = waiting.pop()
            yield current
            # Pids are used again: a look that takes its time may find a circle.
            new = [child for child in self.children(current.pid) if child.pid not in known]
            known.update(child.pid for child in new)
            waiting += new


def look() -> Table:
    """Look at all processes."""
    return Table(_shown() if sys.platform.startswith("linux") else _asked())


def environments() -> Iterator[tuple[int, Mapping[str, str]]]:
    """What each process was started with, of those that may be asked."""
    for pid in _pids():
        if environment := environment_of(pid):
            yield pid, environment


def environment_of(pid: int) -> Mapping[str, str]:
    """What a process was started with; empty when it is gone, over, or may not be asked."""
    if not sys.platform.startswith("linux"):
        return _asked_environment(pid)
    with suppress(OSError):
        pairs = (item.partition(b"=") for item in _read(f"{_SHOWN}/{pid}/environ").split(b"\0"))
        return {os.fsdecode(name): os.fsdecode(value) for name, sign, value in pairs if sign}
    return {}


def _shown() -> Iterator[Process]:
    for pid in _pids():
        # Gone meanwhile, or hidden.
        with suppress(OSError):
            # proc_pid_stat(5): the name is in parentheses and may hold anything; state and parent follow it.
            state, parent, *_ = _read(f"{_SHOWN}/{pid}/stat").rpartition(b")")[2].split(None, 2)
            yield Process(pid, int(parent), state in _IS_OVER)


def _pids() -> list[int]:
    if not sys.platform.startswith("linux"):
        import psutil

        return list(psutil.pids())
    return [int(name) for name in os.listdir(_SHOWN) if name.isdigit()]  # a look is all names  # noqa: PTH208


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        pieces = []
        while piece := os.read(descriptor, 65536):
            pieces.append(piece)
        return b"".join(pieces)
    finally:
        os.close(descriptor)


def _asked() -> Iterator[Process]:
    import psutil

    for process in psutil.process_iter():
        with suppress(psutil.Error):
            yield Process(process.pid, process.ppid(), process.status() == psutil.STATUS_ZOMBIE)


def _asked_environment(pid: int) -> Mapping[str, str]:
    import psutil

    try:
        return dict(psutil.Process(pid).environ())
    except (psutil.Error, OSError):
        return {}

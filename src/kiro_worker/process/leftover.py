"""Processes that a worker of this machine left behind when it was killed, found by the mark it put on them."""

import os
import signal
from collections.abc import Iterator

from kiro_worker.process import kernel, table
from kiro_worker.process.children import ENDS_ITSELF_VARIABLE, OWNER_VARIABLE


def leftovers() -> tuple[int, ...]:
    """Processes whose worker is gone: its pid is free, or another process has it by now."""
    return tuple(pid for pid, owner in _marked() if not _lives(owner))


def end_leftovers() -> tuple[int, ...]:
    """Kill them; returns which. Nobody is there any more who would wait for them to end in good order."""
    found = leftovers()
    for pid in found:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return found


def _marked() -> Iterator[tuple[int, str]]:
    for pid, environment in table.environments():
        owner = environment.get(OWNER_VARIABLE, "")
        if owner and pid != os.getpid() and ENDS_ITSELF_VARIABLE not in environment:
            yield pid, owner


def _lives(owner: str) -> bool:
    """Whether a worker `<pid>-<start>` still is there; one that says no start cannot be told from another."""
    pid, _, began = owner.partition("-")
    return not began or (pid.isdigit() and began == str(kernel.birth(int(pid))))

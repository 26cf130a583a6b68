"""Processes that a worker of this machine left behind when it was killed, found by the mark it put on them."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

from kiro_worker.process import kernel, table
from kiro_worker.process.children import ENDS_ITSELF_VARIABLE, OWNER_VARIABLE

# Git takes its locks away in far less; whatever does not want to end is not waited for any longer.
_GRACE_SECONDS = 2.0
_PAUSE_SECONDS = 0.02


def leftovers() -> tuple[int, ...]:
    """Processes whose worker is gone: its pid is free, or another process has it by now."""
    return tuple(pid for pid, owner in _marked() if not _lives(owner))


def end_leftovers(*, grace: float = _GRACE_SECONDS) -> tuple[int, ...]:
    """End them: TERM, then KILL; returns which.

    A push to a repository on this machine has its other half here as well. Killed while it holds the lock of a ref,
    that would leave the lock, and nobody could push there any more until a person removes it.

    Args:
        grace: seconds between the two signals.
    """
    found = leftovers()
    _signal(found, signal.SIGTERM)
    until = time.monotonic() + grace
    while (left := leftovers() if found else ()) and time.monotonic() < until:
        time.sleep(_PAUSE_SECONDS)
    _signal(left, signal.SIGKILL)
    return tuple(dict.fromkeys((*found, *left)))


def _signal(processes: Iterable[int], number: signal.Signals) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _marked() -> Iterator[tuple[int, str]]:
    for pid, environment in table.environments():
        owner = environment.get(OWNER_VARIABLE, "")
        if owner and pid != os.getpid() and ENDS_ITSELF_VARIABLE not in environment:
            yield pid, owner


def _lives(owner: str) -> bool:
    """Whether a worker `<pid>-<start>` still is there; one that says no start cannot be told from another."""
    pid, _, began = owner.partition("-")
    return not began or (pid.isdigit() and began == str(kernel.birth(int(pid))))

"""What Linux offers to keep hold of children; elsewhere each call says that it is not to be had."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

# <linux/prctl.h>
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


@cache
def _libc() -> Any:
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def become_subreaper() -> bool:
    """Make orphaned descendants this process's own children; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    return bool(_libc().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def take_terminal() -> Callable[[], None]:
    """A hook for the moment between fork and exec: standard input becomes the new session's own terminal.

    Programs that draw open /dev/tty, and only an own terminal turns a typed control-C into a signal.
    """
    import fcntl
    import termios

    def arrange() -> None:
        with contextlib.suppress(OSError):  # it is somebody else's already
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    return arrange


def die_with_parent() -> Callable[[], None] | None:
    """A hook for the moment between fork and exec: the kernel kills the child when its parent dies.

    A worker that is killed with -9 cannot end its agent; this does, for the process it started itself.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = _libc().prctl
    parent = os.getpid()

    def arrange() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os.kill(os.getpid(), signal.SIGKILL)

    return arrange


def birth(pid: int) -> int | None:
    """When a process began, in ticks since boot; None when it is gone or the system does not tell.

    `proc_pid_stat(5)`: the name is in parentheses and may hold anything; the start is field 22.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return int(fields[19])
    except (OSError, ValueError, IndexError):
        return None

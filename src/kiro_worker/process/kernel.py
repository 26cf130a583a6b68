"""What Linux offers to keep hold of children; elsewhere each call says that it is not to be had."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from kiro_worker.process.command import Restraint

# <linux/prctl.h>
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4


@cache
def _libc() -> Any:
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def become_subreaper() -> bool:
    """Make orphaned descendants this process's own children; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    return bool(_libc().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def hide_memory() -> None:
    """Let no other process of the same user read this one's memory, environment and descriptors."""
    if sys.platform.startswith("linux"):
        _libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def hold(restraint: Restraint) -> Callable[[], None]:
    """A hook for the moment between fork and exec: control groups, limits, and at last the account.

    Whatever of it cannot be done ends the child before its program begins.
    """
    import resource

    prctl = _libc().prctl if sys.platform.startswith("linux") else None
    account = restraint.account

    def arrange() -> None:
        for group in restraint.groups:
            descriptor = os.open(group, os.O_WRONLY | os.O_CLOEXEC)
            os.write(descriptor, b"0")  # the one that writes
            os.close(descriptor)
        for number, most in restraint.limits:
            hard = resource.getrlimit(number)[1]
            least = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(number, (least, least))
        if account is None:
            return
        if prctl is None:
            raise OSError("only Linux can take a process's privileges for good")
        capability = 0
        while prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:  # fails behind the last one that the kernel knows
            capability += 1
        prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
        os.setgroups([])
        os.setresgid(account.gid, account.gid, account.gid)
        # The kernel empties the sets of capabilities with the last trace of root.
        os.setresuid(account.uid, account.uid, account.uid)
        if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            raise OSError("no_new_privs was refused")

    return arrange


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


def die_with_parent(number: signal.Signals = signal.SIGKILL) -> Callable[[], None] | None:
    """A hook for the moment between fork and exec: the kernel sends the child a signal when its parent dies.

    A worker that is killed with -9 cannot end its agent; this does, for the process it started itself.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = _libc().prctl
    parent = os.getpid()

    def arrange() -> None:
        prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os.kill(os.getpid(), number)

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

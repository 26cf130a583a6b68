"""Who holds a lease: this process, told from every other there is or was, and whether another still lives.

A process is known by its machine, its pid and the moment it began: pids are used again. The machine's name hashes
everything that gives a pid another meaning: a reboot, a container with processes of its own, a namespace with a
time of its own. Where one of these cannot be read, the name is random, and then no holder is ever known to be dead.
"""

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from kiro_worker.lease.port import Holder

# Beyond any pid_max of Linux (2^22) and macOS; a number from a store is not handed to the kernel unseen.
_MOST_PIDS = 2**31


def this_holder(run: str) -> Holder:
    """This process as the holder of a lease for a run."""
    return holder_at(os.getpid(), run)


def holder_at(pid: int, run: str) -> Holder:
    """A living process of this host as the holder of a lease for a run."""
    seen = _look(pid)
    return Holder(run=run, host=this_host(), pid=pid, started=seen.started if seen else 0)


def is_gone(holder: Holder) -> bool:
    """Whether a holder is known to be dead: a process of this host that is over.

    False when it lives (a stopped process does), and whenever that cannot be known.
    """
    if holder.host != this_host() or not 0 < holder.pid < _MOST_PIDS:
        return False
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # it is there, and another user's
    # Not asked first: /proc may hide the processes of other users (its mount option hidepid).
    seen = _look(holder.pid)
    return seen is not None and (seen.over or seen.started != holder.started)


@cache
def this_host() -> str:
    """The machine as its processes see it, as `<hostname>.<hash>`."""
    name = os.uname().nodename
    spoken = "".join(letter if letter.isascii() and (letter.isalnum() or letter == "-") else "-" for letter in name)
    return f"{spoken[:40]}.{_hash(name, _machine(), this_boot(), _namespace('pid'))}"


@cache
def this_boot() -> str:
    """The kernel's present life: within it, all processes agree on `Clock.monotonic`."""
    boot = _text("/proc/sys/kernel/random/boot_id")
    return _hash(boot or _unknown(), _namespace("time"))


class _Seen(NamedTuple):
    started: int
    over: bool


def _look(pid: int) -> _Seen | None:
    """What the kernel tells of a process; None when it does not.

    `proc_pid_stat(5)`: the name is in parentheses and may hold any character; then come the state (field 3) and
    the start in ticks since boot (field 22).
    """
    fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if len(fields) < 20:
        return None
    return _Seen(int(fields[19]), fields[0] in "ZX")


def _machine() -> str:
    return _text("/etc/machine-id") or _unknown()


def _namespace(kind: str) -> str:
    try:
        return str(Path(f"/proc/self/ns/{kind}").readlink())
    except FileNotFoundError:
        return ""  # a kernel without such namespaces has one for all
    except OSError:
        return _unknown()


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _unknown() -> str:
    return os.urandom(16).hex()


def _hash(*facts: str) -> str:
    # machine-id(5) asks that the id be shown to others only as a keyed hash.
    return hashlib.blake2s("\0".join(facts).encode(), key=b"kiro-worker lease", digest_size=8).hexdigest()

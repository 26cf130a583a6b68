"""Which account an isolated process gets: one that owns nothing else on the machine, and another for each run."""

import hashlib
import pwd
from pathlib import Path

from kiro_worker.error import Fault, WorkerError
from kiro_worker.process import Account

# Numbers that the systemd project's table of user numbers leaves to nobody; a run takes one by its name's hash.
_FIRST, _COUNT = 1_900_000_000, 100_000_000
# In a container that knows few numbers: those that are given out while a service runs, and to nothing else.
_SMALL_FIRST, _SMALL_COUNT = 61_184, 4_336


class AccountUnfit(WorkerError):
    """The account that the settings name cannot be used."""

    code = "isolation.account-unfit"
    fault = Fault.CONFIG

    def __init__(self, *, name: str, why: str) -> None:
        super().__init__(
            f"isolation.account is {name!r}, which {why}.",
            next_step="Name a system user made for this, or leave it out: each run then has a number of its own.",
        )


def account_for(run: str, *, named: str = "") -> Account:
    """The account of a run.

    Args:
        run: its id; no other run gets the same number.
        named: a system user, which then is every run's: runs at the same time are not kept apart from each other.

    Raises:
        AccountUnfit: there is no such user, or it is root.
    """
    if named:
        return _account_named(named)
    known = _known_numbers()
    first, count = (_FIRST, _COUNT) if known > _FIRST + _COUNT else (_SMALL_FIRST, _SMALL_COUNT)
    number = first + int.from_bytes(hashlib.sha256(run.encode()).digest()[:8]) % count
    return Account(uid=number, gid=number)


def _account_named(name: str) -> Account:
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        raise AccountUnfit(name=name, why="is no user of this machine") from None
    if found.pw_uid == 0:
        raise AccountUnfit(name=name, why="is root")
    return Account(uid=found.pw_uid, gid=found.pw_gid)


def _known_numbers() -> int:
    """How far the numbers go that this user namespace knows, `user_namespaces(7)`."""
    try:
        rows = [line.split() for line in Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()]
        return max(int(first) + int(count) for first, _, count in rows)
    except (OSError, ValueError):
        return 0

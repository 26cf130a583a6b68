"""What an attack is: what is tried, what must hold, and which line stops it under each isolation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adversary.seen import Seen

KINDS = ("none", "user", "bubblewrap")
# What is stopped by a line that no isolation has a part in is tried by the tests where nothing else could stop it;
# `make bench` tries it under each isolation.
WEAKEST = ("none",)

# The lines of docs/security/threat-model.md, by their number there.
LINES = {
    1: "text is data",
    2: "the base branch decides",
    3: "own environment",
    4: "isolation",
    5: "policy at each request",
    6: "the diff is judged",
    7: "git apart",
    8: "only the worker",
    9: "own gates",
    10: "redactor and escape",
    11: "budgets and ends",
    12: "the receipt",
}


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing comes of it, and the line that sees to that."""

    line: int


@dataclass(frozen=True, slots=True)
class Open:
    """It works, and why that is as it is.

    Attributes:
        of_root: only where the worker is root, as on most build machines; of another user it is stopped by line 3.
    """

    why: str
    of_root: bool = False


Outcome = Stopped | Open


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One row of the table.

    Attributes:
        name: of the attack, and of the function in `hands/` that tries it.
        tries: what is tried.
        holds: what must hold.
        during: the expedition in which it is tried.
        won: whether something came of it.
        outcomes: by isolation.
        unless: words among the run's notes on its isolation that say that this cannot be held to here.
    """

    name: str
    tries: str
    holds: str
    during: str
    won: "Callable[[Seen, str], bool]"
    outcomes: Mapping[str, Outcome]
    unless: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expedition:
    """One run in which attacks are tried; those that would get into each other's way have one each.

    Attributes:
        turns: by task (or `repair`), the attacks to try.
        base, branch: files of the base branch and of the branch that differ from the usual ones.
        flags: of the worker.
        environment: of the worker, besides.
        only: the tasks to be done.
        watched: seconds to look on after the run has ended, for what outlived it.
        small_disk: MiB of a file system of its own for the state folder.
        signed: whether the machine has a key that signs receipts.
        search_path: put before the worker's own.
        site: whether pytest is laid where `@SITE@` in the base's files says.
        needs: programs of this machine.
        may_not_begin: whether it is as good when the run is refused, for an isolation that cannot be kept.
        on_a_terminal: whether the worker is started from one.
        as_people_see_it: whether the run is called as a person does, and not for its events.
        kinds: the isolations under which the tests go on it; `make bench` goes on each under all.
    """

    name: str
    turns: Mapping[str, tuple[str, ...]]
    base: Mapping[str, bytes] = field(default_factory=dict)
    branch: Mapping[str, bytes] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ("1.1",)
    watched: float = 0.0
    small_disk: int = 0
    signed: bool = False
    search_path: str = ""
    site: bool = False
    needs: tuple[str, ...] = ()
    may_not_begin: bool = False
    on_a_terminal: bool = False
    as_people_see_it: bool = False
    kinds: tuple[str, ...] = KINDS


def everywhere(line: int) -> Mapping[str, Outcome]:
    """Stopped by the same line under each isolation."""
    return dict.fromkeys(KINDS, Stopped(line))


def isolated(why: str, *, of_root: bool = False, line: int = 4) -> Mapping[str, Outcome]:
    """Stopped by isolation, and open without one."""
    return {"none": Open(why, of_root=of_root), "user": Stopped(line), "bubblewrap": Stopped(line)}


def nowhere(why: str) -> Mapping[str, Outcome]:
    """Not stopped by anything."""
    return dict.fromkeys(KINDS, Open(why))

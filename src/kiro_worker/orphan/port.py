"""Something that was left behind, and who finds it."""

from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from kiro_worker.value import dataclass


class Kind(StrEnum):
    """What it is."""

    WORKSPACE = "workspace"  #: a run's working tree, kept to be looked at or gone on with
    MIRROR = "mirror"  #: the copy of a repository that no run has asked for in a long time
    QUARANTINE = "quarantine"  #: a mirror that could not be trusted and was set aside
    TRASH = "trash"  #: what was thrown away and not yet deleted
    HOME = "home"  #: an agent's home; a copied credential may lie in it
    GATE = "gate"  #: the environment that a run's tests were started in
    BASE = "base"  #: what tests and checks said on a merge base that nobody compares with any more
    LOG = "log"  #: what a run's process said, which was told long ago
    LEASE = "lease"  #: one whose holder is dead; it keeps nobody from the branch
    RUN = "run"  #: the files of a run: receipt, transcript, report
    REF = "ref"  #: the fence or the evidence of a branch that is gone from its remote


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """Something that was left behind.

    Attributes:
        what: a path, a lease's key or a ref.
        size: bytes on this machine.
        age: since it was last of use; None where nobody knows.
        why: what makes it one, for people.
        spared: why it stays all the same; empty when it may go.
    """

    kind: Kind
    what: str
    size: int = 0
    age: timedelta | None = None
    why: str = ""
    spared: str = ""


class Finder(Protocol):
    """Finds one kind of thing that was left behind; never anything of a run that lives.

    Raises:
        WorkerError: from both methods, when it cannot be looked for, or not be taken away.
    """

    async def find(self) -> tuple[Orphan, ...]:
        """All there is."""
        ...

    async def remove(self, orphan: Orphan) -> bool:
        """Take it away, after another look; False when it is none any more, or has gone by itself."""
        ...

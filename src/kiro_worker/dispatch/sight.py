"""What the dispatcher looks at besides the board: branches, leases, pull requests, and the runs of this machine."""

from datetime import datetime
from typing import Protocol

from kiro_worker.board.port import CardId
from kiro_worker.dispatch.eligibility import Facts
from kiro_worker.dispatch.item import WorkItem
from kiro_worker.dispatch.reconcile import PullState
from kiro_worker.run.record import RunRecord
from kiro_worker.run.verdict import Verdict
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseSight:
    """The lease of a branch, as it was seen.

    Attributes:
        held: whether somebody holds a live one; None when that is not known.
        holder: the run that holds it, or whose lease died without being given back.
    """

    held: bool | None
    holder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSight:
    """A run, as this machine knows it.

    Attributes:
        state: `running`, `ended`, `died`, or `unknown` for one that this machine has not seen.
        item: the card that it had claimed or was to claim; empty for a run that a person began.
        verdict: of one that ended.
        ended: when.
    """

    state: str = "unknown"
    item: CardId = CardId("")
    verdict: Verdict | None = None
    ended: datetime | None = None


class Sight(Protocol):
    """Looks, and changes nothing. What cannot be asked is told as unknown; nothing here raises for that."""

    async def anew(self) -> None:
        """Another tick begins: what a remote said in the last one does not count any more."""
        ...

    def address(self, repository: str) -> str | None:
        """The address that git takes for a repository as the board names it; None where it cannot be told."""
        ...

    async def facts(self, item: WorkItem) -> Facts:
        """What the repository says of an item's branch; each repository is fetched once in a tick."""
        ...

    async def branch(self, repository: str, branch: str) -> bool | None:
        """Whether a branch is there."""
        ...

    async def pull_request(self, repository: str, branch: str) -> PullState:
        """What became of a branch's pull request."""
        ...

    async def lease(self, repository: str, branch: str) -> LeaseSight:
        """Who works on a branch."""
        ...

    def run(self, run: str) -> RunSight:
        """A run, as this machine knows it."""
        ...

    def record(self, run: str) -> RunRecord | None:
        """What a run's receipt tells, where it is on this machine."""
        ...

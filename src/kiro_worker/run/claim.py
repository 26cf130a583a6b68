"""The claim: a run that carries out a board's work item shows so on its card, once it holds the branch's lease."""

from typing import Protocol

from kiro_worker.error import Fault, WorkerError
from kiro_worker.value import dataclass


class ClaimLost(WorkerError):
    """The item is not this run's to carry out."""

    code = "claim.lost"
    fault = Fault.BUSY

    def __init__(self, *, item: str, why: str) -> None:
        super().__init__(
            f"The work item {item} is not this run's: {why}",
            kept="Nothing was changed, and the lease was given back.",
            next_step="Look at the card: kiro-worker board show CARD. Put it back into the column for what is ready to "
            "have it worked on.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What became of a claim.

    Attributes:
        lost: why the item is not this run's, in a sentence; empty when it is.
        place: the column that the card stands in now.
    """

    lost: str = ""
    place: str = ""


class Claims(Protocol):
    """Shows on the board who works on an item.

    It is asked under the branch's lease, so no two ask at once; the board itself is never the lock.

    Raises:
        WorkerError: the board cannot be asked; whether the card was moved is not known then.
    """

    async def claim(self, item: str, *, branch: str, again: bool) -> Claim:
        """Move the item's card from what is ready to what is being worked on, and read it again.

        Args:
            item: the board's id of the card.
            branch: what the run works on; a card that asks for another by now is lost.
            again: an earlier run had begun it, so the card may be where it is being worked on already.
        """
        ...

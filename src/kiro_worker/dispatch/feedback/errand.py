"""What runs are sent back to a branch for."""

from kiro_worker.board.port import CardId
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a run was sent back for; each further try of it is sent for the same.

    Attributes:
        run: the first that was sent.
        kind, round, most: as in `FollowUp`.
        feedback: what the run is to see to.
        only: the tasks that it is held to.
    """

    item: CardId
    repository: str
    number: int
    run: str
    kind: str
    round: int = 0
    most: int = 0
    feedback: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

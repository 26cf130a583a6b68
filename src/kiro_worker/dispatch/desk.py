"""Everything that a tick has at hand."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from kiro_worker.board.port import Boards, CardId
from kiro_worker.clock import Clock
from kiro_worker.dispatch.book import Book
from kiro_worker.dispatch.eligibility import Demands
from kiro_worker.dispatch.feedback.errand import Errand
from kiro_worker.dispatch.order import Limits
from kiro_worker.dispatch.sight import Sight
from kiro_worker.launch.port import Launches
from kiro_worker.value import dataclass, field

if TYPE_CHECKING:
    from kiro_worker.dispatch.order import Turns
    from kiro_worker.dispatch.round import Round


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an operator says about taking work.

    Attributes:
        most_tries: how often an item is tried again by itself.
        handed_on: settings for each run, by dotted name, as text; no secret.
    """

    demands: Demands = field(default_factory=Demands)
    limits: Limits = field(default_factory=Limits)
    most_tries: int = 3
    handed_on: Mapping[str, str] = field(default_factory=dict)


class Listener(Protocol):
    """Sees to what people and checks say on pull requests."""

    async def listen(self, round_: "Round", turns: "Turns | None") -> None:
        """Report what came of errands, and look for what is new, if it is time; `turns` None begins nothing."""
        ...


def _no_errand(_: CardId) -> Errand | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a tick works with.

    Attributes:
        redact: takes secrets out of a text.
        acts: whether anything may be written; without, a tick only tells what it would do.
        listener: sees to what is said on pull requests; None where nobody does.
        errand: what an item's runs are sent for besides its spec.
    """

    board: Boards
    launches: Launches
    book: Book
    sight: Sight
    clock: Clock
    rules: Rules
    redact: Callable[[str], str]
    acts: bool = True
    listener: Listener | None = None
    errand: Callable[[CardId], Errand | None] = _no_errand

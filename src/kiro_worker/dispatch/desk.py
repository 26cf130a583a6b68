"""Everything that a tick has at hand."""

from collections.abc import Callable, Mapping

from kiro_worker.board.port import Boards
from kiro_worker.clock import Clock
from kiro_worker.dispatch.book import Book
from kiro_worker.dispatch.eligibility import Demands
from kiro_worker.dispatch.order import Limits
from kiro_worker.dispatch.sight import Sight
from kiro_worker.launch.port import Launches
from kiro_worker.value import dataclass, field


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a tick works with.

    Attributes:
        redact: takes secrets out of a text.
        acts: whether anything may be written; without, a tick only tells what it would do.
    """

    board: Boards
    launches: Launches
    book: Book
    sight: Sight
    clock: Clock
    rules: Rules
    redact: Callable[[str], str]
    acts: bool = True

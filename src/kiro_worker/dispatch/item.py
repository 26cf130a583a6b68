"""A work item: a card that asks for one spec on one branch."""

from collections.abc import Callable

from kiro_worker.board.port import Card, CardBranch, CardId
from kiro_worker.dispatch.reason import Reason, Standing
from kiro_worker.value import dataclass

#: The address that git takes for a repository as a board names it; None where it cannot be told.
Address = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """What a card asks for, once it is clear.

    Attributes:
        repository: its address, as git takes it.
        pull_request: the number of the branch's open pull request, as far as the board tells; 0 for none.
    """

    card: Card
    repository: str
    branch: str
    pull_request: int = 0

    @property
    def id(self) -> CardId:
        """The card's."""
        return self.card.id

    @property
    def place(self) -> tuple[str, str]:
        """What at most one run may work on at a time."""
        return self.repository, self.branch


def item_of(card: Card, address: Address) -> WorkItem | Reason:
    """What a card asks for, or why that is not clear.

    The surest way in which the card names a branch counts; two branches named in the same way are a question, never
    a guess.
    """
    if card.hindrances:
        first = card.hindrances[0]
        return Reason(code=f"card.{first.kind}", standing=Standing.UNFIT, why=first.why, cure=first.cure)
    if not card.branches:
        return Reason(
            code="card.no-branch",
            standing=Standing.UNFIT,
            why="The card names no branch.",
            cure="Link the branch that carries the spec to the card, or write its name into the board's branch field.",
        )
    surest = tuple(branch for branch in card.branches if branch.link is card.branches[0].link)
    places = {(branch.repository or card.repository, branch.name) for branch in surest}
    if len(places) > 1:
        return Reason(
            code="card.branches",
            standing=Standing.QUESTION,
            why=f"The card names {len(places)} branches: {', '.join(sorted(name for _, name in places))}.",
            cure="Leave one of them, or write the one that is meant into the board's branch field.",
        )
    return _placed(card, surest, address)


def _placed(card: Card, branches: tuple[CardBranch, ...], address: Address) -> WorkItem | Reason:
    named = branches[0].repository or card.repository
    where = address(named) if named else None
    if where is None:
        return Reason(
            code="card.repository",
            standing=Standing.UNFIT,
            why=f"It is not clear where the repository {named!r} is." if named else "The card names no repository.",
            cure="Make the card of an issue or a pull request of the repository, or name its address.",
        )
    number = max(branch.pull_request for branch in branches)
    return WorkItem(card=card, repository=where, branch=branches[0].name, pull_request=number)

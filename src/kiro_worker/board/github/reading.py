"""Reading cards whole, some dozens at a time."""

from typing import Any

from kiro_worker.board.fault import BoardFault, BoardUnreachable
from kiro_worker.board.github.asking import Asking
from kiro_worker.board.github.documents import CARDS, CARDS_WITHOUT_BLOCKERS
from kiro_worker.board.github.item import read_item
from kiro_worker.board.github.layout import Layout
from kiro_worker.board.github.part import text
from kiro_worker.board.port import Card, CardId
from kiro_worker.value import dataclass

# Each brings its whole text along, of up to 65,536 characters.
_AT_ONCE = 50
_FEWEST = 5
_CARD = "ProjectV2Item"


@dataclass(frozen=True, slots=True)
class Whole:
    """A card with what only GitHub's own calls need.

    Attributes:
        subject: the id of what it stands for; empty when that is hidden.
    """

    card: Card
    subject: str


class Reading:
    """Reads cards by their ids."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._at_once = _AT_ONCE
        self._blockers_known = True
        self._unreadable = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What was passed over when several were read last, for people."""
        told = f"GitHub's answer makes no sense for {self._unreadable} of the cards; these are passed over."
        return (told,) if self._unreadable else ()

    async def one(self, layout: Layout, card: CardId) -> Whole | None:
        """One card; None when it is not on this board.

        Raises:
            BoardFault: the answer makes no sense; it is not taken for a card that is gone, whose run would be stopped.
        """
        found, unreadable = await self._read(layout, (card,))
        if unreadable:
            raise BoardFault(
                purpose=f"read the card {card}", said="the answer is no card, and does not say it is gone."
            )
        return next(iter(found), None)

    async def several(self, layout: Layout, cards: tuple[CardId, ...]) -> tuple[Whole, ...]:
        """Cards as they are now; those that are not on this board, or make no sense, are left out."""
        found, self._unreadable = await self._read(layout, cards)
        return found

    async def _read(self, layout: Layout, cards: tuple[CardId, ...]) -> tuple[tuple[Whole, ...], int]:
        """Cards, and how many answers make no sense."""
        found: list[Whole] = []
        unreadable = 0
        start = 0
        while start < len(cards):
            some = cards[start : start + self._at_once]
            try:
                items = await self._items(layout, some)
            except BoardUnreachable as fault:
                if not fault.heavy or len(some) <= _FEWEST:
                    raise
                self._at_once //= 2
                continue
            unreadable += max(0, len(some) - len(items)) + sum(not _makes_sense(item, some) for item in items)
            for item in items:
                if text(item, "project", "id") == layout.id and text(item, "id") in some:
                    card = read_item(item, layout, blockers_known=self._blockers_known)
                    found.append(Whole(card, text(item, "content", "id")))
            start += len(some)
        return tuple(found), unreadable

    async def _items(self, layout: Layout, cards: tuple[CardId, ...]) -> tuple[Any, ...]:
        assert layout.status is not None
        purpose = f"read {len(cards)} cards of {layout.project}" if len(cards) > 1 else f"read the card {cards[0]}"
        fields = {
            "status": layout.status.name,
            # Where the project has no such field, its value is not looked at.
            "priority": (layout.priority or layout.status).name,
            "branch": (layout.branch or layout.status).name,
        }
        document = CARDS if self._blockers_known else CARDS_WITHOUT_BLOCKERS
        answer = await self._asking.read(document, purpose, ids=list(cards), **fields)
        if self._blockers_known and answer.misses("blockedBy"):
            self._blockers_known = False
            return await self._items(layout, cards)
        items = answer.data.get("nodes")
        if isinstance(items, list):
            return tuple(items)
        if answer.refusals and all(refusal.kind == "NOT_FOUND" for refusal in answer.refusals):
            return (None,) * len(cards)
        raise self._asking.fault(purpose, answer, of_person=layout.of_person)


def _makes_sense(item: object, cards: tuple[CardId, ...]) -> bool:
    """Whether it tells of a card that was asked for, or that there is none: null, or something else of that id."""
    if item is None or text(item, "__typename") not in {"", _CARD}:
        return True
    return text(item, "id") in cards and bool(text(item, "project", "id"))

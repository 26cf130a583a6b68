"""Reading cards whole, some dozens at a time."""

from collections.abc import Mapping
from typing import Any

from kiro_worker.board.fault import BoardUnreachable
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

    async def one(self, layout: Layout, card: CardId) -> Whole | None:
        """One card; None when it is not on this board."""
        return next(iter(await self.several(layout, (card,))), None)

    async def several(self, layout: Layout, cards: tuple[CardId, ...]) -> tuple[Whole, ...]:
        """Cards as they are now; those that are not on this board are left out."""
        found: list[Whole] = []
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
            for item in items:
                if text(item, "project", "id") == layout.id and text(item, "id") in some:
                    card = read_item(item, layout, blockers_known=self._blockers_known)
                    found.append(Whole(card, text(item, "content", "id")))
            start += len(some)
        return tuple(found)

    async def _items(self, layout: Layout, cards: tuple[CardId, ...]) -> tuple[Mapping[str, Any], ...]:
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
            return tuple(item for item in items if isinstance(item, dict))
        if answer.refusals and all(refusal.kind == "NOT_FOUND" for refusal in answer.refusals):
            return ()
        raise self._asking.fault(purpose, answer, of_person=layout.of_person)

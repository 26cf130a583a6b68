"""What is known of cards already, so that a board on which nothing happens costs one glance."""

from datetime import datetime, timedelta

from kiro_worker.board.port import Card, CardContent, CardId
from kiro_worker.clock import Clock
from kiro_worker.value import dataclass

# A branch that is linked, or a right that is given, changes no date that a glance sees.
_FRESH = timedelta(minutes=5)
# Dates are whole seconds, and clocks differ: what has just changed may change again within its date.
_SETTLED = timedelta(minutes=1)
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What a glance tells: when two are equal, the card is taken to be the same."""

    item: str
    content: str
    option: str
    archived: bool


class Memory:
    """Cards as they were read, each for some minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cards: dict[CardId, tuple[Seen, datetime, Card]] = {}

    def recall(self, card: CardId, seen: Seen) -> Card | None:
        """The card, if nothing can have happened to it."""
        known = self._cards.get(card)
        if known is None or known[0] != seen or self._clock.now() - known[1] >= _FRESH:
            return None
        return known[2]

    def keep(self, seen: Seen, card: Card) -> None:
        """Remember a card, unless it may change without a sign."""
        self._cards.pop(card.id, None)
        waits = any(not blocker.done for blocker in card.blocked_by)
        if waits or card.content is CardContent.HIDDEN or not self._is_settled(card.changed):
            return
        if len(self._cards) >= _MOST:
            self._cards.pop(next(iter(self._cards)))
        self._cards[card.id] = (seen, self._clock.now(), card)

    def forget(self, card: CardId) -> None:
        """Read it anew the next time."""
        self._cards.pop(card, None)

    def _is_settled(self, changed: str) -> bool:
        try:
            return self._clock.now() - datetime.fromisoformat(changed) > _SETTLED
        except (ValueError, TypeError):
            return False

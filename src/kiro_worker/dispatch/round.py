"""What one tick has read, and what it has done so far."""

from collections.abc import Mapping

from kiro_worker.board.port import Card, CardId, Column
from kiro_worker.dispatch.desk import Desk
from kiro_worker.dispatch.ends import Noticed
from kiro_worker.dispatch.reason import Reason
from kiro_worker.dispatch.report import Action, Deed, Report, Waiting
from kiro_worker.error import WorkerError
from kiro_worker.value import dataclass, field


@dataclass(slots=True, kw_only=True)
class Round:
    """One tick under way; only the parts of the tick touch it.

    Attributes:
        noticed: what the book knows of items that are not settled.
        cards: of the columns for what is ready and what is worked on.
        others: cards that were read one by one, as they are in neither column.
        told: digests of what was last told, by card or by `run:<id>`.
    """

    desk: Desk
    noticed: Noticed
    cards: Mapping[CardId, Card] = field(default_factory=dict)
    others: dict[CardId, Card] = field(default_factory=dict)
    told: dict[CardId, str] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def in_column(self, column: Column) -> tuple[Card, ...]:
        """The cards of one column."""
        return tuple(card for card in self.cards.values() if card.column is column)

    def did(self, deed: Deed, item: CardId, says: str, *, run: str = "") -> None:
        """Something was done, or would have been."""
        card = self.cards.get(item) or self.others.get(item)
        self.actions.append(Action(deed=deed, item=item, title=card.title if card else "", says=says, run=run))

    def waits(self, card: Card, *reasons: Reason) -> None:
        """An item is not begun now."""
        self.waiting.append(Waiting(card=card, reasons=reasons))

    def failed(self, error: WorkerError) -> None:
        """Something could not be done; the next tick tries again."""
        self.faults.append(self.desk.redact(f"{error.code}: {error.message}"))

    def report(self, *, known: bool, notes: tuple[str, ...], seconds: float) -> Report:
        """All of it."""
        return Report(
            board=self.desk.board.name,
            known=known,
            cards=len(self.cards),
            running=tuple(sorted(self.noticed.alive)),
            acted=self.desk.acts,
            actions=tuple(self.actions),
            waiting=tuple(self.waiting),
            faults=tuple(self.faults),
            notes=notes,
            seconds=seconds,
        )

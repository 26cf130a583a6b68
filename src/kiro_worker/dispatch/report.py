"""What one tick found and did, for people and for machines."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from kiro_worker.board.port import Card, CardId
from kiro_worker.dispatch.reason import Reason, Standing, weightiest
from kiro_worker.value import dataclass

SCHEMA = "kiro-worker/poll/1"


class Deed(StrEnum):
    """What was done about an item."""

    BEGUN = "begun"
    TRIED_AGAIN = "tried-again"
    STOPPED = "stopped"
    SETTLED = "settled"
    ASKED = "asked"  #: put to a person
    TOLD = "told"  #: the card says why it is not worked on
    LEFT = "left"  #: a person, or another worker, has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that was done, or would have been.

    Attributes:
        says: one sentence.
        run: the run that it is about; empty for none.
    """

    deed: Deed
    item: CardId
    title: str
    says: str
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An item that is not begun now, and every reason that is known for it."""

    card: Card
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One tick.

    Attributes:
        board: its name.
        known: whether the board could be read.
        cards: how many cards were read.
        running: ids of the runs that are under way.
        acted: whether anything was written; what is told as done was only found out otherwise.
        faults: what could not be done, each as `code: sentence`.
        notes: what the board had to say of itself.
    """

    board: str
    known: bool
    cards: int
    running: tuple[str, ...]
    acted: bool
    actions: tuple[Action, ...]
    waiting: tuple[Waiting, ...]
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to tell of it."""
        return not self.actions and not self.faults


def report_document(report: Report) -> dict[str, Any]:
    """A tick as plain JSON."""
    return {
        "schema": SCHEMA,
        "board": report.board,
        "known": report.known,
        "acted": report.acted,
        "cards": report.cards,
        "running": list(report.running),
        "actions": [
            {"deed": each.deed.value, "item": each.item, "title": each.title, "run": each.run, "says": each.says}
            for each in report.actions
        ],
        "waiting": [
            {
                "item": each.card.id,
                "reference": each.card.reference,
                "title": each.card.title,
                "standing": _standing(each.reasons),
                "reasons": [
                    {"code": why.code, "standing": why.standing.value, "why": why.why, "cure": why.cure}
                    for why in each.reasons
                ],
            }
            for each in report.waiting
        ],
        "faults": list(report.faults),
        "notes": list(report.notes),
        "seconds": round(report.seconds, 3),
    }


def action_line(action: Action, *, acted: bool) -> str:
    """One action for people."""
    name = f"{action.item} {action.title}".strip()
    run = f" ({action.run})" if action.run else ""
    would = "" if acted else "would be "
    return f"{would}{action.deed.value.replace('-', ' ')}: {name}{run}: {action.says}"


def waiting_lines(waiting: Waiting) -> Iterator[str]:
    """One item and all its reasons, for people."""
    card = waiting.card
    yield f"{_standing(waiting.reasons)}: {card.reference or card.id} {card.title}".rstrip()
    for reason in waiting.reasons:
        yield f"  {reason.code}: {reason.why}"
        if reason.cure:
            yield f"    next: {reason.cure}"


def _standing(reasons: tuple[Reason, ...]) -> str:
    return (weightiest(reasons) or Standing.WAITING).value

"""Cards as data, and many of them at a glance."""

from collections.abc import Iterable
from typing import Any

from kiro_worker.board.port import BoardCheck, Card, Listing

HEADINGS = ("CARD", "COLUMN", "PRIORITY", "BRANCH", "TITLE")


def list_document(board: str, listing: Listing) -> dict[str, Any]:
    """A board's cards as plain JSON, without their bodies."""
    shown = [{key: value for key, value in card_facts(card).items() if key != "body"} for card in listing.cards]
    return {"schema": "kiro-worker/board-list/1", "board": board, "cards": shown, "notes": list(listing.notes)}


def card_document(board: str, card: Card, told: Iterable[tuple[str, str, str]] = ()) -> dict[str, Any]:
    """One card as plain JSON, with what was told on it where this machine knows that."""
    notes = [{"key": key, "text": text, "at": at} for key, text, at in told]
    return {"schema": "kiro-worker/board-show/1", "board": board, **card_facts(card), "told": notes}


def check_document(board: str, check: BoardCheck) -> dict[str, Any]:
    """Whether a board can be used, as plain JSON."""
    return {
        "schema": "kiro-worker/board-check/1",
        "board": board,
        "ready": check.ready,
        "account": check.account,
        "detail": check.detail,
        "cure": check.cure,
        "columns": list(check.columns),
        "notes": list(check.notes),
    }


def list_row(card: Card) -> tuple[str, ...]:
    """One card as a row below `HEADINGS`."""
    branch = card.branches[0].name if card.branches else "-"
    title = card.title or card.content.value
    waits = [f"waits for {each.reference}" for each in card.blocked_by if not each.done]
    marks = ", ".join([*(each.kind.value for each in card.hindrances), *waits])
    told = f"{title} ({marks})" if marks else title
    return (card.reference or card.id, card.place or "-", card.priority.name if card.priority else "-", branch, told)


def card_lines(card: Card) -> tuple[str, ...]:
    """One card for people, without its body: what it is called, then a line each; all still has to be made visible."""
    branches = ", ".join(f"{each.name} ({each.link.value})" for each in card.branches)
    blockers = ", ".join(f"{each.reference} ({'done' if each.done else 'open'})" for each in card.blocked_by)
    facts = (
        ("id", card.id),
        ("column", card.place or "none"),
        ("kind", card.content.value),
        ("repository", card.repository),
        ("branches", branches),
        ("priority", card.priority.name if card.priority else ""),
        ("labels", ", ".join(card.labels)),
        ("author", card.author),
        ("blocked by", blockers),
        ("created", card.created),
        ("changed", card.changed),
        ("address", card.url),
    )
    return (
        f"{card.reference or card.id} {card.title}".rstrip(),
        *(f"{name}: {value}" for name, value in facts if value),
        *(f"in the way: {each.why} {each.cure}" for each in card.hindrances),
        *(f"note: {note}" for note in card.notes),
    )


def card_facts(card: Card) -> dict[str, Any]:
    """One card as plain JSON."""
    return {
        "id": card.id,
        "reference": card.reference,
        "title": card.title,
        "content": card.content.value,
        "place": card.place,
        "column": card.column.value if card.column else None,
        "url": card.url,
        "repository": card.repository,
        "author": card.author,
        "labels": list(card.labels),
        "priority": {"rank": card.priority.rank, "name": card.priority.name} if card.priority else None,
        "branches": [
            {
                "name": each.name,
                "link": each.link.value,
                "repository": each.repository,
                "pull_request": each.pull_request or None,
            }
            for each in card.branches
        ],
        "blocked_by": [
            {"reference": each.reference, "title": each.title, "done": each.done} for each in card.blocked_by
        ],
        "created": card.created,
        "changed": card.changed,
        "hindrances": [{"kind": each.kind.value, "why": each.why, "cure": each.cure} for each in card.hindrances],
        "notes": list(card.notes),
        "body": card.body,
    }

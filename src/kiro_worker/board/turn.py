"""Whose turn it is: urgent cards first, then those that wait longest."""

from collections.abc import Iterable

from kiro_worker.board.port import Card


def in_turn(cards: Iterable[Card]) -> tuple[Card, ...]:
    """Cards by priority, then age; those without a priority after all that have one.

    The id settles the rest, so that all workers see the same order.
    """
    return tuple(sorted(cards, key=_place))


def _place(card: Card) -> tuple[float, str, str]:
    rank = float("inf") if card.priority is None else card.priority.rank
    # What is hidden has no date; it cannot be worked on, so it does not stand in anybody's way.
    return rank, card.created or "~", card.id

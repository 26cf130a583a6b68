"""What has to be put right between the board and the runs, before anything new is begun.

Only what is known is acted on: a board that could not be read, or a repository that did not answer, stops nothing and
moves nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from kiro_worker.board.port import Card, CardId, Column, Obstacle
from kiro_worker.dispatch.retry import Again, Attempt, Settled, next_try
from kiro_worker.run.verdict import Verdict
from kiro_worker.value import dataclass


class PullState(StrEnum):
    """What became of the item's pull request."""

    NONE = "none"
    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An item that is, or was, worked on, as it is seen now.

    Attributes:
        known: whether the board could be asked; without that, `card` says nothing.
        card: as it stands; None when it is gone from the board.
        branch: whether the item's branch is there; None when that is not known.
        pull_request: what became of its pull request.
        run: the run that is alive on this machine; empty for none.
        claimed: whether the card was seen in progress since that run, or the last one, was begun.
        lease: whether somebody, anywhere, holds the branch's lease; None when that is not known.
        attempts: the runs on it since a person last moved the card, oldest first.
        settled: whether the board was told of the last one.
    """

    item: CardId
    known: bool = True
    card: Card | None = None
    branch: bool | None = True
    pull_request: PullState = PullState.NONE
    run: str = ""
    claimed: bool = False
    lease: bool | None = False
    attempts: tuple[Attempt, ...] = ()
    settled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """End a run cleanly; what it made is pushed and kept."""

    item: CardId
    run: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """Try an item again, not before a moment."""

    item: CardId
    again: Again


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """Put the card where it belongs, and tell what happened once.

    Attributes:
        to: the column.
        why: one sentence; empty where the verdict says it all.
    """

    item: CardId
    to: Column
    verdict: Verdict | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """Nothing is left to do for the item; a person has taken it over."""

    item: CardId
    why: str


Action = Stop | Restart | Settle | Forget

_COLUMNS: Mapping[Verdict, Column] = {
    Verdict.DONE: Column.REVIEW,
    Verdict.ALREADY_DONE: Column.REVIEW,
    Verdict.NEEDS_INPUT: Column.NEEDS_INPUT,
}


# After these another worker may have the branch, or this one's process may still be there.
_ELSEWHERE = frozenset({None, Verdict.LEASE_LOST})
# Where a card is as long as nobody but the worker has moved it.
_OURS = frozenset({Column.READY, Column.WORKING})


def column_after(verdict: Verdict | None) -> Column:
    """Where a card goes when a run on it ended so, and it is not tried again."""
    return _COLUMNS.get(verdict, Column.FAILED) if verdict is not None else Column.FAILED


def reconcile(seen: Iterable[Seen], *, most: int = 3) -> Iterator[Action]:
    """What to do about each item, at most one thing."""
    for each in seen:
        action = _about_run(each) if each.run else _about_rest(each, most)
        if action is not None:
            yield action


def _about_run(seen: Seen) -> Action | None:
    """A run is alive here: does anybody still want it?"""
    gone = _unwanted(seen)
    return None if gone is None else Stop(item=seen.item, run=seen.run, why=gone)


def _unwanted(seen: Seen) -> str | None:
    if seen.branch is False:
        return "Its branch was deleted."
    if seen.pull_request is PullState.MERGED:
        return "Its pull request was merged."
    if seen.pull_request is PullState.CLOSED:
        return "Its pull request was closed."
    if not seen.known:
        return None
    if seen.card is None:
        return "Its card is gone from the board."
    if any(each.kind in {Obstacle.CLOSED, Obstacle.ARCHIVED} for each in seen.card.hindrances):
        return "Its card was closed."
    if seen.card.column is Column.READY and not seen.claimed:
        # The run has not yet come to claim it.
        return None
    if seen.card.column is not Column.WORKING:
        return f"Its card was moved to {seen.card.place or 'no column'}."
    return None


def _about_rest(seen: Seen, most: int) -> Action | None:
    """No run is alive here: was one, and what follows from that?"""
    if not seen.known or not seen.attempts:
        return None
    last = seen.attempts[-1]
    if seen.card is None or seen.card.column not in _OURS or (seen.card.column is Column.READY and seen.claimed):
        return None if seen.settled else Forget(item=seen.item, why="A person moved the card on.")
    if last.verdict is Verdict.BUSY:
        # It is another's. Should that one die, its card and its dead lease tell.
        return Forget(item=seen.item, why="Another run works on it.")
    if last.stopped:
        # Somebody wanted it to end; what is next is theirs to say.
        return Settle(item=seen.item, to=Column.NEEDS_INPUT, verdict=last.verdict, why=last.stopped)
    if last.verdict in _ELSEWHERE and seen.lease is not False:
        # Somebody may still be at it, or it is not known that nobody is.
        return None
    if (gone := _unwanted(seen)) is not None and seen.card.column is Column.WORKING:
        # What the run itself achieved is not called a failure because its pull request was merged since.
        to = column_after(last.verdict)
        return Settle(item=seen.item, to=to, verdict=last.verdict, why=gone)
    match next_try(seen.attempts, most=most):
        case Again() as again:
            return Restart(item=seen.item, again=again)
        case Settled(why=why):
            return Settle(item=seen.item, to=column_after(last.verdict), verdict=last.verdict, why=why)

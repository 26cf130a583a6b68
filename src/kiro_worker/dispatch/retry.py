"""Whether an item that a run ended badly on is tried again, and when."""

from datetime import datetime, timedelta
from hashlib import sha256

from kiro_worker.run.verdict import MEANINGS, Retry, Verdict
from kiro_worker.value import dataclass

# Seconds.
_FIRST = 10
_LONGEST = 300
_JITTER = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One run on an item.

    Attributes:
        verdict: None for one that ended without telling: killed, or its machine gone.
        ended: when that was, or when it was noticed.
        stopped: why it was ended on purpose, in a sentence; empty for one that was not.
    """

    run: str
    verdict: Verdict | None
    ended: datetime
    stopped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """It is tried again.

    Attributes:
        at: not before this.
        number: which try after the first that will be; 0 for one that does not count.
        most: how many there may be.
        resumes: the run to go on with, with what it could not push; empty where it came to nothing.
    """

    at: datetime
    number: int
    most: int
    resumes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """It is not tried again by itself.

    Attributes:
        why: one sentence for people.
    """

    why: str


def spread(run: str) -> float:
    """A number from 0 to 1 for a run, always the same one: the wait after it may be reckoned again and again."""
    return int.from_bytes(sha256(run.encode()).digest()[:4]) / 2**32


def next_try(attempts: tuple[Attempt, ...], *, most: int = 3, chance: float | None = None) -> Again | Settled:
    """What follows from the runs on an item since a person last had a say.

    The first wait is 10 s; each further one is twice as long, up to 300 s, and a fifth more or less by chance, so that
    many workers do not come back at once. After what was interrupted, or killed for the first time, there is none.

    Args:
        attempts: oldest first, at least one.
        most: how many tries there may be after the first.
        chance: from 0 to 1, for the length of the wait; None is the last run's own.
    """
    last = attempts[-1]
    chance = spread(last.run) if chance is None else chance
    kind = Retry.RESUME if last.verdict is None else MEANINGS[last.verdict].retry
    counted = tuple(each for each in attempts if _counts(each))
    match kind:
        case Retry.NO:
            return Settled(why="There is nothing to try again.")
        case Retry.BY_A_PERSON:
            return Settled(why="A person has to look first.")
        case Retry.LATER | Retry.NEVER_BY_THIS_HOLDER:
            # Somebody else is at it, and will have settled it before this comes to anything.
            return Again(at=last.ended + _wait(1, chance), number=0, most=most)
        case Retry.ONCE:
            most = min(1, most)
        case _:
            pass
    number = len(counted)
    if number > most:
        times = "once" if most == 1 else f"{most} times"
        return Settled(why=f"It was tried {times} more, in vain." if most else "Nothing is tried again by itself here.")
    if last.verdict is Verdict.INTERRUPTED or (last.verdict is None and number == 1):
        # Nothing is overloaded that a wait would help: it was killed, or its dispatcher was.
        return Again(at=last.ended, number=number, most=most, resumes=last.run)
    # Whatever went wrong: what the last run committed and could not push is worth taking along.
    return Again(at=last.ended + _wait(number, chance), number=number, most=most, resumes=last.run)


def _counts(attempt: Attempt) -> bool:
    """Whether a try used something up; who found the branch taken, or went down with its machine, has not."""
    if attempt.verdict is None:
        return True
    kind = MEANINGS[attempt.verdict].retry
    return attempt.verdict is not Verdict.INTERRUPTED and kind not in {Retry.LATER, Retry.NEVER_BY_THIS_HOLDER}


def _wait(number: int, chance: float) -> timedelta:
    seconds = min(_FIRST * 2 ** min(number - 1, 10), _LONGEST)
    return timedelta(seconds=seconds * (1 + _JITTER * (2 * chance - 1)))

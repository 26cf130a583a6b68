"""Why an item is not worked on now, for people."""

import json
from enum import StrEnum

from kiro_worker.value import dataclass


class Standing(StrEnum):
    """What a "no" means for the card."""

    WAITING = "waiting"  #: nothing is wrong: its turn comes by itself
    UNFIT = "unfit"  #: somebody has to change something; the card stays and is told once
    QUESTION = "question"  #: only a person can answer; the card goes to the column for that
    UNKNOWN = "unknown"  #: it could not be looked at this time; nothing is told and nothing is moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One "no".

    Attributes:
        code: stable and dotted, such as `branch.missing`.
        why: one sentence.
        cure: what to do about it; empty where there is nothing to do but wait.
    """

    code: str
    standing: Standing
    why: str
    cure: str = ""


def packed(reasons: tuple[Reason, ...]) -> str:
    """Reasons as a text to keep; `unpacked` reads it."""
    return json.dumps([[each.code, each.standing.value, each.why, each.cure] for each in reasons])


def unpacked(text: str) -> tuple[Reason, ...]:
    """Reasons that were kept as a text."""
    return tuple(
        Reason(code=code, standing=Standing(standing), why=why, cure=cure)
        for code, standing, why, cure in json.loads(text)
    )


def weightiest(reasons: tuple[Reason, ...]) -> Standing | None:
    """What several of them mean together; None for none.

    What could not be looked at comes first, as nobody may be told half of the truth; then what only a person can say.
    """
    order = (Standing.UNKNOWN, Standing.QUESTION, Standing.UNFIT, Standing.WAITING)
    there = {reason.standing for reason in reasons}
    return next((standing for standing in order if standing in there), None)

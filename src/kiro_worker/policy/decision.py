"""An answer to one request, with the rule that decided and why."""

from collections.abc import Iterable
from enum import StrEnum

from kiro_worker.value import dataclass


class Answer(StrEnum):
    """What is said to a request; the stricter of two counts."""

    ALLOW = "allow"
    ASK = "ask"  #: a person decides; unattended it is not done
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer.

    Attributes:
        rule: the stable name of what decided.
        reason: why, in words that fit behind a colon.
    """

    answer: Answer
    rule: str
    reason: str

    @property
    def allowed(self) -> bool:
        """Whether it may be done without asking anybody."""
        return self.answer is Answer.ALLOW


_STRICTNESS = {Answer.ALLOW: 0, Answer.ASK: 1, Answer.DENY: 2}


def allow(rule: str, reason: str) -> Decision:
    """It may be done."""
    return Decision(Answer.ALLOW, rule, reason)


def ask(rule: str, reason: str) -> Decision:
    """A person has to say."""
    return Decision(Answer.ASK, rule, reason)


def deny(rule: str, reason: str) -> Decision:
    """It may not be done."""
    return Decision(Answer.DENY, rule, reason)


def strictest(decisions: Iterable[Decision]) -> Decision | None:
    """The one that counts; of equals the first by name, so that no order of rules or requests can change it."""
    best: Decision | None = None
    for each in decisions:
        if best is None or _before(each, best):
            best = each
    return best


def _before(one: Decision, other: Decision) -> bool:
    by_answer = _STRICTNESS[one.answer] - _STRICTNESS[other.answer]
    return by_answer > 0 or (by_answer == 0 and (one.rule, one.reason) < (other.rule, other.reason))

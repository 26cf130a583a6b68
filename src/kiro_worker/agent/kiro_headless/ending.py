"""How a headless turn ended, read from what was seen: pure rules.

The exit status is believed when it tells of a failure and never when it tells of success: a rejected key, an agent
that is not there and tools that were refused all ended with status 0.
"""

from kiro_worker.agent.acp.ending import TurnOver, failure_told, told
from kiro_worker.agent.failure import failure_in
from kiro_worker.agent.fate import fate_of, signal_of
from kiro_worker.agent.kiro_headless.dialect import Dialect
from kiro_worker.agent.port import TurnOutcome
from kiro_worker.value import dataclass

_STOPS = {
    "end_turn": TurnOutcome.ENDED,
    "refusal": TurnOutcome.REFUSED,
    "max_tokens": TurnOutcome.CUT_SHORT,
    "max_turn_requests": TurnOutcome.CUT_SHORT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What was seen of one turn that ended by itself.

    Attributes:
        status: the exit status; negative is a signal.
        said: the answer.
        words: what it complained about, on any channel.
        spoke: whether anything came on standard output.
        worked: whether there is a sign that a model was asked.
        structured: whether its events announce the end.
        finished: the status and the reason of its end, as it told them.
        error: its own error.
    """

    status: int
    said: str = ""
    words: str = ""
    spoke: bool = False
    worked: bool = False
    structured: bool = False
    finished: tuple[str, str] | None = None
    error: str | None = None


def ending(dialect: Dialect, signs: Signs) -> TurnOver:
    """The outcome, with the words that explain it."""
    if signs.error is not None:
        known = _meaning(dialect, signs.error, signs.words)
        return TurnOver(known or TurnOutcome.CRASHED, told(f"It ended with an error: {signs.error}", signs.words))
    if signs.status in dialect.statuses:
        return TurnOver(dialect.statuses[signs.status], told(f"It ended with status {signs.status}.", signs.words))
    if signs.status:
        return _failed(dialect, signs)
    if signs.structured:
        return _after_events(dialect, signs)
    return _after_transcript(dialect, signs)


def _failed(dialect: Dialect, signs: Signs) -> TurnOver:
    known = _meaning(dialect, signs.words, "" if signs.worked else signs.said)
    if known is None:
        known = TurnOutcome.CRASHED if signs.spoke or signal_of(signs.status) else TurnOutcome.NOT_STARTED
    return TurnOver(known, told(f"It {fate_of(signs.status)}.", signs.words or signs.said))


def _after_events(dialect: Dialect, signs: Signs) -> TurnOver:
    if signs.finished is None:
        known = _meaning(dialect, signs.words)
        return TurnOver(
            known or TurnOutcome.CRASHED, told("It ended with status 0 and did not say that it had.", signs.words)
        )
    status, reason = signs.finished
    if status != "success":
        known = _meaning(dialect, signs.words)
        return TurnOver(
            known or TurnOutcome.CRASHED, told(f"It ended its run as {status or 'nothing'}: {reason}.", signs.words)
        )
    if dialect.is_metered and not signs.worked:
        return _lonely(dialect, signs)
    outcome = _STOPS.get(reason, TurnOutcome.CRASHED)
    return TurnOver(outcome, "" if outcome is TurnOutcome.ENDED else told(f"It stopped: {reason}.", signs.words))


def _after_transcript(dialect: Dialect, signs: Signs) -> TurnOver:
    if signs.worked:
        return TurnOver(TurnOutcome.ENDED)
    if dialect.is_metered:
        # Without a cost there was no turn; then what looks like an answer may be the service's refusal.
        known = dialect.sign_in(signs.said)
        if known is not None:
            return TurnOver(known, told(signs.said.strip(), signs.words))
    if (known := failure_told(signs.said)) is not None:
        return TurnOver(known, told(signs.said.strip(), signs.words))
    if signs.said.strip():
        return TurnOver(TurnOutcome.ENDED)
    if dialect.is_metered:
        return _lonely(dialect, signs)
    known = _meaning(dialect, signs.words)
    return TurnOver(known or TurnOutcome.ENDED, "" if known is None else told("It said nothing.", signs.words))


def _lonely(dialect: Dialect, signs: Signs) -> TurnOver:
    known = _meaning(dialect, signs.words)
    fate = "It ended with status 0, but with no word and no cost: no model was asked."
    return TurnOver(known or TurnOutcome.CRASHED, told(fate, signs.words))


def _meaning(dialect: Dialect, *texts: str) -> TurnOutcome | None:
    for text in filter(None, texts):
        if (known := dialect.sign_in(text) or failure_in(text)) is not None:
            return known
    return None

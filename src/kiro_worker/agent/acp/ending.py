"""How a turn over the protocol ends, read from what was seen: pure rules."""

import re

from kiro_worker.agent.acp import wire
from kiro_worker.agent.acp.connection import CallFailed
from kiro_worker.agent.failure import failure_in
from kiro_worker.agent.fate import fate_of, signal_of
from kiro_worker.agent.port import Permission, ToolRequest, TurnOutcome
from kiro_worker.expression import expression

_LONGEST_DETAIL = 4000
_MOST_WORDS = 2000
_LEAST_TEXT = 8  # a line with more than one character in so many that could not be decoded is no text
_MOST_REASONS = 20

_STOPS = {
    "end_turn": TurnOutcome.ENDED,
    "refusal": TurnOutcome.REFUSED,
    "max_tokens": TurnOutcome.CUT_SHORT,
    "max_turn_requests": TurnOutcome.CUT_SHORT,
    "cancelled": TurnOutcome.CANCELLED,
}
# How an answer reads that is none: a service turned the agent away, which ended its turn as if all were well.
_REPORT = expression(
    r"(?:^|\n|[.!…])[\s*_`#>\u2022\u274c\u26a0\ufe0f]*(?:(?:api|fatal|provider|model|llm|request|stream)\s+)?"
    r"(?:error\b|(?:http|status)(?: code)?:? ?[45]\d\d\b|[45]\d\d [a-z{]|(?:authentication|request) failed\b)",
    re.IGNORECASE,
)
_LONGEST_REPORT = 4000
_OF_THE_SERVICE = frozenset({TurnOutcome.LOGGED_OUT, TurnOutcome.THROTTLED, TurnOutcome.EXHAUSTED, TurnOutcome.CONFIG})
# Of a command that no profile describes it is only supposed that it speaks the protocol.
SUPPOSED = " If it does not speak the Agent Client Protocol, run it with --protocol headless."
_BY_LIMIT = frozenset({TurnOutcome.SILENT, TurnOutcome.TIMED_OUT, TurnOutcome.NOT_STARTED})


class TurnOver(Exception):  # not a WorkerError: it carries an outcome from where it was seen to the end of the turn
    """The turn is over, for this reason."""

    def __init__(self, outcome: TurnOutcome, detail: str = "") -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail.strip()[-_LONGEST_DETAIL:]


def after_stop(reason: object, said: str, words: str, *, acted: bool = True) -> TurnOver:
    """The end that the agent itself announced.

    Args:
        reason: its `stopReason`; an unknown one is no fault, as the work may be done.
        said: the end of its answer; some agents tell a fault there and call it a refusal, or an end like any other.
        words: what it told of faults during the turn.
        acted: whether a tool was called.
    """
    outcome = _STOPS.get(reason if isinstance(reason, str) else "end_turn", TurnOutcome.ENDED)
    if outcome is TurnOutcome.REFUSED:
        known = failure_in(said[-_LONGEST_DETAIL:]) or failure_in(words)
        spoken = (words or said).strip()
        return TurnOver(
            known or outcome, told("It refused to go on, and said:" if spoken else "It refused to go on.", spoken)
        )
    if outcome is TurnOutcome.ENDED and not acted and (known := failure_told(said)) is not None:
        return TurnOver(known, told("It did nothing, and said:", said))
    return TurnOver(outcome)


def failure_told(answer: str) -> TurnOutcome | None:
    """What stands in place of an answer, when that is the model's service turning the agent away; None otherwise.

    Only for a turn in which nothing was done: an agent at work may well write of errors.

    >>> failure_told("HTTP 401: Invalid key"), failure_told("I added the test for a missing API key.")
    (<TurnOutcome.LOGGED_OUT: 'logged-out'>, None)
    """
    if len(answer) > _LONGEST_REPORT or _REPORT.search(answer) is None:
        return None
    known = failure_in(answer)
    return known if known in _OF_THE_SERVICE else None


def after_error(failed: CallFailed, words: str) -> TurnOver:
    """The end that an error answer to one of our calls means."""
    known = failure_in(failed.message, failed.code) or failure_in(words)
    if known is None and failed.method == wire.AUTHENTICATE:
        known = TurnOutcome.LOGGED_OUT
    if known is None:
        known = TurnOutcome.PROTOCOL if failed.code in {-32700, -32600, -32601, -32602} else TurnOutcome.CRASHED
    code = "" if failed.code is None else f" (code {failed.code})"
    return TurnOver(known, f"{failed.method} failed{code}: {failed.message}")


def after_exit(status: int | None, *, messages: int, noise: bool, words: str, hint: str = "") -> TurnOver:
    """The end that the process itself made, by ending or by closing its output.

    Args:
        status: its exit status; None when it still runs.
        messages: how many messages it had sent.
        noise: whether it had sent anything else.
        words: the end of what it said outside the protocol.
        hint: what else may be the cause, where it never spoke the protocol.
    """
    outcome = failure_in(words)
    if outcome is None and (messages or (status is not None and signal_of(status))):
        outcome = TurnOutcome.CRASHED
    elif outcome is None:
        outcome = TurnOutcome.PROTOCOL if noise else TurnOutcome.NOT_STARTED
    fate = "closed its output" if status is None else fate_of(status)
    when = "in the middle of the turn" if messages else "before it said anything of the protocol"
    return TurnOver(outcome, told(f"The agent {fate} {when}.{hint}", words))


def with_words(over: TurnOver, words: str, hint: str = "") -> TurnOver:
    """The same end; where a limit made it, what the agent said, or that it never spoke, may tell the cause."""
    if over.outcome not in _BY_LIMIT:
        return over
    if hint in over.detail:
        hint = ""
    if words in over.detail:  # as none are, too
        return TurnOver(over.outcome, f"{over.detail}{hint}")
    return TurnOver(over.outcome, told(f"{over.detail}{hint} It had said:", words))


def told(seen: str, words: str) -> str:
    r"""What was seen, first and whole, and the end of what the agent said; lines that are no text are only counted.

    >>> told("The agent ended with status 1.", "no such model\n\ufffd\x01\ufffd\ufffd")
    'The agent ended with status 1. no such model\n(and 1 line that is no text)'
    """
    lines = words.strip().split("\n")
    readable = [line for line in lines if line.count("\ufffd") * _LEAST_TEXT <= len(line)]
    rest = "\n".join(readable).strip()[-_MOST_WORDS:]
    if lost := len(lines) - len(readable):
        more = f"{lost} line{'s' if lost > 1 else ''} that {'are' if lost > 1 else 'is'} no text"
        rest = f"{rest}\n(and {more})" if rest else f"({more})"
    return f"{seen} {rest}".strip()


def check_version(version: object) -> None:
    """Whether an agent speaks this worker's version.

    Some agents answer with a date in place of the number; that is version 1.

    Raises:
        TurnOver: when it does not.
    """
    dated = isinstance(version, str) and version[:4].isdecimal() and version[4:5] == "-"
    if version is None or dated or str(version) == str(wire.PROTOCOL_VERSION):
        return
    raise TurnOver(
        TurnOutcome.PROTOCOL,
        f"The agent speaks version {version!r} of the protocol; this worker speaks {wire.PROTOCOL_VERSION}.",
    )


def continuation(rejections: list[tuple[ToolRequest, Permission]]) -> str:
    """The prompt that carries the reasons, which the protocol's own answer cannot."""
    told = dict.fromkeys(f"- {_named(request)}: {permission.reason}" for request, permission in rejections)
    reasons = "\n".join(list(told)[-_MOST_REASONS:])
    return (
        f"Not everything you asked for was allowed:\n{reasons}\n\n"
        "Do not try these again in another form. Finish the task without them; if that cannot be done, "
        "say what is missing and stop."
    )


def _named(request: ToolRequest) -> str:
    return (request.command or request.title or ", ".join(request.paths) or "a tool call")[:300]

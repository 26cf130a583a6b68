"""What an agent's words about a fault mean; its exit codes and error numbers alone mean little.

The texts are those that agents and model services were seen to send. What matches nothing stays unknown.
"""

import re
from functools import cache

from kiro_worker.agent.port import TurnOutcome

# In this order: an allowance that is used up is often told in the words of a rate limit.
_WORDS: dict[TurnOutcome, tuple[str, ...]] = {
    TurnOutcome.EXHAUSTED: (
        r"credit limit exceeded",
        r"(monthly|usage|spending) limit (has been )?(reached|exceeded)",
        r"insufficient_quota|MonthlyLimitReached|exceeded your current quota",
        r"out of credits|not enough credits|insufficient (credit|fund|balance)|credit balance is too low",
        r"payment required|billing",
    ),
    TurnOutcome.CUT_SHORT: (
        r"context ?window ?overflow|context_length_exceeded|context (length|window)( was| is)? exceeded",
        r"maximum context length|(prompt|input) is too long",
    ),
    TurnOutcome.LOGGED_OUT: (
        r"not (logged|signed) in|(please|must|need to) (log|sign) ?in|log ?in (is )?required",
        r"auth\w* (is )?required|authentication (failed|error)|unauthori[sz]ed|unauthenticated|permission_denied",
        r"(invalid|incorrect|missing|no|expired) api[ _-]?key|no auth\w*( \w+)? (provided|found|available)",
        r"api[ _-]?key (is |was )?(not|invalid|missing|expired|required)",
        r"(token|session|credentials?) (has |have |is |are )?expired|UnrecognizedClient|ExpiredToken",
        r"confirm the following code|device (code|login)",
        r"(kiro-cli|codex|opencode auth|claude|gemini|qwen) login",
    ),
    TurnOutcome.THROTTLED: (
        r"throttl|rate[ _-]?limit|too many requests|overloaded|resource[ _]exhausted|quota exceeded",
        r"temporarily unavailable|service unavailable|at capacity|try again (later|in \d)",
    ),
    TurnOutcome.CONFIG: (
        r"invalid ?model|(unknown|unsupported|no such) model|model\b.{0,80}(not found|does not exist|not supported)",
        r"(unknown|unrecognized|unexpected|invalid) (option|argument|flag|command|subcommand)",
        r"(invalid|malformed|missing|bad) config|configuration (error|is invalid)|agent\b.{0,80}not found",
        r"no longer maintained|requires node|no (\w+ )?providers? ((is|are) )?(configured|selected|set)",
        r"EOFError|EOF when reading a line",  # it asked something in a terminal, where nobody was
    ),
}

# A number is an HTTP status where a word says so, or where a message begins with it.
_STATUS = r"(?:\b(?:status|code|error|http)\D{0,12}|(?:^|[\"'])(?=\d{3}(?: [a-z]{2}|: ?[a-z{])))([45]\d\d)\b"
_STATUSES = {
    401: TurnOutcome.LOGGED_OUT,
    402: TurnOutcome.EXHAUSTED,
    403: TurnOutcome.LOGGED_OUT,
    404: TurnOutcome.CONFIG,
    429: TurnOutcome.THROTTLED,
    502: TurnOutcome.THROTTLED,
    503: TurnOutcome.THROTTLED,
    504: TurnOutcome.THROTTLED,
    529: TurnOutcome.THROTTLED,
    # JSON-RPC codes: "authentication required" of the protocol, and Mistral Vibe's for a rejected key.
    -32000: TurnOutcome.LOGGED_OUT,
    -31002: TurnOutcome.LOGGED_OUT,
}


def failure_in(words: str, code: int | None = None) -> TurnOutcome | None:
    """Which known kind of failure some words tell of; None when they tell of none.

    Args:
        words: an error message, or the end of standard error.
        code: the number that came with it, an HTTP status or a JSON-RPC code.

    >>> failure_in("60-minute credit limit exceeded (ThrottlingException)")
    <TurnOutcome.EXHAUSTED: 'exhausted'>
    """
    for outcome, reader in _readers():
        if reader.search(words):
            return outcome
    if code in _STATUSES:
        return _STATUSES[code]
    told = re.search(_STATUS, words, re.IGNORECASE)
    return _STATUSES.get(int(told[1])) if told else None


@cache
def _readers() -> tuple[tuple[TurnOutcome, re.Pattern[str]], ...]:
    # Compiled when the first fault is read, not at every start of the program.
    return tuple((outcome, re.compile("|".join(parts), re.IGNORECASE | re.DOTALL)) for outcome, parts in _WORDS.items())

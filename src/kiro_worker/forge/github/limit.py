"""GitHub's rate limits: which answers are one, and how long to wait.

Primary limits say so with a count of 0 and a time; secondary ones by Retry-After, or only in words. GraphQL answers
either with 200. https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from kiro_worker.forge.github.wire import Answer

_UNTOLD_WAIT = 60.0
_LONGEST_UNTOLD_WAIT = 900.0
_WORDS = ("rate limit", "abuse detection")


def wait_of(answer: Answer, *, nth: int, now: datetime) -> float | None:
    """Seconds to wait before asking again; None when the answer is no limit.

    Args:
        answer: any answer.
        nth: how many limits in a row came before this one.
        now: this machine's time, used only when the answer does not tell the server's.
    """
    if not _is_limit(answer):
        return None
    here = _moment(answer.headers.get("date", "")) or now
    told = _retry_after(answer.headers, here)
    if told is not None:
        return told
    reset = answer.headers.get("x-ratelimit-reset", "")
    if _is_spent(answer.headers) and _is_number(reset):
        return max(1.0, float(reset) - here.timestamp() + 1)
    return min(_UNTOLD_WAIT * 2.0**nth, _LONGEST_UNTOLD_WAIT)


def retry_after(answer: Answer, now: datetime) -> float:
    """How long an answer of any kind asks to wait; 0 when it does not."""
    return _retry_after(answer.headers, _moment(answer.headers.get("date", "")) or now) or 0.0


def graphql_errors(answer: Answer) -> tuple[Mapping[str, Any], ...]:
    """The errors that a GraphQL answer carries, whatever its status."""
    errors = answer.payload.get("errors") if isinstance(answer.payload, dict) else None
    return tuple(error for error in errors if isinstance(error, dict)) if isinstance(errors, list) else ()


def _is_limit(answer: Answer) -> bool:
    if answer.status == 429:
        return True
    if answer.status == 403:
        return _is_spent(answer.headers) or "retry-after" in answer.headers or _speaks_of_limits(answer.payload)
    if answer.status != 200:
        return False
    return any(
        "RATE_LIMIT" in str(error.get("type", "")) or _speaks_of_limits(error) for error in graphql_errors(answer)
    )


def _speaks_of_limits(payload: Any) -> bool:
    message = str(payload.get("message", "")).lower() if isinstance(payload, dict) else ""
    return any(words in message for words in _WORDS)


def _is_spent(headers: Mapping[str, str]) -> bool:
    return headers.get("x-ratelimit-remaining") == "0"


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    value = headers.get("retry-after", "").strip()
    if _is_number(value):
        return max(1.0, float(value))
    moment = _moment(value)
    return None if moment is None else max(1.0, (moment - now).total_seconds())


def _is_number(value: str) -> bool:
    """Whether it is a number of seconds that anybody could mean."""
    return value.isdecimal() and len(value) <= 10


def _moment(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    return moment if moment.tzinfo is not None else None

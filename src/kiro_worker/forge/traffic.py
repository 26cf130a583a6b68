"""What came of the requests to a forge while somebody counted: for who watches over the deployment."""

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar

from kiro_worker.value import dataclass, field

# Whoever is refused for its credential, or asks too often, is not served; 404 and the like are answers.
_NOT_SERVED = frozenset({401, 403, 408, 429})


@dataclass(slots=True)
class Traffic:
    """Requests and what came of them.

    Attributes:
        requests: in all; each try counts.
        errors: those without an answer, or with one that says nothing about what was asked.
        left: of each of the forge's rate limits, the share that was left at last, 0 to 1.
    """

    requests: int = 0
    errors: int = 0
    left: dict[str, float] = field(default_factory=dict)

    @property
    def error_percent(self) -> float | None:
        """How many of a hundred requests failed; None when there were none."""
        return 100.0 * self.errors / self.requests if self.requests else None

    @property
    def percent_left(self) -> float | None:
        """Of the rate limit that is closest to its end; None when none was told."""
        return 100.0 * min(self.left.values()) if self.left else None

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """An answer came.

        Args:
            status: of HTTP.
            headers: names in lower case.
        """
        self.requests += 1
        self.errors += status >= 500 or status in _NOT_SERVED
        limit, remaining = _number(headers, "x-ratelimit-limit"), _number(headers, "x-ratelimit-remaining")
        if limit and remaining is not None:
            self.left[headers.get("x-ratelimit-resource", "")] = min(1.0, remaining / limit)

    def lost(self) -> None:
        """No answer came."""
        self.requests += 1
        self.errors += 1


# Of the task that counts, and of all that it starts: what else this process asks meanwhile is not its business.
_COUNTING: ContextVar[Traffic | None] = ContextVar("traffic", default=None)


@contextlib.contextmanager
def counted() -> Iterator[Traffic]:
    """Count what is asked inside."""
    traffic = Traffic()
    token = _COUNTING.set(traffic)
    try:
        yield traffic
    finally:
        _COUNTING.reset(token)


def counting() -> Traffic | None:
    """Where a request is to be counted; None when nobody does."""
    return _COUNTING.get()


def _number(headers: Mapping[str, str], name: str) -> int | None:
    told = headers.get(name, "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else None

"""How many points of GraphQL's rate limit the board may use in an hour, and what it has used."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from kiro_worker.board.fault import BoardLimited
from kiro_worker.board.github.part import number, part, text
from kiro_worker.clock import Clock

_HOUR = timedelta(hours=1)


class Budget:
    """Counts points by the server's own words; whatever else uses the same account counts for itself.

    Attributes:
        spent: points since the hour began.
        requests: in all.
        remaining: what the account has left, None while that is not known or where there is no limit.
    """

    def __init__(self, per_hour: int, clock: Clock) -> None:
        """Begin an hour.

        Args:
            per_hour: the most; 0 leaves it to the server.
            clock: tells when the hour is over, where the server does not.
        """
        self.spent = 0
        self.requests = 0
        self.remaining: int | None = None
        self._per_hour = per_hour
        self._clock = clock
        self._ends = clock.now() + _HOUR

    def allow(self, purpose: str) -> None:
        """Refuse what the budget has nothing left for.

        Raises:
            BoardLimited: with the time from which on there is.
        """
        now = self._clock.now()
        if now >= self._ends:
            self.spent, self._ends = 0, now + _HOUR
        if self._per_hour and self.spent >= self._per_hour:
            minutes = max(1, round((self._ends - now).total_seconds() / 60))
            raise BoardLimited(
                purpose=purpose,
                said=f"the {self._per_hour:,} points of this hour (board.points_per_hour) are used; "
                f"a new one begins in {minutes} min.",
                next_step="Wait, ask less often, or raise board.points_per_hour; GitHub allows 5,000 and more.",
            )

    def charge(self, data: Mapping[str, Any]) -> None:
        """Count an answer; one without a word about its cost counts as one point."""
        rate = part(data, "rateLimit")
        self.requests += 1
        self.spent += number(rate, "cost") or 1
        if "remaining" in rate:
            self.remaining = number(rate, "remaining")
        ends = _moment(text(rate, "resetAt"))
        # A clock that is ahead of the server's would begin a new hour with each answer.
        if ends is not None and ends > self._clock.now():
            self._ends = ends


def _moment(told: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None

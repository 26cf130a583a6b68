"""The number that tells a lease from every earlier one on the same key."""

from datetime import datetime


def next_fence(last: int, now: datetime) -> int:
    """The fence of a new lease, above `last`, the highest that the store remembers (0 when it remembers none).

    It is never below the present second since 1970. So the numbers go on rising when the store has forgotten: a
    database that was deleted, a ref that somebody removed, a branch that moves on to another store.

    >>> from datetime import UTC
    >>> moment = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    >>> next_fence(0, moment), next_fence(1_900_000_000, moment)
    (1795253400, 1900000001)
    """
    return max(last + 1, int(now.timestamp()))

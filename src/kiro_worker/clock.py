"""Time is a port: what waits or stamps asks a clock, so that tests own the hours."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol

# On Linux, CLOCK_MONOTONIC stands still while the machine is suspended, and a lease of another machine does not.
_ELAPSED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    """The present, and waiting for it to pass."""

    def now(self) -> datetime:
        """Wall-clock time, always aware and in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` have passed on this clock."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """See `Clock.monotonic`; time that a laptop was suspended counts, and all processes of a boot agree on it."""
        return time.clock_gettime(_ELAPSED)

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        await asyncio.sleep(seconds)


def stamp(moment: datetime) -> str:
    """A moment as RFC 3339 in UTC with milliseconds, the one form used in files and JSON.

    >>> stamp(datetime(2026, 11, 21, 9, 30, tzinfo=UTC))
    '2026-11-21T09:30:00.000Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

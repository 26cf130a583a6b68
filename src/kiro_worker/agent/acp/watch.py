"""The limits of a turn, kept while it runs."""

from collections.abc import Callable
from datetime import timedelta

from kiro_worker.agent.acp.ending import TurnOver
from kiro_worker.agent.port import TurnLimits, TurnOutcome
from kiro_worker.clock import Clock


class Watch:
    """Tells once when a limit is passed.

    Args:
        busy: whether a tool call is in progress, which is no silence.
        over: told the limit that was passed.
    """

    def __init__(
        self, limits: TurnLimits, clock: Clock, *, busy: Callable[[], bool], over: Callable[[TurnOver], None]
    ) -> None:
        self._limits, self._clock, self._busy, self._over = limits, clock, busy, over
        self._started = self._sign = clock.monotonic()
        self._prompted: float | None = None
        self._output = 0

    def sign(self) -> None:
        """A sign of life: a message of the protocol. Noise and standard error are none."""
        self._sign = self._clock.monotonic()

    def prompted(self) -> None:
        """The agent took the first prompt: from here the wall clock counts."""
        self._prompted = self._sign = self._clock.monotonic()

    def heard(self, size: int) -> bool:
        """Count output; False when it is more than allowed."""
        self._output += size
        if self._output <= self._limits.output:
            return True
        self._over(
            TurnOver(
                TurnOutcome.OVER_BUDGET,
                f"The agent sent more than {self._limits.output} bytes in one turn (budget.output).",
            )
        )
        return False

    async def keep(self) -> None:
        """Watch the time until a limit is passed."""
        while (passed := self._passed()) is None:
            await self._clock.sleep(max(0.001, self._next() - self._clock.monotonic()))
        self._over(passed)

    def _next(self) -> float:
        """The earliest moment at which something may be over."""
        silent = self._sign + self._limits.silence.total_seconds()
        if silent <= self._clock.monotonic():  # busy: the call's end is a sign of life and moves this on
            silent = self._clock.monotonic() + self._limits.silence.total_seconds()
        return min(silent, self._wall())

    def _wall(self) -> float:
        if self._prompted is None:
            return self._started + self._limits.start.total_seconds()
        return self._prompted + self._limits.wall.total_seconds()

    def _passed(self) -> TurnOver | None:
        now = self._clock.monotonic()
        if now >= self._wall():
            if self._prompted is None:
                return TurnOver(
                    TurnOutcome.NOT_STARTED,
                    f"The agent took no prompt within {_told(self._limits.start)} of its start.",
                )
            return TurnOver(TurnOutcome.TIMED_OUT, f"The turn took longer than {_told(self._limits.wall)}.")
        if now >= self._sign + self._limits.silence.total_seconds() and not self._busy():
            return self._silent(_told(self._limits.silence))
        return None

    def _silent(self, limit: str) -> TurnOver:
        if self._prompted is None:
            # What hangs before its first prompt did not stop working: it never began.
            told = f"The agent took no prompt, and sent no message for {limit} (limits.silence, before limits.start)."
            return TurnOver(TurnOutcome.NOT_STARTED, told)
        return TurnOver(TurnOutcome.SILENT, f"The agent sent no message for {limit}.")


def _told(limit: timedelta) -> str:
    return f"{limit.total_seconds():g} s"

"""What a turn costs, out of the many shapes in which agents tell it.

Tokens come in the answer to a prompt (`usage`, or somewhere in `_meta`), of that prompt or of the whole session;
money comes as the session's total in `usage_update`; Kiro sends credits as differences.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kiro_worker.agent.acp import wire
from kiro_worker.agent.port import Usage

_INPUT = ("inputTokens", "input_tokens", "promptTokens", "prompt_tokens", "promptTokenCount")
_OUTPUT = ("outputTokens", "output_tokens", "completionTokens", "completion_tokens", "candidatesTokenCount")
_COST = ("costUsd", "cost_usd", "totalCostUsd", "total_cost_usd")
_DEEPEST = 4


class Meter:
    """Adds up one turn.

    Args:
        of_session: whether the reported tokens are those of the session so far (see `Quirks.usage_of_session`).
    """

    def __init__(self, *, of_session: bool = False) -> None:
        self._of_session = of_session
        self._tokens = Usage()
        self._credits: float | None = None
        self._cost: float | None = None
        self._cost_before = 0.0
        self._prompted = False

    @property
    def usage(self) -> Usage:
        """All that is known so far."""
        spent = self._tokens.cost_usd
        if self._cost is not None and self._prompted:
            spent = max(0.0, self._cost - self._cost_before)
        return replace(self._tokens, credits=self._credits, cost_usd=spent)

    def prompted(self) -> None:
        """The turn begins here: what a continued session cost before is not this turn's."""
        if not self._prompted:
            self._prompted = True
            self._cost_before = self._cost or 0.0

    def take_total_cost(self, cost: Any) -> bool:
        """Take the session's total; whether it said anything."""
        if not isinstance(cost, dict) or cost.get("currency", "USD") != "USD":
            return False
        amount = _number(cost.get("amount"))
        self._cost = amount if amount is not None else self._cost
        return amount is not None

    def take_credits(self, entries: Any) -> bool:
        """Take metering entries: `[{"value": 0.07, "unit": "credit"}]`; whether they said anything."""
        found = [
            _number(entry.get("value"))
            for entry in (entries if isinstance(entries, list) else ())
            if isinstance(entry, dict) and str(entry.get("unit") or entry.get("unitPlural")).startswith("credit")
        ]
        for value in filter(None, found):
            self._credits = (self._credits or 0.0) + value
        return any(found)

    def take_answer(self, answer: wire.PromptEnded) -> bool:
        """Take what the answer to a prompt says; whether it said anything."""
        for table in _tables({"usage": answer.usage, "_meta": answer.meta}):
            taken, given = _first(table, _INPUT), _first(table, _OUTPUT)
            if taken is None and given is None:
                continue
            seen = Usage(
                input_tokens=None if taken is None else int(taken),
                output_tokens=None if given is None else int(given),
                cost_usd=_first(table, _COST),
            )
            self._tokens = seen if self._of_session else self._tokens + seen
            return True
        return False


def _tables(found: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """A table and those inside it, the outermost first."""
    if isinstance(found, dict) and depth <= _DEEPEST:
        yield found
        for inner in found.values():
            yield from _tables(inner, depth + 1)


def _first(table: dict[str, Any], names: tuple[str, ...]) -> float | None:
    return next((number for name in names if (number := _number(table.get(name))) is not None), None)


def _number(found: object) -> float | None:
    usable = isinstance(found, (int, float)) and not isinstance(found, bool) and 0 <= found < 1e15
    return found if usable else None  # type: ignore[return-value]  # the line above narrowed it

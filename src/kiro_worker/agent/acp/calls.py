"""The tool calls of one turn: what is known of each, and which still run."""

from collections import OrderedDict
from typing import Any

import msgspec

from kiro_worker.agent.acp import wire
from kiro_worker.agent.acp.requests import Facts
from kiro_worker.agent.port import ToolCalled, ToolKind, ToolRequest
from kiro_worker.value import dataclass, field

_MOST_CALLS = 4096
_MOST_OUTPUT = 16 * 1024
_OVER = frozenset({"completed", "failed", "cancelled", "rejected"})
_STATUSES = frozenset({"pending", "in_progress", "completed", "failed"})


@dataclass(slots=True)
class _Call:
    facts: Facts = field(default_factory=Facts)
    status: str = "pending"
    open: bool = True


class ToolCalls:
    """Joins all that an agent says about each call; the same id may be announced any number of times.

    Attributes:
        announced: how many different calls there were.

    Args:
        stay_open: whether the agent never says that a call is over (see `Quirks.calls_stay_open`).
    """

    def __init__(self, *, stay_open: bool = False) -> None:
        self.announced = 0
        self._stay_open = stay_open
        self._calls: OrderedDict[str, _Call] = OrderedDict()
        self._running: set[str] = set()

    @property
    def running(self) -> bool:
        """Whether one is in progress."""
        return bool(self._running)

    def take(self, update: wire.Update) -> ToolCalled:
        """Take an announcement or an update of a call."""
        number, call = self._call(update)
        call.facts = call.facts.with_update(update)
        status = update.status if isinstance(update.status, str) else call.status
        call.status = status if status in _STATUSES else "failed" if status in _OVER else "in_progress"
        if call.status in _OVER or not call.open:
            self._running.discard(number)
        else:
            self._running.add(number)
        return ToolCalled(
            call=number,
            title=call.facts.title,
            kind=call.facts.kind or ToolKind.OTHER,
            status=call.status,
            output=_output(update),
        )

    def request(self, update: wire.Update) -> ToolRequest:
        """What a permission request asks for, joined with everything said before about its call."""
        number, call = self._call(update)
        call.facts = call.facts.with_update(update)
        return call.facts.request(number)

    def reject(self, number: str) -> None:
        """A rejected call is over, whether or not the agent says so."""
        if (call := self._calls.get(number)) is not None:
            call.open = False
        self._running.discard(number)

    def agent_talks(self) -> None:
        """The agent itself spoke: with some, only this tells that its calls are over."""
        if self._stay_open:
            self._running.clear()

    def close(self) -> None:
        """The prompt was answered; nothing runs any more."""
        self._running.clear()

    def _call(self, update: wire.Update) -> tuple[str, _Call]:
        number = update.tool_call_id if isinstance(update.tool_call_id, str) else str(update.tool_call_id or "")
        call = self._calls.get(number)
        if call is None:
            self.announced += 1
            call = self._calls[number] = _Call()
            if len(self._calls) > _MOST_CALLS:
                # Forgetting the oldest can only make a late request unreadable, which rejects it.
                forgotten, _ = self._calls.popitem(last=False)
                self._running.discard(forgotten)
        return number, call


def _output(update: wire.Update) -> str:
    """What a call shows of its result, at most the last 16 KiB of it."""
    shown = said(update.content)
    if not shown and update.raw_output is not None:
        raw: Any = update.raw_output
        shown = raw if isinstance(raw, str) else msgspec.json.encode(raw).decode()
    return shown[-_MOST_OUTPUT:]


def said(content: Any) -> str:
    """The text in a content block, in a list of them, or in what some agents send in their place.

    >>> said([{"type": "content", "content": {"type": "text", "text": "12 passed"}}])
    '12 passed'
    """
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(filter(None, (said(block) for block in content)))
    if not isinstance(content, dict):
        return ""
    text = content.get("text")
    if isinstance(text, str):
        return text
    inner = content.get("content") or content.get("resource")
    return said(inner) if isinstance(inner, (dict, str)) else ""

"""A build's log: all that a run does, and all that agent, set-up and tests say, one JSON object a line.

CloudWatch Logs finds fields in such lines by itself: `fields @timestamp, event, task, text | filter run = "r-…"`.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from types import TracebackType
from typing import Any, Self, TextIO

from kiro_worker.agent.port import AgentEvent
from kiro_worker.clock import Clock, stamp
from kiro_worker.run.journal import Event

# A log event may have 256 KiB in bytes, of which a letter may take four, or six where JSON escapes it.
_MOST_TEXT = 30_000
_MOST_LINE = 250_000
_WARNINGS = frozenset({"run.noted", "run.stopping"})


class BuildLog:
    """See `kiro_worker.cli.progress.Progress`.

    Args:
        out: standard output of the build.
        clock: stamps what has no stamp of its own.
        run: stands in each line, with the task that is worked on.
    """

    def __init__(self, out: TextIO, clock: Clock, run: str) -> None:
        self._out, self._clock, self._run = out, clock, run
        self._task = ""

    def __enter__(self) -> Self:
        """See `Progress`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See `Progress`."""

    def paused(self) -> AbstractContextManager[None]:
        """See `Progress`."""
        return nullcontext()

    def event(self, event: Event) -> None:
        """One event of the receipt, with its facts."""
        if event.name in {"step.started", "turn.started"}:
            self._task = str(event.facts.get("task") or "")
        level = "warning" if event.name in _WARNINGS else "info"
        if event.name == "run.bug" or (event.name == "run.decided" and event.facts.get("exit_status")):
            level = "error"
        self._put({"level": level, "event": event.name, "n": event.number}, event.facts, at=event.at)

    def agent(self, event: AgentEvent) -> None:
        """See `Progress`; the agent is heard whole, by what `echo` is told."""

    def echo(self, entry: Mapping[str, Any]) -> None:
        """Something that was said: by the agent, as its transcript has it, or by the project's own commands."""
        facts = dict(entry)
        kind, at = facts.pop("kind"), facts.pop("at", None)
        event = "gate.output" if kind == "output" else f"agent.{kind}"
        text = facts.get("text")
        if not isinstance(text, str) or len(text) <= _MOST_TEXT:
            self._put({"level": "info", "event": event}, facts, at=at)
            return
        pieces = tuple(_pieces(text))
        for number, piece in enumerate(pieces, start=1):
            told = {**facts, "text": piece, "part": number, "parts": len(pieces)}
            self._put({"level": "info", "event": event}, told, at=at)

    def say(self, event: str, level: str = "info", **facts: Any) -> None:
        """Something of the build's own; redacted by whoever says it."""
        self._put({"level": level, "event": event}, facts, at=None)

    def _put(self, head: Mapping[str, Any], facts: Mapping[str, Any], *, at: object) -> None:
        about = {"at": at or stamp(self._clock.now()), **head, "run": self._run}
        # What a fact calls itself does not change what the line is.
        body = {**({"task": self._task} if self._task else {}), **facts, **about}
        line = _line({**about, **body})
        if len(line) > _MOST_LINE:
            line = _line({**about, "left_out": f"{len(line)} bytes, which are in the receipt"})
        # Nobody reads it any more: the run is paid for and goes on, and what it did is in its receipt.
        with suppress(OSError):
            self._out.write(line.decode() + "\n")
            self._out.flush()


def _line(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _pieces(text: str) -> Iterator[str]:
    """A long text in pieces, cut at line ends where there are some."""
    start = 0
    while start < len(text):
        end = min(start + _MOST_TEXT, len(text))
        if end < len(text) and (cut := text.rfind("\n", start, end)) > start:
            end = cut + 1
        yield text[start:end]
        start = end

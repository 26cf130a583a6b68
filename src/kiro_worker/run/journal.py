"""The receipt of a run: `events.jsonl`, one event a line, each with the hash of the one before."""

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kiro_worker.clock import Clock, stamp
from kiro_worker.redact import Redactor

# The hash that the first event names: there is nothing before it.
GENESIS = "0" * 64

FILE_NAME = "events.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened: `noun.verbed`, when, and the facts."""

    number: int
    at: str
    name: str
    facts: Mapping[str, Any]


Listener = Callable[[Event], None]


class Journal:
    """Appends events to a run's receipt and tells listeners of each.

    What is written is redacted first and on the disk when `write` returns, so a killed run has told all it did. A disk
    that takes no more does not stop the telling: listeners still hear, and `broken` says what happened.

    Attributes:
        events: all of them so far.
        broken: the first error in writing, after which the file is left as it is.
    """

    def __init__(self, path: Path, clock: Clock, redactor: Redactor) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._clock = clock
        self._redactor = redactor
        self._number = 0
        self._before = GENESIS
        self.listeners: list[Listener] = []
        self.events: list[Event] = []
        self.broken: OSError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def write(self, name: str, /, **facts: Any) -> Event:
        """Add one event; values are plain JSON."""
        self._number += 1
        event = Event(
            number=self._number, at=stamp(self._clock.now()), name=name, facts=self._redactor.json(dict(facts))
        )
        line, self._before = _chained(event, self._before)
        if self.broken is None:
            self._append(line)
        self.events.append(event)
        for listener in self.listeners:
            listener(event)
        return event

    def _append(self, line: bytes) -> None:
        try:
            written = os.write(self._file, line)
            os.fdatasync(self._file)
        except OSError as error:
            self.broken = error
        else:
            if written < len(line):
                self.broken = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def read_events(path: Path) -> Iterator[Event]:
    """The events of a receipt as far as they are whole; a line that a crash cut off is left out."""
    with path.open("rb") as lines:
        for line in lines:
            event = _event_in(line)
            if event is None:
                return
            yield event


def chain_fault(lines: Iterable[bytes]) -> str:
    """What is wrong with a receipt: the first line that was changed, cut, added or moved; empty when it is whole."""
    before = GENESIS
    for number, line in enumerate(lines, 1):
        event = _event_in(line)
        if event is None:
            return f"line {number} is not a whole event"
        expected, before = _chained(event, before)
        if line != expected:
            return f"line {number} was changed, or a line before it was taken out or put in"
    return ""


def _chained(event: Event, before: str) -> tuple[bytes, str]:
    body = {"n": event.number, "at": event.at, "event": event.name, **event.facts, "before": before}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f'{text[:-1]},"hash":"{digest}"}}\n'.encode(), digest


def _event_in(line: bytes) -> Event | None:
    try:
        body = json.loads(line)
        number, at, name = body.pop("n"), body.pop("at"), body.pop("event")
        body.pop("before"), body.pop("hash")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Event(number=number, at=at, name=name, facts=body)

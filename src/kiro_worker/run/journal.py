"""The receipt of a run as it is written: `events.jsonl`, one event a line, each with the hash of the one before."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kiro_worker.clock import Clock, stamp
from kiro_worker.receipt.bound import bounded
from kiro_worker.receipt.chain import FILE_NAME, GENESIS, OF_THE_LINE, Event, chained, read_events
from kiro_worker.receipt.closing import CLOSED, Closing, Signer, closing_facts
from kiro_worker.redact import Redactor

__all__ = ["FILE_NAME", "GENESIS", "Event", "Journal", "Listener", "read_events"]

Listener = Callable[[Event], None]

# What an agent does comes quicker than a disk can promise to keep it.
_SYNC_EVERY = 1.0


class Journal:
    """Appends events to a run's receipt and tells listeners of each.

    What is written is redacted first, and out of this process when `write` or `jot` returns, so a killed run has told
    all it did; after `write` it is on the disk, too. A disk that takes no more does not stop the telling: listeners
    still hear, and `broken` says what happened.

    Attributes:
        events: all of them so far.
        broken: the first error in writing, after which the file is left as it is.
    """

    def __init__(self, path: Path, clock: Clock, redactor: Redactor) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A receipt has one beginning: nobody goes on with a file that is there.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = os.open(path, flags, 0o600)
        self._clock = clock
        self._redactor = redactor
        self._before = GENESIS
        self._synced = clock.monotonic()
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
        """Add one event, on the disk when this returns; values are plain JSON."""
        return self._add(name, facts, at=self._now(), durable=True)

    def jot(self, name: str, /, **facts: Any) -> Event:
        """Add one of many events, such as tool calls; a crash of the machine costs at most those of the last second."""
        return self._add(name, facts, at=self._now(), durable=self._clock.monotonic() - self._synced >= _SYNC_EVERY)

    def close(self, run: str, signer: Signer | None = None) -> Event:
        """Add the last event, which counts those before it and is signed where there is a key."""
        closing = Closing(run=run, events=len(self.events), last=self._before, at=self._now())
        return self._add(CLOSED, closing_facts(closing, signer), at=closing.at, durable=True)

    def _now(self) -> str:
        return stamp(self._clock.now())

    def _add(self, name: str, facts: dict[str, Any], *, at: str, durable: bool) -> Event:
        # What the closing line says is ours alone, and a changed letter of it would undo the signature.
        assert OF_THE_LINE.isdisjoint(facts)
        safe = facts if name == CLOSED else bounded(self._redactor.json(facts))
        event = Event(number=len(self.events) + 1, at=at, name=name, facts=safe)
        line, self._before = chained(event, self._before)
        if self.broken is None:
            self._append(line, durable=durable)
        self.events.append(event)
        for listener in self.listeners:
            listener(event)
        return event

    def _append(self, line: bytes, *, durable: bool) -> None:
        try:
            written = os.write(self._file, line)
            if durable:
                os.fdatasync(self._file)
                self._synced = self._clock.monotonic()
        except OSError as error:
            self.broken = error
        else:
            if written < len(line):
                self.broken = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

"""Reads a receipt line by line and finds the first one that is not what a worker wrote."""

from collections.abc import Callable, Iterable
from enum import StrEnum

from kiro_worker.receipt.chain import GENESIS, LONGEST_LINE, Event, Link, chained, link_in
from kiro_worker.receipt.closing import CLOSED, Closing, closing_in
from kiro_worker.value import dataclass

_BEGIN = "run.started"


class ChainState(StrEnum):
    """How far a receipt holds together."""

    CLOSED = "closed"  #: whole, up to a closing line that counts all of it
    OPEN = "open"  #: whole as far as it goes; nothing says that this is the end
    BROKEN = "broken"  #: a line is not what a worker wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What the lines of a receipt come to.

    Attributes:
        run: the run that the receipt is of; empty when its first line is not to be had.
        events: lines that hold together, from the first on, the closing line not counted.
        last: the hash of the last of them.
        fault: a sentence about the first bad line; empty when there is none.
        line: its number, from 1; 0 when there is none.
        torn: the last line was not finished, as happens when a worker is killed while it writes.
    """

    state: ChainState
    run: str = ""
    events: int = 0
    last: str = GENESIS
    fault: str = ""
    line: int = 0
    torn: bool = False
    closing: Closing | None = None


def examine(lines: Iterable[bytes], take: Callable[[Event], None] | None = None) -> Examined:
    """Follow the chain; `take` is told of each event that holds, in order."""
    reading = _Reading()
    for line in lines:
        event = reading.take(line)
        if reading.fault or event is None:
            break
        if take is not None:
            take(event)
    return reading.over()


class _Reading:
    def __init__(self) -> None:
        self.run = ""
        self.events = 0
        self.last = GENESIS
        self.fault = ""
        self.torn = False
        self.closing: Closing | None = None

    def take(self, line: bytes) -> Event | None:
        """One more line; None when it ends the reading."""
        number = self.events + 1 + (self.closing is not None)
        link = link_in(line) if line.endswith(b"\n") else None
        if self.closing is not None:
            self.fault = f"line {number} comes after the closing line: something was put in behind the end"
        elif link is None:
            self._unreadable(line, number)
        else:
            self.fault = self._fault_of(link, line, number)
            if not self.fault:
                return self._accept(link)
        return None

    def _unreadable(self, line: bytes, number: int) -> None:
        if line.endswith(b"\n") or len(line) >= LONGEST_LINE:
            self.fault = f"line {number} is not a whole event: it was changed or cut"
        else:
            self.torn = True

    def _fault_of(self, link: Link, line: bytes, number: int) -> str:
        event = link.event
        own, digest = chained(event, link.before)
        if line != own or link.hash != digest:
            return f"line {number} was changed: its text does not fit its hash"
        if number == 1 and link.before != GENESIS:
            return "line 1 is not the first event of a receipt: the beginning was cut off or moved"
        if link.before != self.last:
            return f"line {number} does not follow line {number - 1}: a line was taken out, put in or moved before it"
        if event.number != number:
            return f"line {number} has the number {event.number}: lines were taken out, put in or moved"
        if number == 1 and not (event.name == _BEGIN and isinstance(event.facts.get("run"), str)):
            return "line 1 does not start a run: this is no receipt, or its beginning was replaced"
        if number > 1 and event.name == _BEGIN:
            return f"line {number} starts another run: two receipts were joined"
        return self._closing_fault(event, number) if event.name == CLOSED else ""

    def _closing_fault(self, event: Event, number: int) -> str:
        closing = closing_in(event)
        if closing is None:
            return f"line {number}, the closing line, is not as a worker writes it"
        if closing.run != self.run:
            return f"line {number}, the closing line, is of the run {closing.run}: two receipts were joined"
        if (closing.events, closing.last) != (self.events, self.last):
            told = f"counts {closing.events} events, and {self.events} are before it"
            return f"line {number}, the closing line, {told}: lines were taken out or put in"
        return ""

    def _accept(self, link: Link) -> Event:
        event = link.event
        if not self.events:
            self.run = event.facts["run"]
        if event.name == CLOSED:
            self.closing = closing_in(event)
        else:
            self.events, self.last = event.number, link.hash
        return event

    def over(self) -> Examined:
        line = self.events + 1 + (self.closing is not None) if self.fault else 0
        fault = self.fault
        if not fault and not self.events:
            fault, line = "it holds no event: it was emptied, or the run was killed before it wrote one", 1
        whole = ChainState.OPEN if self.closing is None else ChainState.CLOSED
        return Examined(
            state=ChainState.BROKEN if fault else whole,
            run=self.run,
            events=self.events,
            last=self.last,
            fault=fault,
            line=line,
            torn=self.torn,
            closing=None if fault else self.closing,
        )

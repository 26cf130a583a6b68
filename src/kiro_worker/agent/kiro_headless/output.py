"""What a headless program prints, read as it comes: events in JSON lines, or a transcript for people.

Kiro's events are updates of the Agent Client Protocol in an envelope, so they are heard as that protocol's are; those
of other programs are put into its words first.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import msgspec

from kiro_worker.agent.acp import wire
from kiro_worker.agent.acp.ending import TurnOver
from kiro_worker.agent.acp.hearing import Hearing
from kiro_worker.agent.acp.lines import Lines
from kiro_worker.agent.ansi import plain
from kiro_worker.agent.kiro_headless.dialect import Dialect
from kiro_worker.agent.kiro_headless.foreign import told_by
from kiro_worker.agent.kiro_headless.told import Told
from kiro_worker.agent.port import AgentSaid, AgentStarted, Hear, SessionId, Usage, UsageSeen
from kiro_worker.process.tail import Tail

_MOST_SAID = 64 * 1024
_LONGEST_COMPLAINT = 64 * 1024
_LONGEST_GLANCE = 4 * 1024
_METADATA = "_kiro.dev/metadata"
_KIRO_EVENTS = frozenset({"runStarted", "metadata", "sessionUpdate", "runFinished", "runError"})


class _Event(msgspec.Struct):
    """One line of the stream: `{"type": …, "data": {…}}`."""

    type: str
    data: msgspec.Raw = msgspec.Raw(b"{}")


class _Facts(msgspec.Struct, rename="camel"):
    """The fields of all events that matter here, any type in any of them."""

    session_id: object = None
    engine: object = None
    status: object = None
    stop_reason: object = None
    final_text: object = None
    message: object = None
    stage: object = None


_events = msgspec.json.Decoder(_Event)
_facts = msgspec.json.Decoder(_Facts)


class Trailer:
    """The line for people that tells what a turn cost; older versions tell only its time."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern) if pattern else None
        self._found: dict[str, float | None] = {}

    @property
    def seen(self) -> bool:
        """Whether there was one: the only proof in a transcript that a turn took place."""
        return bool(self._found)

    @property
    def credits(self) -> float | None:
        """The credits; standard error is believed before the transcript, where the model prints what it likes."""
        return next((self._found[place] for place in ("stderr", "stdout") if place in self._found), None)

    def take(self, place: str, line: str) -> bool:
        """Whether a line is one."""
        found = self._pattern.search(line) if self._pattern else None
        if found is not None:
            self._found[place] = float(found["credits"]) if found["credits"] else None
        return found is not None


class Output:
    """Both outputs of one turn.

    Args:
        over_texts: lines after which nothing comes (see `Quirks.over_texts`).
        structured: whether events were asked for; what is none is noise then, and otherwise the answer.
        decide: told when some words mean that the turn is over although the program goes on.

    Attributes:
        events: how many events were understood.
        ends: whether its events also announce the end.
        finished: what the program said of its end: its status and the protocol's reason; None when it said nothing.
        error: the error that it ended with, in its own words.
        session: the newest id that it named; it changes when the program shortens the conversation.
    """

    def __init__(
        self,
        dialect: Dialect,
        hearing: Hearing,
        *,
        started: AgentStarted,
        over_texts: tuple[str, ...],
        structured: bool,
        hear: Hear,
        decide: Callable[[TurnOver], None],
    ) -> None:
        self.events = 0
        self.ends = False
        self._spent = Usage()
        self.finished: tuple[str, str] | None = None
        self.error: str | None = None
        self.session: SessionId | None = None
        self.trailer = Trailer(dialect.trailer)
        self._dialect, self._hearing = dialect, hearing
        self._structured, self._over_texts = structured, over_texts
        self._started: AgentStarted | None = started
        self._hear, self._decide = hear, decide
        self._mark = re.compile(dialect.answer_mark) if dialect.answer_mark else None
        self._transcript = Tail(_MOST_SAID)
        self._answers = False
        self._lines = Lines()
        self._open_line = b""
        self._complaints = Lines(_LONGEST_COMPLAINT)

    @property
    def said(self) -> str:
        """The answer, at most its last 64 KiB."""
        return self._hearing.said or self._transcript.text()

    @property
    def spoke(self) -> bool:
        """Whether anything came on standard output that was meant for the reader."""
        return self._started is None

    @property
    def usage(self) -> Usage:
        """All that is known of the turn's cost."""
        counted = self._hearing.meter.usage + self._spent
        return counted if self.trailer.credits is None else replace(counted, credits=self.trailer.credits)

    @property
    def worked(self) -> bool:
        """Whether there is a sign that a model was asked: a cost, a word in an event, a call of a tool."""
        return self.trailer.seen or self.usage != Usage() or self._hearing.updates > 0

    def take_answer(self, piece: bytes) -> None:
        """Take the next bytes of standard output."""
        for line in self._lines.feed(piece).split(b"\n")[:-1]:
            self._line(line, "\n")
        before, end, rest = piece.rpartition(b"\n")
        self._open_line = (rest if end else self._open_line + before + rest)[-_LONGEST_GLANCE:]
        if self._open_line and not self._structured:
            self._glance(self._shown(self._open_line))

    def take_complaint(self, piece: bytes) -> None:
        """Take the next bytes of standard error."""
        for line in self._complaints.feed(piece).split(b"\n")[:-1]:
            self._complain(plain(line.decode("utf-8", "replace")))

    def close(self) -> None:
        """Both streams are over; a last line need not have been ended."""
        if rest := self._lines.rest():
            self._line(rest, "")
        if rest := self._complaints.rest():
            self._complain(plain(rest.decode("utf-8", "replace")))
        self._hearing.calls.close()
        self._hearing.release()

    def _line(self, line: bytes, end: str) -> None:
        if self._event(line):
            return
        if self._structured or self.events:
            self._complain(plain(line.decode("utf-8", "replace")))
        else:
            self._tell(self._shown(line) + end)

    def _complain(self, line: str) -> None:
        if not line.strip():
            return
        if self.trailer.take("stderr", line):
            self._start()
            self._hear(UsageSeen(self.usage))
            return
        self._hearing.hear_errors(line.encode("utf-8", "replace") + b"\n")
        self._heed(line)

    def _heed(self, line: str) -> None:
        for sign in self._dialect.at_once:
            if sign.is_in(line):
                self._decide(TurnOver(sign.outcome, line))

    def _shown(self, line: bytes) -> str:
        text = line.decode("utf-8", "replace")
        return plain(self._mark.sub("", text) if self._mark else text)

    def _tell(self, shown: str) -> None:
        """Take a line of a transcript."""
        if self.trailer.take("stdout", shown):
            self._start()
            self._hear(UsageSeen(self.usage))
            return
        self._glance(shown)
        self._start()
        # Noted, not looked up: a program may print a million lines.
        self._answers = self._answers or bool(shown.strip())
        self._transcript.add(shown.encode("utf-8", "replace"))
        self._hear(AgentSaid(shown))

    def _glance(self, shown: str) -> None:
        """Look for words after which only silence comes; they need not end their line."""
        words = shown.strip()
        if not self._answers and words:
            # Only before the answer begins: a model may well write about logins.
            self._heed(shown)
        if words in self._over_texts:
            self._hearing.answerless.set()

    def _start(self, mode: str = "", model: str = "") -> None:
        if self._started is not None:
            self._hearing.begin(replace(self._started, mode=mode, model=model or self._started.model))
            self._started = None

    # Events

    def _event(self, line: bytes) -> bool:
        """Take a line that is an event; whether it was one."""
        if not line.startswith(b"{"):
            return False
        try:
            known = self._take_event(line)
        except wire.UNREADABLE:
            return False
        self.events += known
        return known or bool(self.events)

    def _take_event(self, line: bytes) -> bool:
        event = _events.decode(line)
        if event.type not in _KIRO_EVENTS:
            told = told_by(msgspec.json.decode(line))
            if told is not None:
                self._take_told(told)
            return told is not None
        facts = _facts.decode(event.data)
        self._take_kiro(event, facts)
        self._note_session(facts.session_id)
        return True

    def _note_session(self, found: object) -> None:
        if isinstance(found, str) and found:
            self.session = SessionId(found)

    def _take_kiro(self, event: _Event, facts: _Facts) -> None:
        """Take one of Kiro's, in the shapes seen since version 2.21."""
        self.ends = True
        match event.type:
            case "runStarted":
                self._start(str(facts.engine or ""))
            case "metadata":
                self._start()
                self._hearing.notice(_METADATA, event.data)
            case "sessionUpdate":
                self._start()
                self._hearing.notice(wire.UPDATE, event.data)
            case "runFinished":
                self.finished = (str(facts.status or ""), str(facts.stop_reason or "end_turn"))
                self._tell_once(facts.final_text)
            case _:
                self.error = str(facts.message or facts.stage or "it gave no reason")

    def _take_told(self, told: Told) -> None:
        self.ends = self.ends or told.begins
        if told.begins:
            self.error = None
        self._note_session(told.session)
        self._start(model=told.model)
        for update in told.updates:
            self._hearing.notice(wire.UPDATE, msgspec.Raw(msgspec.json.encode({"update": update})))
        if told.usage != Usage():
            self._spent += told.usage
            self._hear(UsageSeen(self.usage))
        self.finished = told.finished or self.finished
        self.error = self.error if told.error is None else told.error
        self._tell_once(told.final)

    def _tell_once(self, text: object) -> None:
        """Take the answer as a whole, from a program that did not tell it in pieces."""
        if not self.said and isinstance(text, str) and text:
            self._transcript.add(text.encode("utf-8", "replace"))
            self._hear(AgentSaid(text))

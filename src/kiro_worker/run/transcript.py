"""What the agent said and did, as it came, redacted: `transcript.jsonl`."""

import codecs
import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, assert_never

from kiro_worker.agent.port import (
    AgentEvent,
    AgentNoted,
    AgentSaid,
    AgentStarted,
    AgentThought,
    PermissionDecided,
    PlanShown,
    ToolCalled,
    UsageSeen,
)
from kiro_worker.clock import Clock, stamp
from kiro_worker.redact import Redactor

FILE_NAME = "transcript.jsonl"

# A flood must not fill the disk: a turn says so once and is then only counted.
_TURN_LIMIT = 16 * 1024 * 1024
_OUTPUT_LIMIT = 64 * 1024
_FLUSH = 8 * 1024


class Transcript:
    """Appends to a run's transcript; pieces of one answer become one entry, secrets that span pieces included.

    Args:
        path: of the file.
        clock: stamps.
        redactor: what is written passes it.
        echo: told of each entry as it is written.
    """

    def __init__(
        self, path: Path, clock: Clock, redactor: Redactor, echo: Callable[[Mapping[str, Any]], None] | None = None
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = path.open("ab")
        path.chmod(0o600)
        self._clock = clock
        self._redactor = redactor
        self._echo = echo
        self._turn = 0
        self._written = 0
        self._dropped = 0
        self._speech = ""
        self._stream = redactor.stream()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._size = path.stat().st_size
        self._hash = hashlib.sha256(path.read_bytes() if self._size else b"")
        self._heard: list[str] = []
        self._heard_size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A full disk was told of by then; the run has to end all the same.
        with contextlib.suppress(OSError):
            self._end_speech()
        with contextlib.suppress(OSError):
            self._file.close()

    def vouched(self) -> dict[str, Any]:
        """What the receipt says of the file as it is now; see `receipt.files`."""
        return {"file": FILE_NAME, "bytes": self._size, "sha256": self._hash.hexdigest()}

    def begin(self, task: str, ask: str, prompt: str) -> None:
        """A turn begins with this prompt."""
        self.end()
        self._turn += 1
        self._written = 0
        self._put("prompt", {"task": task, "ask": ask, "text": prompt})

    def end(self) -> None:
        """The turn is over: what is held back is written."""
        self._end_speech()
        if self._dropped:
            dropped, self._dropped, self._written = self._dropped, 0, 0
            self._put("note", {"text": f"{dropped} more entries of this turn were not kept."})

    def hear(self, event: AgentEvent) -> None:
        """Write down one event of the agent."""
        match event:
            case AgentSaid(text):
                self._speak("said", text)
            case AgentThought(text):
                self._speak("thought", text)
            case AgentNoted(text):
                self._speak("note", f"{text}\n")  # each is a line of its own, unlike pieces of speech
            case UsageSeen():
                return
            case AgentStarted():
                self._say("started", {"name": event.name, "version": event.version, "mode": event.mode})
            case ToolCalled():
                told = {"call": event.call, "title": event.title, "tool": event.kind.value, "status": event.status}
                self._say("tool", {**told, "output": event.output[:_OUTPUT_LIMIT]})
            case PermissionDecided(request=request, permission=permission):
                asked = {"title": request.title, "command": request.command, "paths": list(request.paths)}
                decided = {"allowed": permission.allowed, "rule": permission.rule, "reason": permission.reason}
                self._say("permission", {**asked, **decided})
            case PlanShown(entries):
                self._say("plan", {"entries": [list(entry) for entry in entries]})
            case _:
                assert_never(event)

    def _say(self, kind: str, facts: Mapping[str, Any]) -> None:
        self._end_speech()
        self._put(kind, facts)

    def _speak(self, kind: str, text: str) -> None:
        if kind != self._speech:
            self._end_speech()
            self._speech = kind
        self._heard.append(text)
        self._heard_size += len(text)
        if self._heard_size >= _FLUSH:
            self._write_speech(self._redacted())

    def _end_speech(self) -> None:
        if self._speech:
            self._write_speech(self._redacted() + self._decoder.decode(self._stream.finish(), final=True))
            self._stream = self._redactor.stream()
            self._speech = ""

    def _redacted(self) -> str:
        """What was heard since the last time; a piece is often one word, and redaction much quicker on many."""
        text = "".join(self._heard)
        self._heard, self._heard_size = [], 0
        return self._decoder.decode(self._stream.feed(text.encode("utf-8", "replace")))

    def _write_speech(self, text: str) -> None:
        if text:
            self._put(self._speech, {"text": text}, redacted=True)

    def _put(self, kind: str, facts: Mapping[str, Any], *, redacted: bool = False) -> None:
        if self._written > _TURN_LIMIT:
            self._dropped += 1
            return
        safe = facts if redacted else self._redactor.json(dict(facts))
        entry = {"at": stamp(self._clock.now()), "turn": self._turn, "kind": kind, **safe}
        line = _line(entry)
        self._written += len(line)
        self._file.write(line)
        self._hash.update(line)
        self._size += len(line)
        # Somebody may be following, and a killed run is to have told what it heard.
        self._file.flush()
        if self._echo is not None:
            self._echo(entry)


def _line(entry: Mapping[str, Any]) -> bytes:
    import msgspec  # loaded while the agent starts

    try:
        return msgspec.json.encode(entry) + b"\n"
    except UnicodeEncodeError:  # half of a character that an agent cut in two
        return json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def read_transcript(path: Path) -> Iterator[Mapping[str, Any]]:
    """The entries of a transcript as far as they are whole."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                return

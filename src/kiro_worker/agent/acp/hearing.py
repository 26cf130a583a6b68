"""One turn as it is heard: updates become events, and what its end needs to know is kept."""

import asyncio
import re
from collections import deque
from typing import Any

import msgspec

from kiro_worker.agent.acp import wire
from kiro_worker.agent.acp.calls import ToolCalls, said
from kiro_worker.agent.acp.ending import TurnOver
from kiro_worker.agent.acp.usage import Meter
from kiro_worker.agent.port import (
    AgentEvent,
    AgentNoted,
    AgentSaid,
    AgentStarted,
    AgentThought,
    Hear,
    Permission,
    PermissionDecided,
    PlanShown,
    SessionId,
    ToolRequest,
    TurnOutcome,
    UsageSeen,
)
from kiro_worker.agent.profile import Quirks
from kiro_worker.expression import expression
from kiro_worker.process.tail import Tail

_MOST_SAID = 64 * 1024
_MOST_WORDS = 8 * 1024
_MOST_NOTES = 1000
_LONGEST_NOTE = 2000
_MOST_PLANNED = 500
_MOST_REJECTIONS = 50
_MOST_HELD = 10_000

# Notifications outside the protocol that tell a reader why an agent is slow or stuck.
_TELLING = expression(r"error|fail|retr|warn|stall|oauth|discard|limit|not_found|refus", re.IGNORECASE)
# Kiro answers with another agent or model than the one asked for, and says so only here.
_NOT_AS_ASKED = frozenset({"_kiro.dev/agent/not_found", "_kiro.dev/model/not_found"})
# A server that fails, or that wants somebody to log in in a browser.
_SERVER_FAILS = frozenset({"_kiro.dev/mcp/server_init_failure", "_kiro.dev/mcp/oauth_request"})
_COMPACTION = "_kiro.dev/compaction/status"
_SUBAGENT = expression(r"sub-?agent|delegat", re.IGNORECASE)
_KIRO_METERING = "_kiro.dev/metadata"
_KIRO_UPDATE = "_kiro.dev/session/update"


class Hearing:
    """Takes what the agent says.

    Attributes:
        session: the turn's session once it is known; until then every update is taken for its own.
        muted: while set, updates are an old session's history and no events.
        updates: how many updates came, the muted too.
        ended_on_rejection: whether a rejection was the last that happened to a tool call.
        rejections: what was rejected and why, the latest.
        answerless: set when the agent said that it waits for a prompt, instead of answering the last.
        over: set when a notification alone tells that the turn must end.

    Args:
        servers: the names of the MCP servers that the agent was given; without one of them the turn is for nothing.
    """

    def __init__(self, hear: Hear, quirks: Quirks, *, servers: frozenset[str] = frozenset()) -> None:
        self._servers = servers
        self._former: list[object] = []  # what is looked for in it may be of any type
        self._follows = False
        self._deliver = hear
        self._held: list[AgentEvent] | None = []
        self._over_texts = frozenset(quirks.over_texts)
        self._said = Tail(_MOST_SAID)
        self._words = Tail(_MOST_WORDS)
        self._notes = 0
        self.calls = ToolCalls(stay_open=quirks.calls_stay_open)
        self.meter = Meter(of_session=quirks.usage_of_session)
        self.session: SessionId | None = None
        self.muted = False
        self.updates = 0
        self.noise = False
        self.ended_on_rejection = False
        self.rejections: deque[tuple[ToolRequest, Permission]] = deque(maxlen=_MOST_REJECTIONS)
        self.answerless = asyncio.Event()
        self.over: TurnOver | None = None

    @property
    def said(self) -> str:
        """The answer so far, its end at least."""
        return self._said.text()

    @property
    def words(self) -> str:
        """The end of what was said about faults, on any channel."""
        return self._words.text().strip()

    def begin(self, started: AgentStarted) -> None:
        """The agent is up: this comes before anything it said on the way there."""
        self._deliver(started)
        self.release()

    def release(self) -> None:
        """Hand on what was held back until the agent was up."""
        held, self._held = self._held or [], None
        for event in held:
            self._deliver(event)

    def notice(self, method: str, params: msgspec.Raw) -> None:
        """Take a notification; see `Peer.notice`."""
        if method in {wire.UPDATE, _KIRO_UPDATE}:
            self._take(wire.part(params, wire.SessionUpdate))
        elif method == _KIRO_METERING:
            found = msgspec.json.decode(params)
            self._follow(found.get("sessionId") if isinstance(found, dict) else None)
            self._take_credits(found)
        elif method == _COMPACTION:
            self._compacted(params)
        elif method in _NOT_AS_ASKED:
            self.fault(bytes(params).decode("utf-8", "replace"))
            self.over = TurnOver(TurnOutcome.CONFIG, f"The agent is not what was asked for: {self.words}")
        elif _TELLING.search(method):
            text = bytes(params).decode("utf-8", "replace")
            self.fault(text)
            self.note(f"{method}: {text}")
            if method in _SERVER_FAILS and _named_server(params) in self._servers:
                self.over = TurnOver(TurnOutcome.CONFIG, f"An MCP server that the policy allows does not start: {text}")

    def fault(self, text: str) -> None:
        """Keep words that may tell why the turn failed."""
        self._words.add(text.encode("utf-8", "replace") + b"\n")

    def note(self, text: str) -> None:
        """Hand on a line for the transcript; of a flood only the beginning."""
        self._notes += 1
        if self._notes < _MOST_NOTES:
            self._hear(AgentNoted(text[:_LONGEST_NOTE]))
        elif self._notes == _MOST_NOTES:
            self._hear(AgentNoted("more of this kind is left out"))

    def hear_noise(self, line: bytes, reason: str) -> None:
        """Take what is no message."""
        self.noise = True
        text = line[:_LONGEST_NOTE].decode("utf-8", "replace").strip()
        self.fault(text)
        self.note(f"not a message ({reason[:200]}): {text}")

    def hear_errors(self, block: bytes) -> None:
        """Take whole lines of standard error."""
        self.fault(block[-_MOST_WORDS:].decode("utf-8", "replace"))
        for line in block.splitlines():
            if self._notes > _MOST_NOTES:
                break
            if line.strip():
                self.note(line[:_LONGEST_NOTE].decode("utf-8", "replace"))

    def decided(self, request: ToolRequest, permission: Permission) -> None:
        """A request of the agent was answered."""
        self.ended_on_rejection = not permission.allowed
        if not permission.allowed:
            self.rejections.append((request, permission))
        self._hear(PermissionDecided(request=request, permission=permission))

    def usage_changed(self, *, changed: bool) -> None:
        """Tell what the turn has cost so far, when that changed."""
        if changed:
            self._hear(UsageSeen(self.meter.usage))

    def _take(self, found: wire.SessionUpdate) -> None:
        self.updates += 1
        update = found.update
        if self.muted:
            self.meter.take_total_cost(update.cost)
            return
        match update.session_update:
            case "agent_message_chunk":
                self._message(said(update.content), ours=self._is_ours(found.session_id))
            case "agent_thought_chunk":
                self._thought(said(update.content))
            case "tool_call" | "tool_call_update" | "tool_call_chunk":
                self._tool_call(update)
            case "plan":
                self._hear(PlanShown(_plan(update.entries)))
            case "usage_update":
                self.usage_changed(changed=self.meter.take_total_cost(update.cost))
            case "session_info_update":
                self._take_credits(update.meta)
            case "current_mode_update":
                self.note(f"the agent's mode is now {update.current_mode_id}")
            case "notice" if update.severity in ("warning", "error"):
                self.fault(f"{update.title}: {update.description or ''}")
                self.note(f"{update.severity}: {update.title}: {update.description or ''}")

    def _is_ours(self, session: object) -> bool:
        """Whether an update belongs to the turn's session; some agents leave out which one it is."""
        return self.session is None or session is None or session == self.session or session in self._former

    def _compacted(self, params: msgspec.Raw) -> None:
        """The conversation was shortened: from here on it may go by another id, and both are this turn's."""
        found = msgspec.json.decode(params)
        if not isinstance(found, dict):
            return
        status = found.get("status")
        kind = status.get("type") if isinstance(status, dict) else status
        self.note(f"the agent shortens the conversation: {kind or 'it does not say how far it is'}")
        if kind == "completed":
            self._follows = True
            self._follow(found.get("sessionId"))

    def _follow(self, session: object) -> None:
        if not self._follows or not isinstance(session, str) or not session or self.session in {None, session}:
            return
        assert self.session is not None
        self.note(f"session {self.session} goes on as {session}")
        self._former.append(self.session)
        self.session, self._follows = SessionId(session), False

    def _thought(self, text: str) -> None:
        self.calls.agent_talks()
        if text:
            self._hear(AgentThought(text))

    def _message(self, text: str, *, ours: bool) -> None:
        if not ours or not text:
            # What a session of the agent's own making says is its deliberation, not the answer.
            self._thought(text)
            return
        self.calls.agent_talks()
        self._said.add(text.encode("utf-8", "replace"))
        self._hear(AgentSaid(text))
        if self._over_texts and text.strip() in self._over_texts:
            self.fault(text)
            self.answerless.set()

    def _tool_call(self, update: wire.Update) -> None:
        before = self.calls.announced
        called = self.calls.take(update)
        if self.calls.announced > before:
            self.ended_on_rejection = False
        self._hear(called)
        if called.status == "completed" and not called.output.strip() and _SUBAGENT.search(called.title):
            # The agent takes it for a result, and tells of success that it never saw.
            self.note(f"a subagent came back with nothing ({called.title}): what it was to do may not be done")

    def _hear(self, event: AgentEvent) -> None:
        if self._held is None:
            self._deliver(event)
            return
        self._held.append(event)
        if len(self._held) >= _MOST_HELD:
            self.release()

    def _take_credits(self, found: Any) -> None:
        for entries in _metering(found):
            self.usage_changed(changed=self.meter.take_credits(entries))


def _named_server(params: msgspec.Raw) -> str:
    found = msgspec.json.decode(params)
    return str(found.get("serverName") or found.get("name") or "") if isinstance(found, dict) else ""


def _plan(entries: Any) -> tuple[tuple[str, str], ...]:
    shown = []
    for entry in (entries if isinstance(entries, list) else ())[:_MOST_PLANNED]:
        if isinstance(entry, dict):
            shown.append((str(entry.get("content") or entry.get("text") or ""), str(entry.get("status") or "pending")))
        elif isinstance(entry, str):
            shown.append((entry, "pending"))
    return tuple(shown)


def _metering(found: Any) -> list[Any]:
    """Every list of metering entries in a table, wherever a version of Kiro puts it."""
    if not isinstance(found, dict):
        return []
    inner = [entries for value in found.values() if isinstance(value, dict) for entries in _metering(value)]
    return [found["meteringUsage"], *inner] if "meteringUsage" in found else inner

"""What went over the wire during one turn, as the steps of a cassette."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from kiro_worker.agent.acp import wire
from kiro_worker.agent.acp.requests import Facts
from kiro_worker.agent.replay.cassette import Step
from kiro_worker.value import dataclass, field

_LONGEST_MESSAGE = 1024 * 1024
_MOST_BYTES = 64 * 1024 * 1024
_LONGEST_GARBAGE = 4096
_MOST_LEFT_OUT = 50
# A shorter pause is the machine's and not the agent's.
_SHORTEST_PAUSE = 0.05

# What an agent can do and not what it did; one of them sends half a megabyte of it.
_NOT_RECORDED = frozenset({"available_commands_update"})
_CHUNKS = {"agent_message_chunk": "say", "agent_thought_chunk": "think"}
_ENDS = frozenset({"end_turn", "max_tokens", "max_turn_requests", "refusal", "cancelled"})


@dataclass(slots=True, kw_only=True)
class TapedTurn:
    """One prompt and what followed.

    Attributes:
        is_continued: whether another prompt came before it in the same process.
        asked: the tool calls for which a permission was asked.
        named: each tool call's files, and the command that it ran.
        places: where in `steps` each tool call was done.
    """

    prompt: str
    is_continued: bool
    steps: list[Step] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    named: dict[str, Facts] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)


class Tape:
    """Listens to a wire; see `Tap`.

    Attributes:
        turns: what was heard so far.
        agent: what the agent said it is.
        session: what it answered to the opening of a session, besides the id.
        loads: whether it says that it continues sessions.
        left_out: what could not be recorded.
    """

    def __init__(self, workspace: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.turns: list[TapedTurn] = []
        self.agent: dict[str, Any] = {}
        self.session: dict[str, Any] = {}
        self.loads = False
        self.left_out: list[str] = []
        self._workspace, self._clock = workspace, clock
        self._room = _MOST_BYTES
        self._calls: dict[object, str] = {}
        self._last = 0.0
        self._answered: dict[str, Callable[[dict[str, Any]], None]] = {
            wire.INITIALIZE: self._initialized,
            wire.NEW_SESSION: self._opened,
            wire.LOAD_SESSION: self._opened,
            wire.RESUME_SESSION: self._opened,
            wire.PROMPT: self._ended,
        }

    def take(self, sender: str, line: bytes) -> None:
        """Take one line of the client or of the agent."""
        self._room -= len(line)
        if self._room < 0 or len(line) > _LONGEST_MESSAGE:
            self._leave_out(f"a message of {len(line)} bytes")
            return
        try:
            message = msgspec.json.decode(line)
        except wire.UNREADABLE:
            message = None
        if not isinstance(message, dict):
            self._garbage(sender, line)
        elif sender == "client":
            self._client(message)
        else:
            self._agent(message)
        self._last = self._clock()

    def _client(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        if isinstance(method, str) and "id" in message:
            self._calls[message["id"]] = method
            if method == wire.PROMPT:
                blocks = message.get("params", {}).get("prompt", [])
                prompt = "\n".join(str(block.get("text", "")) for block in blocks if isinstance(block, dict))
                self.turns.append(TapedTurn(prompt=prompt, is_continued=bool(self.turns)))

    def _agent(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        params = message.get("params")
        params = params if isinstance(params, dict) else {}
        if method is None:
            self._answer(message)
        elif method == wire.REQUEST_PERMISSION:
            self._permission(params)
        elif "id" in message:
            # What the client did for the agent to a file is found by comparing the workspace.
            return
        elif method == wire.UPDATE:
            self._update(params)
        elif self.turns:
            told = {key: value for key, value in params.items() if key != "sessionId"}
            self._add(Step(kind="notify", value=str(method), more={"params": told}))

    def _answer(self, message: dict[str, Any]) -> None:
        method = self._calls.pop(message.get("id"), "")
        error = message.get("error")
        if isinstance(error, dict) and method == wire.PROMPT:
            self._add(Step(kind="fail", value=error))
        elif isinstance(result := message.get("result"), dict) and method in self._answered:
            self._answered[method](result)

    def _initialized(self, result: dict[str, Any]) -> None:
        told = result.get("agentInfo")
        self.agent = told if isinstance(told, dict) else {}
        abilities = result.get("agentCapabilities")
        self.loads = isinstance(abilities, dict) and abilities.get("loadSession") is True

    def _opened(self, result: dict[str, Any]) -> None:
        self.session = {key: value for key, value in result.items() if key != "sessionId"} or self.session

    def _ended(self, result: dict[str, Any]) -> None:
        reason = result.get("stopReason")
        usage = result.get("usage")
        known = reason if reason in _ENDS else "end_turn"
        self._add(Step(kind="end", value=known, more={"usage": usage} if isinstance(usage, dict) else {}))

    def _permission(self, params: dict[str, Any]) -> None:
        call = params.get("toolCall")
        if not self.turns or not isinstance(call, dict) or not isinstance(call.get("toolCallId"), str):
            return
        turn = self.turns[-1]
        self._name(call)
        turn.asked.add(call["toolCallId"])
        options = params.get("options")
        more = {"options": options} if isinstance(options, list) else {}
        self._add(Step(kind="permission", value=call, more=more))
        turn.places[call["toolCallId"]] = len(turn.steps)

    def _update(self, params: dict[str, Any]) -> None:
        update = params.get("update")
        if not self.turns or not isinstance(update, dict) or update.get("sessionUpdate") in _NOT_RECORDED:
            return
        turn, kind, call = self.turns[-1], str(update.get("sessionUpdate")), update.get("toolCallId")
        if kind in _CHUNKS and set(update) == {"sessionUpdate", "content"} and _is_text(update["content"]):
            self._add(Step(kind=_CHUNKS[kind], value=update["content"]["text"]))
        elif isinstance(call, str):
            self._name(update)
            self._add(Step(kind="update", value=update, needs=call if call in turn.asked else ""))
            # An effect belongs before the update that says that it was done.
            over = update.get("status") in {"completed", "failed"}
            turn.places[call] = len(turn.steps) - over
        else:
            self._add(Step(kind="update", value=update))

    def _name(self, update: dict[str, Any]) -> None:
        call, turn = str(update["toolCallId"]), self.turns[-1]
        try:
            facts = msgspec.convert(update, wire.Update)
        except msgspec.ValidationError:
            return
        turn.named[call] = turn.named.get(call, Facts()).with_update(facts)

    def _garbage(self, sender: str, line: bytes) -> None:
        if sender == "agent" and self.turns and len(line) <= _LONGEST_GARBAGE:
            self._add(Step(kind="garbage", value=[line.decode("utf-8", "surrogateescape")]))
        elif sender == "agent":
            self._leave_out(f"a line of {len(line)} bytes that is no message")

    def _add(self, step: Step) -> None:
        if not self.turns:
            return
        pause = self._clock() - self._last
        if pause >= _SHORTEST_PAUSE and self.turns[-1].steps:
            self.turns[-1].steps.append(Step(kind="wait", value=round(pause, 2)))
        self.turns[-1].steps.append(step)

    def _leave_out(self, what: str) -> None:
        if len(self.left_out) < _MOST_LEFT_OUT:
            self.left_out.append(what)


def _is_text(content: object) -> bool:
    return isinstance(content, dict) and set(content) == {"type", "text"} and isinstance(content["text"], str)

"""The agent's side of the Agent Client Protocol (version 1): sessions, and which turn answers a prompt."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Never

from kiro_worker.agent.replay.cassette import Cassette, RecordedTurn
from kiro_worker.agent.replay.folder import Folder
from kiro_worker.agent.replay.performance import Performance, TurnOver
from kiro_worker.agent.replay.wire import Wire

PROTOCOL_VERSION = 1

# JSON-RPC's own numbers.
_INVALID_REQUEST = -32600
_NO_SUCH_METHOD = -32601
_INVALID_PARAMS = -32602


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Server:
    """Answers a client until it closes its end.

    Args:
        cassette: what to play.
        wire: where the client is.
        speed: what waits are divided by; 0 does not wait.
    """

    def __init__(self, cassette: Cassette, wire: Wire, *, speed: float = 1.0) -> None:
        self.wire = wire
        self.speed = speed
        self._cassette = cassette
        self._folders: dict[str, Folder] = {}
        self._playing = False
        self._cancelled = False
        # Between the answer to a prompt and the last step that comes after it, the next prompt has to wait.
        self._answered = False
        self._held: list[tuple[object, dict[str, Any]]] = []
        self._requests = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self._fitted: dict[tuple[str, str], int] = {}
        self._methods: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "initialize": self._initialize,
            "authenticate": lambda _: {},
            "session/new": self._new,
            "session/load": self._load,
            "session/set_mode": self._set_mode,
            "session/set_config_option": self._set_config_option,
        }

    def serve(self) -> Never:
        """Answer until the client is gone.

        Raises:
            Closed: when it is.
        """
        while True:
            if message := self.wire.receive(None):
                self._take(message)

    # What a turn that is played may do

    def listen(self, seconds: float | None) -> None:
        """Take what the client sends for so long; None waits for one message.

        Raises:
            TurnOver: when the client cancelled the turn.
        """
        from time import monotonic

        until = None if seconds is None else monotonic() + seconds
        while message := self.wire.receive(None if until is None else max(0.0, until - monotonic())):
            self._take(message)
            if self._cancelled:
                raise TurnOver("cancelled")
            if until is None:
                return

    def notify(self, method: str, params: dict[str, Any]) -> None:
        """Send a notification."""
        self.wire.send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Send a request and wait for its result; an error is an empty one."""
        self._requests += 1
        mine = self._requests
        self.wire.send({"jsonrpc": "2.0", "id": mine, "method": method, "params": params})
        cancelled: TurnOver | None = None
        while mine not in self._answers:
            # A client answers its open requests also after it cancelled; the turn ends only then.
            try:
                self.listen(None)
            except TurnOver as over:
                cancelled = over
        result = self._answers.pop(mine).get("result")
        if cancelled:
            raise cancelled
        return result if isinstance(result, dict) else {}

    # What the client sends

    def _take(self, message: dict[str, Any]) -> None:
        method, name = message.get("method"), message.get("id")
        if method is None:
            if isinstance(name, int):
                self._answers[name] = message
        elif method == "session/cancel":
            self._cancelled = self._playing
        elif name is not None:
            params = message.get("params")
            self._answer(name, str(method), params if isinstance(params, dict) else {})

    def _answer(self, name: object, method: str, params: dict[str, Any]) -> None:
        try:
            if method == "session/prompt" and self._answered:
                self._held.append((name, params))
            elif method == "session/prompt":
                self._prompt(name, params)
            elif method in self._methods:
                self._result(name, self._methods[method](params))
            else:
                self._error(name, {"code": _NO_SUCH_METHOD, "message": f"this agent has no method {method}"})
        except Refused as refusal:
            self._error(name, {"code": refusal.code, "message": refusal.message})

    def _result(self, name: object, result: dict[str, Any]) -> None:
        self.wire.send({"jsonrpc": "2.0", "id": name, "result": result})

    def _error(self, name: object, error: dict[str, Any]) -> None:
        self.wire.send({"jsonrpc": "2.0", "id": name, "error": error})

    def _initialize(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "protocolVersion": PROTOCOL_VERSION,
            "agentCapabilities": {"loadSession": self._cassette.loads, "promptCapabilities": {"embeddedContext": True}},
            "agentInfo": {"name": "kiro-worker-replay", "version": "1", **self._cassette.agent},
            "authMethods": [],
        }

    def _new(self, params: dict[str, Any]) -> dict[str, Any]:
        session = f"replay-{len(self._folders) + 1}"
        self._open(session, params)
        return {"sessionId": session, **self._cassette.session}

    def _load(self, params: dict[str, Any]) -> dict[str, Any]:
        if not self._cassette.loads:
            raise Refused(_NO_SUCH_METHOD, "this recording does not load sessions")
        self._open(str(params.get("sessionId", "")), params)
        return dict(self._cassette.session)

    def _open(self, session: str, params: dict[str, Any]) -> None:
        folder = params.get("cwd")
        if not isinstance(folder, str) or not Path(folder).is_absolute() or not Path(folder).is_dir():
            raise Refused(_INVALID_PARAMS, "cwd must be the absolute path of a folder")
        self._folders[session] = Folder(folder)

    def _set_mode(self, params: dict[str, Any]) -> dict[str, Any]:
        wanted = params.get("modeId")
        modes = self._cassette.session.get("modes") or {}
        if wanted not in [mode.get("id") for mode in modes.get("availableModes", [])]:
            raise Refused(_INVALID_PARAMS, f"there is no mode {wanted}")
        update = {"sessionUpdate": "current_mode_update", "currentModeId": wanted}
        self.notify("session/update", {"sessionId": params.get("sessionId"), "update": update})
        return {}

    def _set_config_option(self, params: dict[str, Any]) -> dict[str, Any]:
        wanted, value = params.get("configId"), params.get("value")
        options = self._cassette.session.get("configOptions") or []
        if wanted not in [option.get("id") for option in options]:
            raise Refused(_INVALID_PARAMS, f"there is no option {wanted}")
        return {
            "configOptions": [
                {**option, "currentValue": value} if option.get("id") == wanted else option for option in options
            ]
        }

    # A prompt

    def _prompt(self, name: object, params: dict[str, Any]) -> None:
        session = str(params.get("sessionId", ""))
        if session not in self._folders:
            raise Refused(_INVALID_PARAMS, f"there is no session {session}")
        if self._playing:
            raise Refused(_INVALID_REQUEST, "a turn is being played already")
        performance = Performance(self, session, self._folders[session])
        turn = self._choose(_text(params.get("prompt")), self._folders[session])
        self._playing, self._cancelled = True, False
        try:
            self._perform(name, performance, turn)
        finally:
            self._playing = self._answered = False
        held, self._held = self._held, []
        for waiting in held:
            self._answer(waiting[0], "session/prompt", waiting[1])

    def _perform(self, name: object, performance: Performance, turn: RecordedTurn | None) -> None:
        try:
            end = performance.admit_ignorance() if turn is None else performance.play(turn)
        except TurnOver as over:
            return self._result(name, {"stopReason": over.stop_reason})
        if end.kind == "fail":
            self._error(name, {"code": -32603, "message": "the recorded turn failed here", **end.value})
        else:
            self._result(name, {"stopReason": end.value, **performance.usage(end)})
        self._answered = True
        performance.play_late()
        return None

    def _choose(self, prompt: str, folder: Folder) -> RecordedTurn | None:
        fitting = [turn for turn in self._cassette.turns if turn.fits(prompt)]
        for key in {(turn.text, turn.regex) for turn in fitting}:
            self._fitted[key] = self._fitted.get(key, 0) + 1
        for turn in fitting:
            if turn.attempt in {0, self._fitted[turn.text, turn.regex]} and turn.is_due(folder.root):
                return turn
        return None


def _text(prompt: object) -> str:
    """The prompt's words; pictures and sounds match nothing."""
    blocks = prompt if isinstance(prompt, list) else []
    texts = []
    for block in blocks:
        if isinstance(block, dict):
            resource = block.get("resource")
            told = block.get("text") or (resource.get("text") if isinstance(resource, dict) else None)
            texts.append(told if isinstance(told, str) else "")
    return "\n".join(texts)

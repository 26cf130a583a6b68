"""An agent for tests that speaks the Agent Client Protocol and does what a script says.

    python -m kiro_worker.testing.acp_agent SCRIPT.json     or   --scene NAME

A script is a JSON object:

    initialize, new, load, resume, set_mode, set_option, set_model, authenticate
              how to answer: an object is merged into the usual result; {"error": {…}} is sent as an error;
              {"steps": […]} are done first (to hang, to exit, to send something early)
    begin     steps before anything is read
    turns     for each prompt in turn a list of steps; the last list serves all further prompts
    ignores_cancel, ignores_eof, ignores_term     true or false
    deaf      true to read nothing more once it was prompted
    version   what `--version` prints

A step is an object with one key, and what it does is the method of that name on `_Actor`. It only needs the standard
library, as it is started hundreds of times.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from kiro_worker.testing.acp_scenes import SCENES

Json = dict[str, Any]

_OPTIONS = [
    {"optionId": "a1", "name": "Always", "kind": "allow_always"},
    {"optionId": "o1", "name": "Once", "kind": "allow_once"},
    {"optionId": "n1", "name": "No", "kind": "reject_once"},
]


class _Cancelled(Exception):
    """The client cancelled the turn."""


class _EndTurn(Exception):
    """A step answered the prompt."""


class _Actor:
    """Plays one script on standard input and output."""

    def __init__(self, script: Json) -> None:
        self._script = script
        self._arrived: queue.Queue[Json | None] = queue.Queue()
        self._held: list[Json] = []
        self._cancelled = threading.Event()
        self._next_id = 1000
        self._turn = 0
        self._prompt_id: Any = None
        self._session = "s-1"
        self.daemons: list[subprocess.Popen[bytes]] = []

    def play(self) -> None:
        if self._script.get("ignores_term"):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self._do(self._script.get("begin", []))
        threading.Thread(target=self._listen, daemon=True).start()
        while (message := self._take()) is not None:
            self._answer(message)
        while self._script.get("ignores_eof"):
            time.sleep(60)

    # The wire.

    def _listen(self) -> None:
        for line in sys.stdin.buffer:
            message = json.loads(line)
            if message.get("method") == "session/cancel" and not self._script.get("ignores_cancel"):
                self._cancelled.set()
            self._arrived.put(message)
            if self._script.get("deaf") and message.get("method") == "session/prompt":
                return
        self._arrived.put(None)

    def _take(self) -> Json | None:
        return self._held.pop(0) if self._held else self._arrived.get()

    def _send(self, message: Json) -> None:
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()

    def _update(self, update: Json, session: str | None = None) -> None:
        self._send({"method": "session/update", "params": {"sessionId": session or self._session, "update": update}})

    def _request(self, method: str, params: Json) -> Json:
        """Ask the client and wait; other messages wait meanwhile."""
        self._next_id += 1
        self._send({"id": self._next_id, "method": method, "params": params})
        while True:
            message = self._arrived.get()
            if message is None:
                sys.exit(0)
            if message.get("id") == self._next_id and "method" not in message:
                return message
            self._held.append(message)

    # The client's requests.

    def _answer(self, message: Json) -> None:
        method, number = message.get("method"), message.get("id")
        if method is None or number is None:
            return
        if method == "session/prompt":
            self._prompted(number)
            return
        key, result = self._usual(method, message.get("params") or {})
        wanted = self._script.get(key, {})
        self._do(wanted.get("steps", []))
        if "error" in wanted or key == "":
            self._send({"id": number, "error": wanted.get("error") or {"code": -32601, "message": f"no {method}"}})
        else:
            merged = {**result, **{name: value for name, value in wanted.items() if name != "steps"}}
            self._session = merged.get("sessionId", self._session)
            self._send({"id": number, "result": merged})

    def _usual(self, method: str, params: Json) -> tuple[str, Json]:
        match method:
            case "initialize":
                about = {"name": "scripted", "version": "1.2.3"}
                abilities = {"loadSession": "load" in self._script, "sessionCapabilities": {}}
                if "resume" in self._script:
                    abilities["sessionCapabilities"] = {"resume": {}}
                return "initialize", {"protocolVersion": 1, "agentInfo": about, "agentCapabilities": abilities}
            case "session/new":
                return "new", {"sessionId": f"s-{os.getpid()}"}
            case "session/load" | "session/resume":
                self._session = params["sessionId"]
                return method.removeprefix("session/"), {"sessionId": params["sessionId"]} if "resume" in method else {}
            case "session/set_mode":
                return "set_mode", {}
            case "session/set_model":
                return "set_model", {}
            case "session/set_config_option":
                return "set_option", {"configOptions": self._options_with(params)}
            case "authenticate":
                self._script.get("new", {}).pop("error", None)
                return "authenticate", {}
            case _:
                return "", {}

    def _options_with(self, params: Json) -> list[Json]:
        options: list[Json] = self._script.get("new", {}).get("configOptions", [])
        return [
            {**option, "currentValue": params["value"]} if option["id"] == params["configId"] else option
            for option in options
        ]

    def _prompted(self, number: Any) -> None:
        turns: list[list[Json]] = self._script.get("turns") or [[]]
        steps = turns[min(self._turn, len(turns) - 1)]
        self._turn += 1
        self._prompt_id = number
        self._cancelled.clear()
        try:
            self._do(steps)
            self._finish("end_turn")
        except _Cancelled:
            self._send({"id": number, "result": {"stopReason": "cancelled"}})
        except _EndTurn:
            pass

    def _do(self, steps: list[Json]) -> None:
        for step in steps:
            ((name, value),) = step.items()
            if self._cancelled.is_set():
                raise _Cancelled
            getattr(self, f"do_{name}")(value)

    def _finish(self, result: Any) -> None:
        self._send({"id": self._prompt_id, "result": {"stopReason": result} if isinstance(result, str) else result})

    # The steps.

    def do_say(self, text: str) -> None:
        self._update({"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}})

    def do_think(self, text: str) -> None:
        self._update({"sessionUpdate": "agent_thought_chunk", "content": {"type": "text", "text": text}})

    def do_child_says(self, text: str) -> None:
        """Say something in a session that the client did not open."""
        update = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}
        self._update(update, session="child")

    def do_update(self, update: Json) -> None:
        self._update(update)

    def do_call(self, fields: Json) -> None:
        self._update({"sessionUpdate": "tool_call", "title": "a call", **fields})

    def do_call_update(self, fields: Json) -> None:
        self._update({"sessionUpdate": "tool_call_update", **fields})

    def do_send(self, message: Json) -> None:
        self._send(message)

    def do_raw(self, text: str) -> None:
        """Write a line that need not be JSON; a character stands for the byte of its number."""
        sys.stdout.flush()
        os.write(1, text.encode("latin-1") + b"\n")

    def do_ask(self, asked: Json) -> None:
        """Ask permission: `toolCall`, `options`, and steps for `then` and `else`."""
        params = {"sessionId": asked.get("sessionId", self._session), "toolCall": asked["toolCall"]}
        answer = self._request("session/request_permission", {**params, "options": asked.get("options", _OPTIONS)})
        outcome = answer.get("result", {}).get("outcome", {})
        kinds = {
            option.get("optionId", option.get("id")): option.get("kind") for option in asked.get("options", _OPTIONS)
        }
        allowed = str(kinds.get(outcome.get("optionId"), "")).startswith("allow")
        self._note_answer(answer)
        self._do(asked.get("then", []) if allowed else asked.get("else", []))

    def do_request(self, asked: Json) -> None:
        """Call any method of the client: `method`, `params`; `save` names a file for the answer."""
        params = json.loads(json.dumps(asked.get("params", {})).replace("$TERMINAL", self._terminal()))
        answer = self._request(asked["method"], {"sessionId": self._session, **params})
        if "terminalId" in (answer.get("result") or {}):
            Path(".terminal").write_text(answer["result"]["terminalId"], "utf-8")
        if "save" in asked:
            Path(asked["save"]).write_text(json.dumps(answer), "utf-8")

    def _terminal(self) -> str:
        return Path(".terminal").read_text("utf-8") if Path(".terminal").exists() else ""

    def _note_answer(self, answer: Json) -> None:
        with Path(".answers").open("a", encoding="utf-8") as file:
            file.write(json.dumps(answer) + "\n")

    def do_write(self, named: list[str]) -> None:
        Path(named[0]).write_text(named[1], "utf-8")

    def do_write_below(self, named: list[str]) -> None:
        """Write a file and the folders that it lies in."""
        Path(named[0]).parent.mkdir(parents=True, exist_ok=True)
        self.do_write(named)

    def do_sh(self, command: str) -> None:
        """Run a shell's command in a session of its own, as agents do."""
        subprocess.run(["/bin/sh", "-c", command], check=False, start_new_session=True)

    def do_daemon(self, seconds: float) -> None:
        """Leave a process that holds all pipes, in a session of its own."""
        self.daemons.append(subprocess.Popen(["sleep", str(seconds)], start_new_session=True))

    def do_sleep(self, seconds: float) -> None:
        if self._cancelled.wait(seconds):
            raise _Cancelled

    def do_hang(self, _: Any) -> None:
        while not self._cancelled.wait(60):
            pass
        raise _Cancelled

    def do_repeat(self, wanted: Json) -> None:
        """Do `steps` again and again, `times` times or for ever."""
        for _ in range(wanted["times"]) if "times" in wanted else iter(int, 1):
            self._do(wanted["steps"])

    def do_close_output(self, _: Any) -> None:
        os.close(1)

    def do_flood(self, size: int) -> None:
        """Say at least so many bytes as quickly as possible; 0 is without end."""
        update = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "x" * 1000}}
        params = {"sessionId": self._session, "update": update}
        line = json.dumps({"jsonrpc": "2.0", "method": "session/update", "params": params}).encode() + b"\n"
        block, sent = line * 200, 0
        while not size or sent < size:
            os.write(1, block)
            sent += len(block)

    def do_stderr(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()

    def do_stderr_flood(self, size: int) -> None:
        block, sent = b"error " * 20_000 + b"\n", 0
        while not size or sent < size:
            os.write(2, block)
            sent += len(block)

    def do_environment(self, name: str) -> None:
        Path(name).write_text(json.dumps(dict(os.environ)), "utf-8")

    def do_moment(self, _: Any) -> None:
        """Say the time on the clock that all processes of a machine share, and end the turn at once."""
        self.do_say(f"[{time.monotonic_ns()}]")

    def do_exit(self, status: int) -> None:
        sys.stdout.flush()
        os._exit(status)

    def do_end(self, result: Any) -> None:
        """Answer the prompt with a stop reason or a whole result, and go on with later steps if there are any."""
        self._finish(result)
        self._prompt_id = None
        raise _EndTurn

    def do_fail(self, error: Any) -> None:
        self._send({"id": self._prompt_id, "error": error})
        raise _EndTurn

    def do_late(self, wanted: Json) -> None:
        """Answer the prompt first, then do `steps`."""
        self._finish(wanted.get("end", "end_turn"))
        self._do(wanted["steps"])
        raise _EndTurn


def command(*arguments: str) -> tuple[str, ...]:
    """How to start it: without the packages of the environment, among which only what measures coverage is of use."""
    if any(name.startswith("COVERAGE_") for name in os.environ):
        return (sys.executable, "-m", __name__, *arguments)
    start = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r}); from {__name__} import main"
    return (sys.executable, "-IS", "-c", f"{start}; main(sys.argv[1:])", *arguments)


def play(script: Json) -> None:
    """Play a script until the client is gone."""
    _Actor(script).play()


def main(arguments: list[str]) -> None:
    """Play the script that is named."""
    script = SCENES[arguments[1]] if arguments[0] == "--scene" else json.loads(Path(arguments[0]).read_text("utf-8"))
    if "--version" in arguments:
        print(script.get("version", "scripted 1.2.3"))  # noqa: T201  # it is what the option is for
        return
    play(script)


if __name__ == "__main__":
    main(sys.argv[1:])

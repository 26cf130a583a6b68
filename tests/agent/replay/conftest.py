import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


class Client:
    """Speaks to a replay agent line by line, as slowly and as rudely as a test wants."""

    def __init__(self, cassette: Path, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.heard: list[dict] = []
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from kiro_worker.agent.replay import main; raise SystemExit(main())",
                str(cassette),
                *arguments,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("COVERAGE_")},
        )
        self._id = 0

    def send(self, line: dict | bytes) -> None:
        raw = line if isinstance(line, bytes) else json.dumps(line).encode()
        self.process.stdin.write(raw + b"\n")
        self.process.stdin.flush()

    def receive(self) -> dict | None:
        line = self.process.stdout.readline()
        if not line:
            return None
        message = json.loads(line)
        self.heard.append(message)
        return message

    def ask(self, method: str, **params) -> dict:
        self._id += 1
        self.send({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params})
        return self.answer(self._id)

    def answer(self, name: int) -> dict:
        while (message := self.receive()) is not None:
            if message.get("id") == name and "method" not in message:
                return message
            if message.get("method") == "session/request_permission":
                self.on_permission(message)
        raise AssertionError("the agent ended")

    def on_permission(self, message: dict) -> None:
        kind = "allow_once" if self.allows else "reject_once"
        option = next(one["optionId"] for one in message["params"]["options"] if one["kind"] == kind)
        self.send(
            {"jsonrpc": "2.0", "id": message["id"], "result": {"outcome": {"outcome": "selected", "optionId": option}}}
        )

    allows = True

    def open(self) -> str:
        self.ask("initialize", protocolVersion=1, clientCapabilities={})
        return self.ask("session/new", cwd=str(self.folder), mcpServers=[])["result"]["sessionId"]

    def prompt(self, text: str) -> dict:
        return self.ask("session/prompt", sessionId="replay-1", prompt=[{"type": "text", "text": text}])

    def updates(self, kind: str) -> list[dict]:
        found = [one["params"]["update"] for one in self.heard if one.get("method") == "session/update"]
        return [one for one in found if one["sessionUpdate"] == kind]

    @property
    def said(self) -> str:
        return "".join(one["content"]["text"] for one in self.updates("agent_message_chunk"))

    def close(self) -> tuple[int, str]:
        """Close the agent's input and wait for it; its exit status and what it complained about."""
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors.decode()


@pytest.fixture
def start(tmp_path):
    """Start a replay agent for lines of a cassette; the header may be left out."""
    clients = []

    def begin(*lines: dict, header: dict | None = None, arguments: tuple[str, ...] = ()) -> Client:
        cassette = tmp_path / f"cassette-{len(clients)}.jsonl"
        cassette.write_text("\n".join(json.dumps(line) for line in ({"cassette": 1, **(header or {})}, *lines)))
        folder = tmp_path / "workspace"
        folder.mkdir(exist_ok=True)
        client = Client(cassette, folder, *arguments)
        clients.append(client)
        return client

    yield begin
    for client in clients:
        with client.process, contextlib.suppress(BrokenPipeError):
            client.process.kill()

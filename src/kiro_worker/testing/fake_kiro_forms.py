"""How the fake `kiro-cli` prints a headless turn: as a transcript for people, or as events."""

import json
import os
import signal
import sys
import time
from typing import Any, Never

from kiro_worker.testing.fake_kiro_acp import MARK, NEW_SESSION
from kiro_worker.testing.fake_kiro_script import Script


class Form:
    """How a turn is printed."""

    def __init__(self, script: Script, session: str) -> None:
        self._script, self._session = script, session

    def begin(self) -> None: ...

    def say(self, text: str) -> None: ...

    def tool(self, path: str, *, done: bool) -> None: ...

    def command(self, line: str, *, done: bool) -> None: ...

    def subagent(self) -> None: ...

    def compact(self) -> None: ...

    def end(self) -> None: ...

    def lonely(self) -> int:
        return self._script.status

    def interrupted(self) -> int:
        self.begin()
        self.say(MARK)
        sleep_for_ever()

    def limit(self) -> int:
        err(f"\x1b[31merror\x1b[0m: {self._script.say}\n")
        return self._script.status

    def failed(self) -> int:
        return self.limit() or 1

    def cut_off(self) -> int:
        self.begin()
        self.say("I start with")
        return 0

    def flood(self) -> int:
        self.begin()
        while True:
            self.say("x" * 4096)


class Transcript(Form):
    """For people."""

    def say(self, text: str) -> None:
        # The bytes of the real one: coloured without a terminal, and without a last end of line.
        out(f"\x1b[38;5;141m> \x1b[0m{text}")

    def tool(self, path: str, *, done: bool) -> None:
        out(f"I'll create the following file: {path} \x1b[38;5;13m(using tool: write)\x1b[0m\n")
        if not done:
            err("Command fs_write is rejected because it matches no trusted tool: non-interactive mode (no user)\n")

    def command(self, line: str, *, done: bool) -> None:
        out(f"I will run the following command: {line} \x1b[38;5;13m(using tool: shell)\x1b[0m\n")
        if not done:
            err("Command execute_bash is rejected because it matches one or more rules on the denied list\n")

    def end(self) -> None:
        cost = f"Credits: {self._script.credits} • "
        match self._script.cost_shown:
            case "stderr":
                err(f"\x1b[38;5;8m\n ▸ {cost}Time: 3s\n\n\x1b[0m")
            case "stdout":
                out(f"\n\x1b[38;5;8m\n ▸ {cost}Time: 1m 3s\n\x1b[0m")
            case "time":
                err("\x1b[38;5;8m\n ▸ Time: 59s\n\x1b[0m")

    def limit(self) -> int:
        # Limits are told as text, where an answer would stand.
        out(f"{self._script.say}\n")
        return self._script.status


class Events(Form):
    """For programs: one line of JSON for each."""

    def begin(self) -> None:
        self._event("runStarted", payloadSchema="acp", acpProtocolVersion=1, engine="v2")
        self._event("metadata", sessionId=self._session, contextUsagePercentage=3.1)

    def say(self, text: str) -> None:
        for piece in text.splitlines(keepends=True) or [text]:
            self._update(sessionUpdate="agent_message_chunk", content={"type": "text", "text": piece})

    def tool(self, path: str, *, done: bool) -> None:
        call = f"tooluse_{abs(hash(path)) % 10**8}"
        self._update(
            sessionUpdate="tool_call", toolCallId=call, title=f"Creating {path}", kind="edit", status="pending",
            rawInput={"command": "create", "path": path},
        )  # fmt: skip
        self._update(sessionUpdate="tool_call_update", toolCallId=call, status="completed" if done else "failed")

    def command(self, line: str, *, done: bool) -> None:
        call = {
            "toolCallId": "tooluse_sh",
            "title": f"Running: {line}",
            "kind": "execute",
            "rawInput": {"command": line},
        }
        self._update(sessionUpdate="tool_call", status="pending", **call)
        self._update(
            sessionUpdate="tool_call_update", toolCallId="tooluse_sh", status="completed" if done else "failed"
        )

    def subagent(self) -> None:
        call = {"toolCallId": "tooluse_sub", "title": "subagent: write the greeting", "kind": "other"}
        self._update(sessionUpdate="tool_call", status="in_progress", **call)
        self._update(sessionUpdate="tool_call_update", toolCallId="tooluse_sub", status="completed", content=[])

    def compact(self) -> None:
        self._session = NEW_SESSION
        self._event("metadata", sessionId=self._session, contextUsagePercentage=12.5)

    def end(self) -> None:
        if self._script.cost_shown != "no":
            half = [{"value": self._script.credits / 2, "unit": "credit"}]
            self._event("metadata", sessionId=self._session, meteringUsage=half, turnDurationMs=2000)
            self._event("metadata", sessionId=self._session, meteringUsage=half, turnDurationMs=4120)
        self._finish("success", "end_turn", self._script.say)

    def lonely(self) -> int:
        self._event("runStarted", payloadSchema="acp", acpProtocolVersion=1, engine="v2")
        self._finish("success", "end_turn", "")
        return self._script.status

    def failed(self) -> int:
        self.begin()
        self._event("runError", stage="prompt", message=self._script.say)
        return 1

    def _finish(self, status: str, reason: str, text: str) -> None:
        self._event(
            "runFinished", sessionId=self._session, status=status, stopReason=reason, finalText=text[:100],
            finalTextTruncated=len(text) > 100,
        )  # fmt: skip

    def _update(self, **update: Any) -> None:
        self._event("sessionUpdate", sessionId=self._session, update=update)

    def _event(self, kind: str, **data: Any) -> None:
        out(json.dumps({"type": kind, "data": data}) + "\n")


def out(text: str) -> None:
    """Print at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def err(text: str) -> None:
    """Complain at once."""
    sys.stderr.write(text)
    sys.stderr.flush()


def crash() -> Never:
    """End as if by another's hand."""
    os.kill(os.getpid(), signal.SIGKILL)
    sleep_for_ever()


def sleep_for_ever() -> Never:
    """Hang."""
    while True:
        time.sleep(3600)

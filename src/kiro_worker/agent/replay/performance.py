"""One turn of a cassette as it is played: what is said, asked, changed and run."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from kiro_worker.agent.replay import fault
from kiro_worker.agent.replay.cassette import WORKSPACE, RecordedTurn, Step
from kiro_worker.agent.replay.folder import Folder, Outside

if TYPE_CHECKING:
    from kiro_worker.agent.replay.server import Server

_OPTIONS = (
    {"optionId": "allow", "name": "Allow once", "kind": "allow_once"},
    {"optionId": "reject", "name": "Reject", "kind": "reject_once"},
)
# What is shown of a command's output, and the longest file whose text is shown as a difference.
_SHOWN_OUTPUT = 16 * 1024
_SHOWN_TEXT = 64 * 1024


class TurnOver(Exception):
    """The turn ends before its last step."""

    def __init__(self, stop_reason: str) -> None:
        super().__init__(stop_reason)
        self.stop_reason = stop_reason


class Performance:
    """Plays the steps of one turn to the client of a session."""

    def __init__(self, server: "Server", session: str, folder: Folder) -> None:
        self._server = server
        self._session = session
        self._folder = folder
        self._calls = 0
        self._rejected: set[str] = set()
        self._tokens: dict[str, int] = {}
        self._late: Iterator[Step] = iter(())
        self._steps: dict[str, Callable[[Step], None]] = {
            "say": lambda step: self._update(_chunk("agent_message_chunk", self._here(step.value))),
            "think": lambda step: self._update(_chunk("agent_thought_chunk", self._here(step.value))),
            "update": lambda step: self._update(self._here(step.value)),
            "notify": self._notify,
            "permission": self._permission,
            "write": self._write,
            "delete": self._delete,
            "chmod": self._chmod,
            "link": self._link,
            "run": self._run,
            "wait": self._wait,
            "usage": self._usage,
            "stderr": lambda step: fault.complain(step.value + "\n"),
            "garbage": lambda step: fault.garbage(server.wire, step.value),
            "flood": self._flood,
            "daemon": lambda step: fault.daemon(step.value),
            "crash": lambda step: fault.crash(step.value),
            "hang": lambda step: fault.hang(stubborn=bool(step.more.get("stubborn"))),
        }

    def play(self, turn: RecordedTurn) -> Step:
        """Play a turn until its `end` or `fail`, or to its last step.

        Raises:
            TurnOver: when it is cancelled, or a rejection ended it.
        """
        self._late = iter(turn.steps)
        return self._play_until_end() or Step(kind="end", value="end_turn")

    def play_late(self) -> None:
        """Play what the recorded agent sent after it had answered the prompt."""
        try:
            while self._play_until_end():
                pass
        except TurnOver:
            return

    def admit_ignorance(self) -> Step:
        """What a prompt gets that nobody recorded."""
        told = "There is no recording for this prompt, so nothing was done."
        self._update(_chunk("agent_message_chunk", told))
        return Step(kind="end", value="refusal")

    def usage(self, end: Step) -> dict[str, Any]:
        """The result's `usage`, where tokens are known."""
        if "usage" in end.more:
            return {"usage": end.more["usage"]}
        if not self._tokens:
            return {}
        given, taken = self._tokens.get("input_tokens", 0), self._tokens.get("output_tokens", 0)
        return {"usage": {"inputTokens": given, "outputTokens": taken, "totalTokens": given + taken}}

    def _play_until_end(self) -> Step | None:
        for step in self._late:
            self._server.listen(0)
            if step.needs in self._rejected:
                continue
            if step.kind in {"end", "fail"}:
                return step
            self._steps[step.kind](step)
        return None

    # Words

    def _update(self, update: dict[str, Any]) -> None:
        self._server.notify("session/update", {"sessionId": self._session, "update": update})

    def _notify(self, step: Step) -> None:
        self._server.notify(step.value, {"sessionId": self._session, **self._here(step.more.get("params", {}))})

    def _usage(self, step: Step) -> None:
        used = step.value
        self._tokens.update({key: used[key] for key in ("input_tokens", "output_tokens") if key in used})
        if "credits" in used:
            metering = [{"value": used["credits"], "unit": "credit"}]
            self._server.notify("_kiro.dev/metadata", {"sessionId": self._session, "meteringUsage": metering})
        if "cost_usd" in used:
            cost = {"amount": used["cost_usd"], "currency": "USD"}
            self._update({"sessionUpdate": "usage_update", "used": 0, "size": 0, "cost": cost})

    def _wait(self, step: Step) -> None:
        if self._server.speed:
            self._server.listen(step.value / self._server.speed)

    def _flood(self, step: Step) -> None:
        match step.more.get("to", "message"):
            case "message":
                for piece in fault.pieces(step.value):
                    self._update(_chunk("agent_message_chunk", piece.decode()))
            case "line":
                for piece in fault.pieces(step.value):
                    self._server.wire.raw(piece)
            case _:
                for piece in fault.pieces(step.value):
                    fault.complain(piece.decode())

    # Permission

    def _permission(self, step: Step) -> None:
        call = self._here(step.value)
        if not self._is_allowed(call, step.more.get("options", _OPTIONS)):
            self._rejected.add(str(call["toolCallId"]))
            self._show(str(call["toolCallId"]), status="failed")
            if reason := step.more.get("rejected"):
                raise TurnOver(reason)

    def _is_allowed(self, call: dict[str, Any], options: Iterable[dict[str, Any]]) -> bool:
        params = {"sessionId": self._session, "toolCall": call, "options": list(options)}
        outcome = self._server.request("session/request_permission", params).get("outcome")
        chosen = outcome.get("optionId") if isinstance(outcome, dict) else None
        return any(
            option.get("optionId") == chosen and str(option.get("kind")).startswith("allow") for option in options
        )

    # Effects

    def _write(self, step: Step) -> None:
        path = step.value
        if "base64" in step.more:
            from base64 import b64decode

            content = b64decode(step.more["base64"])
        else:
            content = self._here(step.more["content"]).encode("utf-8", "surrogateescape")
        shown = [{"type": "diff", "path": self._place(path), "newText": content.decode("utf-8", "replace")}]
        self._effect(
            step,
            {"title": f"Write {path}", "kind": "edit", "content": shown if len(content) <= _SHOWN_TEXT else []},
            lambda: self._folder.write(path, content, executable=step.more.get("executable")),
        )

    def _delete(self, step: Step) -> None:
        facts = {"title": f"Delete {step.value}", "kind": "delete"}
        self._effect(step, facts, lambda: self._folder.delete(step.value))

    def _chmod(self, step: Step) -> None:
        executable = bool(step.more.get("executable", True))
        facts = {"title": f"Make {step.value} {'' if executable else 'not '}executable", "kind": "edit"}
        self._effect(step, facts, lambda: self._folder.chmod(step.value, executable=executable))

    def _link(self, step: Step) -> None:
        target = self._here(step.more["target"])
        facts = {"title": f"Link {step.value} to {target}", "kind": "edit"}
        self._effect(step, facts, lambda: self._folder.link(step.value, target))

    def _effect(self, step: Step, facts: dict[str, Any], act: Callable[[], None]) -> None:
        """Do something to a file, shown as a tool call and after a permission where the cassette says so."""
        call = self._new_call()
        facts = {**facts, "locations": [{"path": self._place(step.value)}]}
        silent = bool(step.more.get("silent"))
        if not silent:
            self._show(call, new=True, status="pending", **facts)
        if step.more.get("ask") and not self._is_allowed({"toolCallId": call, **facts}, _OPTIONS):
            return self._show(call, status="failed")
        try:
            act()
        except (OSError, Outside) as error:
            fault.complain(f"kiro-worker-replay: {error}\n")
            return self._show(call, new=silent, status="failed", title=facts["title"], content=[_words(str(error))])
        if not silent:
            self._show(call, status="completed")
        return None

    def _run(self, step: Step) -> None:
        import shlex

        call, line = self._new_call(), shlex.join(step.value)
        facts = {"title": f"Run {line}", "kind": "execute", "rawInput": {"command": line}}
        self._show(call, new=True, status="pending", **facts)
        if step.more.get("ask") and not self._is_allowed({"toolCallId": call, **facts}, _OPTIONS):
            return self._show(call, status="failed")
        self._show(call, status="in_progress")
        output, status = self._run_program(step.value)
        told = f"{output.decode('utf-8', 'replace')}\nexit status {status}"
        self._show(call, status="failed" if status else "completed", content=[_words(told)])
        return None

    def _run_program(self, argv: list[str]) -> tuple[bytes, int]:
        import subprocess

        try:
            program = subprocess.Popen(
                [self._here(word) for word in argv],
                cwd=self._folder.root,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return str(error).encode(), 127
        assert program.stdout is not None
        shown = bytearray()
        with program:
            try:
                while True:
                    ready = self._server.wire.ready(None, program.stdout.fileno())
                    if self._server.wire.has_input(ready):
                        self._server.listen(0)
                    elif not (piece := os.read(program.stdout.fileno(), 65536)):
                        break
                    else:
                        shown = (shown + piece)[-_SHOWN_OUTPUT:]
            except BaseException:
                program.kill()
                raise
        return bytes(shown), program.returncode

    def _new_call(self) -> str:
        self._calls += 1
        return f"{self._session}-call-{self._calls}"

    def _show(self, call: str, *, new: bool = False, **facts: Any) -> None:
        self._update({"sessionUpdate": "tool_call" if new else "tool_call_update", "toolCallId": call, **facts})

    def _place(self, path: str) -> str:
        return os.path.normpath(self._folder.root / path)

    def _here(self, value: Any) -> Any:
        """A recorded value with this session's folder in the place of the recorded one."""
        if isinstance(value, str):
            return value.replace(WORKSPACE, str(self._folder.root))
        if isinstance(value, dict):
            return {key: self._here(one) for key, one in value.items()}
        return [self._here(one) for one in value] if isinstance(value, list) else value


def _chunk(kind: str, text: str) -> dict[str, Any]:
    return {"sessionUpdate": kind, "content": {"type": "text", "text": text}}


def _words(text: str) -> dict[str, Any]:
    return {"type": "content", "content": {"type": "text", "text": text}}

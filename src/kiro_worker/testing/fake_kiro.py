"""A `kiro-cli` that is none: an executable with the real one's flags, outputs, exit statuses and traps.

`install` puts it into a folder together with the script it follows; `calls` tells how it was called. Texts and bytes
are those that the real program was seen to print, by version.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Never

NAME = "kiro-cli"

#: What each version lists in `chat --help` besides the flags that all have.
FLAGS_2_0 = ("--wrap",)
FLAGS_2_10 = (*FLAGS_2_0, "--agent-engine", "--require-mcp-startup", "--resume-id")
FLAGS_2_29 = (*FLAGS_2_10, "--v2", "--v3", "--output-format", "--effort")

_FLAGS_OF_ALL = ("--no-interactive", "--trust-all-tools", "--trust-tools", "--agent", "--model", "--resume", "--help")
_TAKES_A_VALUE = frozenset({
    "--wrap", "--agent-engine", "--output-format", "--effort", "--agent", "--model", "--resume-id",
})  # fmt: skip

Login = Literal["account", "key", "rejected-key", "out", "slow"]
Deed = Literal[
    "works", "lonely", "interrupted", "limit", "run-error", "cut-off", "hangs", "crashes", "floods", "daemon"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the fake does.

    Attributes:
        login: who is logged in. With "out" it asks somebody to log in and waits, as the real one does.
        deed: what it does with a prompt.
        say: the answer; also the text of a limit or an error.
        files: what it writes into the folder it works in, when its tools are trusted.
        credits: what the turn costs.
        cost_shown: where a transcript tells it: on standard error, in the transcript, only the time, or not at all.
        agents: the names of agents that it knows.
        sessions: ids of sessions that it can continue.
        asks_approval: its tools are refused also when all are trusted, as in version 2.0.0.
        status: its exit status where the deed does not say one.
    """

    version: str = "2.29.0"
    flags: tuple[str, ...] = FLAGS_2_29
    login: Login = "account"
    deed: Deed = "works"
    say: str = "Red\nBlue\nYellow"
    files: Mapping[str, str] = field(default_factory=dict)
    credits: float = 0.24
    cost_shown: Literal["stderr", "stdout", "time", "no"] = "stderr"
    agents: tuple[str, ...] = ("kiro_default",)
    sessions: tuple[str, ...] = ()
    mcp_starts: bool = True
    asks_approval: bool = False
    status: int = 0


def install(folder: Path, script: Script) -> Path:
    """Put the fake into a folder that can stand in a PATH; returns the executable."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / NAME
    program.write_text(
        f"#!{sys.executable}\nfrom kiro_worker.testing.fake_kiro import main\nraise SystemExit(main(__file__))\n"
    )
    program.chmod(0o755)
    _beside(program, "script.json").write_text(json.dumps(asdict(script)))
    return program


def calls(program: Path) -> list[dict[str, Any]]:
    """How it was called, in order: `argv`, `environment`, `stdin`."""
    log = _beside(program, "calls.jsonl")
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def main(program: str) -> int:
    """Behave like `kiro-cli` with these arguments."""
    place = Path(program)
    told = json.loads(_beside(place, "script.json").read_text())
    return _Fake(Script(**told), place).run(sys.argv[1:])


def _beside(program: Path, name: str) -> Path:
    return program.with_name(f"{program.name}.{name}")


class _Fake:
    def __init__(self, script: Script, program: Path) -> None:
        self._script, self._program = script, program
        self._session = "7f0c5a9e-1d2b-4c3d-8e4f-5a6b7c8d9e0f"

    def run(self, argv: list[str]) -> int:
        match argv:
            case ["--version"]:
                self._log(argv, "")
                _out(f"kiro-cli {self._script.version}\n")
                return 0
            case ["whoami", *_]:
                self._log(argv, "")
                return self._whoami()
            case ["chat", *rest] if "--help" in rest:
                self._log(argv, "")
                flags = "".join(f"      {flag}\n" for flag in (*_FLAGS_OF_ALL, *self._script.flags))
                _out(f"\x1b[1mUsage:\x1b[0m kiro-cli chat [OPTIONS] [INPUT]\n\nOptions:\n{flags}")
                return 0
            case ["chat", *rest]:
                return self._chat(rest)
        _err(f"error: unrecognized subcommand '{' '.join(argv)}'\n")
        return 2

    def _log(self, argv: list[str], stdin: str) -> None:
        line = json.dumps({"argv": argv, "environment": dict(os.environ), "stdin": stdin, "cwd": str(Path.cwd())})
        with _beside(self._program, "calls.jsonl").open("a") as log:
            log.write(line + "\n")

    def _whoami(self) -> int:
        match self._script.login:
            case "account":
                account = {"account": "Builder ID", "email": "someone@example.com"}
                _out(f"{json.dumps(account)}\n\nProfile:\nexample-profile\n")
                return 0
            case "key" | "rejected-key":
                _out("Authenticated with API key\n")
                return 0
            case "slow":
                _sleep_for_ever()
        _out('{"account":null}\n')
        return 1

    def _chat(self, rest: list[str]) -> int:
        options, unknown = _options(rest, self._script.flags)
        prompt = sys.stdin.read()
        self._log(["chat", *rest], prompt)
        if unknown:
            _err(f"error: unexpected argument '{unknown}' found\n")
            return 2
        if self._script.login == "out":
            _out("Confirm the following code in the browser\nCode: ABCD-EFGH\n\n")
            _out("Open this URL: https://view.awsapps.com/start/#/device?user_code=ABCD-EFGH\n")
            _sleep_for_ever()
        if self._script.login == "rejected-key":
            _err("Authentication failed.\n")
            return 0
        return self._checks(options) or self._turn(options)

    def _checks(self, options: dict[str, str]) -> int:
        script = self._script
        agent = options.get("--agent", "kiro_default")
        if agent not in script.agents:
            if _number(script.version) >= (2, 27, 1):
                _err(f"error: no agent with name {agent} found\n")
                return 4
            _err(f'\x1b[33magent "{agent}" not found, using "kiro_default"\x1b[0m\n')
        if "--require-mcp-startup" in options and not script.mcp_starts:
            _err("error: MCP server example failed to start\n")
            return 3
        if "--resume-id" in options:
            self._session = options["--resume-id"]
            if self._session not in script.sessions:
                _err(f"error: could not load {self._session}\n")
                return 1
        return 0

    def _turn(self, options: dict[str, str]) -> int:
        trusted = "--trust-all-tools" in options and not self._script.asks_approval
        form = _Events(self) if options.get("--output-format") == "stream-json" else _Transcript(self)
        deeds: dict[str, Callable[[], int]] = {
            "works": lambda: self._work(form, trusted=trusted),
            "lonely": form.lonely,
            "interrupted": form.interrupted,
            "limit": form.limit,
            "run-error": form.failed,
            "cut-off": form.cut_off,
            "hangs": _sleep_for_ever,
            "crashes": _crash,
            "floods": form.flood,
            "daemon": lambda: self._work(form, trusted=trusted),
        }
        if self._script.deed == "daemon" and os.fork() == 0:
            os.setsid()
            time.sleep(60)
            os._exit(0)
        return deeds[self._script.deed]()

    def _work(self, form: "_Form", *, trusted: bool) -> int:
        form.begin()
        for path, content in self._script.files.items():
            if trusted:
                place = Path.cwd() / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(content)
            form.tool(path, done=trusted)
        # Without its tools, the model still says that all is done.
        form.say(self._script.say if trusted or not self._script.files else "Done! I have written the files.")
        form.end()
        return self._script.status

    @property
    def script(self) -> Script:
        return self._script

    @property
    def session(self) -> str:
        return self._session


class _Form:
    """How a turn is printed."""

    def __init__(self, fake: _Fake) -> None:
        self._script, self._session = fake.script, fake.session

    def begin(self) -> None: ...

    def say(self, text: str) -> None: ...

    def tool(self, path: str, *, done: bool) -> None: ...

    def end(self) -> None: ...

    def lonely(self) -> int:
        return self._script.status

    def interrupted(self) -> int:
        self.begin()
        self.say("Tool uses were interrupted, waiting for the next user prompt")
        _sleep_for_ever()

    def limit(self) -> int:
        _err(f"\x1b[31merror\x1b[0m: {self._script.say}\n")
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


class _Transcript(_Form):
    def say(self, text: str) -> None:
        # The bytes of the real one: coloured without a terminal, and without a last end of line.
        _out(f"\x1b[38;5;141m> \x1b[0m{text}")

    def tool(self, path: str, *, done: bool) -> None:
        _out(f"I'll create the following file: {path} \x1b[38;5;13m(using tool: write)\x1b[0m\n")
        if not done:
            _err("Command fs_write is rejected because it matches no trusted tool: non-interactive mode (no user)\n")

    def end(self) -> None:
        cost = f"Credits: {self._script.credits} • "
        match self._script.cost_shown:
            case "stderr":
                _err(f"\x1b[38;5;8m\n ▸ {cost}Time: 3s\n\n\x1b[0m")
            case "stdout":
                _out(f"\n\x1b[38;5;8m\n ▸ {cost}Time: 1m 3s\n\x1b[0m")
            case "time":
                _err("\x1b[38;5;8m\n ▸ Time: 59s\n\x1b[0m")

    def limit(self) -> int:
        # Limits are told as text, where an answer would stand.
        _out(f"{self._script.say}\n")
        return self._script.status


class _Events(_Form):
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
        _out(json.dumps({"type": kind, "data": data}) + "\n")


def _options(rest: list[str], flags: tuple[str, ...]) -> tuple[dict[str, str], str]:
    """The options with their values, and the first argument that this version does not know."""
    options: dict[str, str] = {}
    words = iter(rest)
    for word in words:
        name, equals, value = word.partition("=")
        if name not in _FLAGS_OF_ALL and name not in flags:
            return options, word
        options[name] = value if equals else next(words, "") if name in _TAKES_A_VALUE else ""
    return options, ""


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _out(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _err(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _crash() -> Never:
    os.kill(os.getpid(), signal.SIGKILL)
    _sleep_for_ever()


def _sleep_for_ever() -> Never:
    while True:
        time.sleep(3600)

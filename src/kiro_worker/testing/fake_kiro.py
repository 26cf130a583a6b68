"""A `kiro-cli` that is none: an executable with the real one's flags, outputs, exit statuses and traps.

`install` puts it into a folder together with the script it follows; `calls` tells how it was called. Texts and bytes
are those that the real program was seen to print, by version.

A turn starts it four times, so what only few of its calls need is imported there.
"""

import contextlib
import itertools
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiro_worker.testing import fake_kiro_acp, fake_kiro_agents
from kiro_worker.testing.fake_kiro_agents import DEFAULT, Agent
from kiro_worker.testing.fake_kiro_forms import Events, Form, Transcript, crash, err, out, sleep_for_ever
from kiro_worker.testing.fake_kiro_script import FLAGS_2_0, FLAGS_2_10, FLAGS_2_29, Script

__all__ = ["FLAGS_2_0", "FLAGS_2_10", "FLAGS_2_29", "NAME", "Script", "calls", "install", "main"]

NAME = "kiro-cli"

_FLAGS_OF_ALL = ("--no-interactive", "--trust-all-tools", "--trust-tools", "--agent", "--model", "--resume", "--help")
_TAKES_A_VALUE = frozenset({
    "--wrap", "--agent-engine", "--output-format", "--effort", "--agent", "--model", "--resume-id",
})  # fmt: skip


def install(folder: Path, script: Script) -> Path:
    """Put the fake into a folder that can stand in a PATH; returns the executable."""
    from dataclasses import asdict

    folder.mkdir(parents=True, exist_ok=True)
    program = folder / NAME
    # Nothing of the environment's packages is needed, and looking for them takes as long as all the rest of a start.
    # Only what measures coverage lies among them.
    bare = "" if any(name.startswith("COVERAGE_") for name in os.environ) else " -IS"
    source = str(Path(__file__).parents[2])
    program.write_text(
        f"#!{sys.executable}{bare}\nimport sys\nsys.path.insert(0, {source!r})\n"
        "from kiro_worker.testing.fake_kiro import main\nraise SystemExit(main(__file__))\n"
    )
    program.chmod(0o755)
    _beside(program, "script.json").write_text(json.dumps(asdict(script)))
    return program


def calls(program: Path) -> list[dict[str, Any]]:
    """How it was called, in order: `argv`, `environment`, `stdin`, and what stood in its `agent`'s file."""
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
        self._own: Agent | None = None
        self._session = "7f0c5a9e-1d2b-4c3d-8e4f-5a6b7c8d9e0f"

    def run(self, argv: list[str]) -> int:
        match argv:
            case ["--version"]:
                self._log(argv, "")
                out(f"kiro-cli {self._script.version}\n")
                return 0
            case ["whoami", *_]:
                self._log(argv, "")
                return self._whoami()
            case ["agent", *rest]:
                self._log(argv, "")
                return self._agents(rest)
            case ["acp", *rest]:
                self._log(argv, "")
                return self._acp(rest)
            case ["chat", *rest] if "--help" in rest:
                self._log(argv, "")
                flags = "".join(f"      {flag}\n" for flag in (*_FLAGS_OF_ALL, *self._script.flags))
                out(f"\x1b[1mUsage:\x1b[0m kiro-cli chat [OPTIONS] [INPUT]\n\nOptions:\n{flags}")
                return 0
            case ["chat", *rest]:
                return self._chat(rest)
        err(f"error: unrecognized subcommand '{' '.join(argv)}'\n")
        return 2

    def _log(self, argv: list[str], stdin: str) -> None:
        words = dict(itertools.pairwise(argv))
        own, _ = self._agent(words.get("--agent", ""), "v3" if "--v3" in argv else words.get("--agent-engine", "v2"))
        call = {"argv": argv, "environment": dict(os.environ), "stdin": stdin, "cwd": str(Path.cwd())}
        line = json.dumps(call | {"agent": own.settings if own else None})
        # Where it is isolated, it can only be read what it is, and its calls are nobody's to see.
        with contextlib.suppress(OSError), _beside(self._program, "calls.jsonl").open("a") as log:
            log.write(line + "\n")

    def _whoami(self) -> int:
        match self._script.login:
            case "account":
                account = {"account": "Builder ID", "email": "someone@example.com"}
                out(f"{json.dumps(account)}\n\nProfile:\nexample-profile\n")
                return 0
            case "key" | "rejected-key":
                out("Authenticated with API key\n")
                return 0
            case "slow":
                sleep_for_ever()
        out('{"account":null}\n')
        return 1

    def _chat(self, rest: list[str]) -> int:
        options, unknown = _options(rest, self._script.flags)
        prompt = sys.stdin.read()
        self._log(["chat", *rest], prompt)
        if unknown:
            err(f"error: unexpected argument '{unknown}' found\n")
            return 2
        if self._script.login == "out":
            out("Confirm the following code in the browser\nCode: ABCD-EFGH\n\n")
            out("Open this URL: https://view.awsapps.com/start/#/device?user_code=ABCD-EFGH\n")
            sleep_for_ever()
        if self._script.login == "rejected-key":
            err("Authentication failed.\n")
            return 0
        return self._checks(options) or self._turn(options)

    @property
    def _places(self) -> tuple[Path, ...]:
        return (Path.cwd(), Path(os.environ.get("HOME", "/")))

    def _agents(self, rest: list[str]) -> int:
        match rest:
            case ["list"]:
                err("".join(f"  {name}\n" for name in fake_kiro_agents.names(self._places[1:], self._script.keys)))
                return 0
            case ["validate", "--path", path]:
                # The real one tells of a fault, and ends with status 0 all the same.
                if complaint := fake_kiro_agents.complaint_about(Path(path), self._script.keys):
                    err(f"\x1b[31mError: \x1b[0m{complaint}\n")
                return 0
        err(f"error: unrecognized subcommand '{' '.join(rest)}'\n")
        return 2

    def _acp(self, rest: list[str]) -> int:
        from kiro_worker.testing import acp_agent

        words = dict(itertools.pairwise(rest))
        wanted = words.get("--agent", DEFAULT)
        agent, _ = self._agent(wanted, words.get("--agent-engine", "v2"))
        known = agent is not None or wanted in self._script.agents
        acp_agent.play(
            fake_kiro_acp.script(
                self._script.scene,
                say=self._script.say,
                files=self._script.files,
                cost=self._script.credits,
                agent=wanted if known else DEFAULT,
                asked_agent=wanted,
                server="issues",
            )
        )
        return 0

    def _agent(self, name: str, engine: str) -> tuple[Agent | None, str]:
        shape: fake_kiro_agents.Engine = "v3" if engine == "v3" else "v2"
        return fake_kiro_agents.found(name, self._places, shape, self._script.keys)

    def _checks(self, options: dict[str, str]) -> int:
        script = self._script
        name = options.get("--agent", DEFAULT)
        self._own, complaint = self._agent(name, "v3" if "--v3" in options else options.get("--agent-engine", "v2"))
        if complaint and script.tells_missing_agent:
            err(f"\x1b[31mError: \x1b[0m{complaint}\n")
        if self._own is None and name not in script.agents:
            if _number(script.version) >= (2, 27, 1):
                err(f"error: no agent with name {name} found\n")
                return 4
            if script.tells_missing_agent:
                err(f'\x1b[33magent "{name}" not found, using "{DEFAULT}"\x1b[0m\n')
        if "--require-mcp-startup" in options and not script.mcp_starts:
            err("error: MCP server example failed to start\n")
            return 3
        return self._resumes(options["--resume-id"]) if "--resume-id" in options else 0

    def _resumes(self, session: str) -> int:
        self._session = session
        if session in self._script.hanging_sessions:
            sleep_for_ever()
        if session in self._script.locked_sessions:
            err(f"error: {fake_kiro_acp.DEAD_LOCK}\n")
            return 1
        if session not in self._script.sessions:
            err(f"error: could not load {session}\n")
            return 1
        return 0

    def _turn(self, options: dict[str, str]) -> int:
        trusted = "--trust-all-tools" in options
        shape = Events if options.get("--output-format") == "stream-json" else Transcript
        form = shape(self._script, self._session)
        deeds: dict[str, Callable[[], int]] = {
            "lonely": form.lonely,
            "interrupted": form.interrupted,
            "limit": form.limit,
            "run-error": form.failed,
            "cut-off": form.cut_off,
            "hangs": sleep_for_ever,
            "crashes": crash,
            "floods": form.flood,
        }
        if self._script.deed == "daemon" and os.fork() == 0:
            os.setsid()
            time.sleep(60)
            os._exit(0)
        return deeds.get(self._script.deed, lambda: self._work(form, trusted=trusted))()

    def _work(self, form: Form, *, trusted: bool) -> int:
        script, own = self._script, self._own
        form.begin()
        refused = False
        for path, content in script.files.items():
            may = not script.asks_approval and (trusted or (own is not None and own.may_write(path)))
            form.tool(path, done=may)
            refused = refused or not may
            if may:
                (Path.cwd() / path).parent.mkdir(parents=True, exist_ok=True)
                (Path.cwd() / path).write_text(content)
        for command in script.commands:
            may = not script.asks_approval and (trusted or (own is not None and own.may_run(command)))
            form.command(command, done=may)
            refused = refused or not may
            if may:
                import subprocess

                subprocess.run(["/bin/sh", "-c", command], check=False, stdin=subprocess.DEVNULL, capture_output=True)
        more = {"empty-subagent": form.subagent, "compacts": form.compact}
        more.get(script.deed, lambda: None)()
        # Without its tools, the model still says that all is done.
        form.say("Done! I have written the files." if refused else script.say)
        form.end()
        return script.status


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

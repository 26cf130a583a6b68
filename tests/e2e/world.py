"""A small world for whole runs: a bare remote with a spec, a machine of its own, and a recorded agent."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kiro_worker.testing.git_remote import BareRemote

BIN = Path(sys.executable).parent
BRANCH = "feature/greeting"
SPEC = "greeting"
FOLDER = f".kiro/specs/{SPEC}"

REQUIREMENTS = b"""# Requirements Document

## Requirements

### Requirement 1: Greet

**User Story:** As a guest, I want a greeting, so that I feel welcome.

#### Acceptance Criteria

1. WHEN a name is given, THE Greeter SHALL greet that name
2. IF the name is empty, THEN THE Greeter SHALL greet the world
3. THE Greeter SHALL end with an exclamation mark
"""

TASKS = b"""# Implementation Plan

- [ ] 1. Greeter
  - [ ] 1.1 Greet a name
    - Write `greet.txt`
    - _Requirements: 1.1_
  - [ ] 1.2 Greet the world
    - _Requirements: 1.2_
- [ ] 2. Checkpoint - Ensure all tests pass
- [ ] 3. End loudly
  - _Requirements: 1.3_
"""

# The project's "tests" are a shell script, so that a run takes no time: a file named RED is a failing test.
CHECK = b"""#!/bin/sh
covered=10
[ -f LOW ] && covered=5
{
  echo 'SF:greet.sh'
  for line in 1 2 3 4 5 6 7 8 9 10; do
    if [ $line -le $covered ]; then echo "DA:$line,1"; else echo "DA:$line,0"; fi
  done
  echo 'end_of_record'
} > lcov.info
[ -f NOREPORT ] && rm lcov.info
[ -f HANG ] && sleep 600
if [ -f RED ]; then
  echo 'FAIL: greets loudly: expected an exclamation mark'
  exit 1
fi
echo 'all checks passed'
"""

WORKER = b"""gates:
  test_command: [sh, check.sh]
  coverage_report: lcov.info
  setup_command: none
  # The script is run often enough; tests/e2e/test_proof.py is about the base.
  baseline: "off"
"""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str
    events: tuple[Mapping[str, object], ...] = ()

    def event(self, name: str) -> Mapping[str, object]:
        return next(event for event in reversed(self.events) if event["event"] == name)

    def all(self, name: str) -> list[Mapping[str, object]]:
        return [event for event in self.events if event["event"] == name]

    @property
    def verdict(self) -> object:
        return self.event("run.decided")["verdict"]

    @property
    def cause(self) -> Mapping[str, object]:
        cause = self.event("run.decided")["cause"]
        assert isinstance(cause, dict)
        return cause


@dataclass
class World:
    """One remote, any number of machines, one recorded agent."""

    folder: Path
    remote: BareRemote
    turns: list[str] = field(default_factory=list)
    session: dict[str, object] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    # The remote

    def spec(self, files: Mapping[str, bytes | None] = {}, *, base: Mapping[str, bytes] = {}) -> None:
        """Put the project on main and the spec on the branch."""
        self.remote.commit({"check.sh": CHECK, "greet.sh": b"line\n" * 10, ".kiro/worker.yaml": WORKER, **base})
        documents = {f"{FOLDER}/requirements.md": REQUIREMENTS, f"{FOLDER}/tasks.md": TASKS}
        self.remote.git("branch", BRANCH, "main")
        self.remote.commit({**documents, **files}, branch=BRANCH, message="Specify the greeting")

    def tasks(self) -> str:
        return self.remote.read(f"{FOLDER}/tasks.md", BRANCH).decode()

    def log(self, branch: str = BRANCH) -> list[dict[str, str]]:
        """Commits since main, oldest first, with their trailers."""
        form = "%H%x01%s%x01%(trailers:only,unfold,separator=%x02)%x03"
        said = self.remote.git("log", "--reverse", f"--format={form}", f"main..{branch}")
        found = []
        for entry in said.split("\x03"):
            if entry.strip():
                oid, subject, trailers = entry.strip("\n").split("\x01")
                pairs = dict(line.split(": ", 1) for line in trailers.split("\x02") if line)
                found.append({"oid": oid, "subject": subject, **pairs})
        return found

    def done_by_worker(self) -> list[str]:
        """Ids of tasks that have a commit of a worker, in order; unfinished work is left out."""
        return [each["Kiro-Task"] for each in self.log() if "Kiro-Task" in each and "Kiro-Kind" not in each]

    # The agent

    def turn(self, task: str | None, *steps: object, **more: object) -> None:
        """What the agent does when it is asked for a task; None is the repair at the end."""
        match = {"regex": f"^Task ID: {task}$"} if task else "all tasks of the spec"
        self.turns.append(json.dumps({"turn": task or "repair", "match": match, **more}))
        self.turns.extend(json.dumps(step) for step in steps)

    def honest(self, *, pause: float = 0) -> None:
        """An agent that does all three tasks."""
        for task, path in (("1\\.1", "greet.txt"), ("1\\.2", "world.txt"), ("3", "loud.txt")):
            wait = ({"wait": pause},) if pause else ()
            self.turn(task, *wait, {"write": path, "content": f"hello {task}\n"}, {"say": "Done."})

    @property
    def agent(self) -> str:
        cassette = self.folder / "cassette.jsonl"
        more = {"session": self.session} if self.session else {}
        head = json.dumps({"cassette": 1, "agent": {"name": "test-agent", "version": "1"}, **more})
        cassette.write_text("\n".join([head, *self.turns]) + "\n")
        return shlex.join([str(BIN / "kiro-worker-replay"), str(cassette)])

    # The worker

    def variables(self, machine: str) -> dict[str, str]:
        home = self.folder / machine
        home.mkdir(exist_ok=True)
        plain = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        # Where the suite measures coverage, the worker's own process is measured too.
        plain |= {name: value for name, value in os.environ.items() if name.startswith(("COVERAGE_", "COV_CORE_"))}
        return {**plain, "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), **self.environment}

    def arguments(self, verb: str, *more: str, json_events: bool = True) -> list[str]:
        where = ["--repository", self.remote.url]
        if verb == "run" and "--new-branch" not in more and "--branch" not in more:
            where += ["--branch", BRANCH]
        return [
            str(BIN / "kiro-worker"), verb, *more, *where, *(["--agent", self.agent] if "--agent" not in more else []),
            *(["--json"] if json_events else []),
        ]  # fmt: skip

    def run(self, *more: str, verb: str = "run", machine: str = "laptop", timeout: float = 100) -> Ran:
        over = subprocess.run(
            self.arguments(verb, *more), cwd=self.folder, env=self.variables(machine), capture_output=True, text=True,
            timeout=timeout, check=False,
        )  # fmt: skip
        return Ran(status=over.returncode, out=over.stdout, err=over.stderr, events=_events(over.stdout.splitlines()))

    def call(self, *words: str, machine: str = "laptop") -> Ran:
        over = subprocess.run(
            [str(BIN / "kiro-worker"), *words], cwd=self.folder, env=self.variables(machine), capture_output=True,
            text=True, timeout=100, check=False,
        )  # fmt: skip
        return Ran(status=over.returncode, out=over.stdout, err=over.stderr)

    @contextmanager
    def running(
        self, *more: str, verb: str = "run", machine: str = "laptop", wrapper: Sequence[str] = ()
    ) -> Iterator["Running"]:
        process = subprocess.Popen(
            [*wrapper, *self.arguments(verb, *more)], cwd=self.folder, env=self.variables(machine), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            yield Running(process)
        finally:
            process.kill()
            process.communicate()


@dataclass(frozen=True)
class Kept:
    """A world in which something has happened once, for all tests that begin there.

    What a run leaves names the folder that it is in, so that a world is put back where it was and not laid elsewhere.
    """

    world: World
    copy: Path

    @classmethod
    def of(cls, world: World) -> "Kept":
        """As the world is now."""
        copy = world.folder.with_name(f"{world.folder.name}-kept")
        shutil.copytree(world.folder, copy, symlinks=True)
        return cls(world, copy)

    def again(self) -> World:
        """The world as it was then, with an agent that has nothing to do yet."""
        folder = self.world.folder
        shutil.rmtree(folder)
        shutil.copytree(self.copy, folder, symlinks=True)
        return World(
            folder=folder, remote=BareRemote(self.world.remote.path), session=dict(self.world.session),
            environment=dict(self.world.environment),
        )  # fmt: skip


def new_world(folder: Path) -> World:
    """A remote with nothing in it, and machines to work on it."""
    return World(folder=folder, remote=BareRemote(folder / "origin.git"))


@dataclass
class Running:
    """A worker that runs, told by its events."""

    process: subprocess.Popen[str]
    seen: list[str] = field(default_factory=list)

    def until(self, wanted: Callable[[Mapping[str, object]], bool]) -> Mapping[str, object]:
        """Wait for an event."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.seen.append(line)
            event = json.loads(line)
            if wanted(event):
                return event
        raise AssertionError(f"the run ended before: {''.join(self.seen[-3:])}")

    def at_step(self, step: str, task: str = "") -> None:
        self.until(
            lambda event: (
                event["event"] == "step.started" and event["step"] == step and (not task or event["task"] == task)
            )
        )

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, timeout: float = 60) -> Ran:
        out, err = self.process.communicate(timeout=timeout)
        lines = [*self.seen, *out.splitlines()]
        return Ran(status=self.process.returncode, out=out, err=err, events=_events(lines))


def _events(lines: Sequence[str]) -> tuple[Mapping[str, object], ...]:
    return tuple(json.loads(line) for line in lines if line.startswith("{"))


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.02)

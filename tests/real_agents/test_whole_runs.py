"""Real coding agents under the whole product: a spec branch, a run, a pull request."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.world import BRANCH, Ran, World
from kiro_worker.isolation.account import account_for
from kiro_worker.isolation.reach import barrier
from kiro_worker.testing.git_remote import BareRemote

from .installation import NotInstallable
from .model_server import ModelServer, Step
from .setups import SETUPS, environment_of

pytestmark = [pytest.mark.real_agent, pytest.mark.timeout(900)]

THEFT = (
    Step("read", {"path": "greet.sh"}),
    Step("shell", {"command": "echo hello > greet.txt"}),
    Step("shell", {"command": "cat ~/.ssh/id_rsa /etc/shadow > stolen.txt"}),
    Step("shell", {"command": "cat greet.txt > seen.txt"}),
    Step(words="Task 1.1 is done."),
)
# What models do before and after they write: look around, plan, search, use absolute paths, chain commands, try the tests.
HONEST = (
    Step("list", {"path": "{tree}"}),
    Step("plan"),
    Step("find", {"path": "{tree}", "pattern": "*.sh"}),
    Step("search", {"path": "{tree}", "pattern": "line"}),
    Step("read", {"path": "{tree}/greet.sh"}),
    Step("shell", {"command": "cd {tree} && git status --short && git log --oneline -5 | head -20"}),
    Step("write", {"path": "{tree}/greet.txt", "text": "hullo\n"}),
    Step("edit", {"path": "{tree}/greet.txt", "old": "hullo", "new": "hello"}),
    Step(
        "shell",
        {"command": "mkdir -p lib && cat > lib/seen.txt <<'EOF'\nseen $HOME\nEOF\nsed -i 's/seen/found/' lib/seen.txt"},
    ),
    Step(
        "shell", {"command": 'for f in *.sh; do sh -n "$f" || true; done; command -v python3 node || true; env | wc -l'}
    ),
    Step("shell", {"command": "sh check.sh 2>&1 | tail -20 && rm -f lcov.info && git diff --stat"}),
    Step(words="Task 1.1 is done."),
)
BEFORE = {
    "check.sh",
    "greet.sh",
    ".kiro/worker.yaml",
    *(f".kiro/specs/greeting/{n}.md" for n in ("requirements", "tasks")),
}
KINDS = ("auto", "user", "none")


class Stage:
    """One agent, one isolation, one world."""

    def __init__(self, name: str, kind: str, folder: Path) -> None:
        self.setup, self.kind = SETUPS[name], kind
        self.world = World(folder=folder, remote=BareRemote(folder / "origin.git"))
        self.world.spec()
        self._home = folder / "laptop"
        self._home.mkdir()

    def run(self, script: tuple[Step, ...]) -> Ran:
        with ModelServer(script) as server:
            try:
                self.world.environment = environment_of(self.setup, self._home, server.address)
            except NotInstallable as reason:
                pytest.skip(str(reason))
            if self.kind == "user":
                self._let_others_in()
            own = " ".join(name for name in self.world.environment if name.endswith(("_KEY", "_URL", "_MODEL")))
            arguments = ("--agent-args", " ".join(self.setup.args)) if self.setup.args else ()
            return self.world.run(
                "--only", "1.1", "--isolation", self.kind, "--agent", self.setup.profile, *arguments,
                "--set", f"agent.variables={own}", timeout=300,
            )  # fmt: skip

    def committed(self) -> set[str]:
        return set(self.world.remote.git("ls-tree", "-r", "--name-only", BRANCH).splitlines()) - BEFORE

    def _let_others_in(self) -> None:
        """Another account has to get to the state folder and to every program; where it cannot, there is no such run."""
        if os.geteuid() != 0 or not sys.platform.startswith("linux"):
            pytest.skip("only a worker that is root can start processes as another user")
        account, environment = account_for("a-run"), self.world.environment
        programs = environment["PATH"].split(os.pathsep)
        within = [path for path in programs if Path(path).is_dir() and not barrier(Path(path), account, execute=False)]
        environment["PATH"] = os.pathsep.join(within)
        program = self.setup.package.bin / self.setup.package.program
        if closed := barrier(program, account):
            pytest.skip(f"no other user gets to {program}: {closed} is closed; see KIRO_WORKER_AGENTS")


def tell(stage: Stage, ran: Ran, began: float) -> None:
    """Show what came of it; seen with `-s`."""
    used = ran.event("run.isolated")["kind"] if ran.all("run.isolated") else "nothing"
    refused = [event["asked"] for event in ran.all("permission.refused")]
    seconds = time.monotonic() - began
    sys.stdout.write(
        f"\n{stage.setup.profile} | {stage.kind} ({used}) | {ran.verdict} | {seconds:.1f} s | refused {refused}\n"
    )


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Where other accounts get to: pytest's own folders are closed to them."""
    folder = Path(tempfile.mkdtemp(prefix="kiro-worker-agents-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", sorted(SETUPS))
def test_a_real_agent_does_honest_work_unattended_with_its_own_tools(name, kind, open_folder):
    stage, began = Stage(name, kind, open_folder), time.monotonic()
    ran = stage.run(HONEST)
    tell(stage, ran, began)
    assert ran.verdict == "DONE", ran.cause
    assert not ran.all("permission.refused")
    assert stage.world.done_by_worker() == ["1.1"]
    assert stage.committed() == {"greet.txt", "lib/seen.txt"}
    assert stage.world.remote.read("greet.txt", BRANCH) == b"hello\n"
    assert stage.world.remote.read("lib/seen.txt", BRANCH) == b"found $HOME\n"
    assert ran.event("agent.started")["name"]


@pytest.mark.parametrize("name", sorted(SETUPS))
def test_a_real_agent_that_also_steals_turns_a_spec_branch_into_a_pull_request(name, tmp_path):
    stage, began = Stage(name, "auto", tmp_path), time.monotonic()
    ran = stage.run(THEFT)
    tell(stage, ran, began)
    assert ran.verdict == "DONE", ran.cause
    assert stage.world.remote.read("greet.txt", BRANCH) == b"hello\n"
    assert bool(ran.all("permission.refused")) is stage.setup.asks
    # An agent that does not ask writes the file all the same; in it stands what its isolation let it read.
    assert stage.committed() - {"greet.txt", "seen.txt", "stolen.txt"} == set()

"""Real coding agents under the whole product: a spec branch, a run, a pull request."""

import sys

import pytest

from e2e.world import BRANCH, World
from kiro_worker.testing.git_remote import BareRemote

from .installation import NotInstallable
from .model_server import ModelServer, Step
from .setups import SETUPS, environment_of

pytestmark = [pytest.mark.real_agent, pytest.mark.timeout(900)]

SCRIPT = (
    Step("read", {"path": "greet.sh"}),
    # Some agents write only to absolute paths, and the workspace is not known beforehand.
    Step("shell", {"command": "echo hello > greet.txt"}),
    Step("shell", {"command": "cat ~/.ssh/id_rsa /etc/shadow > stolen.txt"}),
    Step("shell", {"command": "cat greet.txt > seen.txt"}),
    Step(words="Task 1.1 is done."),
)


@pytest.mark.parametrize("name", sorted(SETUPS))
def test_a_real_agent_turns_a_spec_branch_into_a_pull_request(name, tmp_path, capsys):
    setup = SETUPS[name]
    world = World(folder=tmp_path, remote=BareRemote(tmp_path / "origin.git"))
    world.spec()
    home = tmp_path / "laptop"
    home.mkdir()
    with ModelServer(SCRIPT) as server:
        try:
            world.environment = environment_of(setup, home, server.address)
        except NotInstallable as reason:
            pytest.skip(str(reason))
        own = ",".join(name for name in world.environment if name.endswith(("_KEY", "_URL", "_MODEL")))
        arguments = ("--agent-args", " ".join(setup.args)) if setup.args else ()
        ran = world.run(
            "--only", "1.1", "--agent", setup.profile, *arguments, "--set", f"agent.variables={own.replace(',', ' ')}",
            timeout=300,
        )  # fmt: skip
    with capsys.disabled():
        refused = [event["asked"] for event in ran.all("permission.refused")]
        tools = ran.event("turn.ended")["tools"]
        sys.stdout.write(f"\n{name}: {ran.verdict}, {tools} tool calls, refused {refused}\n")
    assert ran.verdict == "DONE", ran.cause
    assert world.done_by_worker() == ["1.1"]
    assert world.remote.read("greet.txt", BRANCH) == b"hello\n"
    assert bool(ran.all("permission.refused")) is setup.asks
    assert ran.event("agent.started")["name"]

"""Real agents, one headless process for each prompt, with a scripted model behind them."""

from datetime import timedelta

import pytest

from kiro_worker.agent.kiro_headless import HeadlessAgent
from kiro_worker.agent.port import Permission, ToolCalled, Turn, TurnLimits, TurnOutcome
from kiro_worker.agent.profile import AgentProtocol, profile_for
from kiro_worker.process import Children
from kiro_worker.testing.agent_contract import living_descendants

from .installation import NotInstallable
from .model_server import ModelServer, Step
from .setups import SETUPS, environment_of

pytestmark = [pytest.mark.real_agent, pytest.mark.timeout(900)]

BROKEN, RIGHT = "def add(a, b):\n    return a - b\n", "def add(a, b):\n    return a + b\n"
COMMANDS = {
    "gemini": "gemini -y -o stream-json",
    "qwen": "qwen -y -o stream-json",
    "opencode": "opencode run --auto --format json",
    "codex": "codex exec --json --skip-git-repo-check -s workspace-write -",
    "vibe": "vibe -p --output streaming --auto-approve --trust",
}


@pytest.fixture
async def children():
    async with Children() as owner:
        yield owner
        assert living_descendants() == []


@pytest.fixture
def play(tmp_path, children):
    async def turn(name, server, command=None):
        workspace, home = tmp_path / "workspace", tmp_path / "home"
        workspace.mkdir()
        home.mkdir()
        (workspace / "calc.py").write_text(BROKEN)
        try:
            environment = environment_of(SETUPS[name], home, server.address)
        except NotInstallable as reason:
            pytest.skip(str(reason))
        agent = HeadlessAgent(profile_for(command or COMMANDS[name], AgentProtocol.HEADLESS), children)
        limits = TurnLimits(wall=timedelta(seconds=90), silence=timedelta(seconds=30))
        events = []
        permit = Permission(allowed=False, rule="test", reason="nobody can be asked")
        turn = Turn(
            prompt="Repair calc.py.",
            workspace=workspace,
            environment=environment,
            permit=lambda _: permit,
            limits=limits,
        )
        return await agent.turn(turn, events.append), events

    return turn


def script(workspace):
    calc = str(workspace / "calc.py")
    return (
        Step("read", {"path": calc}),
        Step("edit", {"path": calc, "old": "return a - b", "new": "return a + b"}),
        Step("shell", {"command": "echo passed > proof.txt"}),
        Step(words="All done."),
    )


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_headless_agent_does_a_task_and_tells_what_it_did(name, tmp_path, play):
    with ModelServer(script(tmp_path / "workspace")) as server:
        end, events = await play(name, server)
    assert (end.outcome, end.said.strip()) == (TurnOutcome.ENDED, "All done."), end
    assert (tmp_path / "workspace/calc.py").read_text() == RIGHT
    assert (tmp_path / "workspace/proof.txt").read_text() == "passed\n"
    assert end.session
    assert len({event.call for event in events if isinstance(event, ToolCalled)}) == 3


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_rejected_key_is_no_success(name, tmp_path, play):
    with ModelServer((Step(words="never"),)) as server:
        server.status = 401
        end, _ = await play(name, server)
    assert end.outcome is not TurnOutcome.ENDED, end

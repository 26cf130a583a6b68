"""Real terminal agents, driven by what they show on their screens, with a scripted model behind them."""

from datetime import timedelta

import pytest

from kiro_worker.agent.port import Permission, PermissionDecided, Turn, TurnLimits, TurnOutcome
from kiro_worker.agent.profile import profile_named
from kiro_worker.agent.pty import PtyAgent
from kiro_worker.process import Children
from kiro_worker.testing.agent_contract import living_descendants

from .installation import NotInstallable
from .model_server import ModelServer, Step
from .setups import SETUPS, environment_of

pytestmark = [
    pytest.mark.real_agent,
    pytest.mark.timeout(900),
]

BROKEN, RIGHT = "def add(a, b):\n    return a - b\n", "def add(a, b):\n    return a + b\n"
# As long as what models write: in a narrow terminal it would be wrapped, and judged as two.
COMMAND = "python3 -c 'from calc import add; assert add(2, 3) == 5; assert add(20, 30) == 50; assert add(0, 0) == 0' && echo passed > proof.txt"
NAMES = ["gemini", "opencode", "qwen", "vibe"]


@pytest.fixture
async def children():
    async with Children() as owner:
        yield owner
        assert living_descendants() == []


class Play:
    def __init__(self, name, folder, children, server):
        self.workspace, home = folder / "workspace", folder / "home"
        self.workspace.mkdir()
        home.mkdir()
        (self.workspace / "calc.py").write_text(BROKEN)
        self.events, self.asked, self.allows = [], [], lambda _: True
        try:
            self.environment = environment_of(SETUPS[name], home, server.address)
        except NotInstallable as reason:
            pytest.skip(str(reason))
        self.agent = PtyAgent(profile_named(f"{name}-tui"), children)

    def permit(self, request):
        self.asked.append(request)
        return Permission(allowed=self.allows(request), rule="test", reason="a test")

    async def turn(self, **limits):
        turn = Turn(
            prompt="Repair calc.py.\n\nThen run the check.",
            workspace=self.workspace,
            environment=self.environment,
            permit=self.permit,
            limits=TurnLimits(**limits),
        )
        return await self.agent.turn(turn, self.events.append)


def script(workspace):
    calc = str(workspace / "calc.py")
    return (
        Step("read", {"path": calc}),
        Step("edit", {"path": calc, "old": "return a - b", "new": "return a + b"}),
        Step("shell", {"command": COMMAND}),
        Step(words="All done."),
    )


@pytest.mark.parametrize("name", NAMES)
async def test_a_terminal_agent_does_a_task_and_asks_for_each_step(name, tmp_path, children):
    with ModelServer(script(tmp_path / "workspace")) as server:
        play = Play(name, tmp_path, children, server)
        look = await play.agent.check(play.environment)
        assert look.outcome is None, look
        end = await play.turn(wall=timedelta(seconds=90), silence=timedelta(seconds=45))
    assert end.outcome is TurnOutcome.ENDED, end
    assert (play.workspace / "calc.py").read_text() == RIGHT
    assert (play.workspace / "proof.txt").read_text() == "passed\n"
    assert "All done." in end.said
    assert [request.command for request in play.asked if request.command] == [COMMAND]


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_rejected_on_a_screen_is_not_done(name, tmp_path, children):
    with ModelServer(script(tmp_path / "workspace")) as server:
        play = Play(name, tmp_path, children, server)
        play.allows = lambda request: request.command is None
        end = await play.turn(wall=timedelta(seconds=90), silence=timedelta(seconds=30))
    assert not (play.workspace / "proof.txt").exists()
    assert [event.permission.allowed for event in play.events if isinstance(event, PermissionDecided)][-1] is False
    assert end.outcome is TurnOutcome.ENDED

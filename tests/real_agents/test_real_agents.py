"""Real coding agents, installed from the registries, do a small task over the protocol with a scripted model.

Opt in with `make test-agents`; KIRO_WORKER_AGENTS names the folder in which they are installed on demand.
"""

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from kiro_worker.agent.acp import AcpAgent
from kiro_worker.agent.port import (
    AgentStarted,
    Permission,
    PermissionDecided,
    ToolRequest,
    Turn,
    TurnLimits,
    TurnOutcome,
)
from kiro_worker.agent.profile import profile_named
from kiro_worker.process import Children
from kiro_worker.testing.agent_contract import living_descendants

from .installation import NotInstallable
from .model_server import ModelServer, Step
from .setups import SETUPS, environment_of

pytestmark = [
    pytest.mark.real_agent,
    pytest.mark.timeout(900),
]

BROKEN = "def add(a, b):\n    return a - b\n"
RIGHT = "def add(a, b):\n    return a + b\n"
TEST = "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"
CHECK = "python3 -c 'from calc import add; assert add(2, 3) == 5' && echo passed > proof.txt"


def tell(line: str) -> None:
    """Show what an agent did; seen with `-s`."""
    sys.stdout.write(f"\n{line}\n")


class Play:
    """One agent in one workspace with one scripted model."""

    def __init__(self, name: str, folder: Path, children: Children, server: ModelServer) -> None:
        setup = SETUPS[name]
        self.workspace, home = folder / "workspace", folder / "home"
        self.workspace.mkdir()
        home.mkdir()
        (self.workspace / "calc.py").write_text(BROKEN)
        self.events: list[object] = []
        self.wire: list[tuple[str, bytes]] = []
        self.asked: list[ToolRequest] = []
        try:
            self.environment = environment_of(setup, home, server.address)
        except NotInstallable as reason:
            pytest.skip(str(reason))
        self.agent = AcpAgent(
            profile_named(setup.profile), children, args=setup.args, tap=lambda *line: self.wire.append(line)
        )

    def permit(self, request: ToolRequest) -> Permission:
        self.asked.append(request)
        forbidden = "proof" in (request.command or "")
        allowed = not (forbidden and self.forbid)
        return Permission(allowed=allowed, rule="test", reason="the proof is not yours to write")

    forbid = False

    def turn(self, **more) -> Turn:
        return Turn(
            prompt="Repair calc.py, write a test, run it.",
            workspace=self.workspace,
            environment=self.environment,
            permit=self.permit,
            **more,
        )


@pytest.fixture
async def children():
    async with Children() as owner:
        yield owner
    assert living_descendants() == []


def script(workspace: Path) -> tuple[Step, ...]:
    calc, test = str(workspace / "calc.py"), str(workspace / "test_calc.py")
    return (
        Step("read", {"path": calc}),
        Step("edit", {"path": calc, "old": "return a - b", "new": "return a + b"}),
        Step("write", {"path": test, "text": TEST}),
        Step("shell", {"command": CHECK}),
        Step(words="All done."),
    )


@pytest.mark.parametrize("name", sorted(SETUPS))
async def test_a_real_agent_reads_edits_writes_and_runs(name, tmp_path, children):
    with ModelServer(script(tmp_path / "workspace")) as server:
        play = Play(name, tmp_path, children, server)
        look = await play.agent.check(play.environment)
        assert look.outcome is None, look
        end = await play.agent.turn(play.turn(), play.events.append)
    assert living_descendants() == []
    assert end.outcome is TurnOutcome.ENDED, end
    assert (play.workspace / "calc.py").read_text() == RIGHT
    assert (play.workspace / "test_calc.py").read_text() == TEST
    assert (play.workspace / "proof.txt").read_text() == "passed\n"
    assert "All done." in end.said
    kinds = [(request.kind.value, request.command, request.paths) for request in play.asked]
    tell(f"{name}: {end.seconds:.1f} s, {end.usage}, started {play.events[0]}, asked {kinds}")
    assert isinstance(play.events[0], AgentStarted)
    if SETUPS[name].asks:
        assert any(request.command and "proof.txt" in request.command for request in play.asked)
        assert any(str(play.workspace / "test_calc.py") in request.paths for request in play.asked)


@pytest.mark.parametrize("name", sorted(name for name, setup in SETUPS.items() if setup.asks))
async def test_a_rejection_holds_and_its_reason_reaches_the_model(name, tmp_path, children):
    with ModelServer(script(tmp_path / "workspace")) as server:
        play = Play(name, tmp_path, children, server)
        play.forbid = True
        end = await play.agent.turn(play.turn(), play.events.append)
        told = [body for _, body in server.requests if "the proof is not yours to write" in str(body)]
    assert living_descendants() == []
    assert end.outcome is TurnOutcome.ENDED, end
    assert (play.workspace / "calc.py").read_text() == RIGHT
    assert not (play.workspace / "proof.txt").exists()
    decided = [event for event in play.events if isinstance(event, PermissionDecided)]
    assert [event.permission.allowed for event in decided][-1] is False
    tell(f"{name}: kept going {end.kept_going}, requests that told the reason {len(told)}")
    assert end.kept_going >= 1
    assert told


@pytest.mark.parametrize("name", sorted(SETUPS))
async def test_a_session_is_continued_in_a_new_process_or_begun_anew(name, tmp_path, children):
    with ModelServer((Step(words="The first answer."),)) as server:
        play = Play(name, tmp_path, children, server)
        first = await play.agent.turn(play.turn(), play.events.append)
        play.events.clear()
        second = await play.agent.turn(play.turn(resume=first.session), play.events.append)
    tell(f"{name}: {first.session} -> {second.session}, {second.seconds:.1f} s")
    assert (first.outcome, second.outcome) == (TurnOutcome.ENDED, TurnOutcome.ENDED), (first, second)
    assert second.said.count("The first answer.") == 1
    assert [type(event) for event in play.events].count(AgentStarted) == 1


@pytest.mark.parametrize("name", sorted(SETUPS))
async def test_a_model_that_never_answers_is_silence_and_nothing_is_left(name, tmp_path, children):
    with ModelServer((Step(words="never"),)) as server:
        play = Play(name, tmp_path, children, server)
        server.hangs = True
        limits = TurnLimits(silence=timedelta(seconds=8))
        end = await play.agent.turn(play.turn(limits=limits), play.events.append)
        assert living_descendants() == []
    tell(f"{name}: {end.outcome}, {end.seconds:.1f} s, last on the wire {play.wire[-1][1][:120]!r}")
    assert end.outcome is TurnOutcome.SILENT, end


@pytest.mark.parametrize("name", sorted(SETUPS))
async def test_a_rejected_key_is_no_success(name, tmp_path, children):
    with ModelServer((Step(words="never"),)) as server:
        play = Play(name, tmp_path, children, server)
        server.status = 401
        limits = TurnLimits(silence=timedelta(seconds=12), wall=timedelta(seconds=40))
        end = await play.agent.turn(play.turn(limits=limits), play.events.append)
    tell(f"{name}: {end.outcome}, {end.seconds:.1f} s: {end.detail[:200]!r} said {end.said[:120]!r}")
    assert not (play.workspace / "proof.txt").exists()
    assert end.outcome is not TurnOutcome.ENDED or end.said

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from kiro_worker.agent.kiro_headless import HeadlessAgent
from kiro_worker.agent.port import TurnOutcome
from kiro_worker.agent.profile import AgentProtocol, Profile
from kiro_worker.testing.agent_contract import AgentContract, Scene

PROGRAM = Path(__file__).parents[1] / "acting.py"


class Headless(AgentContract):
    style: str

    def agent_for(self, scene, children, folder):
        program = "no-such-program" if scene is Scene.MISSING else sys.executable
        command = (program, str(PROGRAM), self.style, scene.value)
        return HeadlessAgent(Profile(name="acting", command=command, protocol=AgentProtocol.HEADLESS), children)


class TestTranscript(Headless):
    style = "headless"


class TestEvents(Headless):
    style = "events"

    async def test_a_tool_call_in_progress_is_not_silence(self, stage):
        end = await stage.play(Scene.WORKS_LONG, silence=timedelta(seconds=0.4))
        assert end.outcome is TurnOutcome.ENDED
        assert end.usage.credits == pytest.approx(0.1)

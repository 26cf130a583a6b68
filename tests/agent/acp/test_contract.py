from pathlib import Path

from kiro_worker.agent.acp import AcpAgent
from kiro_worker.agent.port import Agent
from kiro_worker.agent.profile import Profile
from kiro_worker.process import Children
from kiro_worker.testing import acp_agent
from kiro_worker.testing.agent_contract import AskingAgentContract, Scene


class TestAcpAgent(AskingAgentContract):
    def agent_for(self, scene: Scene, children: Children, folder: Path) -> Agent:
        command = acp_agent.command("--scene", scene.value)
        if scene is Scene.MISSING:
            command = ("no-such-agent",)
        return AcpAgent(Profile(name="scripted", command=command), children)

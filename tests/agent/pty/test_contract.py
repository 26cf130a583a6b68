import sys
from pathlib import Path

from kiro_worker.agent.profile import AgentProtocol, Profile
from kiro_worker.agent.pty import PtyAgent
from kiro_worker.testing.agent_contract import AgentContract, Scene

PROGRAM = Path(__file__).parents[1] / "acting.py"
SETTINGS = {"draws": False, "ready": r"^ready> \Z", "done": r"^\[done\]$"}


class TestTerminal(AgentContract):
    def agent_for(self, scene, children, folder):
        program = "no-such-program" if scene is Scene.MISSING else sys.executable
        command = (program, str(PROGRAM), "terminal", scene.value)
        profile = Profile(name="acting", command=command, protocol=AgentProtocol.PTY, settings=SETTINGS)
        return PtyAgent(profile, children)

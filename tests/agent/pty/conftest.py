import os
import sys
from pathlib import Path

import psutil
import pytest

from kiro_worker.agent.port import Permission, Turn, TurnLimits
from kiro_worker.agent.profile import AgentProtocol, Profile
from kiro_worker.agent.pty import PtyAgent
from kiro_worker.process import Children
from kiro_worker.testing import echo_repl


def living_descendants():
    return [p for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE]


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
async def children():
    before = open_descriptors()
    async with Children() as owner:
        yield owner
        assert living_descendants() == []
        assert open_descriptors() <= before


class Repl:
    def __init__(self, children, folder, *arguments, settings=None, command=None, model=""):
        style = arguments[arguments.index("--style") + 1] if "--style" in arguments else "lines"
        habits = echo_repl.SCREEN if style == "draws" else echo_repl.LINES
        program = (sys.executable, "-m", "kiro_worker.testing.echo_repl", *arguments)
        profile = Profile(
            name="echo", command=command or program, protocol=AgentProtocol.PTY, settings={**habits, **(settings or {})}
        )
        self.agent = PtyAgent(profile, children, model=model)
        self.workspace = folder
        self.events = []
        self.asked = []
        self.hear = self.events.append
        self.allows = True
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        self.environment |= {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}

    def permit(self, request):
        self.asked.append(request)
        return Permission(allowed=self.allows, rule="test", reason="a test")

    async def turn(self, prompt="hello", *, limits=None):
        return await self.agent.turn(
            Turn(
                prompt=prompt,
                workspace=self.workspace,
                environment=self.environment,
                permit=self.permit,
                limits=limits or TurnLimits(),
            ),
            self.hear,
        )

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def repl(children, tmp_path):
    def make(*arguments, **more):
        return Repl(children, tmp_path, *arguments, **more)

    return make

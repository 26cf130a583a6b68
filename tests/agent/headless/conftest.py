import os
from dataclasses import replace

import psutil
import pytest

from kiro_worker.agent.kiro_headless import HeadlessAgent
from kiro_worker.agent.port import Permission, Turn, TurnLimits
from kiro_worker.agent.profile import AgentProtocol, Profile, profile_named
from kiro_worker.process import Children
from kiro_worker.testing import fake_kiro


def living_descendants() -> list[psutil.Process]:
    return [p for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
async def children():
    async with Children() as owner:
        yield owner
        assert living_descendants() == []


class Kiro:
    """The fake, an agent that drives it, and what came of it."""

    def __init__(self, children, folder, script, *, checks_login=True, profile="kiro-headless", **more):
        self.program = fake_kiro.install(folder / "bin", script)
        profile = replace(profile_named(profile), command=(str(self.program), "chat"))
        if not checks_login:
            profile = replace(profile, check=replace(profile.check, login=()))
        self.agent = HeadlessAgent(profile, children, **more)
        self.workspace = folder / "workspace"
        self.workspace.mkdir(exist_ok=True)
        self.events = []
        self.hear = self.events.append
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "KIRO_API_KEY": "ksk_only-a-test"}
        self.environment |= {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}

    async def turn(self, prompt="Do it.\nTask ID: 2.1", *, limits=None, resume=None):
        return await self.agent.turn(
            Turn(
                prompt=prompt,
                workspace=self.workspace,
                environment=self.environment,
                permit=lambda _: Permission(allowed=True, rule="test", reason="a test"),
                limits=limits or TurnLimits(),
                resume=resume,
            ),
            self.hear,
        )

    @property
    def chats(self):
        return [
            call for call in fake_kiro.calls(self.program) if call["argv"][0] == "chat" and "--help" not in call["argv"]
        ]

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def kiro(children, tmp_path):
    def make(agent_options=None, *, checks_login=None, profile="kiro-headless", **script):
        # Who says nothing of a login asks for none: that would be a process more for each test.
        asks = "login" in script if checks_login is None else checks_login
        options = {"checks_login": asks, "profile": profile, **(agent_options or {})}
        return Kiro(children, tmp_path, fake_kiro.Script(**script), **options)

    return make


@pytest.fixture
def plain(children, tmp_path):
    """A headless agent for any command, of which nothing is known."""

    def make(*command, **more):
        kiro = Kiro(children, tmp_path, fake_kiro.Script())
        profile = Profile(name="mine", command=command, protocol=AgentProtocol.HEADLESS, **more)
        kiro.agent = HeadlessAgent(profile, children)
        return kiro

    return make

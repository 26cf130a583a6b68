import json
import os
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kiro_worker.agent.acp import AcpAgent
from kiro_worker.agent.port import (
    AgentEvent,
    AgentNoted,
    Permission,
    PermissionDecided,
    ToolRequest,
    Turn,
    TurnEnd,
    TurnLimits,
)
from kiro_worker.agent.profile import Profile
from kiro_worker.process import Children
from kiro_worker.testing import acp_agent
from kiro_worker.testing.agent_contract import living_descendants

LIMITS = TurnLimits(wall=timedelta(seconds=30), silence=timedelta(seconds=15), start=timedelta(seconds=15))


@dataclass
class Played:
    """What came of one turn."""

    end: TurnEnd | None = None
    events: list[AgentEvent] = field(default_factory=list)
    wire: list[tuple[str, dict[str, Any] | bytes]] = field(default_factory=list)
    asked: list[ToolRequest] = field(default_factory=list)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def notes(self) -> str:
        return "\n".join(event.text for event in self.of(AgentNoted))

    @property
    def decided(self) -> list[bool]:
        return [event.permission.allowed for event in self.of(PermissionDecided)]

    def sent(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every message of this method that the worker sent."""
        return [
            message["params"] for sender, message in self.wire if sender == "client" and message.get("method") == method
        ]

    def tap(self, sender: str, line: bytes) -> None:
        try:
            self.wire.append((sender, json.loads(line)))
        except (ValueError, RecursionError):
            self.wire.append((sender, line))


class Play:
    """Plays scripts in one workspace."""

    def __init__(self, folder: Path, children: Children) -> None:
        self.folder, self.children = folder, children
        self.workspace = folder / "workspace"
        self.workspace.mkdir()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        self.profile = Profile(name="scripted", command=())
        self.played = Played()

    def allow(self, request: ToolRequest) -> Permission:
        self.played.asked.append(request)
        return Permission(allowed=True, rule="test.yes", reason="it is a test")

    def reject(self, request: ToolRequest) -> Permission:
        self.played.asked.append(request)
        return Permission(allowed=False, rule="test.no", reason="not while testing")

    def agent(self, script: dict[str, Any], profile: dict[str, Any] | None = None, **more: Any) -> AcpAgent:
        path = self.folder / "script.json"
        path.write_text(json.dumps(script))
        shaped = replace(self.profile, command=acp_agent.command(str(path)), **(profile or {}))
        return AcpAgent(shaped, self.children, tap=self.played.tap, **more)

    async def __call__(
        self,
        script: dict[str, Any],
        *,
        profile: dict[str, Any] | None = None,
        permit: Any = None,
        limits: TurnLimits = LIMITS,
        resume: str | None = None,
        prompt: str = "go",
        **more: Any,
    ) -> Played:
        self.played = Played()
        turn = Turn(
            prompt=prompt,
            workspace=self.workspace,
            environment=self.environment,
            permit=permit or self.allow,
            limits=limits,
            resume=resume,
        )
        self.played.end = await self.agent(script, profile, **more).turn(turn, self.played.events.append)
        assert living_descendants() == []
        return self.played


@pytest.fixture
async def children():
    async with Children() as owner:
        yield owner
    assert living_descendants() == []


@pytest.fixture
def play(tmp_path, children):
    return Play(tmp_path, children)

"""What every agent adapter promises, as tests: subclass `AgentContract`, and show what it can act.

An adapter's tests make a program play a `Scene`; the suite runs a turn over it and looks at what came back, at the
workspace, and at the process table. Adapters whose protocol shows tool calls and asks permission also subclass
`AskingAgentContract`.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import pytest

from kiro_worker.agent.port import (
    Agent,
    AgentEvent,
    AgentSaid,
    AgentStarted,
    Permission,
    PermissionDecided,
    ToolCalled,
    ToolRequest,
    Turn,
    TurnEnd,
    TurnLimits,
    TurnOutcome,
)
from kiro_worker.process import Children
from kiro_worker.process.children import OWNER_VARIABLE, TREE_VARIABLE

ANSWER = "I wrote made.txt."
LAST_WORDS = "the last words"
MADE = "made by the agent\n"
COMMAND = "touch ran.txt"


class Scene(StrEnum):
    """What the program under test does with its prompt; unless said otherwise it then ends its turn."""

    EDITS = "edits"  #: writes `made.txt` with `MADE`, says `ANSWER`
    CHATTERS = "chatters"  #: says 200 KiB of text, `LAST_WORDS` at the end
    HANGS = "hangs"  #: takes the prompt and says nothing ever; ends when it is told to
    STUBBORN = "stubborn"  #: the same, and ignores SIGTERM and whatever its protocol has to stop it
    TALKS_FOR_EVER = "talks-for-ever"  #: says a word every 20 ms, never ends
    FLOODS = "floods"  #: says as much as it can, never ends
    FLOODS_ERRORS = "floods-errors"  #: the same on standard error
    CRASHES = "crashes"  #: says something, then ends with status 7 in the middle of the turn
    DIES_HOLDING = "dies-holding"  #: the same, leaving a process that holds its pipes
    LEAVES_DAEMON = "leaves-daemon"  #: leaves a process in a session of its own, then ends the turn
    LOGGED_OUT = "logged-out"  #: tells that nobody is logged in, and ends
    SHOWS_ENVIRONMENT = "shows-environment"  #: writes its environment to `environment.json`
    NEVER_STARTS = "never-starts"  #: sleeps without a sign of life from the beginning
    MISSING = "missing"  #: there is no such program
    # Only for protocols that show tool calls and ask:
    WORKS_LONG = "works-long"  #: shows a tool call in progress, says nothing for 2 s, finishes it
    ASKS = "asks"  #: asks to run `COMMAND`, and runs it when allowed; goes on either way


class AgentContract:
    """Every adapter."""

    def agent_for(self, scene: Scene, children: Children, folder: Path) -> Agent:
        """The adapter over a program that acts `scene`; `folder` is there for its script."""
        raise NotImplementedError

    def environment(self, home: Path) -> Mapping[str, str]:
        """What the program needs to run at all."""
        return {"PATH": os.environ["PATH"], "HOME": str(home)}

    @pytest.fixture
    async def children(self) -> AsyncIterator[Children]:
        async with Children() as owner:
            yield owner
            assert living_descendants() == [], "the turn left processes behind"

    @pytest.fixture
    def stage(self, tmp_path: Path, children: Children) -> "Stage":
        return Stage(self, children, tmp_path)

    async def test_a_turn_ends_with_its_work_done_and_its_answer_kept(self, stage: "Stage") -> None:
        end = await stage.play(Scene.EDITS)
        assert end.outcome is TurnOutcome.ENDED
        assert (stage.workspace / "made.txt").read_text() == MADE
        assert ANSWER in end.said
        assert end.seconds > 0
        assert end.kept_going == 0

    async def test_events_begin_with_the_start_and_join_to_the_answer(self, stage: "Stage") -> None:
        end = await stage.play(Scene.EDITS)
        assert isinstance(stage.events[0], AgentStarted)
        assert [type(event) for event in stage.events].count(AgentStarted) == 1
        assert "".join(event.text for event in stage.events if isinstance(event, AgentSaid)) == end.said

    async def test_of_a_long_answer_the_end_is_kept(self, stage: "Stage") -> None:
        end = await stage.play(Scene.CHATTERS)
        assert end.said.rstrip().endswith(LAST_WORDS)
        assert 32 * 1024 < len(end.said.encode()) <= 64 * 1024

    async def test_an_agent_that_falls_silent_is_ended(self, stage: "Stage") -> None:
        end = await stage.play(Scene.HANGS, silence=timedelta(seconds=0.4))
        assert end.outcome is TurnOutcome.SILENT
        assert living_descendants() == []

    async def test_an_agent_that_ignores_every_request_to_stop_is_killed(self, stage: "Stage") -> None:
        end = await stage.play(Scene.STUBBORN, silence=timedelta(seconds=0.4))
        assert end.outcome is TurnOutcome.SILENT
        assert living_descendants() == []

    async def test_an_agent_that_talks_for_ever_is_ended_at_the_wall(self, stage: "Stage") -> None:
        end = await stage.play(Scene.TALKS_FOR_EVER, wall=timedelta(seconds=2), silence=timedelta(seconds=1.5))
        assert end.outcome is TurnOutcome.TIMED_OUT
        assert living_descendants() == []

    async def test_a_flood_is_over_budget_and_not_in_memory(self, stage: "Stage") -> None:
        before = _resident_bytes()
        end = await stage.play(Scene.FLOODS, output=24 * 1024 * 1024, keep_events=False)
        assert end.outcome is TurnOutcome.OVER_BUDGET
        assert _resident_bytes() - before < 120 * 1024 * 1024
        assert living_descendants() == []

    async def test_a_flood_of_errors_is_drained_and_over_budget(self, stage: "Stage") -> None:
        end = await stage.play(Scene.FLOODS_ERRORS, output=8 * 1024 * 1024, keep_events=False)
        assert end.outcome is TurnOutcome.OVER_BUDGET
        assert living_descendants() == []

    async def test_an_end_in_the_middle_of_the_turn_is_a_crash(self, stage: "Stage") -> None:
        end = await stage.play(Scene.CRASHES)
        assert end.outcome is TurnOutcome.CRASHED
        assert "7" in end.detail

    async def test_a_dead_agent_is_noticed_though_its_child_holds_the_pipes(self, stage: "Stage") -> None:
        began = time.monotonic()
        end = await stage.play(Scene.DIES_HOLDING)
        assert end.outcome is TurnOutcome.CRASHED
        assert time.monotonic() - began < 15
        assert living_descendants() == []

    async def test_what_an_agent_leaves_running_is_ended_with_the_turn(self, stage: "Stage") -> None:
        end = await stage.play(Scene.LEAVES_DAEMON)
        assert end.outcome is TurnOutcome.ENDED
        assert living_descendants() == []

    async def test_a_missing_login_is_told_apart_from_a_crash(self, stage: "Stage") -> None:
        assert (await stage.play(Scene.LOGGED_OUT)).outcome is TurnOutcome.LOGGED_OUT

    async def test_the_environment_is_what_was_given_and_nothing_more(
        self, stage: "Stage", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FORGE_TOKEN", "not-for-the-agent")
        await stage.play(Scene.SHOWS_ENVIRONMENT)
        shown = set(json.loads((stage.workspace / "environment.json").read_text()))
        # What the owner of the processes marks them with, and what a shell or a Python sets by itself.
        added = {name for name in shown - set(stage.environment) if name not in {TREE_VARIABLE, OWNER_VARIABLE}}
        assert added <= {"LC_CTYPE", "PWD", "SHLVL", "_", "TERM"}
        assert set(stage.environment) <= shown

    async def test_an_agent_that_never_shows_life_is_ended(self, stage: "Stage") -> None:
        end = await stage.play(Scene.NEVER_STARTS, start=timedelta(seconds=0.5), silence=timedelta(seconds=0.6))
        assert end.outcome in {TurnOutcome.NOT_STARTED, TurnOutcome.SILENT}
        assert living_descendants() == []

    async def test_a_missing_program_is_an_outcome(self, stage: "Stage") -> None:
        end = await stage.play(Scene.MISSING)
        assert end.outcome is TurnOutcome.NOT_STARTED
        assert end.detail

    async def test_cancelling_a_turn_leaves_nothing_running_and_nothing_more_is_heard(self, stage: "Stage") -> None:
        turn = asyncio.get_running_loop().create_task(stage.play(Scene.TALKS_FOR_EVER))
        await stage.until(AgentSaid)
        turn.cancel()
        with pytest.raises(asyncio.CancelledError):
            await turn
        heard = len(stage.events)
        assert living_descendants() == []
        await asyncio.sleep(0.1)
        assert len(stage.events) == heard

    async def test_a_fault_of_the_listener_ends_the_turn_and_is_not_hidden(self, stage: "Stage") -> None:
        class ListenerFault(Exception):
            pass

        def fail(event: AgentEvent) -> None:
            if isinstance(event, AgentSaid):
                raise ListenerFault

        agent = self.agent_for(Scene.EDITS, stage.children, stage.folder)
        with pytest.raises(ListenerFault):
            await agent.turn(stage.turn(), fail)
        assert living_descendants() == []

    async def test_a_look_finds_a_program_that_is_there_and_one_that_is_not(self, stage: "Stage") -> None:
        there = await self.agent_for(Scene.EDITS, stage.children, stage.folder).check(stage.environment)
        missing = await self.agent_for(Scene.MISSING, stage.children, stage.folder).check(stage.environment)
        assert there.outcome is None
        assert missing.outcome is TurnOutcome.NOT_STARTED
        assert missing.cure


class AskingAgentContract(AgentContract):
    """Adapters whose protocol shows tool calls and asks before they are made."""

    async def test_a_tool_call_in_progress_is_not_silence(self, stage: "Stage") -> None:
        end = await stage.play(Scene.WORKS_LONG, silence=timedelta(seconds=1.3))
        assert end.outcome is TurnOutcome.ENDED
        assert [event.status for event in stage.events if isinstance(event, ToolCalled)][-1] == "completed"

    async def test_what_is_allowed_is_done(self, stage: "Stage") -> None:
        end = await stage.play(Scene.ASKS)
        assert end.outcome is TurnOutcome.ENDED
        assert [request.command for request in stage.asked] == [COMMAND]
        assert (stage.workspace / "ran.txt").exists()

    async def test_what_is_rejected_is_not_done_and_told(self, stage: "Stage") -> None:
        stage.permission = Permission(allowed=False, rule="test.no", reason="not in a test")
        await stage.play(Scene.ASKS)
        assert not (stage.workspace / "ran.txt").exists()
        decided = [event for event in stage.events if isinstance(event, PermissionDecided)]
        assert [event.permission for event in decided] == [stage.permission]
        assert decided[0].request.command == COMMAND


class Stage:
    """One turn to be played, and what was heard of it.

    Attributes:
        permission: what every request is answered with.
        asked: what the agent asked for.
    """

    def __init__(self, contract: AgentContract, children: Children, folder: Path) -> None:
        self.contract, self.children, self.folder = contract, children, folder
        self.workspace, home = folder / "workspace", folder / "home"
        self.workspace.mkdir()
        home.mkdir()
        self.environment = contract.environment(home)
        self.events: list[AgentEvent] = []
        self.asked: list[ToolRequest] = []
        self.permission = Permission(allowed=True, rule="test.yes", reason="it is a test")
        self._heard = asyncio.Event()

    def turn(
        self,
        *,
        wall: timedelta = timedelta(seconds=40),
        silence: timedelta = timedelta(seconds=20),
        start: timedelta = timedelta(seconds=20),
        output: int = 64 * 1024 * 1024,
    ) -> Turn:
        """A turn in this workspace."""
        return Turn(
            prompt="Do what the scene says.",
            workspace=self.workspace,
            environment=self.environment,
            permit=self._permit,
            limits=TurnLimits(wall=wall, silence=silence, start=start, output=output),
        )

    async def play(
        self,
        scene: Scene,
        *,
        wall: timedelta = timedelta(seconds=40),
        silence: timedelta = timedelta(seconds=20),
        start: timedelta = timedelta(seconds=20),
        output: int = 64 * 1024 * 1024,
        keep_events: bool = True,
    ) -> TurnEnd:
        """Run the turn to its end."""
        agent = self.contract.agent_for(scene, self.children, self.folder)
        hear = self._hear if keep_events else _forget
        return await agent.turn(self.turn(wall=wall, silence=silence, start=start, output=output), hear)

    async def until(self, kind: type[AgentEvent]) -> None:
        """Return once an event of this kind was heard."""
        async with asyncio.timeout(20):
            while not any(isinstance(event, kind) for event in self.events):
                self._heard.clear()
                await self._heard.wait()

    def _hear(self, event: AgentEvent) -> None:
        self.events.append(event)
        self._heard.set()

    def _permit(self, request: ToolRequest) -> Permission:
        self.asked.append(request)
        return self.permission


def living_descendants() -> list[int]:
    """Every process that this one started, directly or not, and that still runs."""
    import psutil

    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.NoSuchProcess:
            continue
    return found


def _forget(event: AgentEvent) -> None:
    """Hears an event and keeps nothing of it."""


def _resident_bytes() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)

"""An agent built with the protocol's own Python SDK, as a process, talks to this client."""

import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from kiro_worker.agent.acp import AcpAgent
from kiro_worker.agent.port import AgentStarted, AgentThought, PlanShown, ToolCalled, Turn, TurnLimits, TurnOutcome
from kiro_worker.testing.agent_contract import living_descendants

AGENT = """
import asyncio
import sys
from pathlib import Path

import acp
from acp.schema import (
    AgentCapabilities, Implementation, PermissionOption, SessionMode, SessionModeState, ToolCallUpdate,
)


class Peer(acp.Agent):
    def on_connect(self, conn):
        self.client = conn
        self.cancelled = asyncio.Event()

    async def initialize(self, protocol_version, client_capabilities=None, client_info=None, **_):
        self.offered = client_capabilities
        return acp.InitializeResponse(
            protocol_version=acp.PROTOCOL_VERSION,
            agent_capabilities=AgentCapabilities(load_session=True),
            agent_info=Implementation(name="sdk-peer", version="9"),
        )

    async def new_session(self, cwd, mcp_servers=None, **_):
        modes = [SessionMode(id="auto", name="Auto"), SessionMode(id="ask", name="Ask")]
        return acp.NewSessionResponse(session_id="s-sdk", modes=SessionModeState(current_mode_id="auto", available_modes=modes))

    async def load_session(self, cwd, session_id, mcp_servers=None, **_):
        await self.client.session_update(session_id, acp.update_agent_message_text("old words"))
        return acp.LoadSessionResponse()

    async def set_session_mode(self, mode_id, session_id, **_):
        Path("mode.txt").write_text(mode_id)
        return acp.SetSessionModeResponse()

    async def cancel(self, session_id, **_):
        self.cancelled.set()

    async def prompt(self, prompt, session_id, **_):
        say = lambda update: self.client.session_update(session_id, update)
        words = prompt[0].text
        await say(acp.update_agent_thought_text("hm"))
        await say(acp.update_plan([acp.plan_entry("first", status="in_progress")]))
        await say(acp.start_tool_call("c1", "Write", kind="edit", status="pending", raw_input={"path": "made.txt"}))
        if words == "wait":
            await self.cancelled.wait()
            return acp.PromptResponse(stop_reason="cancelled")
        options = [
            PermissionOption(option_id="y", name="Yes", kind="allow_once"),
            PermissionOption(option_id="n", name="No", kind="reject_once"),
        ]
        answer = await self.client.request_permission(
            session_id=session_id, tool_call=ToolCallUpdate(tool_call_id="c1"), options=options
        )
        if answer.outcome.outcome == "selected" and answer.outcome.option_id == "y":
            here = str(Path.cwd() / "made.txt")
            if self.offered.fs.write_text_file:
                await self.client.write_text_file(session_id=session_id, path=here, content="made")
                assert (await self.client.read_text_file(session_id=session_id, path=here)).content == "made"
            if self.offered.terminal:
                terminal = await self.client.create_terminal(session_id=session_id, command="echo", args=["from", "here"])
                number = terminal.terminal_id
                over = await self.client.wait_for_terminal_exit(session_id=session_id, terminal_id=number)
                shown = await self.client.terminal_output(session_id=session_id, terminal_id=number)
                await self.client.release_terminal(session_id=session_id, terminal_id=number)
                await say(acp.update_agent_message_text(f"{over.exit_code} {shown.output.strip()} "))
            await say(acp.update_tool_call("c1", status="completed"))
        await say(acp.update_agent_message_text("done"))
        return acp.PromptResponse(stop_reason="end_turn")


asyncio.run(acp.run_agent(Peer()))
"""


@pytest.fixture
def sdk(play, tmp_path):
    pytest.importorskip("acp")
    (tmp_path / "peer.py").write_text(AGENT)
    command = (sys.executable, str(tmp_path / "peer.py"))

    async def run(prompt="go", resume=None, permit=None, **profile):
        shaped = replace(play.profile, command=command, **profile)
        agent = AcpAgent(shaped, play.children, tap=play.played.tap)
        turn = Turn(
            prompt=prompt,
            workspace=play.workspace,
            environment=play.environment,
            permit=permit or play.allow,
            resume=resume,
        )
        if prompt == "wait":
            turn = replace(turn, limits=TurnLimits(wall=timedelta(seconds=1)))
        end = await agent.turn(turn, play.played.events.append)
        assert living_descendants() == []
        return end

    return run


async def test_a_turn_with_the_sdk(play, sdk):
    end = await sdk(offers_files=True, offers_terminals=True)
    assert end.outcome is TurnOutcome.ENDED, end
    assert end.said == "0 from here done"
    assert (play.workspace / "made.txt").read_text() == "made"
    assert (play.workspace / "mode.txt").read_text() == "ask"
    assert play.played.events[0] == AgentStarted(name="sdk-peer", version="9", mode="ask", session="s-sdk")
    assert play.played.of(AgentThought) == [AgentThought("hm")]
    assert play.played.of(PlanShown) == [PlanShown((("first", "in_progress"),))]
    assert [call.status for call in play.played.of(ToolCalled)] == ["pending", "completed"]


async def test_a_rejection_with_the_sdk(play, sdk):
    end = await sdk(permit=play.reject)
    assert end.said.startswith("done")
    assert play.played.asked[0].paths == ("made.txt",)


async def test_a_session_is_continued_with_the_sdk(play, sdk):
    end = await sdk(resume="s-before")
    assert end.session == "s-before"
    assert end.said == "done"


async def test_a_cancel_with_the_sdk(play, sdk):
    end = await sdk(prompt="wait")
    assert end.outcome is TurnOutcome.TIMED_OUT
    assert '"stopReason": "cancelled"' in str(play.played.wire[-1]).replace("'", '"')

"""Kiro's traps over the protocol: the whole fake `kiro-cli acp`, driven with the profile of the real one."""

import asyncio
import json
import os
from dataclasses import replace
from datetime import timedelta

import pytest

from kiro_worker.agent.acp import AcpAgent
from kiro_worker.agent.kiro_settings.fence import Fence
from kiro_worker.agent.kiro_settings.files import settings_files
from kiro_worker.agent.mcp import McpServer
from kiro_worker.agent.port import (
    AgentNoted,
    AgentSaid,
    AgentStarted,
    Permission,
    SessionId,
    ToolCalled,
    Turn,
    TurnLimits,
    TurnOutcome,
)
from kiro_worker.agent.profile import profile_named
from kiro_worker.testing import fake_kiro
from kiro_worker.testing.fake_kiro_agents import DEFAULT, KEYS

OWN = "kiro-worker-7f3a"
FILES = {"src/a.py": "x = 1\n"}
ISSUES = McpServer(
    name="issues", command="issues-server", args=("--all",), tools=("*",), environment=(("T", "${TOKEN}"),)
)
LIMITS = TurnLimits(wall=timedelta(seconds=30), silence=timedelta(seconds=15), start=timedelta(seconds=15))


class Kiro:
    """The fake, an agent that drives it, and what came of it."""

    def __init__(self, children, folder, *, profile="kiro-v2", servers=(), own=True, **script):
        self.program = fake_kiro.install(folder / "bin", fake_kiro.Script(**script))
        named = profile_named(profile)
        shaped = replace(named, command=(str(self.program), *named.command[1:]))
        self.wire = []
        self.agent = AcpAgent(
            shaped, children, own_agent=OWN if own else "", servers=servers, tap=lambda *line: self.wire.append(line)
        )
        self.workspace = folder / "workspace"
        self.workspace.mkdir()
        self.home = folder
        self.events, self.asked = [], []
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "KIRO_API_KEY": "ksk_only-a-test"}
        fence = Fence(answered=True, servers=servers)
        for path, text in settings_files(named.settings_format, OWN, fence).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)

    def permit(self, request):
        self.asked.append(request)
        return Permission(allowed=True, rule="test", reason="a test")

    async def turn(self, *, resume=None, limits=LIMITS, permit=None):
        async with asyncio.timeout(60):
            return await self.agent.turn(
                Turn(
                    prompt="Do it.",
                    workspace=self.workspace,
                    environment=self.environment,
                    permit=permit or self.permit,
                    limits=limits,
                    resume=resume,
                ),
                self.events.append,
            )

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def notes(self):
        return "\n".join(event.text for event in self.of(AgentNoted))

    @property
    def sent(self):
        return b"\n".join(line for sender, line in self.wire if sender == "client").decode()

    @property
    def worked(self):
        return (self.workspace / "src/a.py").exists()


@pytest.fixture
def kiro(children, tmp_path):
    return lambda **more: Kiro(children, tmp_path, **({"files": FILES} | more))


@pytest.mark.parametrize("profile", ["kiro-v2", "kiro-v3"])
async def test_the_worker_s_agent_is_named_and_each_deed_is_asked_for(kiro, profile):
    fake = kiro(profile=profile)
    end = await fake.turn()
    assert (end.outcome, end.said, end.usage.credits) == (TurnOutcome.ENDED, "Red\nBlue\nYellow", pytest.approx(0.24))
    assert fake.worked
    assert [request.paths for request in fake.asked] == [("src/a.py",)]
    engine = profile.removeprefix("kiro-")
    assert fake_kiro.calls(fake.program)[-1]["argv"] == ["acp", "--agent-engine", engine, "--agent", OWN]
    assert fake.of(AgentStarted)[0].mode == OWN


async def test_what_is_rejected_is_not_done(kiro):
    fake = kiro()
    end = await fake.turn(permit=lambda _: Permission(allowed=False, rule="test", reason="no"))
    assert end.outcome is TurnOutcome.ENDED
    assert not fake.worked


async def test_a_missing_agent_is_told_by_kiro_and_nothing_is_asked_of_the_default_one(kiro):
    fake = kiro()
    (fake.home / f".kiro/agents/{OWN}.json").unlink()
    end = await fake.turn()
    assert end.outcome is TurnOutcome.CONFIG
    assert DEFAULT in end.detail
    assert "session/prompt" not in fake.sent


async def test_a_missing_agent_of_which_kiro_says_nothing_is_seen_by_the_one_that_answers(kiro):
    fake = kiro(scene="agent-missing-untold", keys=tuple(key for key in KEYS if key != "hooks"))
    end = await fake.turn()
    assert end.outcome is TurnOutcome.CONFIG
    assert f"{DEFAULT} would answer in its place" in end.detail
    assert "session/prompt" not in fake.sent


async def test_a_key_that_a_version_does_not_know_is_seen_before_anything_is_spent(kiro):
    fake = kiro(keys=tuple(key for key in KEYS if key != "hooks"))
    check = await fake.agent.check(fake.environment)
    assert (check.outcome, "unknown field `hooks`" in check.detail) == (TurnOutcome.CONFIG, True)


async def test_an_agent_of_the_workspace_never_answers_in_the_place_of_ours(kiro):
    fake = kiro()
    (fake.workspace / ".kiro/agents").mkdir(parents=True)
    (fake.workspace / f".kiro/agents/{OWN}.json").write_text("{}")
    assert (await fake.turn()).outcome is TurnOutcome.CONFIG


async def test_the_mark_of_an_interruption_ends_the_turn_although_no_answer_comes(kiro):
    end = await kiro(scene="interrupted").turn()
    assert end.outcome is TurnOutcome.REFUSED
    assert end.seconds < 15


async def test_a_session_that_a_dead_process_holds_is_begun_anew_and_said_so(kiro):
    fake = kiro(scene="dead-lock")
    end = await fake.turn(resume=SessionId("old"))
    assert (end.outcome, fake.worked) == (TurnOutcome.ENDED, True)
    assert end.session != "old"
    assert "Session is active in another process (PID 999999)" in fake.notes


@pytest.mark.parametrize("scene", ["load-hangs", "load-exits"])
async def test_a_session_that_never_loads_costs_a_process_and_not_the_turn(kiro, scene):
    fake = kiro(scene=scene)
    end = await fake.turn(resume=SessionId("old"), limits=replace(LIMITS, start=timedelta(seconds=6)))
    assert (end.outcome, fake.worked) == (TurnOutcome.ENDED, True)
    assert "a new process begins a new one" in fake.notes
    assert len(fake_kiro.calls(fake.program)) == 2


async def test_a_shortened_conversation_goes_on_under_its_new_id(kiro):
    fake = kiro(scene="compacts")
    end = await fake.turn()
    assert (end.outcome, end.session, end.said) == (TurnOutcome.ENDED, "after-compaction", "Red\nBlue\nYellow")
    assert "goes on as after-compaction" in fake.notes


async def test_a_child_session_s_request_is_answered_and_judged_like_any_other(kiro):
    fake = kiro(scene="child-asks")
    end = await fake.turn()
    assert (end.outcome, fake.worked) == (TurnOutcome.ENDED, True)
    assert [request.paths for request in fake.asked] == [("src/a.py",)]


async def test_a_subagent_that_comes_back_with_nothing_is_told(kiro):
    fake = kiro(scene="empty-subagent")
    end = await fake.turn()
    assert (end.outcome, fake.worked) == (TurnOutcome.ENDED, False)
    assert "a subagent came back with nothing" in fake.notes


async def test_denied_tools_and_an_invented_done_claim_nothing(kiro):
    fake = kiro(scene="denied")
    end = await fake.turn()
    assert (end.outcome, end.said, fake.worked) == (TurnOutcome.ENDED, "All done!", False)
    assert fake.of(ToolCalled)[-1].status == "failed"


@pytest.mark.parametrize(
    ("scene", "words", "outcome"),
    [
        ("limit", "The monthly usage limit has been reached", TurnOutcome.EXHAUSTED),
        ("limit", "60-minute credit limit exceeded", TurnOutcome.EXHAUSTED),
        ("throttled", "Kiro rate limit reached: Request quota exceeded", TurnOutcome.THROTTLED),
        ("logged-out", "", TurnOutcome.LOGGED_OUT),
    ],
)
async def test_limits_and_logins_are_told_apart(kiro, scene, words, outcome):
    assert (await kiro(scene=scene, say=words).turn()).outcome is outcome


# MCP servers


@pytest.mark.parametrize("scene", ["mcp-fails", "mcp-wants-login"])
async def test_a_server_that_does_not_start_is_a_fault_of_the_settings(kiro, scene):
    fake = kiro(scene=scene, servers=(replace(ISSUES, environment=()),))
    end = await fake.turn()
    assert end.outcome is TurnOutcome.CONFIG
    assert "issues" in end.detail
    assert not fake.worked


async def test_a_server_that_is_not_ours_may_fail(kiro):
    fake = kiro(scene="mcp-fails")
    assert (await fake.turn()).outcome is TurnOutcome.ENDED
    assert "server_init_failure" in fake.notes


def opened(fake):
    lines = [json.loads(line) for line in fake.sent.splitlines()]
    return next(one["params"]["mcpServers"] for one in lines if one.get("method") == "session/new")


async def test_servers_are_passed_with_what_they_may_know(kiro):
    fake = kiro(servers=(ISSUES, McpServer(name="web", url="https://x.org", kind="http", tools=("*",))))
    fake.environment["TOKEN"] = "for-the-server"
    assert (await fake.turn()).outcome is TurnOutcome.ENDED
    issues, web = opened(fake)
    assert issues["env"] == [{"name": "T", "value": "for-the-server"}]
    assert issues["command"].endswith("/issues-server")
    assert issues["command"].startswith("/")
    assert web == {"type": "http", "name": "web", "url": "https://x.org", "headers": []}


@pytest.mark.parametrize("variable", ["TOKEN", "KIRO_API_KEY", "GITHUB_TOKEN"])
async def test_a_server_is_never_told_the_agent_s_credential_or_the_worker_s(kiro, variable, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "the-worker-s")
    fake = kiro(servers=(replace(ISSUES, environment=(("T", f"${{{variable}}}"),)),))
    assert (await fake.turn()).outcome is TurnOutcome.ENDED
    assert opened(fake) == []
    assert f"issues is not started: it wants {variable}" in fake.notes
    assert "ksk_only-a-test" not in fake.sent


async def test_a_server_over_a_way_that_the_agent_does_not_have_is_not_passed(kiro):
    fake = kiro(servers=(McpServer(name="old", url="https://x.org", kind="sse", tools=("*",)),))
    await fake.turn()
    assert opened(fake) == []
    assert "the agent takes none over sse" in fake.notes


async def test_the_answer_is_said_once(kiro):
    fake = kiro()
    await fake.turn()
    assert "".join(event.text for event in fake.of(AgentSaid)) == "Red\nBlue\nYellow"


def calling(tool):
    call = {"toolCallId": "m1", "title": f"Running: @issues/{tool}", "kind": "other"}
    call["_meta"] = {"kiro": {"toolName": tool, "mcpServerName": "issues"}}
    return {"turns": [[{"ask": {"toolCall": call, "then": [{"write": ["called.txt", tool]}]}}, {"say": "ok"}]]}


@pytest.mark.parametrize(("tool", "allowed"), [("list", True), ("drop", False)])
async def test_a_tool_of_a_server_is_judged_by_its_name_unless_its_own_file_disables_it(play, tool, allowed):
    servers = (replace(ISSUES, environment=(), disabled_tools=("drop",)),)
    played = await play(calling(tool), servers=servers)
    assert [(request.server, request.tool) for request in played.asked] == ([("issues", "list")] if allowed else [])
    assert (play.workspace / "called.txt").exists() is allowed

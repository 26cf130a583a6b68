"""Kiro's traps, one process for each prompt: what the worker sees, and the outcome that it makes of it.

A worker's own agent is named, as in a run; `test_kiro.py` has what holds without one.
"""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from kiro_worker.agent.kiro_settings.fence import Fence
from kiro_worker.agent.kiro_settings.files import settings_files
from kiro_worker.agent.mcp import McpServer
from kiro_worker.agent.port import AgentNoted, SessionId, TurnLimits, TurnOutcome
from kiro_worker.testing.fake_kiro import FLAGS_2_10, FLAGS_2_29
from kiro_worker.testing.fake_kiro_agents import KEYS

OWN = "kiro-worker-7f3a"
FILES = {"src/a.py": "x = 1\n"}
ALONE = Fence(answered=False, asked_paths=(".github/**", ".kiro/**"), hidden_paths=(".git/**", "**/.env"))
FORMS = [pytest.param({"flags": FLAGS_2_29}, id="events"), pytest.param({"flags": FLAGS_2_10}, id="transcript")]
ENGINES = [pytest.param("kiro-headless", id="v2"), pytest.param("kiro-v3-headless", id="v3")]


@pytest.fixture
def own(kiro):
    """A Kiro whose HOME holds the worker's own agent."""

    def make(*, fence=ALONE, profile="kiro-headless", agent_options=None, checks_login=None, **script):
        options = {"own_agent": OWN, "has_servers": bool(fence.servers), **(agent_options or {})}
        fake = kiro(options, profile=profile, checks_login=checks_login, **script)
        form = "kiro-v3" if "v3" in profile else "kiro-v2"
        for path, text in settings_files(form, OWN, fence).items():
            place = fake.workspace.parent / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return fake

    return make


def notes(fake):
    return "\n".join(event.text for event in fake.of(AgentNoted))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("profile", ENGINES)
async def test_the_agent_is_named_and_nothing_more_is_trusted(own, profile, form):
    fake = own(files=FILES, profile=profile, **form)
    end = await fake.turn()
    assert (end.outcome, end.detail) == (TurnOutcome.ENDED, "")
    argv = fake.chats[0]["argv"]
    assert argv[:4] == ["chat", "--no-interactive", "--agent", OWN]
    assert not any(word.startswith("--trust") or word == "-a" for word in argv)
    assert (fake.workspace / "src/a.py").exists()


@pytest.mark.parametrize("profile", ENGINES)
async def test_what_the_limits_allow_is_done_and_what_they_do_not_is_not(own, profile):
    commands = ("git status", "ls && pwd", "touch made.txt", "git push", "touch a; curl https://x.org")
    fake = own(
        files={"a.txt": "a", ".github/workflows/x.yml": "x", "sub/.env": "x"}, commands=commands, profile=profile
    )
    await fake.turn()
    made = {str(path.relative_to(fake.workspace)) for path in fake.workspace.rglob("*") if path.is_file()}
    assert made == {"a.txt", "made.txt"}


@pytest.mark.parametrize("form", FORMS)
async def test_denied_tools_and_an_invented_done_are_told_and_claim_nothing(own, form):
    fake = own(files={".github/workflows/x.yml": "x"}, **form)
    end = await fake.turn()
    assert (end.outcome, "Done!" in end.said) == (TurnOutcome.ENDED, True)
    assert list(fake.workspace.iterdir()) == []


# Agents


@pytest.mark.parametrize("key", ["resources", "includeMcpJson", "hooks"])
async def test_a_key_that_a_version_does_not_know_is_seen_before_anything_is_spent(own, key):
    fake = own(keys=tuple(each for each in KEYS if each != key), checks_login=True)
    check = await fake.agent.check(fake.environment)
    assert check.outcome is TurnOutcome.CONFIG
    assert f"unknown field `{key}`" in check.detail
    assert (await fake.turn()).outcome is TurnOutcome.CONFIG
    assert fake.chats == []


async def test_an_agent_that_is_not_listed_is_seen_before_anything_is_spent(own):
    fake = own()
    file = fake.workspace.parent / f".kiro/agents/{OWN}.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "name": "another"}))
    check = await fake.agent.check(fake.environment)
    assert check.outcome is TurnOutcome.CONFIG
    assert "does not list" in check.detail


async def test_a_version_that_has_no_such_commands_is_not_asked_in_vain(own, kiro):
    fake = own()
    program = fake.program.read_text()
    fake.program.write_text(
        program.replace(
            "raise", 'import sys\nif sys.argv[1] == "agent":\n    sys.exit("error: unrecognized subcommand")\nraise'
        )
    )
    assert (await fake.agent.check(fake.environment)).outcome is None


@pytest.mark.parametrize("form", FORMS)
async def test_the_default_agent_is_stopped_before_it_works_in_the_place_of_ours(own, form):
    fake = own(version="2.26.0", profile="kiro-v3-headless", **form)
    (fake.workspace.parent / f".kiro/agents/{OWN}.md").unlink()
    end = await fake.turn()
    assert end.outcome is TurnOutcome.CONFIG
    assert f'agent "{OWN}" not found, using "kiro_default"' in end.detail


@pytest.mark.parametrize("ending", ["json", "md"])
async def test_an_agent_of_the_workspace_never_answers_in_the_place_of_ours(own, ending):
    fake = own()
    folder = fake.workspace / ".kiro/agents"
    folder.mkdir(parents=True)
    (folder / f"{OWN}.{ending}").write_text('{"name": "x", "allowedTools": ["shell"]}')
    end = await fake.turn()
    assert end.outcome is TurnOutcome.CONFIG
    assert "of its own" in end.detail
    assert fake.chats == []


# MCP servers

SERVERS = replace(ALONE, servers=(McpServer(name="issues", command="/opt/issues", tools=("list",)),))


async def test_an_mcp_server_that_does_not_start_is_a_fault_of_the_settings(own):
    fake = own(fence=SERVERS, mcp_starts=False)
    end = await fake.turn()
    assert end.outcome is TurnOutcome.CONFIG
    assert "failed to start" in end.detail
    assert "--require-mcp-startup" in fake.chats[0]["argv"]


async def test_without_servers_none_is_waited_for(own):
    fake = own(mcp_starts=False)
    assert (await fake.turn()).outcome is TurnOutcome.ENDED


# Sessions


@pytest.mark.parametrize("form", FORMS)
async def test_a_session_that_a_dead_process_holds_is_begun_anew_and_said_so(own, form):
    fake = own(locked_sessions=("old",), files=FILES, **form)
    end = await fake.turn(resume=SessionId("old"))
    assert end.outcome is TurnOutcome.ENDED
    assert ["--resume-id" in chat["argv"] for chat in fake.chats] == [True, False]
    assert "Session is active in another process (PID 999999)" in notes(fake)


@pytest.mark.parametrize("form", FORMS)
async def test_a_session_that_never_loads_is_begun_anew_after_the_silence(own, form):
    fake = own(hanging_sessions=("old",), files=FILES, **form)
    async with asyncio.timeout(30):
        end = await fake.turn(resume=SessionId("old"), limits=TurnLimits(silence=timedelta(seconds=3)))
    assert end.outcome is TurnOutcome.ENDED
    assert ["--resume-id" in chat["argv"] for chat in fake.chats] == [True, False]


async def test_a_turn_that_falls_silent_after_it_worked_is_not_done_twice(own):
    fake = own(sessions=("old",), deed="interrupted")
    end = await fake.turn(resume=SessionId("old"))
    assert end.outcome is TurnOutcome.REFUSED
    assert len(fake.chats) == 1


async def test_the_session_is_the_one_after_the_conversation_was_shortened(own):
    end = await own(deed="compacts", files=FILES).turn()
    assert (end.outcome, end.session) == (TurnOutcome.ENDED, "after-compaction")
    assert end.said == "Red\nBlue\nYellow"


# Subagents


async def test_a_subagent_that_comes_back_with_nothing_is_told(own):
    fake = own(deed="empty-subagent")
    end = await fake.turn()
    assert end.outcome is TurnOutcome.ENDED
    assert "a subagent came back with nothing" in notes(fake)

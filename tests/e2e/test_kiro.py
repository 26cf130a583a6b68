"""Kiro's traps in whole runs: a fake kiro-cli on the PATH, and what the command that a person calls makes of it."""

import json
import os
import sys
from functools import cache, partial
from pathlib import Path

import pytest

from e2e.world import BRANCH, FOLDER, Ran, World, new_world
from kiro_worker.testing import fake_kiro
from kiro_worker.testing.fake_kiro_agents import KEYS

SOURCE = Path(fake_kiro.__file__).parents[2]
GREET = {"greet.txt": "hello\n"}
HEADLESS = ("--agent", "kiro-headless")
ACP = ("--agent", "kiro")


def installed(world, **script):
    """A world in which `kiro-cli` is a fake that follows a script."""
    world.spec()
    program = fake_kiro.install(world.folder / "bin", fake_kiro.Script(**({"files": GREET} | script)))
    world.environment["PATH"] = f"{program.parent}:{os.environ['PATH']}"
    world.environment["KIRO_API_KEY"] = "ksk_only-a-test-and-long-enough"
    world.program = program
    return world


@pytest.fixture
def kiro(world):
    return partial(installed, world)


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory):
    """What an honest Kiro does, once for all tests that only look at it; the branch brings along what nobody may heed."""

    @cache
    def with_agent(agent: tuple[str, ...]) -> tuple[World, Ran]:
        world = new_world(tmp_path_factory.mktemp("ordinary"))
        installed(world, commands=("git status", "git push", "touch made.txt"), credits=0.5)
        own = json.dumps({"name": "kiro-worker", "allowedTools": ["shell", "write"]}).encode()
        world.remote.commit({".kiro/agents/kiro-worker.json": own, ".kiro/settings/mcp.json": b"{"}, branch=BRANCH)
        world.environment["GITHUB_TOKEN"] = "gh-worker-only-0123456789"
        return world, run(world, agent=agent)

    return with_agent


def run(world, *more, agent=HEADLESS):
    return world.run(*agent, "--only", "1.1", "--isolation", "none", *more)


def chats(world):
    return [
        call
        for call in fake_kiro.calls(world.program)
        if call["argv"][0] in {"chat", "acp"} and "--help" not in call["argv"]
    ]


def notes(ran):
    return "\n".join(str(event["note"]) for event in ran.all("run.noted"))


@pytest.mark.parametrize("agent", [HEADLESS, ACP, ("--agent", "kiro-v3-headless"), ("--agent", "kiro-v3")])
def test_an_honest_kiro_does_its_task_within_its_limits(ordinary, agent):
    world, ran = ordinary(agent)
    assert (ran.status, ran.verdict) == (0, "DONE")
    assert world.remote.read("greet.txt", BRANCH) == b"hello\n"
    argv = chats(world)[-1]["argv"]
    name = argv[argv.index("--agent") + 1]
    assert name.startswith("kiro-worker-")
    assert not any(word.startswith("--trust") for word in argv)
    home = chats(world)[-1]["environment"]["HOME"]
    assert str(world.folder) in home
    assert home != str(world.folder / "laptop")
    # The limits lie in the HOME, and nothing of them in the repository.
    changed = world.remote.git("diff", "--name-only", "main", BRANCH).split()
    brought = {".kiro/agents/kiro-worker.json", ".kiro/settings/mcp.json"}
    assert {path for path in changed if path.startswith((".kiro/agents", ".kiro/settings"))} == brought


def test_credits_are_counted_in_each_form(ordinary):
    _, ran = ordinary(HEADLESS)
    assert ran.event("turn.ended")["usage"]["credits"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("agent", "script"),
    [(HEADLESS, {"flags": fake_kiro.FLAGS_2_10, "cost_shown": "stdout"}), (ACP, {})],
    ids=["transcript", "acp"],
)
def test_credits_are_counted_in_the_other_forms_too(kiro, ordinary, agent, script):
    ran = run(kiro(credits=0.5, **script), agent=agent) if script else ordinary(agent)[1]
    assert ran.event("turn.ended")["usage"]["credits"] == pytest.approx(0.5)


# Logins and limits


def test_a_rejected_key_is_told_although_kiro_ends_with_0(kiro):
    ran = run(kiro(login="rejected-key"))
    assert (ran.status, ran.verdict) == (23, "AGENT_FAULT")
    assert ran.cause["code"] == "agent.logged-out"


@pytest.mark.parametrize("agent", [HEADLESS, ACP])
def test_without_a_login_nothing_is_started(kiro, agent):
    world = kiro(login="out")
    ran = run(world, agent=agent)
    assert ran.cause["code"] == "agent.not-ready"
    assert "kiro-cli login" in str(ran.cause["next_step"])
    assert chats(world) == []


@pytest.mark.parametrize(("agent", "script"), [(HEADLESS, {"deed": "run-error"}), (ACP, {"scene": "limit"})])
def test_the_monthly_limit_is_a_class_of_its_own_that_no_retry_burns(kiro, agent, script):
    world = kiro(say="The monthly usage limit has been reached", **script)
    ran = run(world, agent=agent)
    assert ran.cause["code"] == "agent.exhausted"
    assert len(ran.all("turn.started")) == 1


# What looks like work


@pytest.mark.parametrize(
    ("agent", "script"),
    [
        (HEADLESS, {"asks_approval": True}),
        (HEADLESS, {"files": {".git/config": "x"}}),
        (ACP, {"scene": "denied"}),
        (HEADLESS, {"deed": "empty-subagent", "files": {}}),
        (ACP, {"scene": "empty-subagent"}),
    ],
)
def test_an_invented_done_is_a_phantom(kiro, agent, script):
    world = kiro(**script)
    ran = run(world, agent=agent)
    assert (ran.status, ran.verdict) == (12, "PHANTOM")
    assert world.done_by_worker() == []


@pytest.mark.parametrize(("agent", "script"), [(HEADLESS, {"deed": "interrupted"}), (ACP, {"scene": "interrupted"})])
def test_an_interruption_after_which_no_answer_comes_ends_the_run_at_once(kiro, agent, script):
    ran = run(kiro(**script), agent=agent)
    assert (ran.status, ran.cause["code"]) == (23, "agent.refused")


def test_what_tools_left_behind_is_in_no_commit_and_told(kiro):
    left = {"__pycache__/greet.cpython-311.pyc": "x", "sub/.pytest_cache/v/x": "x", f"{FOLDER}/tasks.meta.json": "{}"}
    world = kiro(files=GREET | left, keys=KEYS, login="account")
    ran = world.run("--agent", "kiro-headless", "--only", "1.1", "--isolation", "none")
    assert ran.verdict == "DONE"
    changed = world.remote.git("diff", "--name-only", "main", BRANCH).split()
    assert not any("cache" in path or path.endswith("meta.json") for path in changed)
    assert "__pycache__/" in notes(ran)


def test_leavings_alone_are_no_work(kiro):
    ran = run(kiro(files={"__pycache__/greet.cpython-311.pyc": "x"}))
    assert ran.verdict == "PHANTOM"


# Agents


@pytest.mark.parametrize("agent", [HEADLESS, ACP])
def test_a_version_that_would_drop_the_limits_is_told_before_anything_is_spent(kiro, agent):
    world = kiro(keys=tuple(key for key in KEYS if key != "resources"))
    ran = run(world, agent=agent)
    assert (ran.status, ran.verdict, ran.cause["code"]) == (2, "CONFIG", "agent.not-ready")
    assert "unknown field `resources`" in str(ran.cause["message"])
    assert chats(world) == []


@pytest.mark.parametrize(("agent", "script"), [(HEADLESS, {}), (ACP, {"scene": "agent-missing-untold"})])
def test_another_agent_never_works_in_the_place_of_ours(kiro, agent, script):
    # A version that neither lists nor validates agents, and drops the file.
    world = kiro(version="2.26.0", keys=("name",), **script)
    text = world.program.read_text()
    skip = 'import sys\nif sys.argv[1] == "agent":\n    sys.exit("error: unrecognized subcommand")\n'
    world.program.write_text(text.replace("from kiro_worker", f"{skip}from kiro_worker", 1))
    ran = run(world, agent=agent)
    assert ran.cause["code"] == "agent.config"
    assert world.done_by_worker() == []


def test_an_agent_that_the_branch_brings_along_is_not_the_one_that_works(ordinary):
    world, _ = ordinary(HEADLESS)
    assert b"allowedTools" in world.remote.read(".kiro/agents/kiro-worker.json", BRANCH)
    argv = chats(world)[-1]["argv"]
    assert argv[argv.index("--agent") + 1] != "kiro-worker"


# MCP servers


def test_no_server_is_started_that_the_policy_does_not_allow(kiro):
    world = kiro()
    world.remote.commit({".kiro/settings/mcp.json": b'{"mcpServers": {"issues": {"command": "issues-server"}}}'})
    ran = run(world, agent=ACP)
    assert ran.verdict == "DONE"
    assert "issues is not started: the policy allows nothing of it" in ran.out


def test_an_unreadable_list_of_servers_on_the_base_branch_is_told(kiro):
    world = kiro()
    world.remote.commit({".kiro/settings/mcp.json": b"{"})
    ran = run(world)
    assert (ran.status, ran.cause["code"]) == (2, "agent.mcp-unreadable")


def test_servers_of_the_branch_are_not_read(ordinary):
    world, ran = ordinary(HEADLESS)
    assert (ran.verdict, world.remote.read(".kiro/settings/mcp.json", BRANCH)) == ("DONE", b"{")


def test_nothing_of_the_worker_s_is_in_the_agent_s_environment(ordinary):
    world, _ = ordinary(HEADLESS)
    assert world.environment["GITHUB_TOKEN"] == "gh-worker-only-0123456789"
    given = chats(world)[-1]["environment"]
    assert "gh-worker-only-0123456789" not in given.values()
    assert Path(given["HOME"]).name


ALLOWING = b"policy:\n  mcp:\n    allow: [issues/list]\n"
ISSUES = b'{"mcpServers": {"issues": {"command": "issues-server", "env": {"T": "${ISSUES_TOKEN}"}}, "other": {"command": "x"}}}'


def test_a_server_that_the_policy_allows_is_the_agent_s_with_the_tools_that_are_allowed(kiro):
    world = kiro()
    world.remote.commit({".kiro/settings/mcp.json": ISSUES, ".kiro/config.yaml": ALLOWING})
    world.environment |= {"ISSUES_TOKEN": "for-issues-0123456789", "GITHUB_TOKEN": "gh-worker-only-0123456789"}
    ran = run(world, "--set", "agent.variables=ISSUES_TOKEN")
    assert ran.verdict == "DONE"
    (chat,) = chats(world)
    agent = chat["agent"]
    assert agent["mcpServers"] == {
        "issues": {"type": "stdio", "command": "issues-server", "args": [], "env": {"T": "for-issues-0123456789"}}
    }
    assert agent["allowedTools"][-1] == "@issues/list"
    assert "--require-mcp-startup" in chat["argv"]
    assert "other is not started: the policy allows nothing of it" in ran.out
    assert "for-issues-0123456789" not in ran.out


def test_a_server_that_wants_what_the_agent_is_not_given_is_left_out_and_told(kiro):
    world = kiro()
    world.remote.commit({".kiro/settings/mcp.json": ISSUES, ".kiro/config.yaml": ALLOWING})
    world.environment["ISSUES_TOKEN"] = "for-issues-0123456789"
    ran = run(world)
    assert ran.verdict == "DONE"
    assert chats(world)[0]["agent"]["mcpServers"] == {}
    assert "issues is not started: it wants ISSUES_TOKEN" in ran.out


@pytest.mark.parametrize(("agent", "script"), [(HEADLESS, {"mcp_starts": False}), (ACP, {"scene": "mcp-fails"})])
def test_a_server_that_is_allowed_and_does_not_start_ends_the_run(kiro, agent, script):
    world = kiro(**script)
    plain = b'{"mcpServers": {"issues": {"command": "issues-server"}}}'
    world.remote.commit({".kiro/settings/mcp.json": plain, ".kiro/config.yaml": ALLOWING})
    ran = run(world, agent=agent)
    assert ran.cause["code"] == "agent.config"
    assert world.done_by_worker() == []


def test_the_limits_are_read_where_kiro_is_isolated(kiro):
    world = kiro(commands=("git status", "touch made.txt"), files=GREET | {"sub/.env": "x"}, version="2.29.0")
    # What the fake itself is made of; a real one is found by its tool folders.
    places = (world.program.parent, Path(sys.prefix), Path(sys.base_prefix), SOURCE)
    shown = ("--isolation-visible", " ".join(map(str, places)))
    ran = world.run(*HEADLESS, "--only", "1.1", "--isolation", "bubblewrap", *shown)
    if ran.verdict == "CONFIG" and ran.cause["code"] == "isolation.missing":
        pytest.skip(str(ran.cause["message"]))
    assert (ran.status, ran.verdict) == (0, "DONE")
    changed = world.remote.git("diff", "--name-only", "main", BRANCH).split()
    assert {"greet.txt", "made.txt"} <= set(changed)
    assert "sub/.env" not in changed

"""The files that Kiro's engines read, and that nothing stands in them that makes Kiro drop them."""

import json
import re
from dataclasses import replace

import pytest
import yaml

from kiro_worker.agent.kiro_settings.fence import Fence
from kiro_worker.agent.kiro_settings.files import settings_files
from kiro_worker.agent.kiro_settings.shape import V2, V3, KeyUnknown, validate_rules, validate_v2, validate_v3
from kiro_worker.agent.kiro_settings.v2 import agent_v2
from kiro_worker.agent.mcp import McpServer

SERVER = McpServer(name="issues", command="/opt/issues", environment=(("A", "1"),), tools=("list", "read_*"), timeout=5)
REMOTE = McpServer(name="web", url="https://x.org/mcp", kind="http", headers=(("X-A", "b"),), tools=("*",))
ASKED = Fence(
    answered=True,
    servers=(SERVER, REMOTE),
    asked_paths=(".github/**", ".kiro/**"),
    hidden_paths=(".git/**", "**/.env"),
)
ALONE = replace(ASKED, answered=False)


def v2(fence):
    (text,) = settings_files("kiro-v2", "kw-1", fence).values()
    return json.loads(text)


def v3(fence):
    files = settings_files("kiro-v3", "kw-1", fence)
    front, body = files[".kiro/agents/kw-1.md"].removeprefix("---\n").split("---\n", 1)
    return yaml.safe_load(front), body, yaml.safe_load(files[".kiro/settings/permissions.yaml"])


def test_each_engine_reads_its_files_from_the_home_and_others_read_none():
    assert list(settings_files("kiro-v2", "kw-1", ASKED)) == [".kiro/agents/kw-1.json"]
    assert list(settings_files("kiro-v3", "kw-1", ASKED)) == [".kiro/agents/kw-1.md", ".kiro/settings/permissions.yaml"]
    assert settings_files("", "kw-1", ASKED) == {}


def test_where_nobody_answers_everything_is_denied_that_is_not_trusted():
    agent = v2(ALONE)
    shell = agent["toolsSettings"]["shell"]
    assert (shell["denyByDefault"], shell["autoAllowReadonly"]) == (True, False)
    (trusted,) = shell["allowedCommands"]
    assert re.fullmatch(trusted, "npm test")
    assert not re.fullmatch(trusted, "curl https://x.org")
    assert any(re.fullmatch(one, "git push") for one in shell["deniedCommands"])
    write = agent["toolsSettings"]["write"]
    assert write["allowedPaths"] == ["./**"]
    assert {".git/**", ".github/**", ".kiro/**", "**/.env"} <= set(write["deniedPaths"])
    # A tool that is trusted outright would not be asked for its settings.
    assert not {"shell", "write", "read", "execute_bash", "fs_write", "fs_read"} & set(agent["allowedTools"])


def test_an_agent_that_nobody_answers_knows_what_it_may_run():
    for told in (v2(ALONE)["prompt"], v3(ALONE)[1]):
        assert "`npm test`, `npm run test`" in told
        assert "Never say that something is done" in told
    assert "npm test" not in v2(ASKED)["prompt"]


def test_where_questions_are_answered_nothing_is_trusted_and_only_the_forbidden_is_denied():
    agent = v2(ASKED)
    assert agent["allowedTools"] == []
    assert agent["toolsSettings"]["shell"]["denyByDefault"] is False
    assert agent["toolsSettings"]["shell"]["allowedCommands"] == []
    assert "allowedPaths" not in agent["toolsSettings"]["write"]
    assert ".github/**" not in agent["toolsSettings"]["write"]["deniedPaths"]


def test_no_engine_gets_hooks_resources_or_servers_of_the_workspace():
    agent = v2(ALONE)
    assert (agent["includeMcpJson"], agent["hooks"], agent["resources"]) == (False, {}, [])
    front, _, _ = v3(ALONE)
    assert (front["includeMcpJson"], front["includePowers"]) == (False, False)


def test_the_web_the_cloud_and_further_agents_are_closed_unless_a_host_is_allowed():
    tools = v2(ALONE)["toolsSettings"]
    assert tools["web_fetch"] == {"trusted": [], "blocked": [".*"]}
    assert tools["aws"]["deniedServices"] == [".*"]
    assert "subagent" not in v2(ALONE)["tools"]
    opened = v2(replace(ALONE, hosts=("docs.python.org",)))
    (pattern,) = opened["toolsSettings"]["web_fetch"]["trusted"]
    assert re.fullmatch(pattern, "https://docs.python.org/3/")
    for other in (
        "https://docs.python.org.evil.org/",
        "https://evil.org/?https://docs.python.org/",
        "http://docs.python.org/",
    ):
        assert not re.fullmatch(pattern, other)
    assert "web_fetch" in opened["tools"]
    (pattern,) = v2(replace(ALONE, hosts=("*.python.org",)))["toolsSettings"]["web_fetch"]["trusted"]
    assert re.fullmatch(pattern, "https://docs.python.org/3/")
    assert not re.fullmatch(pattern, "https://evil.org/a.python.org/")


def test_a_server_comes_with_the_tools_that_are_allowed_and_no_other():
    agent = v2(ALONE)
    assert [tool for tool in agent["tools"] if tool[0] == "@"] == ["@issues/list", "@issues", "@web"]
    assert [tool for tool in agent["allowedTools"] if tool[0] == "@"] == ["@issues/list", "@issues/read_*", "@web"]
    assert agent["mcpServers"] == {
        "issues": {"type": "stdio", "command": "/opt/issues", "args": [], "env": {"A": "1"}, "timeout": 5},
        "web": {"type": "http", "url": "https://x.org/mcp", "headers": {"X-A": "b"}},
    }


def test_servers_that_are_passed_over_the_wire_are_in_no_file():
    assert v2(ASKED)["mcpServers"] == {}
    assert v3(ASKED)[0]["mcpServers"] == {}
    assert "@issues/list" in v2(ASKED)["tools"]


def rules(permissions, capability, effect):
    return [one for one in permissions["rules"] if (one["capability"], one["effect"]) == (capability, effect)]


def test_engine_v3_has_the_same_limits_as_rules_and_twice():
    front, body, own = v3(ALONE)
    assert front["permissions"] == own
    assert "refused" in body
    (shell,) = rules(own, "shell", "allow")
    assert {"npm test", "npm test *"} <= set(shell["match"])
    assert {"*;*", "*|*", "*$*", "*\n*"} <= set(shell["exclude"])
    assert "*git push*" in rules(own, "shell", "deny")[0]["match"]
    assert ".github/**" in rules(own, "fs_write", "deny")[0]["match"]
    assert rules(own, "subagent", "deny")
    assert rules(own, "web_fetch", "deny") == [{"capability": "web_fetch", "effect": "deny"}]


def test_engine_v3_asks_for_each_write_and_command_where_questions_are_answered():
    _, _, own = v3(ASKED)
    assert not rules(own, "shell", "allow")
    assert not rules(own, "fs_write", "allow")
    assert rules(own, "mcp", "ask")[0]["match"] == ["issues/list", "issues/read_*", "web/*"]
    closed = replace(ASKED, servers=(replace(SERVER, disabled_tools=("drop",)),))
    assert rules(v3(closed)[2], "mcp", "deny")[0]["match"] == ["issues/drop"]
    assert rules(v3(replace(ASKED, servers=()))[2], "mcp", "deny") == [{"capability": "mcp", "effect": "deny"}]


@pytest.mark.parametrize("where", ["", "toolsSettings", "toolsSettings.shell", "mcpServers.issues", "hooks"])
def test_a_key_that_would_make_kiro_drop_the_file_is_refused(where):
    agent = agent_v2("kw-1", ALONE)
    validate_v2(agent)
    table = agent
    for name in filter(None, where.split(".")):
        table = table[name]
    table["allowedTool"] = {}
    with pytest.raises(KeyUnknown, match="allowedTool"):
        validate_v2(agent)


def test_an_agent_without_a_name_and_a_star_that_trusts_all_are_refused():
    with pytest.raises(KeyUnknown):
        validate_v2({"tools": []})
    with pytest.raises(KeyUnknown):
        validate_v2({"name": "a", "allowedTools": ["*"]})


@pytest.mark.parametrize(
    "front",
    [
        {"toolsSettings": {}},
        {"allowedTools": []},
        {"permissions": {"rules": [], "policy": 1}},
        {"permissions": {"rules": [{"capability": "shell", "effect": "allow", "matches": []}]}},
        {"permissions": {"rules": [{"capability": "bash", "effect": "allow"}]}},
        {"permissions": {"rules": [{"capability": "shell", "effect": "forbid"}]}},
        {"mcpServers": {"a": {"cmd": "x"}}},
    ],
)
def test_engine_v3_would_ignore_these_and_a_limit_with_them(front):
    with pytest.raises(KeyUnknown):
        validate_v3(front)


def test_the_permissions_of_a_user_are_looked_at_too():
    with pytest.raises(KeyUnknown):
        validate_rules({"rule": []})


def test_the_tables_are_those_of_kiro():
    assert {"toolsSettings", "allowedTools"} <= V2
    assert not {"toolsSettings", "allowedTools"} & V3
    assert "permissions" in V3 - V2

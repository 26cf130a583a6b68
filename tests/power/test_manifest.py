"""The rules of Agent Plugins 1.0.0 for servers (section 7.2), and those of Kiro's older form."""

import json

import pytest

from kiro_worker.power.manifest import SERVER_SCHEMA, server_findings


def told(server, *, is_plugin=True, **more):
    body = {"$schema": SERVER_SCHEMA, "mcpServers": {"one": server}} | more
    return list(server_findings(json.dumps(body, indent=1).encode(), is_plugin=is_plugin))


STDIO = {"type": "stdio", "command": "uvx"}
REMOTE = {"type": "streamable-http", "url": "https://example.org/mcp"}


@pytest.mark.parametrize(
    "server",
    [
        STDIO | {"args": ["--root", "${PLUGIN_ROOT}"], "env": {"A": "b"}, "cwd": "${PLUGIN_DATA}/x"},
        STDIO | {"command": "./bin/server", "cwd": "./data"},
        STDIO | {"cwd": "${PLUGIN_ROOT}"},
    ],
)
def test_a_server_that_is_right_is_told_with_what_it_would_start(server):
    (finding,) = told(server)
    assert (finding.code, finding.line) == ("mcp.starts", 4)
    assert server["command"] in finding.message


@pytest.mark.parametrize(
    "server",
    [
        REMOTE,
        REMOTE | {"type": "sse", "headers": {"X-Tenant": "a"}},
        REMOTE | {"url": "http://localhost:80/mcp"},
        REMOTE | {"url": "http://127.0.0.1/"},
        REMOTE | {"url": "http://[::1]:8080"},
    ],
)
def test_a_remote_server_that_is_right_needs_no_word(server):
    assert told(server) == []


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        ("uvx", "is no object"),
        ({"command": "uvx"}, "has no `type`"),
        (STDIO | {"type": "socket"}, "'socket', which is not known"),
        ({"type": "stdio"}, "has no command"),
        (STDIO | {"command": "uvx x"}, "neither one program's name"),
        (STDIO | {"command": "/bin/sh"}, "neither one program's name"),
        (STDIO | {"command": "./../x"}, "leads out of the package"),
        (STDIO | {"args": "x"}, "args that are no list"),
        (STDIO | {"args": [1]}, "args that are no list"),
        (STDIO | {"env": {"A": 1}}, "env that is no object"),
        (STDIO | {"env": {"PLUGIN_ROOT": "/"}}, "the agent's to set"),
        (STDIO | {"cwd": "data"}, "not below the package"),
        (STDIO | {"cwd": "./../x"}, "not below the package"),
        (STDIO | {"cwd": "/"}, "not below the package"),
        (STDIO | {"url": "https://example.org"}, "has 'url', which it cannot have"),
        (STDIO | {"autoApprove": ["*"]}, "has 'autoApprove', which it cannot have"),
        ({"type": "sse"}, "neither command nor url"),
        (REMOTE | {"headers": {"A": 1}}, "headers that are no object"),
        (REMOTE | {"url": "https://me:pw@example.org/"}, "no plain http(s) address"),
        (REMOTE | {"url": "https://example.org/#x"}, "no plain http(s) address"),
        (REMOTE | {"url": "ftp://example.org/"}, "no plain http(s) address"),
        (REMOTE | {"url": "http://example.org/"}, "without encryption"),
        (REMOTE | {"url": "http://localhost.example.org/"}, "without encryption"),
        (REMOTE | {"url": "http://127.0.0.1.example.org/"}, "without encryption"),
    ],
)  # fmt: skip
def test_a_server_that_is_wrong_is_told_in_its_line(server, reason):
    (finding,) = told(server)
    assert (finding.code, finding.line) == ("mcp.server", 4)
    assert reason in finding.message


def test_a_plugin_has_nothing_else_at_the_top():
    assert next(finding.message for finding in told(STDIO, hooks={})).startswith(
        "mcp.json cannot be read: hooks is nothing"
    )
    assert [finding.code for finding in told(STDIO, **{"$schema": "x"})] == ["mcp.json", "mcp.starts"]


@pytest.mark.parametrize(
    "server", [{"command": "uvx", "disabled": True, "autoApprove": ["a"], "timeout": 9}, {"command": "/usr/bin/x y"}]
)
def test_the_older_form_knows_more_and_asks_for_less(server):
    assert [finding.code for finding in told(server, is_plugin=False)] == ["mcp.starts"]


def test_the_older_form_may_name_a_remote_server_by_its_address_alone():
    assert told({"url": "https://example.org/mcp", "disabled": False}, is_plugin=False) == []
    assert told({"url": "https://example.org/mcp", "type": "http"}, is_plugin=False) == []

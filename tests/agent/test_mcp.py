"""MCP servers: read, admitted, and told no more than they may know."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.agent.mcp import (
    McpServer,
    McpUnreadable,
    Unset,
    admitted,
    all_expanded,
    expanded,
    joined,
    kiro_entry,
    read_servers,
)
from kiro_worker.error import Fault

FILE = {
    "mcpServers": {
        "issues": {
            "command": "uvx", "args": ["issues@1", "--root", "${ROOT}"], "env": {"TOKEN": "${ISSUES_TOKEN}"},
            "timeout": 120000, "autoApprove": ["delete_all"], "disabledTools": ["delete_all"],
        },
        "off": {"command": "x", "disabled": True},
        "remote": {"url": "https://x.org/mcp", "headers": {"Authorization": "Bearer ${T}"}},
    }
}  # fmt: skip


def read(found):
    return read_servers(json.dumps(found).encode(), ".kiro/settings/mcp.json")


def test_servers_are_read_and_their_own_approvals_count_for_nothing():
    issues, remote = read(FILE)
    assert issues == McpServer(
        name="issues",
        command="uvx",
        args=("issues@1", "--root", "${ROOT}"),
        environment=(("TOKEN", "${ISSUES_TOKEN}"),),
        disabled_tools=("delete_all",),
        timeout=120000,
    )
    assert (remote.kind, remote.url, remote.tools) == ("http", "https://x.org/mcp", ())
    assert read({}) == ()


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ([], "no table"),
        ({"mcpServers": []}, "no table"),
        ({"mcpServers": {"a/b": {"command": "x"}}}, "no name"),
        ({"mcpServers": {"--x": {"command": "x"}}}, "no name"),
        ({"mcpServers": {"a": []}}, "no table"),
        ({"mcpServers": {"a": {}}}, "either"),
        ({"mcpServers": {"a": {"command": "x", "url": "https://x.org"}}}, "either"),
        ({"mcpServers": {"a": {"command": ["x"]}}}, "either"),
        ({"mcpServers": {"a": {"url": "http://x.org"}}}, "https"),
        ({"mcpServers": {"a": {"command": "x", "args": "y"}}}, "args"),
        ({"mcpServers": {"a": {"command": "x", "args": ["\0"]}}}, "args"),
        ({"mcpServers": {"a": {"command": "x", "env": {"A": 1}}}}, "env"),
        ({"mcpServers": {"a": {"url": "https://x.org", "headers": ["x"]}}}, "headers"),
        ({"mcpServers": {str(n): {"command": "x"} for n in range(101)}}, "100"),
    ],
)  # fmt: skip
def test_what_could_not_be_started_as_it_is_written_is_told(found, reason):
    with pytest.raises(McpUnreadable, match=reason) as fault:
        read(found)
    assert fault.value.fault is Fault.CONFIG
    assert ".kiro/settings/mcp.json" in fault.value.message


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_told(content):
    with pytest.raises(McpUnreadable):
        read_servers(content, "mcp.json")


_KEYS = st.sampled_from(["mcpServers", "command", "url", "args", "env", "a", "disabled", "timeout"])
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)


@given(st.recursive(_LEAVES, lambda one: st.lists(one, max_size=3) | st.dictionaries(_KEYS, one, max_size=4)))
def test_any_json_is_read_or_told(found):
    with contextlib.suppress(McpUnreadable):
        read(found)


def test_nothing_is_started_that_no_pattern_allows():
    admission = admitted(read(FILE), ())
    assert admission.servers == ()
    assert len(admission.notes) == 2
    assert "issues is not started" in admission.notes[0]


@pytest.mark.parametrize(
    ("allowed", "tools"),
    [
        (["issues"], ("*",)),
        (["issues/*"], ("*",)),
        (["@issues/list"], ("list",)),
        (["*/list", "issues/read_*"], ("list", "read_*")),
        (["issues/list", "issues"], ("*",)),
        (["other"], None),
        (["Issues"], None),
        (["issues/a b"], None),
    ],
)
def test_what_is_allowed_of_a_server(allowed, tools):
    found = [server for server in admitted(read(FILE), allowed).servers if server.name == "issues"]
    assert [server.tools for server in found] == ([] if tools is None else [tools])


def test_what_is_denied_goes_before_what_is_allowed():
    (issues,) = admitted(read(FILE), ["issues"], ["issues/drop"]).servers
    assert issues.disabled_tools == ("delete_all", "drop")
    assert admitted(read(FILE), ["issues"], ["issues"]).servers == ()
    assert admitted(read(FILE), ["issues/list"], ["issues/l*"]).servers == ()


def test_a_denial_that_no_agent_can_be_told_keeps_the_server_out():
    admission = admitted(read(FILE), ["issues"], ["issues/delete_*"])
    assert admission.servers == ()
    assert "denies tools that it also allows" in admission.notes[0]


def test_where_each_call_is_judged_denials_by_pattern_keep_no_server_out():
    (issues,) = admitted(read(FILE), ["issues"], ["issues/delete_*"], judged=True).servers
    assert issues.tools == ("*",)
    assert admitted(read(FILE), ["issues"], ["issues"], judged=True).servers == ()
    assert admitted(read(FILE), ["issues/delete_all"], ["issues/delete_*"], judged=True).servers == ()


def test_of_two_servers_with_one_name_the_later_counts():
    mine = McpServer(name="issues", command="/opt/mine")
    assert joined(read(FILE), [mine])[0] is mine


def test_every_text_of_a_server_is_expanded():
    server = McpServer(
        name="a", command="${B}/a", args=("--x=${X}",), environment=(("E", "${env:X}"),), headers=(("H", "$X ${X}"),)
    )
    told = expanded(server, {"B": "/opt", "X": "1"})
    assert (told.command, told.args, told.environment, told.headers) == (
        "/opt/a", ("--x=1",), (("E", "1"),), (("H", "$X 1"),),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["${GITHUB_TOKEN}", "${X:-y}", "${", "${}", "a${workspaceFolder}"])
def test_what_it_may_not_know_keeps_a_server_from_being_started(text):
    with pytest.raises(Unset):
        expanded(McpServer(name="a", command="a", environment=(("T", text),)), {"X": "1"})


def test_what_stands_in_a_value_is_not_expanded_again():
    assert expanded(McpServer(name="a", command="${A}"), {"A": "${B}", "B": "secret"}).command == "${B}"


def test_a_server_that_is_left_out_is_told_with_the_variable():
    notes = []
    assert all_expanded(read(FILE), {"ROOT": "/r", "ISSUES_TOKEN": "t"}, notes.append)[0].args[-1] == "/r"
    assert len(notes) == 1
    assert "remote is not started: it wants T" in notes[0]


def test_kiro_s_form_says_nothing_that_is_not_there():
    assert kiro_entry(McpServer(name="a", command="a")) == {"type": "stdio", "command": "a", "args": []}

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.agent.acp.requests import Facts
from kiro_worker.agent.acp.wire import Update
from kiro_worker.agent.port import ToolKind


def request(*updates: dict):
    facts = Facts()
    for update in updates:
        facts = facts.with_update(Update(**update))
    return facts.request("c1")


@pytest.mark.parametrize(
    ("raw", "command"),
    [
        ({"command": "npm test"}, "npm test"),
        ({"command": ["git", "commit", "-m", "two words"]}, "git commit -m 'two words'"),
        ({"cmd": "ls"}, "ls"),
        ({"command": "git", "args": ["push", "-f; rm"]}, "git push '-f; rm'"),
        ({"commands": ["one", "two"]}, "one\ntwo"),
        ({"input": {"script": "make"}}, "make"),
        (json.dumps({"command": "make"}), "make"),
        ({"command": "view"}, "view"),
    ],
)
def test_a_command_is_found_wherever_an_agent_puts_it(raw, command):
    found = request({"kind": "execute", "raw_input": raw})
    assert (found.command, found.kind, found.readable) == (command, ToolKind.EXECUTE, True)


def test_a_command_makes_any_call_an_execution():
    assert request({"kind": "read", "raw_input": {"command": "rm -rf /"}}).kind is ToolKind.EXECUTE


def test_an_editors_operation_is_no_command():
    found = request({"kind": "edit", "raw_input": {"command": "create", "path": "/w/a.py", "file_text": "x"}})
    assert (found.command, found.paths, found.kind) == (None, ("/w/a.py",), ToolKind.EDIT)


@pytest.mark.parametrize("title", ["rm -rf x", "Run `rm -rf x`", "`rm -rf x`"])
def test_the_title_is_the_command_only_when_no_input_was_shown(title):
    assert request({"kind": "execute", "title": title}).command == "rm -rf x"
    shown = request({"kind": "execute", "title": title, "raw_input": {"description": "nothing to judge"}})
    assert (shown.command, shown.readable) == (None, False)


@pytest.mark.parametrize(
    "update",
    [
        {"locations": [{"path": "/w/a.py", "line": 3}]},
        {"content": [{"type": "diff", "path": "/w/a.py", "oldText": "", "newText": "x"}]},
        {"raw_input": {"file_path": "/w/a.py"}},
        {"raw_input": {"filePath": "/w/a.py"}},
        {"raw_input": {"absolute_path": "/w/a.py"}},
        {"raw_input": {"edits": [{"path": "/w/a.py"}]}},
        {"raw_input": {"paths": ["/w/a.py"]}},
        {"raw_input": {"target_file": "file:///w/a.py"}},
        {"raw_input": '{"path": "/w/a.py"}'},
    ],
)
def test_a_path_is_found_wherever_an_agent_puts_it(update):
    found = request({"kind": "edit", **update})
    assert found.paths == ("/w/a.py",)
    assert found.readable


def test_every_path_ever_named_counts():
    found = request(
        {"kind": "move", "raw_input": {"source": "/w/a", "destination": "/etc/x"}},
        {"locations": [{"path": "/w/b"}]},
    )
    assert found.paths == ("/w/a", "/etc/x", "/w/b")


def test_the_folder_of_a_command_is_a_path():
    assert request({"kind": "execute", "raw_input": {"command": "ls", "workdir": "/etc"}}).paths == ("/etc",)


def test_the_newest_command_counts_and_the_worse_kind():
    found = request(
        {"kind": "execute", "raw_input": {"command": "git pu"}},
        {"kind": "read", "raw_input": {"command": "git push"}},
    )
    assert (found.command, found.kind) == ("git push", ToolKind.EXECUTE)
    assert request({"kind": "edit"}, {"kind": "read", "raw_input": {"path": "a"}}).kind is ToolKind.EDIT
    assert request({"kind": "other"}, {"kind": "read", "raw_input": {"path": "a"}}).kind is ToolKind.READ


@pytest.mark.parametrize(
    ("update", "readable"),
    [
        ({}, False),
        ({"kind": "execute"}, False),
        ({"kind": "execute", "raw_input": {"command": ["a", 7]}}, False),
        ({"kind": "edit", "title": "Edit /w/a.py"}, False),
        ({"kind": "delete", "raw_input": {"path": ""}}, False),
        ({"kind": "read", "raw_input": {"path": "a\nb"}}, False),
        ({"kind": "fetch", "title": "https://example.org"}, True),
        ({"kind": "search", "raw_input": {"pattern": "x"}}, True),
        ({"kind": "no such kind", "title": "A tool"}, True),
        ({"kind": 7, "title": 8, "raw_input": 9, "locations": 10, "content": 11}, False),
        ({"kind": "execute", "raw_input": {"command": "x" * 300_000}}, False),
        ({"kind": "edit", "raw_input": {"paths": [f"/w/{n}" for n in range(600)]}}, False),
    ],
)
def test_what_cannot_be_judged_is_unreadable(update, readable):
    assert request(update).readable is readable


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["command", "path", "args", "text", "edits"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("title", "kind", "raw_input", "locations", "content"), json_values)
        ),
        max_size=3,
    )
)
def test_anything_an_agent_says_is_read_without_fault(updates):
    found = request(*updates)
    assert not (found.readable and found.kind is ToolKind.EXECUTE and not found.command)
    assert all("\n" not in path for path in found.paths)


@given(json_values, json_values)
def test_a_further_update_never_takes_a_path_away(first, second):
    before = request({"kind": "edit", "raw_input": first})
    after = request({"kind": "edit", "raw_input": first}, {"raw_input": second})
    assert set(before.paths) <= set(after.paths)


KIRO = {"title": "Running: @issues/list", "meta": {"kiro": {"toolName": "list", "mcpServerName": "issues"}}}


@pytest.mark.parametrize(
    ("update", "named"),
    [
        (KIRO, ("issues", "list")),
        (KIRO | {"meta": {"kiro": {"toolName": "list"}}}, ("issues", "list")),
        (KIRO | {"meta": None}, ("issues", "list")),
        ({"title": "mcp__issue_tracker__list_all"}, ("issue_tracker", "list_all")),
        ({"title": "anything", "meta": {"kiro": {"toolName": "list", "mcpServerName": "issues"}}}, ("issues", "list")),
        # The title of a shell's call holds the command, and the command is the model's.
        (KIRO | {"meta": {"kiro": {"toolName": "shell"}}}, ("", "")),
        ({"title": "Running: @issues/list && id"}, ("", "")),
        ({"title": "Running: npm test"}, ("", "")),
        ({"title": None, "meta": {"kiro": []}}, ("", "")),
    ],
)
def test_the_server_and_the_tool_of_a_call_are_read(update, named):
    found = request(update)
    assert (found.server, found.tool) == named


def test_what_was_named_once_is_not_forgotten():
    assert request(KIRO, {"title": "still running"}).server == "issues"

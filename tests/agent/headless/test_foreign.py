"""What other programs print as JSON lines; the shapes are those that the real ones printed."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.agent.kiro_headless.foreign import told_by
from kiro_worker.agent.port import AgentSaid, AgentStarted, AgentThought, ToolCalled, TurnOutcome, Usage

CLAUDE = (
    {"type": "system", "subtype": "init", "session_id": "s1", "model": "m", "tools": []},
    {"type": "stream_event", "event": {}},
    {"type": "assistant", "message": {"content": [{"type": "thinking", "thinking": "hm"}]}},
    {"type": "assistant", "message": {"content": [{"type": "tool_use", "id": "c1", "name": "Bash", "input": {"command": "ls"}}]}},
    {"type": "user", "message": {"content": [{"type": "tool_result", "tool_use_id": "c1", "is_error": True, "content": "no"}]}},
    {"type": "assistant", "message": {"content": [{"type": "text", "text": "All done."}, "odd", {"type": "image"}]}},
    {
        "type": "result", "subtype": "success", "is_error": False, "result": "All done.", "total_cost_usd": 0.5,
        "usage": {"input_tokens": 400, "output_tokens": 40},
    },
)  # fmt: skip
GEMINI = (
    {"type": "init", "session_id": "s1", "model": "m"},
    {"type": "message", "role": "user", "content": "Repair it"},
    {"type": "tool_use", "tool_name": "run_shell_command", "tool_id": "c1", "parameters": {"command": "ls"}},
    {"type": "tool_result", "tool_id": "c1", "status": "error", "output": "no"},
    {"type": "message", "role": "assistant", "content": "All done.", "delta": True},
    {"type": "result", "status": "success", "stats": {"input_tokens": 400, "output_tokens": 40}},
)
OPENCODE = (
    {"type": "step_start", "sessionID": "s1", "part": {}},
    {
        "type": "tool_use", "sessionID": "s1",
        "part": {"tool": "bash", "callID": "c1", "state": {"status": "error", "input": {"command": "ls"}, "error": "no"}},
    },
    {"type": "tool_use", "part": {"tool": "read", "callID": "c2", "state": {"status": "running", "input": {}}}},
    {"type": "step_finish", "part": {"reason": "tool-calls", "tokens": {"input": 300, "output": 30}, "cost": 0.25}},
    {"type": "reasoning", "sessionID": "s1", "part": {"type": "reasoning", "text": "hm"}},
    {"type": "text", "sessionID": "s1", "part": {"type": "text", "text": "All done."}},
    {"type": "step_finish", "sessionID": "s1", "part": {"reason": "stop", "tokens": {"input": 100, "output": 10}, "cost": 0.25}},
)  # fmt: skip
CODEX = (
    {"type": "thread.started", "thread_id": "s1"},
    {"type": "turn.started"},
    {"type": "item.completed", "item": {"id": "i0", "type": "error", "message": "no metadata"}},
    {"type": "item.completed", "item": {"id": "i1", "type": "reasoning", "text": "hm"}},
    {
        "type": "item.started",
        "item": {"id": "c1", "type": "command_execution", "command": "ls", "status": "in_progress"},
    },
    {
        "type": "item.completed",
        "item": {"id": "c1", "type": "command_execution", "command": "ls", "exit_code": 2, "aggregated_output": "no"},
    },
    {"type": "item.started", "item": {"id": "i2", "type": "agent_message", "text": "All"}},
    {"type": "item.completed", "item": {"id": "i2", "type": "agent_message", "text": "All done."}},
    {"type": "turn.completed", "usage": {"input_tokens": 400, "output_tokens": 40}},
)
VIBE = (
    {"type": "message", "role": "user", "content": [{"type": "text", "text": "Repair it"}]},
    {
        "type": "effect",
        "id": "c1",
        "sessionId": "s1",
        "generationStatus": "completed",
        "title": "file_system.bash",
        "detail": {},
    },
    {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "All done."}]},
)
PI_CALL = {"type": "toolCall", "id": "c1", "name": "bash", "arguments": {"command": "ls"}}
PI_ANSWER = {
    "role": "assistant", "model": "m", "stopReason": "stop", "content": [{"type": "text", "text": "All done."}],
    "usage": {"input": 100, "output": 10, "cost": {"total": 0}},
}  # fmt: skip
PI = (
    {"type": "session", "version": 3, "id": "s1", "cwd": "/w"},
    {"type": "agent_start"},
    {"type": "turn_start"},
    {"type": "message_start", "message": {"role": "user"}},
    {"type": "message_end", "message": {"role": "user", "content": [{"type": "text", "text": "Repair it"}]}},
    {"type": "message_update", "assistantMessageEvent": {"type": "toolcall_start", "id": "c1"}},
    {
        "type": "message_end",
        "message": {
            "role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}, PI_CALL],
            "usage": {"input": 300, "output": 30, "cost": {"total": 0.5}},
        },
    },
    {"type": "tool_execution_start", "toolCallId": "c1", "toolName": "bash", "args": {"command": "ls"}},
    {"type": "tool_execution_update", "toolCallId": "c1"},
    {"type": "tool_execution_end", "toolCallId": "c1", "result": {"content": [{"type": "text", "text": "no"}]}, "isError": True},
    {"type": "turn_end", "message": {}},
    {"type": "message_end", "message": PI_ANSWER},
    {"type": "agent_end", "messages": [PI_ANSWER]},
)  # fmt: skip
STREAMS = {"claude": CLAUDE, "gemini": GEMINI, "opencode": OPENCODE, "codex": CODEX, "vibe": VIBE, "pi": PI}


def printing(events, then=""):
    lines = "".join(json.dumps(event) + "\n" for event in events)
    return (sys.executable, "-c", f"print({lines!r}, end='')\n{then}")


@pytest.mark.parametrize("name", STREAMS)
async def test_the_answer_the_session_and_the_end_are_read(plain, name):
    agent = plain(*printing(STREAMS[name]))
    end = await agent.turn()
    assert (end.outcome, end.said, end.session, end.detail) == (TurnOutcome.ENDED, "All done.", "s1", "")
    assert [event.text for event in agent.of(AgentSaid)] == ["All done."]
    assert len(agent.of(AgentStarted)) == 1


@pytest.mark.parametrize("name", ["claude", "gemini", "opencode", "codex", "pi"])
async def test_tools_and_cost_are_read(plain, name):
    agent = plain(*printing(STREAMS[name]))
    end = await agent.turn()
    calls = [(one.call, one.kind.value, one.status, one.output) for one in agent.of(ToolCalled) if one.call == "c1"]
    assert calls[0][:3] == ("c1", "execute", "in_progress")
    assert calls[-1] == ("c1", "execute", "failed", "no")
    assert "ls" in agent.of(ToolCalled)[0].title
    cost = 0.5 if name in {"claude", "opencode", "pi"} else None
    assert end.usage == Usage(input_tokens=400, output_tokens=40, cost_usd=cost)


@pytest.mark.parametrize("name", ["claude", "opencode", "codex", "pi"])
async def test_thoughts_are_no_answer(plain, name):
    agent = plain(*printing(STREAMS[name]))
    await agent.turn()
    assert [event.text for event in agent.of(AgentThought)] == ["hm"]


@pytest.mark.parametrize("name", ["claude", "gemini", "codex", "pi"])
async def test_a_stream_that_is_cut_off_is_a_crash_although_the_status_is_0(plain, name):
    end = await plain(*printing(STREAMS[name][:-1])).turn()
    assert end.outcome is TurnOutcome.CRASHED
    assert end.said == "All done."


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        ({"type": "result", "subtype": "error_max_turns"}, TurnOutcome.CUT_SHORT),
        (
            {"type": "result", "subtype": "success", "is_error": True, "result": "Invalid API key"},
            TurnOutcome.LOGGED_OUT,
        ),
        ({"type": "result", "subtype": "error_during_execution"}, TurnOutcome.CRASHED),
        (
            {"type": "result", "subtype": "error_during_execution", "error": {"message": "status code 401"}},
            TurnOutcome.LOGGED_OUT,
        ),
        ({"type": "result", "status": "error", "error": {"message": "quota exceeded"}}, TurnOutcome.THROTTLED),
        ({"type": "turn.failed", "error": {"message": "rate limit"}}, TurnOutcome.THROTTLED),
        ({"type": "turn.failed"}, TurnOutcome.CRASHED),
    ],
)
async def test_an_end_that_is_a_failure_is_classified(plain, last, outcome):
    end = await plain(*printing((CLAUDE[0], last))).turn()
    assert end.outcome is outcome


async def test_an_end_that_is_a_failure_counts_until_the_program_tries_again_by_itself(plain):
    failed = {"role": "assistant", "content": [], "stopReason": "error", "errorMessage": "401: invalid key"}
    over = {"type": "agent_end", "messages": [failed]}
    end = await plain(*printing((*PI[:3], over, {"type": "agent_settled"}))).turn()
    assert end.outcome is TurnOutcome.LOGGED_OUT
    assert "401: invalid key" in end.detail
    end = await plain(*printing((*PI[:3], over, *PI[1:]))).turn()
    assert (end.outcome, end.said) == (TurnOutcome.ENDED, "All done.")


async def test_an_answer_that_comes_only_at_the_end_is_the_answer(plain):
    assert (await plain(*printing((CLAUDE[0], CLAUDE[-1]))).turn()).said == "All done."


async def test_a_status_that_tells_of_a_failure_is_believed_whatever_the_events_say(plain):
    end = await plain(*printing(CLAUDE, "raise SystemExit(3)")).turn()
    assert end.outcome is TurnOutcome.CRASHED


async def test_json_of_nobodys_is_the_answer(plain):
    lines = (
        {"type": "text", "text": "x"},
        {"name": "package"},
        {"type": "result"},
        {"type": "init"},
        {"type": "module"},
    )
    end = await plain(*printing(lines)).turn()
    assert end.said == "".join(json.dumps(line) + "\n" for line in lines)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "part",
                    "item",
                    "message",
                    "content",
                    "state",
                    "usage",
                    "stats",
                    "error",
                    "status",
                    "id",
                    "text",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
_TYPES = st.sampled_from([
    "system", "init", "assistant", "user", "message", "tool_use", "tool_result", "effect", "text", "step_finish", "result",
    "item.started", "item.completed", "turn.completed", "turn.failed", "thread.started", "step_start", "reasoning", "other",
    "session", "message_end", "tool_execution_start", "tool_execution_end", "agent_end",
])  # fmt: skip
_KEYS = st.sampled_from(
    ["message", "content", "part", "item", "usage", "stats", "subtype", "status", "role", "tool_id", "error", "session_id", "result",
     "generationStatus", "total_cost_usd", "is_error", "parameters", "messages", "toolCallId", "args"]
)  # fmt: skip


@given(_TYPES, st.dictionaries(_KEYS, _VALUES, max_size=6))
def test_any_event_is_read_or_left_alone(kind, facts):
    told_by({"type": kind, **facts})

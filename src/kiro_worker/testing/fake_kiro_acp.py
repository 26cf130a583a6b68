"""The scenes of the fake `kiro-cli acp`: what the real one was seen to do over the Agent Client Protocol, as scripts
of the scripted agent.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from kiro_worker.testing.fake_kiro_agents import DEFAULT

Json = dict[str, Any]
Steps = list[Json]

Scene = Literal[
    "works", "interrupted", "dead-lock", "load-hangs", "load-exits", "compacts", "child-asks", "empty-subagent",
    "mcp-fails", "mcp-wants-login", "limit", "throttled", "denied", "logged-out", "agent-missing-untold",
]  # fmt: skip

MARK = "Tool uses were interrupted, waiting for the next user prompt"
DEAD_LOCK = "Session is active in another process (PID 999999)"
NEW_SESSION = "after-compaction"


def script(
    scene: Scene, *, say: str, files: Mapping[str, str], cost: float, agent: str, asked_agent: str, server: str
) -> Json:
    """What the scripted agent plays.

    Args:
        scene: what happens.
        say: the answer, or the words of a limit.
        files: what it writes when it may.
        cost: credits that the turn costs, told in two pieces.
        agent: the agent that answers.
        asked_agent: the one that was asked for.
        server: an MCP server that was passed.
    """
    modes = {"currentModeId": agent, "availableModes": [{"id": name, "name": name} for name in {DEFAULT, agent}]}
    about: Json = {
        "initialize": _ABOUT,
        "new": {"modes": modes},
        "load": {"modes": modes},
        "version": "kiro-cli 2.29.0",
    }
    if agent != asked_agent and scene != "agent-missing-untold":
        told = {"requestedAgent": asked_agent, "fallbackAgent": agent}
        about["new"]["steps"] = [{"send": {"method": "_kiro.dev/agent/not_found", "params": told}}]
    work = _writing(files)
    turns: dict[Scene, Callable[[], Steps]] = {
        "interrupted": lambda: [{"say": MARK}, {"hang": True}],
        "compacts": lambda: [*work, *_compaction(), _in_session(say)],
        "child-asks": lambda: [*_asked_by_child(files), {"say": say}],
        "empty-subagent": lambda: [*_EMPTY_SUBAGENT, {"say": say}],
        "limit": lambda: _limit(say, "_kiro.dev/error/rate_limit"),
        "throttled": lambda: _limit(say, "_kiro.dev/error/rate_limit"),
        "denied": lambda: [_DENIED, {"call_update": {"toolCallId": "d1", "status": "failed"}}, {"say": "All done!"}],
        "logged-out": lambda: [{"fail": {"code": -32603, "message": "Authentication failed."}}],
    }
    about["turns"] = [turns.get(scene, lambda: [*work, {"say": say}])() + _cost(cost)]
    about["load"] |= _LOADS.get(scene, {})
    if scene in _SERVER_FAILURES:
        failure = {"method": _SERVER_FAILURES[scene], "params": {"serverName": server, "error": "connection closed"}}
        about["new"]["steps"] = [{"send": failure}]
    return about


_ABOUT = {
    "agentInfo": {"name": "Kiro CLI Agent", "version": "2.29.0"},
    # Kiro was seen to answer with a date in place of the number.
    "protocolVersion": "2025-08-22",
    "agentCapabilities": {"loadSession": True, "mcpCapabilities": {"http": True, "sse": False}},
}
_LOADS: dict[str, Json] = {
    "dead-lock": {"error": {"code": -32603, "message": "Internal error", "data": DEAD_LOCK}},
    "load-hangs": {"steps": [{"hang": True}]},
    "load-exits": {"steps": [{"exit": 0}]},
}
_SERVER_FAILURES: dict[str, str] = {
    "mcp-fails": "_kiro.dev/mcp/server_init_failure",
    "mcp-wants-login": "_kiro.dev/mcp/oauth_request",
}
_OPTIONS = [
    {"id": "allow_once", "label": "Yes", "kind": "allow_once"},
    {"id": "allow_always", "label": "Always", "kind": "allow_always"},
    {"id": "reject_once", "label": "No", "kind": "reject_once"},
]
_EMPTY_SUBAGENT: Steps = [
    {"call": {"toolCallId": "s1", "title": "subagent: write the greeting", "kind": "other", "status": "in_progress"}},
    {"call_update": {"toolCallId": "s1", "status": "completed", "content": []}},
]
_DENIED: Json = {"call": {"toolCallId": "d1", "title": "Running: npm test", "kind": "execute", "status": "pending"}}


def _asking(path: str, text: str, number: int, *, session: str | None = None) -> Json:
    call = {
        "toolCallId": f"w{number}",
        "title": f"Creating {path}",
        "kind": "edit",
        "rawInput": {"command": "create", "path": path, "content": text},
    }
    done = [{"write_below": [path, text]}, {"call_update": {"toolCallId": f"w{number}", "status": "completed"}}]
    asked: Json = {"toolCall": call, "options": _OPTIONS, "then": done}
    return {"ask": asked | ({} if session is None else {"sessionId": session})}


def _writing(files: Mapping[str, str]) -> Steps:
    return [_asking(path, text, number) for number, (path, text) in enumerate(files.items())]


def _asked_by_child(files: Mapping[str, str]) -> Steps:
    return [_asking(path, text, number, session="child-1") for number, (path, text) in enumerate(files.items())]


def _compaction() -> Steps:
    def told(kind: str) -> Json:
        return {"send": {"method": "_kiro.dev/compaction/status", "params": {"status": {"type": kind}}}}

    named = {"method": "_kiro.dev/metadata", "params": {"sessionId": NEW_SESSION, "contextUsagePercentage": 12.5}}
    return [told("started"), told("completed"), {"send": named}]


def _in_session(text: str) -> Json:
    update = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}
    return {"send": {"method": "session/update", "params": {"sessionId": NEW_SESSION, "update": update}}}


def _limit(words: str, method: str) -> Steps:
    return [{"send": {"method": method, "params": {"message": words}}}, {"fail": {"code": -32603, "message": words}}]


def _cost(cost: float) -> Steps:
    half = {"meteringUsage": [{"value": cost / 2, "unit": "credit"}], "contextUsagePercentage": 3.1}
    return [{"send": {"method": "_kiro.dev/metadata", "params": half}}] * 2

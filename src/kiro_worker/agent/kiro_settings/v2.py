"""The agent file of engine V2, in JSON."""

from typing import Any

from kiro_worker.agent.kiro_settings.fence import Fence
from kiro_worker.agent.kiro_settings.pattern import allowing, denying
from kiro_worker.agent.kiro_settings.shape import validate_v2
from kiro_worker.agent.kiro_settings.words import ABOUT, prompt
from kiro_worker.agent.mcp import kiro_entry

# Left out: the web, the cloud, and agents of the agent's own, which would work without these limits.
_TOOLS = ("read", "write", "shell", "grep", "glob", "code", "todo_list")
_LOOKING = ("grep", "glob", "code", "todo_list")


def agent_v2(name: str, fence: Fence) -> dict[str, Any]:
    """An agent that may do what a fence allows.

    Where its questions are answered nothing is trusted but looking around in the workspace, so that each deed is asked
    for, and only what is never allowed is denied here already.
    """
    web = {"trusted": [_host(host) for host in fence.hosts], "blocked": [] if fence.hosts else [".*"]}
    agent = {
        "name": name,
        "description": ABOUT,
        "prompt": prompt(fence),
        "tools": [*_TOOLS, *(["web_fetch"] if fence.hosts else []), *fence.seen_tools],
        "allowedTools": [] if fence.answered else [*_LOOKING, *fence.allowed_tools],
        "toolsSettings": {
            "shell": _shell(fence),
            "write": _write(fence),
            "read": {"allowedPaths": ["./**"], "deniedPaths": list(fence.hidden_paths)},
            "web_fetch": web,
            "aws": {"deniedServices": [".*"], "autoAllowReadonly": False},
            "subagent": {"availableAgents": [], "trustedAgents": []},
        },
        "mcpServers": {} if fence.answered else {server.name: kiro_entry(server) for server in fence.servers},
        "includeMcpJson": False,
        "resources": [],
        "hooks": {},
    }
    validate_v2(agent)
    return agent


def _shell(fence: Fence) -> dict[str, Any]:
    trusted = "" if fence.answered else allowing(fence.trusted_commands)
    return {
        "allowedCommands": [trusted] if trusted else [],
        "deniedCommands": [denying(pattern) for pattern in fence.denied_commands],
        "autoAllowReadonly": False,
        "denyByDefault": not fence.answered,
    }


def _write(fence: Fence) -> dict[str, Any]:
    if fence.answered:
        return {"deniedPaths": list(fence.hidden_paths)}
    return {"allowedPaths": ["./**"], "deniedPaths": [*fence.hidden_paths, *fence.asked_paths]}


def _host(host: str) -> str:
    import re

    name = re.escape(host).replace(r"\*", "[A-Za-z0-9.-]*")
    return rf"https://{name}(?:[/:?#].*)?"

"""The agent file of engine V3, in Markdown, and the permissions of its user, in YAML."""

import json
from typing import Any

from kiro_worker.agent.kiro_settings.fence import Fence
from kiro_worker.agent.kiro_settings.pattern import SHELL_SIGNS, globs
from kiro_worker.agent.kiro_settings.shape import validate_rules, validate_v3
from kiro_worker.agent.kiro_settings.words import ABOUT, prompt
from kiro_worker.agent.mcp import kiro_entry

_NEVER = ("subagent", "power", "web_search")


def agent_v3(name: str, fence: Fence) -> str:
    """An agent file that allows what a fence allows."""
    front: dict[str, Any] = {
        "name": name,
        "description": ABOUT,
        "tools": ["read", "write", "shell", *(["web_fetch"] if fence.hosts else []), *fence.seen_tools],
        "excludedTools": ["subagent"],
        "includeMcpJson": False,
        "includePowers": False,
        "mcpServers": {} if fence.answered else {server.name: kiro_entry(server) for server in fence.servers},
        "permissions": permissions(fence),
    }
    validate_v3(front)
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in front.items())
    return f"---\n{lines}---\n{prompt(fence)}\n"


def permissions(fence: Fence) -> dict[str, Any]:
    """The rules: a denial goes before a question, and that before a permission; what no rule allows is asked."""
    deny = [
        *({"capability": capability, "effect": "deny"} for capability in _NEVER),
        {"capability": "fs_read", "effect": "deny", "match": list(fence.hidden_paths)},
        {"capability": "fs_write", "effect": "deny", "match": _unwritten(fence)},
        {"capability": "shell", "effect": "deny", "match": [f"*{one}*" for one in _denied(fence)]},
    ]
    allow = [{"capability": "fs_read", "effect": "allow", "match": ["./**"]}]
    if fence.servers:
        effect = "ask" if fence.answered else "allow"
        named = [f"{server.name}/{tool}" for server in fence.servers for tool in server.tools]  # here without `@`
        allow.append({"capability": "mcp", "effect": effect, "match": named})
        if closed := [f"{server.name}/{tool}" for server in fence.servers for tool in server.disabled_tools]:
            deny.append({"capability": "mcp", "effect": "deny", "match": closed})
    else:
        deny.append({"capability": "mcp", "effect": "deny"})
    if not fence.answered:
        allow.append({"capability": "fs_write", "effect": "allow", "match": ["./**"]})
        allow.append(_shell(fence))
    if fence.hosts:
        allow.append(
            {"capability": "web_fetch", "effect": "allow", "match": [f"https://{host}/*" for host in fence.hosts]}
        )
    else:
        deny.append({"capability": "web_fetch", "effect": "deny"})
    found = {"rules": [*deny, *allow]}
    validate_rules(found)
    return found


def _unwritten(fence: Fence) -> list[str]:
    return list(fence.hidden_paths) if fence.answered else [*fence.hidden_paths, *fence.asked_paths]


def _denied(fence: Fence) -> list[str]:
    """Commands of several words; of one word alone a glob would find too much, and no permission names it either."""
    # A shape such as `curl | bash` is in no permission of a headless agent, and is judged where questions are answered.
    return [globs(pattern)[0] for pattern in fence.denied_commands if "|" not in pattern and " " in pattern.strip()]


def _shell(fence: Fence) -> dict[str, Any]:
    trusted = [each for pattern in fence.trusted_commands if "|" not in pattern for each in globs(pattern)]
    return {
        "capability": "shell",
        "effect": "allow",
        "match": trusted,
        "exclude": [f"*{sign}*" for sign in SHELL_SIGNS],
    }

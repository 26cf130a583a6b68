"""The keys that Kiro knows, by engine. A key that it does not know makes engine V2 drop the whole file, and with it
every limit that stands there, so none is ever written.

The tables are those of Kiro's own schema (V2, 2.1.1) and of its front matter (V3, 2.13).
"""

from collections.abc import Mapping
from typing import Any

_SERVER = frozenset({
    "type", "command", "args", "env", "timeout", "url", "headers", "oauth", "oauthScopes", "disabled", "disabledTools",
})  # fmt: skip
_TOOLS = {
    "shell": frozenset({"allowedCommands", "deniedCommands", "autoAllowReadonly", "denyByDefault"}),
    "write": frozenset({"allowedPaths", "deniedPaths"}),
    "read": frozenset({"allowedPaths", "deniedPaths"}),
    "subagent": frozenset({"availableAgents", "trustedAgents"}),
    "web_fetch": frozenset({"trusted", "blocked"}),
    "aws": frozenset({"allowedServices", "deniedServices", "autoAllowReadonly"}),
}
_HOOKS = frozenset({"agentSpawn", "userPromptSubmit", "preToolUse", "postToolUse", "stop"})

#: What a V2 agent file may hold.
V2 = frozenset({
    "$schema", "name", "description", "prompt", "mcpServers", "tools", "toolAliases", "allowedTools", "resources",
    "hooks", "toolsSettings", "includeMcpJson", "model", "keyboardShortcut", "welcomeMessage",
})  # fmt: skip
#: What the front matter of a V3 agent file may hold; the keys of V2 are no keys of it.
V3 = frozenset({
    "name", "description", "excludedTools", "model", "includeMcpJson", "includePowers", "mcpServers", "resources",
    "permissions", "welcomeMessage", "dispatchKind", "hooks", "tools",
})  # fmt: skip
_RULE = frozenset({"capability", "match", "exclude", "effect"})
_CAPABILITIES = frozenset({
    "fs_read", "fs_write", "shell", "web_fetch", "web_search", "mcp", "subagent", "power", "skill", "context", "all",
})  # fmt: skip
_EFFECTS = frozenset({"allow", "ask", "deny"})


class KeyUnknown(ValueError):  # not a WorkerError: what is written is made here, so this is a fault of the product
    """A settings file would hold what Kiro does not know."""

    def __init__(self, where: str, name: object) -> None:
        super().__init__(f"Kiro knows no {name!r} in {where}")


def validate_v2(agent: Mapping[str, Any]) -> None:
    """Look at a V2 agent file.

    Raises:
        KeyUnknown: for the first key that Kiro would drop it for.
    """
    _known(agent, V2, "an agent file")
    if not agent.get("name"):
        raise KeyUnknown("an agent file", "file without a name")
    for name, settings in agent.get("toolsSettings", {}).items():
        if name not in _TOOLS:
            raise KeyUnknown("toolsSettings", name)
        _known(settings, _TOOLS[name], f"toolsSettings.{name}")
    for name, server in agent.get("mcpServers", {}).items():
        _known(server, _SERVER, f"mcpServers.{name}")
    _known(agent.get("hooks", {}), _HOOKS, "hooks")
    if "*" in agent.get("allowedTools", ()):
        raise KeyUnknown("allowedTools", "*")


def validate_v3(front: Mapping[str, Any]) -> None:
    """Look at the front matter of a V3 agent file.

    Raises:
        KeyUnknown: for the first key or word that Kiro would ignore.
    """
    _known(front, V3, "an agent's front matter")
    for name, server in front.get("mcpServers", {}).items():
        _known(server, _SERVER, f"mcpServers.{name}")
    validate_rules(front.get("permissions", {}))


def validate_rules(permissions: Mapping[str, Any]) -> None:
    """Look at V3 permissions.

    Raises:
        KeyUnknown: for the first key or word that Kiro would ignore.
    """
    _known(permissions, frozenset({"rules"}), "permissions")
    for rule in permissions.get("rules", ()):
        _known(rule, _RULE, "a rule")
        if rule.get("capability") not in _CAPABILITIES:
            raise KeyUnknown("capability", rule.get("capability"))
        if rule.get("effect") not in _EFFECTS:
            raise KeyUnknown("effect", rule.get("effect"))


def _known(found: Mapping[str, Any], keys: frozenset[str], where: str) -> None:
    for name in found:
        if name not in keys:
            raise KeyUnknown(where, name)

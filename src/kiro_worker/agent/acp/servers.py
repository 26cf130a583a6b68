"""MCP servers as the protocol passes them, to agents that can have them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kiro_worker.agent.acp import wire
from kiro_worker.agent.acp.located import located
from kiro_worker.agent.mcp import McpServer, all_expanded


def passed(
    servers: Iterable[McpServer],
    variables: Mapping[str, str],
    abilities: Mapping[str, Any],
    note: Callable[[str], None],
) -> tuple[wire.McpProgram | wire.McpPlace, ...]:
    """The servers that are passed; of each other, a word of why it is not.

    Args:
        servers: those that are admitted.
        variables: all that they may know.
        abilities: what the agent says that it can.
        note: takes the word.
    """
    found: list[wire.McpProgram | wire.McpPlace] = []
    transports = abilities.get("mcpCapabilities")
    for server in all_expanded(servers, variables, note):
        if not server.url:
            program = located(server.command, variables)
            found.append(wire.McpProgram(server.name, program, server.args, _pairs(server.environment)))
        elif isinstance(transports, dict) and transports.get(server.kind) is True:
            found.append(wire.McpPlace(server.kind, server.name, server.url, _pairs(server.headers)))
        else:
            note(f"The MCP server {server.name} is not passed: the agent takes none over {server.kind}.")
    return tuple(found)


def _pairs(found: Iterable[tuple[str, str]]) -> tuple[wire.EnvVariable, ...]:
    return tuple(wire.EnvVariable(name, value) for name, value in found)

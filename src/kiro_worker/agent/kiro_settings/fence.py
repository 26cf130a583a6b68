"""What an agent may do, as plain values: the policy's rules that Kiro's own settings can express."""

from kiro_worker.agent.kiro_settings.shipped import DENIED_COMMANDS, TRUSTED_COMMANDS
from kiro_worker.agent.mcp import McpServer
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """The limits of one agent.

    Commands are patterns of words, as people write them: `npm test`, `rm -rf`, `curl | bash`. Paths are patterns as in
    `.gitignore`, relative to the workspace.

    Attributes:
        answered: whether this worker answers the agent's questions; where nobody does, what is not trusted is denied.
        trusted_commands: what may be run without a question.
        denied_commands: what is never run.
        asked_paths: what is not written without a question.
        hidden_paths: what is neither read nor written.
        hosts: machines that may be read from.
        servers: the MCP servers, each with the tools that are allowed of it.
    """

    answered: bool
    trusted_commands: tuple[str, ...] = TRUSTED_COMMANDS
    denied_commands: tuple[str, ...] = DENIED_COMMANDS
    asked_paths: tuple[str, ...] = ()
    hidden_paths: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    servers: tuple[McpServer, ...] = ()

    @property
    def seen_tools(self) -> tuple[str, ...]:
        """What the agent is shown of the servers, as Kiro names it: `@server`, or `@server/tool`."""
        shown = (
            f"@{server.name}" if "*" in tool or "?" in tool else f"@{server.name}/{tool}"
            for server in self.servers
            for tool in server.tools
        )
        return tuple(dict.fromkeys(shown))

    @property
    def allowed_tools(self) -> tuple[str, ...]:
        """What it may use of them without a question; here Kiro takes `@server/read_*` too."""
        return tuple(
            f"@{server.name}" if tool == "*" else f"@{server.name}/{tool}"
            for server in self.servers
            for tool in server.tools
        )

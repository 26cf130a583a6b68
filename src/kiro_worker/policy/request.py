"""What is judged: something an agent wants to do."""

from enum import StrEnum

from kiro_worker.value import dataclass


class Kind(StrEnum):
    """What a request does; the words of the Agent Client Protocol, and one for a tool of an MCP server."""

    READ = "read"
    EDIT = "edit"
    DELETE = "delete"
    MOVE = "move"
    SEARCH = "search"
    EXECUTE = "execute"
    THINK = "think"
    FETCH = "fetch"
    SWITCH_MODE = "switch_mode"
    OTHER = "other"
    MCP = "mcp"


#: Kinds that leave the files they name as they are.
READING = frozenset({Kind.READ, Kind.SEARCH, Kind.THINK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request.

    Attributes:
        command: a command line as a shell takes it.
        paths: files that are named, relative to the workspace or absolute.
        url: an address on the network.
        server: the MCP server that has the tool.
        tool: the tool's name, where one is known.
        readable: False when it does not say what it would do.
        title: the agent's own words; nothing is decided by them.
    """

    kind: Kind = Kind.OTHER
    command: str | None = None
    paths: tuple[str, ...] = ()
    url: str = ""
    server: str = ""
    tool: str = ""
    readable: bool = True
    title: str = ""

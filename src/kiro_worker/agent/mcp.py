"""MCP servers: which there are, which of them an agent gets, and what they are told.

A server is started by the agent, in its isolation, and gets of the environment what the agent gets, but for the
agent's own credential. Each server and each tool is denied unless it is allowed.
"""

import fnmatch
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from kiro_worker.error import Fault, WorkerError
from kiro_worker.expression import expression
from kiro_worker.value import dataclass, replace

#: Where a repository names its servers.
MCP_FILE = ".kiro/settings/mcp.json"

_NAME = expression(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_TOOL = expression(r"[A-Za-z0-9_.*?-]{1,128}")
_VARIABLE = expression(r"\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\}|\$\{[^}]*\}?")
_MOST = 100


class McpUnreadable(WorkerError):
    """A file that names MCP servers does not say what it must."""

    code = "agent.mcp-unreadable"
    fault = Fault.CONFIG

    def __init__(self, source: str, reason: str) -> None:
        self.source = source
        super().__init__(
            f"{source} names no MCP servers that could be used: {reason}.",
            next_step='Correct it on the base branch; it holds {"mcpServers": {"name": {"command": "…", "args": []}}}.',
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServer:
    """One server.

    Attributes:
        command: the program, for one that is started; otherwise `url` says where it is.
        tools: what is allowed of it: tools by name, with `*` for any; empty is nothing.
        disabled_tools: what its own file takes out.
        timeout: milliseconds for one request; 0 is the agent's own.
    """

    name: str
    command: str = ""
    args: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    url: str = ""
    kind: Literal["stdio", "http", "sse"] = "stdio"
    headers: tuple[tuple[str, str], ...] = ()
    disabled_tools: tuple[str, ...] = ()
    timeout: int = 0
    tools: tuple[str, ...] = ()


def read_servers(content: bytes, source: str) -> tuple[McpServer, ...]:
    """The servers that a file names, in order, but for those that it disables. What it approves by itself is nothing.

    Raises:
        McpUnreadable: for what is no such file, and for a server that could not be started as it is written.
    """
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise McpUnreadable(source, f"it is no JSON ({error})") from error
    servers = found.get("mcpServers", {}) if isinstance(found, dict) else None
    if not isinstance(servers, dict) or len(servers) > _MOST:
        raise McpUnreadable(source, f"`mcpServers` is no table of at most {_MOST} servers")
    read = (_server(name, entry, source) for name, entry in servers.items())
    return tuple(server for server in read if server is not None)


def _server(name: str, entry: Any, source: str) -> McpServer | None:
    if not _NAME.fullmatch(name):
        raise McpUnreadable(source, f"{name[:80]!r} is no name for a server")
    if not isinstance(entry, dict):
        raise McpUnreadable(source, f"`{name}` is no table")
    if entry.get("disabled") is True:
        return None
    command, url = entry.get("command", ""), entry.get("url", "")
    if not isinstance(command, str) or not isinstance(url, str) or bool(command) == bool(url):
        raise McpUnreadable(source, f"`{name}` needs either a `command` or a `url`")
    if url and not url.startswith(("https://", "http://127.0.0.1", "http://localhost", "${")):
        raise McpUnreadable(source, f"`{name}` is at an address that is not https")
    timeout = entry.get("timeout", 0)
    return McpServer(
        name=name,
        command=command,
        args=_texts(entry.get("args", []), f"`{name}.args`", source),
        environment=_pairs(entry.get("env") or {}, f"`{name}.env`", source),
        url=url,
        kind="sse" if entry.get("type") == "sse" else "http" if url else "stdio",
        headers=_pairs(entry.get("headers") or {}, f"`{name}.headers`", source),
        disabled_tools=_texts(entry.get("disabledTools", []), f"`{name}.disabledTools`", source),
        timeout=timeout if isinstance(timeout, int) and not isinstance(timeout, bool) and timeout > 0 else 0,
    )


def _texts(found: Any, what: str, source: str) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(one, str) and "\0" not in one for one in found):
        raise McpUnreadable(source, f"{what} is no list of texts")
    return tuple(found)


def _pairs(found: Any, what: str, source: str) -> tuple[tuple[str, str], ...]:
    whole = isinstance(found, dict) and all(isinstance(one, str) and "\0" not in one for one in found.values())
    if not whole:
        raise McpUnreadable(source, f"{what} is no table of texts")
    return tuple(found.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Which servers an agent gets, and why it does not get the others."""

    servers: tuple[McpServer, ...] = ()
    notes: tuple[str, ...] = ()


def joined(*groups: Iterable[McpServer]) -> tuple[McpServer, ...]:
    """Servers of several files; of two with one name, the later counts."""
    return tuple({server.name: server for group in groups for server in group}.values())


def admitted(
    servers: Iterable[McpServer], allowed: Iterable[str], denied: Iterable[str] = (), *, judged: bool = False
) -> Admission:
    """The servers of which anything is allowed, each with that; nothing is allowed that no pattern names.

    Args:
        servers: those there are.
        allowed: `server` or `server/*` for all of its tools, `server/tool` for some; `*` stands for any letters.
        denied: the same, and it goes before.
        judged: whether each call of a tool is asked for and judged; where none is, a server is kept out of which tools
            are denied in a way that an agent cannot be told.

    >>> files = McpServer(name="files", command="files")
    >>> admitted([files], ["files/read_*"]).servers[0].tools, admitted([files], []).servers
    (('read_*',), ())
    """
    allows, denies = [_named(one) for one in allowed], [_named(one) for one in denied]
    found, notes = [], []
    for server in servers:
        tools, closed = _tools_of(server, allows), _tools_of(server, denies)
        if tools and not _overlap(tools, closed, judged=judged):
            plain = tuple(tool for tool in closed if not _is_open(tool))
            found.append(replace(server, tools=tools, disabled_tools=(*server.disabled_tools, *plain)))
        else:
            why = "denies tools that it also allows by a pattern" if tools else "allows nothing of it"
            notes.append(f"The MCP server {server.name} is not started: the policy {why}.")
    return Admission(servers=tuple(found), notes=tuple(notes))


def _tools_of(server: McpServer, patterns: list[tuple[str, str]]) -> tuple[str, ...]:
    tools = dict.fromkeys(tool for name, tool in patterns if tool and fnmatch.fnmatchcase(server.name, name))
    return ("*",) if "*" in tools else tuple(tools)


def _overlap(tools: tuple[str, ...], closed: tuple[str, ...], *, judged: bool) -> bool:
    """Whether some tool may be both allowed and denied in a way that no agent can be told, or all are."""
    if judged:
        return all(any(fnmatch.fnmatchcase(tool, one) for one in closed) for tool in tools)
    return any(fnmatch.fnmatchcase(tool, one) or (_is_open(one) and _is_open(tool)) for tool in tools for one in closed)


def _is_open(tool: str) -> bool:
    return "*" in tool or "?" in tool


def _named(pattern: str) -> tuple[str, str]:
    server, _, tool = pattern.removeprefix("@").partition("/")
    return server, tool if _TOOL.fullmatch(tool) else "*" if not tool else ""


class Unset(Exception):  # not a WorkerError: its reader leaves the server out and says so
    """A server wants a variable that it is not given."""


def expanded(server: McpServer, variables: Mapping[str, str]) -> McpServer:
    """The server with every `${NAME}` replaced.

    Args:
        server: as its file has it.
        variables: all that it may know.

    Raises:
        Unset: when it names another; what would be left in its place is never what is meant.

    >>> expanded(McpServer(name="a", command="${BIN}/a"), {"BIN": "/opt"}).command
    '/opt/a'
    """

    def filled(text: str) -> str:
        return _VARIABLE.sub(value, text)

    def value(match: re.Match[str]) -> str:
        if match[1] is None or match[1] not in variables:
            raise Unset(match[1] or match[0])
        return variables[match[1]]

    return replace(
        server,
        command=filled(server.command),
        args=tuple(map(filled, server.args)),
        environment=tuple((name, filled(text)) for name, text in server.environment),
        url=filled(server.url),
        headers=tuple((name, filled(text)) for name, text in server.headers),
    )


def all_expanded(
    servers: Iterable[McpServer], variables: Mapping[str, str], note: Callable[[str], None]
) -> tuple[McpServer, ...]:
    """Those that can be; of each other, a word of why it is not started."""
    found = []
    for server in servers:
        try:
            found.append(expanded(server, variables))
        except Unset as unset:
            note(
                f"The MCP server {server.name} is not started: it wants {unset}, which the agent is not given "
                "(`agent.variables` names what it is)."
            )
    return tuple(found)


def kiro_entry(server: McpServer) -> dict[str, Any]:
    """The server as a file of Kiro's holds it."""
    entry: dict[str, Any] = {"type": "stdio", "command": server.command, "args": list(server.args)}
    if server.url:
        entry = {"type": "http", "url": server.url}
    if server.environment:
        entry["env"] = dict(server.environment)
    if server.headers:
        entry["headers"] = dict(server.headers)
    if server.timeout:
        entry["timeout"] = server.timeout
    if server.disabled_tools:
        entry["disabledTools"] = list(server.disabled_tools)
    return entry

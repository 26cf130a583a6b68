"""What a tool call would do, read out of what an agent said about it.

The same facts stand in different places with every agent: in `rawInput` under a dozen names, as JSON inside a string,
in diffs, in locations, or in the title alone. Everything that names a file counts, so that policy sees all of it; a
request that names nothing to judge is unreadable, and an unreadable request is rejected.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

import msgspec

from kiro_worker.agent.acp import wire
from kiro_worker.agent.port import ToolKind, ToolRequest
from kiro_worker.expression import expression
from kiro_worker.value import dataclass

# The worse of two kinds counts when an agent gives a call two.
_SEVERITY = (
    ToolKind.EXECUTE,
    ToolKind.DELETE,
    ToolKind.MOVE,
    ToolKind.EDIT,
    ToolKind.FETCH,
    ToolKind.SWITCH_MODE,
    ToolKind.READ,
    ToolKind.SEARCH,
    ToolKind.THINK,
    ToolKind.OTHER,  # also said for want of a better word: any other tells more
)
_NEEDS_PATH = frozenset({ToolKind.READ, ToolKind.EDIT, ToolKind.DELETE, ToolKind.MOVE})

_COMMAND_KEYS = frozenset({"command", "cmd", "commands", "script", "shell_command", "bash_command", "command_line"})
# What editing tools call their operations, in a field named like a shell's command.
_EDITOR_WORDS = frozenset({
    "view", "read", "create", "write", "append", "insert", "str_replace", "replace", "edit", "undo_edit", "delete",
    "move", "rename", "list", "search",
})  # fmt: skip
_ARGUMENT_KEYS = ("args", "arguments", "argv")
_PATH_KEY = expression(
    r"(?:^|.*[a-z_ -])(?:path|file|filename|dir|directory|folder|cwd|workdir|destination|uri)s?$", re.IGNORECASE
)
_EXACT_PATH_KEYS = frozenset({"source", "target", "from", "to", "root"})

# Kiro's title, and the name that Claude Code and others make of a server and its tool.
_MCP_TITLE = expression(r"Running: @([\w.-]+)/([\w.-]+)|mcp__([A-Za-z0-9.-]+(?:_[A-Za-z0-9.-]+)*)__([\w.-]+)", re.ASCII)

_MOST_PATHS = 512
_LONGEST_PATH = 4096
_LONGEST_COMMAND = 256 * 1024
_DEEPEST = 6
_TITLE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one tool call; later facts are added to earlier ones.

    Attributes:
        shown: whether its input was seen, whatever is in it.
        judged: False when it holds more than can be judged.
    """

    title: str = ""
    kind: ToolKind | None = None
    command: str | None = None
    paths: tuple[str, ...] = ()
    server: str = ""
    tool: str = ""
    shown: bool = False
    judged: bool = True

    def with_update(self, update: wire.Update) -> "Facts":
        """These facts and what an update adds; the newest command counts, and every path ever named."""
        title = update.title[:_TITLE] if isinstance(update.title, str) and update.title else self.title
        raw = _opened(update.raw_input)
        command = "\n".join(dict.fromkeys(_commands(raw))) or self.command
        found = dict.fromkeys((*self.paths, *_paths_of(update, raw)))
        server, tool = _server_tool(update)
        return Facts(
            title=title,
            kind=_worse(self.kind, _kind(update.kind)),
            command=command,
            paths=tuple(found)[:_MOST_PATHS],
            server=server or self.server,
            tool=tool if server else self.tool,
            shown=self.shown or (bool(raw) and isinstance(raw, (dict, list, str))),
            judged=self.judged and len(found) <= _MOST_PATHS and len(command or "") <= _LONGEST_COMMAND,
        )

    def request(self, call: str) -> ToolRequest:
        """The request that policy judges."""
        kind = self.kind or ToolKind.OTHER
        command = self.command
        if command is None and kind is ToolKind.EXECUTE and not self.shown:
            command = _command_in(self.title)  # some agents show the command nowhere else
        return ToolRequest(
            call=call,
            kind=ToolKind.EXECUTE if command else kind,
            title=self.title,
            command=command,
            paths=self.paths,
            server=self.server,
            tool=self.tool,
            readable=self.judged and (bool(command) or self._says_enough(kind)),
        )

    def _says_enough(self, kind: ToolKind) -> bool:
        if kind is ToolKind.EXECUTE:
            return False
        return bool(self.paths) if kind in _NEEDS_PATH else bool(self.paths or self.title or self.shown)


def _server_tool(update: wire.Update) -> tuple[str, str]:
    """The MCP server and tool of a call; what Kiro says apart goes before what stands in a title."""
    kiro = update.meta.get("kiro") if isinstance(update.meta, dict) else None
    told = kiro if isinstance(kiro, dict) else {}
    server, tool = (str(told.get(name) or "")[:_TITLE] for name in ("mcpServerName", "toolName"))
    if server:
        return server, tool
    title = update.title if isinstance(update.title, str) else ""
    match = _MCP_TITLE.fullmatch(title.strip())
    found = ("", "") if match is None else (match[1] or match[3], match[2] or match[4])
    # A title may hold words of the model's, such as a command: the tool's own name has to agree, where it is told.
    return found if tool in {"", found[1]} else ("", "")


def _kind(found: object) -> ToolKind | None:
    try:
        return ToolKind(found) if isinstance(found, str) else None
    except ValueError:
        return ToolKind.OTHER


def _worse(one: ToolKind | None, other: ToolKind | None) -> ToolKind | None:
    known = [kind for kind in (one, other) if kind is not None]
    return min(known, key=_SEVERITY.index, default=None)


def _opened(raw: Any) -> Any:
    """The input itself, where an agent sends it as JSON inside a string."""
    if isinstance(raw, str) and raw[:1] in {"{", "["}:
        try:
            return msgspec.json.decode(raw)
        except wire.UNREADABLE:
            return raw
    return raw


def _command_in(title: str) -> str | None:
    if (quoted := re.search(r"`([^`]+)`", title)) is not None:
        return quoted[1].strip() or None
    return title.strip() or None


def _commands(raw: Any, depth: int = 0) -> Iterator[str]:
    """Every command line in a tool's input, as a shell would be given it."""
    import shlex

    if depth > _DEEPEST or not isinstance(raw, dict):
        return
    for key, value in raw.items():
        if key.lower() not in _COMMAND_KEYS:
            yield from _commands(value, depth + 1)
        elif isinstance(value, str) and value in _EDITOR_WORDS and any(_paths_in(raw)):
            continue
        elif isinstance(value, str) and value.strip():
            arguments: list[Any] = next((raw[name] for name in _ARGUMENT_KEYS if isinstance(raw.get(name), list)), [])
            yield " ".join((value, *(shlex.quote(str(argument)) for argument in arguments)))
        elif isinstance(value, list) and value and all(isinstance(word, str) for word in value):
            yield "\n".join(value) if key.lower() == "commands" else shlex.join(value)
        else:
            yield from _commands(value, depth + 1)


def _paths_of(update: wire.Update, raw: Any) -> Iterator[str]:
    for place in update.locations if isinstance(update.locations, list) else ():
        if isinstance(place, dict):
            yield from _path(place.get("path"))
    for block in update.content if isinstance(update.content, list) else ():
        if isinstance(block, dict) and block.get("type") == "diff":
            yield from _path(block.get("path"))
    yield from _paths_in(raw)


def _paths_in(raw: Any, depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(raw, list):
        for item in raw[: _MOST_PATHS + 1]:
            yield from _paths_in(item, depth + 1)
    elif isinstance(raw, dict):
        for key, value in raw.items():
            if key in _EXACT_PATH_KEYS or _PATH_KEY.match(key):
                values: Iterable[Any] = value if isinstance(value, list) else (value,)
                for found in values:
                    yield from _path(found)
            if isinstance(value, (dict, list)):
                yield from _paths_in(value, depth + 1)


def _path(found: object) -> Iterator[str]:
    if isinstance(found, str) and 0 < len(found) <= _LONGEST_PATH and "\n" not in found:
        yield unquote(found.removeprefix("file://")) if found.startswith("file://") else found

"""How the fake `kiro-cli` finds its agents, and what their files let it do: as the real one was seen to.

The tables are its own and not the product's, so that a key which the product invents is noticed here.
"""

import fnmatch
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from kiro_worker.value import dataclass

#: The agent that answers when none is named, or when the one that is named is not found.
DEFAULT = "kiro_default"

#: The keys of an agent file of version 2.1.1; with any other the whole file is dropped.
KEYS = (
    "$schema", "name", "description", "prompt", "mcpServers", "tools", "toolAliases", "allowedTools", "resources",
    "hooks", "toolsSettings", "includeMcpJson", "model", "keyboardShortcut", "welcomeMessage",
)  # fmt: skip

Engine = Literal["v2", "v3"]


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent whose file was read."""

    name: str
    settings: dict[str, Any]
    engine: Engine = "v2"

    def may_write(self, path: str) -> bool:
        """Whether it writes a file where nobody can be asked."""
        if self.engine == "v3":
            return self._rules("fs_write", path)
        if "write" in self.settings.get("allowedTools", ()):
            return True
        write = self.settings.get("toolsSettings", {}).get("write", {})
        return _any(path, write.get("allowedPaths", ())) and not _any(path, write.get("deniedPaths", ()))

    def may_run(self, command: str) -> bool:
        """Whether it runs a command where nobody can be asked."""
        if self.engine == "v3":
            return self._rules("shell", command)
        if "shell" in self.settings.get("allowedTools", ()):
            return True
        shell = self.settings.get("toolsSettings", {}).get("shell", {})
        denied = any(re.fullmatch(one, command) for one in shell.get("deniedCommands", ()))
        return not denied and any(re.fullmatch(one, command) for one in shell.get("allowedCommands", ()))

    def _rules(self, capability: str, what: str) -> bool:
        effects = {
            rule["effect"]
            for rule in self.settings.get("permissions", {}).get("rules", ())
            if rule["capability"] in {capability, "all"}
            and ("match" not in rule or _any(what, rule["match"]))
            and not _any(what, rule.get("exclude", ()))
        }
        return effects == {"allow"}

    @property
    def servers(self) -> tuple[str, ...]:
        """The MCP servers that it starts."""
        return tuple(self.settings.get("mcpServers", {}))


def found(name: str, places: Iterable[Path], engine: Engine, keys: Iterable[str]) -> tuple[Agent | None, str]:
    """The agent of this name, and what is said of its file.

    Args:
        name: the agent's name.
        places: folders that hold a `.kiro`, the first of them before the next: the workspace, then HOME.
        engine: which engine looks.
        keys: the keys that this version knows.
    """
    for place in places:
        file = place / ".kiro/agents" / f"{name}.{'md' if engine == 'v3' else 'json'}"
        if file.is_file():
            settings, complaint = _front(file) if engine == "v3" else _read(file, keys)
            return (None if settings is None else Agent(name, settings, engine)), complaint
    return None, ""


def names(places: Iterable[Path], keys: Iterable[str]) -> Iterator[str]:
    """The names of all agents of engine V2 whose files can be used."""
    yield DEFAULT
    for place in places:
        for file in sorted((place / ".kiro/agents").glob("*.json")):
            if (settings := _read(file, keys)[0]) is not None:
                yield settings["name"]


def complaint_about(file: Path, keys: Iterable[str]) -> str:
    """What is wrong with an agent file; empty when nothing is."""
    return _read(file, keys)[1]


def _read(file: Path, keys: Iterable[str]) -> tuple[dict[str, Any] | None, str]:
    try:
        settings = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        return None, f"Agent config is malformed at {file}: {error}"
    known = tuple(keys)
    for key in settings:
        if key not in known:
            return None, f"Agent config is malformed at {file}: unknown field `{key}`"
    return settings, ""


def _front(file: Path) -> tuple[dict[str, Any] | None, str]:
    head = file.read_text("utf-8").split("---\n")[1]
    pairs = (line.partition(": ") for line in head.splitlines())
    return {name: json.loads(value) for name, _, value in pairs}, ""


def _any(text: str, patterns: Iterable[str]) -> bool:
    return any(_fits(text, pattern.removeprefix("./")) for pattern in patterns)


def _fits(text: str, pattern: str) -> bool:
    bare = pattern.removeprefix("**/")
    if fnmatch.fnmatchcase(text, pattern) or (bare != pattern and fnmatch.fnmatchcase(text, bare)):
        return True
    # As in `.gitignore`: without a slash it is looked for in every folder.
    return "/" not in pattern and any(fnmatch.fnmatchcase(part, pattern) for part in text.split("/"))

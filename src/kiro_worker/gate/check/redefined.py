"""Whether the branch changed what a check's command stands for; pure.

`make lint` runs what the tree's Makefile says, and `npm run lint` the tree's package.json. That may be what a task
asked for; a person is told.
"""

import json
from collections.abc import Iterator
from typing import Any

from kiro_worker.changeset import ChangedFile, ChangeSet
from kiro_worker.expression import expression
from kiro_worker.gate.check.model import Planned
from kiro_worker.gate.port import Finding

# What starts other commands, and the files that say which.
_STARTERS = {
    "make": ("Makefile", "GNUmakefile", "makefile"),
    "gmake": ("Makefile", "GNUmakefile", "makefile"),
    "just": ("justfile", "Justfile", ".justfile"),
    "task": ("Taskfile.yml", "Taskfile.yaml"),
    "tox": ("tox.ini", "pyproject.toml", "setup.cfg"),
    "nox": ("noxfile.py",),
    "hatch": ("hatch.toml", "pyproject.toml"),
    "poe": ("pyproject.toml",),
    "rake": ("Rakefile",),
    "pre-commit": (".pre-commit-config.yaml",),
    "composer": ("composer.json",),
    "npm": ("package.json",),
    "pnpm": ("package.json",),
    "yarn": ("package.json",),
    "bun": ("package.json",),
}
_INTERPRETERS = frozenset(
    {"sh", "bash", "dash", "zsh", "python", "python3", "node", "ruby", "perl", "php", "env", "exec"}
)
_WORD = expression(r"[\w./@:=-]{1,300}")
_BETWEEN = expression(r"&&|\|\||[;|&\n(){}]")


def redefined(planned: Planned, change: ChangeSet) -> Finding | None:
    """What a person should look at before believing the check; None when its command means what it did."""
    if not planned.named:
        return _set_up_otherwise(planned, change)
    command = planned.check.command
    parts = _BETWEEN.split(command) if isinstance(command, str) else [" ".join(command)]
    words = tuple(word for part in parts for word in _WORD.findall(part))
    for path in (path for part in parts for path in _definitions(tuple(_WORD.findall(part)))):
        file = change.by_path.get(path)
        if file is not None and _differs(file, words):
            return Finding(
                code="check.definition-changed",
                title=f"{path}, by which {planned.name} is run, is not as on the base branch.",
                cure="Look at that change first; the check was run as this branch defines it.",
                path=path,
            )
    return None


def _set_up_otherwise(planned: Planned, change: ChangeSet) -> Finding | None:
    """A tool that was found reads its settings from the tree."""
    file = change.by_path.get(planned.because)
    if file is None or _section(file.old_text, file.path, planned.name) == _section(file.text, file.path, planned.name):
        return None
    return Finding(
        code="check.definition-changed",
        title=f"{file.path} sets {planned.name} up otherwise than on the base branch.",
        cure="Look at that change first; the check was run as this branch sets it up.",
        path=file.path,
    )


def _section(text: str, path: str, name: str) -> object:
    """The part of a file that is about a tool; the whole file where it has one of its own."""
    import tomllib

    try:
        if path == "pyproject.toml":
            tools = tomllib.loads(text).get("tool", {})
            return tools.get(name) if isinstance(tools, dict) else None
        if path == "package.json":
            return json.loads(text or "{}").get(f"{name}Config")
    except (ValueError, RecursionError, AttributeError):
        return text
    return text


def _definitions(words: tuple[str, ...]) -> Iterator[str]:
    """The files by which one command is defined: what it runs, not what it is run over."""
    for word in words:
        plain = word.removeprefix("./")
        if "=" in plain or plain.startswith("-"):
            continue
        name = plain.rsplit("/", 1)[-1]
        yield plain
        yield from _STARTERS.get(name, ())
        if name not in _INTERPRETERS:
            return


def _differs(file: ChangedFile, words: tuple[str, ...]) -> bool:
    if file.path != "package.json":
        return True
    before, after = _scripts(file.old_text), _scripts(file.text)
    wanted = set(words)
    for _ in range(10):  # a script may run others, by `npm run` or by name
        wanted |= {name for each in (before, after) for name in each if _is_called(name, wanted, each)}
    return any(before.get(name) != after.get(name) for name in wanted)


def _is_called(name: str, wanted: set[str], scripts: dict[str, Any]) -> bool:
    by_name = name.removeprefix("pre").removeprefix("post")
    return by_name in wanted or any(name in _WORD.findall(str(scripts.get(each, ""))) for each in wanted)


def _scripts(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    scripts = read.get("scripts") if isinstance(read, dict) else None
    return scripts if isinstance(scripts, dict) else {}

"""Tools that the base branch itself configures: they are run without being named, where they are installed."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from kiro_worker.config.checks import Check
from kiro_worker.expression import expression
from kiro_worker.gate.base import BaseFiles, table
from kiro_worker.gate.check.model import Planned
from kiro_worker.gate.command import find_program, safe_path
from kiro_worker.value import dataclass

PYTHON = frozenset({"python"})
SCRIPT = frozenset({"javascript", "typescript", "component"})

#: The languages that a tool looks at, by the format that it writes.
LANGUAGES: Mapping[str, frozenset[str]] = {
    "bandit": PYTHON,
    "eslint": SCRIPT,
    "golangci": frozenset({"go"}),
    "mypy": PYTHON,
    "pyright": PYTHON,
    "ruff": PYTHON,
    "shellcheck": frozenset({"shell"}),
    "tsc": frozenset({"typescript"}),
}

_ESLINT = tuple(
    [f"eslint.config.{end}" for end in ("js", "mjs", "cjs", "ts", "mts", "cts")]
    + [f".eslintrc{end}" for end in ("", ".js", ".cjs", ".json", ".yml", ".yaml")]
)
_GOLANGCI = (".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json")
_VERSION_2 = expression(r"""^\s{0,8}["']?version["']?\s{0,8}[:=]\s{0,8}["']?2\b""", re.MULTILINE)
# Such projects are built by references, or keep what they know of an earlier run: each has to be told how itself.
_OF_MANY = expression(r'"(?:references|composite|tsBuildInfoFile)"\s{0,20}:')


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool that is configured.

    Attributes:
        words: its arguments, after the program.
        because: the file that configures it.
        folder: where its program lies, relative to the root; empty is the search path.
    """

    name: str
    kind: str
    words: tuple[str, ...]
    because: str
    folder: str = ""


def found_tools(base: BaseFiles) -> tuple[Tool, ...]:
    """Every tool that the base branch configures, cheap ones first; pure."""
    return (*_python(base), *_script(base), *_go(base))


def planned_tool(tool: Tool, tree: Path, environment: Mapping[str, str]) -> Planned:
    """A tool as it will be run, in the project's own environment."""
    program = _program(tool, tree, environment)
    check = Check(name=tool.name, command=(tool.name, *tool.words), kind=tool.kind, format=_format(tool.name))
    return Planned(
        check=check,
        argv=(program or tool.name, *tool.words),
        because=tool.because,
        languages=LANGUAGES[check.format],
        missing="" if program else f"{tool.name} is not installed in the project's environment",
        named=False,
    )


def _format(name: str) -> str:
    return {"golangci-lint": "golangci"}.get(name, name)


def _program(tool: Tool, tree: Path, environment: Mapping[str, str]) -> str:
    if tool.folder:
        place = tree / tool.folder / tool.name
        return str(place) if place.is_file() else ""
    path = environment.get("PATH", "")
    # What the set-up made; another on the machine is no tool of the project's, and knows none of its dependencies.
    if prepared := environment.get("VIRTUAL_ENV"):
        path = f"{prepared}/bin"
    return find_program(tool.name, safe_path(path)) or ""


def _python(base: BaseFiles) -> Iterator[Tool]:
    tools = table(base.pyproject, "tool")
    if because := base.first("ruff.toml", ".ruff.toml") or ("pyproject.toml" if "ruff" in tools else ""):
        ruff = ("check", "--no-cache", "--no-fix", "--output-format=json", ".")
        yield Tool(name="ruff", kind="lint", words=ruff, because=because)
    if because := base.first("mypy.ini", ".mypy.ini") or _mypy_section(base, "mypy" in tools):
        mypy = ("--no-pretty", "--no-color-output", "--hide-error-context", "--show-error-codes")
        target = () if _names_files(base, because) else (".",)
        yield Tool(name="mypy", kind="types", words=(*mypy, *target), because=because)
    if because := base.first("pyrightconfig.json") or ("pyproject.toml" if "pyright" in tools else ""):
        yield Tool(name="pyright", kind="types", words=("--outputjson",), because=because)
    if "bandit" in tools:
        bandit = ("-q", "-f", "json", "-c", "pyproject.toml", "-r", ".")
        yield Tool(name="bandit", kind="security", words=bandit, because="pyproject.toml")


def _mypy_section(base: BaseFiles, in_pyproject: bool) -> str:  # noqa: FBT001  # one caller, beside it
    if in_pyproject:
        return "pyproject.toml"
    return "setup.cfg" if re.search(r"(?m)^\[mypy\]", base.text("setup.cfg")) else ""


def _names_files(base: BaseFiles, because: str) -> bool:
    """Whether mypy's own settings say what it checks."""
    if because == "pyproject.toml":
        return bool({"files", "packages", "modules"} & set(table(base.pyproject, "tool", "mypy")))
    return bool(re.search(r"(?m)^\s{0,8}(?:files|packages|modules)\s{0,8}=", base.text(because)))


def _script(base: BaseFiles) -> Iterator[Tool]:
    folder = "node_modules/.bin"
    own = "package.json" if "eslintConfig" in base.package_json else ""
    if because := base.first(*_ESLINT) or own:
        yield Tool(name="eslint", kind="lint", words=("--format", "json", "."), because=because, folder=folder)
    settings = base.text("tsconfig.json")
    if settings and not _OF_MANY.search(settings):
        words = ("--noEmit", "--pretty", "false", "--incremental", "false", "-p", "tsconfig.json")
        yield Tool(name="tsc", kind="types", words=words, because="tsconfig.json", folder=folder)


def _go(base: BaseFiles) -> Iterator[Tool]:
    if because := base.first(*_GOLANGCI):
        second = _VERSION_2.search(base.text(because))
        form = ("--output.json.path=stdout", "--show-stats=false") if second else ("--out-format=json",)
        yield Tool(name="golangci-lint", kind="lint", words=("run", *form, "./..."), because=because)

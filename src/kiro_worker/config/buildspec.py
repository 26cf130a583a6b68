"""The repository's buildspec: its variables as settings, its commands as a way to prepare and test the project.

Only what is used is looked at; everything else in the file is CodeBuild's.
"""

from collections.abc import Iterator, Mapping
from itertools import filterfalse

from kiro_worker.config.fault import Flaw, quoted
from kiro_worker.document import Listing, Node, Scalar, Table
from kiro_worker.expression import expression
from kiro_worker.value import dataclass, field

PATHS = ("buildspec.yml", "buildspec.yaml")

# A command that starts the worker is not one that prepares or tests the project: it would call itself.
_WORKER = expression(r"(?:^|[;&|(\n]|\b(?:exec|env|time|uvx|run|sudo)\s)\s*(?:\S*/)?kiro-worker\b|-m\s+kiro_worker\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Buildspec:
    """What a buildspec says.

    Attributes:
        path: its file; empty when there is none.
        variables: `env.variables`, by name.
        declared: every name that it gives a value, and a text that tells two ways of doing so apart.
        install_commands: the commands of `install` and `pre_build`, in order, as shell text, but for those that start
            the worker.
        test_commands: those of `build`; empty when they start the worker itself.
    """

    path: str = ""
    variables: Mapping[str, Scalar] = field(default_factory=dict)
    declared: Mapping[str, str] = field(default_factory=dict)
    install_commands: tuple[str, ...] = ()
    test_commands: tuple[str, ...] = ()


def read_buildspec(node: Node | None, path: str, flaws: list[Flaw]) -> Buildspec:
    """Read a buildspec; what has a wrong shape is added to `flaws` and left out."""
    root = _table(node, "a buildspec", flaws)
    env = _table(root.find("env") if root else None, "env", flaws)
    variables = dict(_variables(env, flaws))
    declared = {name: f"value {scalar.text}" for name, scalar in variables.items()}
    for store in ("parameter-store", "secrets-manager"):
        stored = _table(env.find(store) if env else None, f"env.{store}", flaws)
        for name, child in stored.entries if stored else ():
            declared[name.text] = f"{store} {child.text}" if isinstance(child, Scalar) else store
    phases = _table(root.find("phases") if root else None, "phases", flaws)
    commands = {name: tuple(_commands(phases, name, flaws)) for name in ("install", "pre_build", "build")}
    return Buildspec(
        path=path,
        variables=variables,
        declared=declared,
        install_commands=tuple(filterfalse(_WORKER.search, commands["install"] + commands["pre_build"])),
        test_commands=() if any(map(_WORKER.search, commands["build"])) else commands["build"],
    )


def _variables(env: Table | None, flaws: list[Flaw]) -> Iterator[tuple[str, Scalar]]:
    table = _table(env.find("variables") if env else None, "env.variables", flaws)
    for name, child in table.entries if table else ():
        if isinstance(child, Scalar):
            yield name.text, child
        else:
            told = f"env.variables.{name.text} is no text; write one value, in quotes where it is not plain text"
            flaws.append(Flaw(str(child.place), told))


def _commands(phases: Table | None, phase: str, flaws: list[Flaw]) -> Iterator[str]:
    table = _table(phases.find(phase) if phases else None, f"phases.{phase}", flaws)
    node = table.find("commands") if table else None
    if node is None or _is_null(node):
        return
    if not isinstance(node, Listing):
        told = f"phases.{phase}.commands is no list; write each command behind a dash"
        flaws.append(Flaw(str(node.place), told))
        return
    for item in node.items:
        if isinstance(item, Scalar) and item.kind != "null":
            yield item.text
        elif isinstance(item, Table) and item.entries:
            begun = quoted(item.entries[0][0].text, most=30)
            told = f"YAML takes the colon after {begun} for a mapping; put the whole command in quotes"
            flaws.append(Flaw(str(item.place), told))
        else:
            flaws.append(Flaw(str(item.place), "this is no command; write it as one line of text"))


def _table(node: Node | None, name: str, flaws: list[Flaw]) -> Table | None:
    if node is None or isinstance(node, Table):
        return node
    if not _is_null(node):
        flaws.append(Flaw(str(node.place), f"{name} is no mapping; write its entries as `name: value`"))
    return None


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.kind == "null"

"""Whether everything that a bundle imports is in it: read from its sources, so that no import is missed by not running.

Imports inside functions count as much as those at the top. What is looked for and not found is named with the module
that wants it.
"""

import ast
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

ENTRIES = ("kiro_worker.entry.poll", "kiro_worker.entry.delegate", "kiro_worker.entry.notify")
"""The functions' handlers; one that is not there yet is passed over."""

PROVIDED = frozenset({"boto3", "botocore", "s3transfer", "awslambdaric"})
"""What the Lambda runtime itself has."""

ELSEWHERE: Mapping[str, str] = {
    "psycopg": "leases in PostgreSQL are for servers of one's own",
    "lizard": "what a change weighs is measured by gates",
    "tree_sitter": "shell commands are parsed where an agent asks for them",
    "tree_sitter_bash": "shell commands are parsed where an agent asks for them",
    "pyte": "terminals are for agents",
    "defusedxml": "reports of tests are read by gates",
    "rich": "for people at a terminal",
}
"""Libraries that modules of the worker name which no function ever gets to, and why."""


def incomplete(file: Path) -> list[str]:
    """What is imported on any way from a handler, and is neither in the archive nor known to be elsewhere."""
    with zipfile.ZipFile(file) as archive:
        names = frozenset(archive.namelist())
        there = frozenset(PurePosixPath(name).parts[0].split(".")[0] for name in names)
        waiting, seen, missing = [each for each in ENTRIES if _file_of(each, names)], set[str](), set[str]()
        while waiting:
            module = waiting.pop()
            if module in seen:
                continue
            seen.add(module)
            source = _file_of(module, names)
            if source is None:
                continue
            for wanted in _imports(ast.parse(archive.read(source))):
                top = wanted.partition(".")[0]
                if top == "kiro_worker":
                    waiting += [wanted, *_parents(wanted)]
                elif not (top in there or top in PROVIDED or top in ELSEWHERE or top in sys.stdlib_module_names):
                    missing.add(f"{wanted} (by {module})")
    return sorted(missing)


def _file_of(module: str, names: frozenset[str]) -> str | None:
    path = module.replace(".", "/")
    return next((each for each in (f"{path}.py", f"{path}/__init__.py") if each in names), None)


def _parents(module: str) -> Iterator[str]:
    while "." in module:
        module = module.rpartition(".")[0]
        yield module


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in _run(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """Everything but what only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from _run(child)

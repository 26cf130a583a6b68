"""The project's own modules that tests import, with functions that do nothing: what a test of old code needs."""

import ast
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from kiro_worker.changeset import MOST_BYTES
from kiro_worker.gate.bite.pyfind import has_body
from kiro_worker.gate.bite.pymutate import Without, mutate
from kiro_worker.gate.fault import ReportFault
from kiro_worker.gate.file import read_report
from kiro_worker.gate.kind import OF_TESTS, kind_of
from kiro_worker.gate.rewind import Content
from kiro_worker.gate.syntax import functions, syntax_of

# Folders in which packages lie.
_ROOTS = ("", "src/", "lib/", "python/", "app/")
_MOST_FILES = 300


def around(tree: Path, tests: Iterable[str]) -> tuple[dict[str, Content | None], dict[str, Content | None]]:
    """What the modules hold while they do nothing, and what they hold; both empty where tests import none of them.

    Args:
        tree: the working tree.
        tests: files of tests; those that are not written in Python bring nothing along.
    """
    there: dict[str, Content | None] = {}
    back: dict[str, Content | None] = {}
    for path, data in _imported(tree, tests):
        text = data.decode("utf-8", "surrogateescape")
        module = syntax_of(text)
        found = tuple(it for it in functions(module) if has_body(it.node)) if module is not None else ()
        if (emptied := mutate(text, found, Without.NOTHING)) is not None:
            mode = 0o100755 if os.access(tree / path, os.X_OK) else 0o100644
            there[path] = Content(emptied.encode("utf-8", "surrogateescape"), mode)
            back[path] = Content(data, mode)
    return there, back


def _imported(tree: Path, tests: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Every module of the project that tests and what helps them import, and what those import."""
    waiting = [path for test in tests if test.endswith(".py") for path in (test, *_beside(test))]
    seen = set(waiting)
    told = 0
    while waiting and told < _MOST_FILES:
        path = waiting.pop()
        data = _read(tree / path)
        if data is None:
            continue
        if kind_of(path) not in OF_TESTS:
            told += 1
            yield path, data
        for found in _modules(data.decode("utf-8", "replace"), path):
            if found not in seen:
                seen.add(found)
                waiting.append(found)


def _beside(test: str) -> Iterator[str]:
    """The files whose fixtures a test can use.

    >>> list(_beside("tests/unit/test_a.py"))
    ['tests/unit/conftest.py', 'tests/conftest.py', 'conftest.py']
    """
    folders = test.split("/")[:-1]
    for count in range(len(folders), -1, -1):
        yield "/".join((*folders[:count], "conftest.py"))


def _modules(text: str, path: str) -> Iterator[str]:
    """Where what a module imports may lie."""
    module = syntax_of(text)
    for node in ast.walk(module) if module is not None else ():
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = _from(node, path)
            names = [start, *(f"{start}.{alias.name}".strip(".") for alias in node.names)]
        else:
            continue
        for name in names:
            yield from _places(name)


def _from(node: ast.ImportFrom, path: str) -> str:
    if not node.level:
        return node.module or ""
    folders = path.split("/")[:-1]
    return ".".join((*folders[: len(folders) - node.level + 1], *([node.module] if node.module else ())))


def _places(name: str) -> Iterator[str]:
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        inner = "/".join(parts[:count])
        for root in _ROOTS if inner else ():
            yield f"{root}{inner}/__init__.py"
            yield f"{root}{inner}.py"


def _read(path: Path) -> bytes | None:
    try:
        return read_report(path, told=path.name, most=MOST_BYTES)
    except ReportFault:
        return None

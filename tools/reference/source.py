"""Looks things up in the source of the package itself."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import kiro_worker

PACKAGE = Path(kiro_worker.__file__).parent


def trees(folder: str = "", *, holding: str = "") -> Iterator[ast.Module]:
    """Each file below a folder of the package that holds a text, parsed; what is shipped for tests is left out."""
    for path in sorted(path for path in (PACKAGE / folder).rglob("*.py") if "testing" not in path.parts):
        # Most files hold no such text, and to parse all of them takes seconds.
        if holding in _read(path):
            yield _parsed(path)


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(_read(path), filename=str(path))


def calls(name: str, folder: str = "") -> Iterator[ast.Call]:
    """Each call of a function, a class or a method of that name."""
    for tree in trees(folder, holding=f"{name}("):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func
                found = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                if found == name:
                    yield node


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """What a call gives for one of its keywords."""
    return next((each.value for each in call.keywords if each.arg == name), None)


def texts(node: ast.expr | None) -> tuple[str, ...]:
    """The texts that an expression can be: itself, or the two sides of a choice."""
    match node:
        case ast.Constant(value=str(text)):
            return (text,)
        case ast.IfExp():
            return (*texts(node.body), *texts(node.orelse))
        case _:
            return ()


def literals(*folders: str) -> Iterator[str]:
    """Every text that stands in the source of these folders."""
    for folder in folders:
        for tree in trees(folder):
            yield from (
                node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
            )

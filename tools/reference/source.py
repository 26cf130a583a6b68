"""Looks things up in the source of the package itself."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import kiro_worker

PACKAGE = Path(kiro_worker.__file__).parent


@cache
def trees(folder: str = "") -> tuple[ast.Module, ...]:
    """Each file below a folder of the package, parsed; what is shipped for tests is left out."""
    paths = sorted(path for path in (PACKAGE / folder).rglob("*.py") if "testing" not in path.parts)
    return tuple(ast.parse(path.read_text(encoding="utf-8"), filename=str(path)) for path in paths)


def calls(name: str, folder: str = "") -> Iterator[ast.Call]:
    """Each call of a function, a class or a method of that name."""
    for tree in trees(folder):
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

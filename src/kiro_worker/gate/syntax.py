"""Python's syntax trees, as far as they can be walked, and the functions in them."""

import ast
import warnings
from collections.abc import Iterator

from kiro_worker.value import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef

# What walks a tree calls itself up to eight times for each level of it, and Python lets about a thousand calls nest.
# Of 3,400 files of the standard library and of well-known packages, one goes deeper.
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Named:
    """A function and its name with those of the classes around it."""

    name: str
    node: Function

    @property
    def last(self) -> str:
        """Its own name."""
        return self.node.name


def syntax_of(text: str) -> ast.Module | None:
    """A module; None for what this Python cannot read, or what nests too deeply to be walked (`hides`)."""
    try:
        tree = _parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if _can_be_walked(tree) else None


def hides(text: str) -> bool:
    """Whether a module may well run, and nests so deeply that no check can look at what it does.

    >>> hides("x = " + "+".join("1" * 200)), hides("x = 1"), hides("x =")
    (True, False, False)
    """
    try:
        return not _can_be_walked(_parsed(text))
    except (RecursionError, MemoryError):
        return True
    except (SyntaxError, ValueError):
        return False


def functions(module: ast.AST, around: str = "") -> Iterator[Named]:
    """The functions of a module and of its classes; those inside of functions belong to these."""
    for node in ast.iter_child_nodes(module):
        if isinstance(node, Function):
            yield Named(f"{around}{node.name}", node)
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{around}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.ExceptHandler):
            yield from functions(node, around)


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        # What Python would warn of in an agent's code is not the worker's to say.
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _can_be_walked(tree: ast.AST) -> bool:
    level = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return True
    return False

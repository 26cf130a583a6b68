"""Marks and calls that keep a Python test from being run, or its failing from being seen."""

import ast
from collections.abc import Iterator, Sequence

from kiro_worker.gate.tamper.python_checks import called
from kiro_worker.gate.tamper.test import Skip

_ALWAYS = {"skip", "xfail", "expectedFailure", "SkipTest"}
_SOMETIMES = {"skipif", "skipIf", "skipUnless"}
_CALLS = {"skip", "xfail", "skipTest", "SkipTest", "importorskip"}
_PLATFORM = (
    "sys.platform",
    "os.name",
    "platform.",
    "version_info",
    "which(",
    "find_spec",
    "hasattr(os",
    "sys.version",
    "implementation",
    "getuid",
    "geteuid",
    "sys.maxsize",
    "pypy",
    "windows",
    "linux",
    "macos",
    "darwin",
    "importlib",
)


def skips_of(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign, marks: Sequence[ast.expr] | None = None
) -> Iterator[Skip]:
    """The marks of a function or class, and those of single rows of its parameters."""
    for mark in marks if marks is not None else getattr(node, "decorator_list", ()):
        if (skip := _skip(mark)) is not None:
            yield skip
        elif isinstance(mark, ast.Call) and _name(mark) == "parametrize":
            rows = mark.args[1] if len(mark.args) > 1 else None
            if isinstance(rows, ast.List | ast.Tuple) and not rows.elts:
                yield Skip(text=ast.unparse(mark), line=mark.lineno)  # nothing is run without a row
            yield from _of_rows(mark)


def skip_of_call(node: ast.Call) -> str | None:
    """`pytest.skip(…)` and its kin: the name that is called; None for any other call."""
    name, text = called(node), ast.unparse(node.func)
    if name not in _CALLS or (name in {"skip", "xfail"} and not text.startswith("pytest.") and text != name):
        return None
    return name


def is_platform(node: ast.expr) -> bool:
    """Whether a condition is of the machine, not of the project.

    >>> is_platform(ast.parse("sys.platform == 'win32'", mode="eval").body)
    True
    """
    text = ast.unparse(node).lower()
    return any(word in text for word in _PLATFORM)


def _skip(mark: ast.expr) -> Skip | None:
    name = _name(mark)
    text = ast.unparse(mark)
    call = mark if isinstance(mark, ast.Call) else None
    if name in _SOMETIMES or (name == "xfail" and call is not None and call.args):
        condition = call.args[0] if call is not None and call.args else None
        if condition is None and call is not None:
            condition = next((key.value for key in call.keywords if key.arg == "condition"), None)
        if isinstance(condition, ast.Constant) and not isinstance(condition.value, str):
            skipped = bool(condition.value) is (name != "skipUnless")
            return Skip(text=text, line=mark.lineno) if skipped else None
        foreign = condition is not None and is_platform(condition)
        return Skip(text=text, line=mark.lineno, sure=condition is None, foreign=foreign)
    if name in _ALWAYS and not text.startswith(("click.", "self.")):
        return Skip(text=text, line=mark.lineno)
    return None


def _of_rows(mark: ast.Call) -> Iterator[Skip]:
    for node in ast.walk(mark):
        if isinstance(node, ast.keyword) and node.arg == "marks":
            for one in node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]:
                if (skip := _skip(one)) is not None:
                    yield skip


def _name(node: ast.expr) -> str:
    return ast.unparse(node.func if isinstance(node, ast.Call) else node).rsplit(".", 1)[-1]

"""What tests are given: fixtures that hand out other values than before, or that step in for others."""

import ast
from collections.abc import Iterator

from kiro_worker.changeset import ChangedFile, ChangeSet
from kiro_worker.expression import expression
from kiro_worker.gate.kind import is_of_tests, language_of
from kiro_worker.gate.syntax import syntax_of
from kiro_worker.gate.tamper.sign import Deed, Sign, Weight
from kiro_worker.value import dataclass

#: Of a class or a file, run before its tests.
_BEFORE_EACH = frozenset({"setUp", "setUpClass", "asyncSetUp", "setup_method", "setup_class", "setup_function"})
_DOUBLE = expression(r"\b(?:Magic|Async|NonCallable)?Mock\(|\bcreate_autospec\(|\b(?:Fake|Stub|Dummy)\w*\(")
_CURE = "Leave what existing tests are given as it was; give new tests a fixture of their own."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fixture:
    name: str
    line: int
    text: str
    values: tuple[str, ...]
    always: bool


def fixture_signs(change: ChangeSet) -> Iterator[Sign]:
    """Every fixture that existing tests would be given otherwise."""
    files = [file for file in change if is_of_tests(file.path) and language_of(file.path) == "python"]
    gone = {
        fixture.text
        for file in files
        for name, fixture in _fixtures(file.old_text).items()
        if name not in _fixtures(file.text)
    }
    for file in files:
        old, new = _fixtures(file.old_text), _fixtures(file.text)
        taken = _taken(file.old_text)
        for name, fixture in new.items():
            was = old.get(name)
            if was is not None and was.text != fixture.text and not (fixture.always and "conftest" in file.path):
                yield _changed(file, was, fixture)
            elif was is None and name in taken and fixture.text not in gone:
                yield Sign(
                    code="tamper.fixture",
                    title=f"{file.path}: {name} steps in for the fixture of that name that its tests were given",
                    path=file.path,
                    line=fixture.line,
                    now=fixture.text[:400],
                    cure=_CURE,
                    names=(name,),
                    subject=f"{file.path}::{name}",
                )


def _changed(file: ChangedFile, was: _Fixture, now: _Fixture) -> Sign:
    skips = ("skip(" in now.text and "skip(" not in was.text) or len(_DOUBLE.findall(now.text)) > len(
        _DOUBLE.findall(was.text)
    )
    other = not _holds(now.values, was.values) and not _renamed(was, now)
    return Sign(
        code="tamper.fixture",
        title=f"{file.path}: {now.name} hands out other values to tests than before",
        path=file.path,
        line=now.line,
        before=was.text[:400],
        now=now.text[:400],
        cure=_CURE,
        weight=Weight.BLOCKS if other or skips else Weight.TOLD,
        deed=Deed.CHANGE,
        names=(now.name,),
        subject=f"{file.path}::{now.name}",
    )


def _holds(now: tuple[str, ...], was: tuple[str, ...]) -> bool:
    """Whether all that was handed out still is, in its order, with more between it at most."""
    rest = iter(now)
    return all(value in rest for value in was)


def _renamed(was: _Fixture, now: _Fixture) -> bool:
    return sorted(was.values) == sorted(now.values) == []


def _fixtures(text: str) -> dict[str, _Fixture]:
    tree = syntax_of(text) if "fixture" in text or "set" in text else None
    found: dict[str, _Fixture] = {}
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            marks = [ast.unparse(mark) for mark in node.decorator_list]
            is_fixture = any(mark.split("(")[0].rsplit(".", 1)[-1] == "fixture" for mark in marks)
            if is_fixture or node.name in _BEFORE_EACH:
                found[node.name] = _Fixture(
                    name=node.name,
                    line=node.lineno,
                    text=ast.unparse(node),
                    values=tuple(_values(node)),
                    always=any("autouse=True" in mark for mark in marks),
                )
    return found


def _values(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """The literals of a body in the order in which they are written, without its docstring."""
    first = node.body[0]
    skipped = first if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else None
    for statement in node.body:
        if statement is not skipped:
            literals = [each for each in ast.walk(statement) if isinstance(each, ast.Constant)]
            yield from (repr(each.value) for each in sorted(literals, key=lambda one: (one.lineno, one.col_offset)))


def _taken(text: str) -> set[str]:
    """The names of fixtures that the tests of a file asked for."""
    tree = syntax_of(text)
    return {
        argument.arg
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
        for argument in node.args.args
        if argument.arg not in {"self", "cls"}
    }

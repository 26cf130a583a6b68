"""The tests of a Python file, read from its syntax and never run."""

import ast
from collections.abc import Iterator, Sequence

from kiro_worker.gate.syntax import Function, syntax_of
from kiro_worker.gate.tamper.python_checks import called, check_of_call, checks_of_assert
from kiro_worker.gate.tamper.python_marks import is_platform, skip_of_call, skips_of
from kiro_worker.gate.tamper.test import Check, Skip, TestFile, WrittenTest
from kiro_worker.value import replace

_SWALLOWED = {"Exception", "BaseException", "AssertionError"}
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def read_python(path: str, text: str, *, collects: bool = True) -> TestFile:
    r"""Every test of a file.

    Args:
        path: where it is.
        text: its content.
        collects: whether a runner takes tests from it; else all that look like tests are none.

    >>> [test.name for test in read_python("test_a.py", "def test_a():\n    assert f() == 1\n").tests]
    ['test_a']
    """
    tree = syntax_of(text)
    if tree is None:
        return TestFile(path)
    helpers, rebound = _helpers(tree), _rebound(tree)
    imports = _imports(tree)
    tests = tuple(_Reader(path, helpers, collects=collects, imports=frozenset(imports)).tests(tree.body))
    tests = tuple(
        replace(test, collected=False, why_not=f"line {rebound[test.name]} takes its name away")
        if test.collected and rebound.get(test.name, 0) > test.line
        else test
        for test in tests
    )
    return TestFile(
        path,
        _shadowed(tests),
        constants=_constants(tree),
        skips=tuple(_file_skips(tree)),
        helpers=helpers,
        imports=imports,
    )


def _imports(tree: ast.Module) -> dict[str, str]:
    """What is imported at the top of a file, by the name that it has there: the module that it comes from."""
    return {
        name.asname or name.name: "." * node.level + (node.module or "")
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }


def _rebound(tree: ast.Module) -> dict[str, int]:
    """Names at the top of a file that stand for something else, or for nothing, from a line on."""
    found: dict[str, int] = {}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else []
        found |= {target.id: node.lineno for target in targets if isinstance(target, ast.Name)}
    return found


class _Reader:
    def __init__(
        self, path: str, helpers: dict[str, int], *, collects: bool, imports: frozenset[str] = frozenset()
    ) -> None:
        self._path, self._helpers, self._collects, self._imports = path, helpers, collects, imports

    def tests(
        self, body: Sequence[ast.stmt], *, prefix: str = "", marks: tuple[Skip, ...] = (), why_not: str = ""
    ) -> Iterator[WrittenTest]:
        for node in body:
            if isinstance(node, Function):
                yield self._test(node, prefix, marks, why_not)
            elif isinstance(node, ast.ClassDef):
                why = why_not or _class_is_left_out(node)
                own = (*marks, *skips_of(node), *_file_skips(node))
                yield from self.tests(node.body, prefix=f"{prefix}{node.name}::", marks=own, why_not=why)
            elif isinstance(node, ast.If | ast.Try):
                never = isinstance(node, ast.If) and _is_false(node.test)
                why = why_not or (f"it stands below `if {ast.unparse(node.test)}`" if never else "")  # type: ignore[union-attr]
                yield from self.tests(node.body, prefix=prefix, marks=marks, why_not=why)
                yield from self.tests(node.orelse, prefix=prefix, marks=marks, why_not=why_not)

    def _test(self, node: Function, prefix: str, marks: tuple[Skip, ...], why_not: str) -> WrittenTest:
        body = _without_docstring(node)
        inner = list(_reached(body))
        checks = tuple(self.checks(body))
        why = why_not or self._left_out(node)
        return WrittenTest(
            name=prefix + node.name,
            path=self._path,
            line=node.lineno,
            end=node.end_lineno or node.lineno,
            body=tuple(line.strip() for each in body for line in ast.unparse(each).splitlines()),
            checks=checks,
            skips=(*marks, *skips_of(node), *_skips_in(body)),
            cases=tuple(_cases(node)),
            names=frozenset(_names([node])),
            literals=frozenset(_literals([*node.decorator_list, *body])),
            wrappers=tuple(_wrappers(node)),
            replaces=frozenset(_replaced(node)) | (self._imports & frozenset(_assigned(node))),
            swallows=tuple(_swallows(inner, self._helpers)),
            collected=not why,
            why_not=why,
        )

    def _left_out(self, node: Function) -> str:
        if not self._collects:
            return "no runner takes tests from a file of this name"
        decorators = {_decorator(each) for each in node.decorator_list}
        if "fixture" in decorators:
            return "it is a fixture"
        # unittest takes `test` with anything behind it, pytest too by its own setting.
        if not node.name.startswith("test"):
            return "its name does not begin with `test`"
        return "it is a property" if "property" in decorators else ""

    def checks(self, body: Sequence[ast.stmt], *, guarded: bool = False) -> Iterator[Check]:
        for node in _reached(body):
            if isinstance(node, ast.Assert):
                yield from checks_of_assert(node, guarded=guarded)
                continue
            if isinstance(node, ast.ClassDef) or (isinstance(node, Function) and not _is_used(node, body)):
                continue
            yield from self._calls_of(node, guarded=guarded)
            below = guarded or _may_not_run(node)
            for block in _blocks(node):
                yield from self.checks(block, guarded=below)

    def _calls_of(self, node: ast.stmt, *, guarded: bool) -> Iterator[Check]:
        """The calls of a statement's own expressions, not of the statements below it."""
        for own in _expressions(node):
            for each in ast.walk(own):
                if isinstance(each, ast.Call) and (check := check_of_call(each, self._helpers, guarded=guarded)):
                    yield check


def _helpers(tree: ast.Module) -> dict[str, int]:
    """Functions that check something for the tests that call them: their names and how much they check."""
    reader = _Reader("", {}, collects=True)
    found: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, Function) and not node.name.startswith("test") and not node.name.startswith("pytest_"):
            checks = list(reader.checks(_without_docstring(node)))
            if checks or node.name.lower().lstrip("_").startswith(("assert", "check", "verify", "expect", "ensure")):
                found[node.name] = sum(check.weight for check in checks)
    return found


def _is_used(function: Function, body: Sequence[ast.stmt]) -> bool:
    """Whether a function within a test is called or handed on there; else nothing in it is ever run."""
    names = (each for node in body if node is not function for each in _names([node]))
    return bool(function.decorator_list) or function.name in names


def _reached(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements up to the first that leaves, without what stands below a condition that is never true."""
    for node in body:
        if isinstance(node, ast.If | ast.While) and _is_false(node.test):
            yield from _reached(node.orelse)
            continue
        if isinstance(node, ast.For) and isinstance(node.iter, ast.List | ast.Tuple) and not node.iter.elts:
            continue
        yield node
        if isinstance(node, _LEAVES) or _skips_here(node):
            return


def _skips_here(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and skip_of_call(node.value) is not None


def _is_false(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and not node.value) or (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.Not)
        and isinstance(node.operand, ast.Constant)
        and bool(node.operand.value)
    )


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block
    for handler in getattr(node, "handlers", ()):
        yield handler.body
    for case in getattr(node, "cases", ()):
        yield case.body


def _expressions(node: ast.stmt) -> Iterator[ast.AST]:
    if isinstance(node, Function):
        return
    for _, value in ast.iter_fields(node):
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.expr | ast.withitem):
                yield each


def _may_not_run(node: ast.stmt) -> bool:
    """A loop is no condition: tests look at each of a list; a platform's condition is nobody's doing."""
    return isinstance(node, ast.If | ast.Match) and not (isinstance(node, ast.If) and is_platform(node.test))


def _skips_in(body: Sequence[ast.stmt], *, guard: ast.expr | None = None) -> Iterator[Skip]:
    for node in body:
        if isinstance(node, Function | ast.ClassDef):
            continue
        for own in _expressions(node):
            for each in ast.walk(own):
                if isinstance(each, ast.Call) and (text := skip_of_call(each)) is not None:
                    foreign = text == "importorskip" or (guard is not None and is_platform(guard))
                    sure = guard is None and not foreign
                    yield Skip(text=ast.unparse(each), line=node.lineno, sure=sure, foreign=foreign)
        for block in _blocks(node):
            inner = node.test if isinstance(node, ast.If) else guard
            if isinstance(node, ast.Try | ast.For | ast.While | ast.Match) and guard is None:
                inner = ast.Name("unknown")
            yield from _skips_in(block, guard=inner)


def _swallows(body: Sequence[ast.stmt], helpers: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Handlers around assertions that let a failing one go by."""
    reader = _Reader("", helpers, collects=True)
    for top in body:
        for node in ast.walk(top):
            if isinstance(node, ast.Try) and any(reader.checks(node.body)):
                for handler in node.handlers:
                    if _catches_assertions(handler.type) and not _fails(handler.body, reader):
                        yield handler.lineno, ast.unparse(handler).splitlines()[0]
            elif isinstance(node, ast.With | ast.AsyncWith) and any(reader.checks(node.body)):
                for item in node.items:
                    call = item.context_expr
                    if isinstance(call, ast.Call) and any(map(_is_wide, call.args)) and _hides(call, node.body):
                        yield node.lineno, f"with {ast.unparse(call)}"


def _hides(call: ast.Call, body: Sequence[ast.stmt]) -> bool:
    """`suppress(…)`, and `raises(AssertionError)` around assertions: that they fail is what is expected."""
    stated = any(isinstance(each, ast.Assert) for node in body for each in ast.walk(node))
    return called(call) == "suppress" or (called(call) in {"raises", "assertRaises"} and stated)


def _catches_assertions(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    return any(map(_is_wide, kind.elts if isinstance(kind, ast.Tuple) else [kind]))


def _is_wide(kind: ast.expr) -> bool:
    return ast.unparse(kind).rsplit(".", 1)[-1] in _SWALLOWED


def _fails(body: Sequence[ast.stmt], reader: _Reader) -> bool:
    """Whether a handler fails the test all the same: by raising, `pytest.fail`, or an assertion of its own."""
    for top in body:
        for node in ast.walk(top):
            if isinstance(node, ast.Raise) or (
                isinstance(node, ast.Call) and called(node) in {"fail", "exit", "_exit"}
            ):
                return True
    return any(not check.is_trivial for check in reader.checks(body))


def _cases(node: Function) -> Iterator[str]:
    for each in node.decorator_list:
        if isinstance(each, ast.Call) and _decorator(each) in {"parametrize", "expand", "data", "cases"}:
            rows = each.args[1] if _decorator(each) == "parametrize" and len(each.args) > 1 else None
            rows = rows or next((key.value for key in each.keywords if key.arg == "argvalues"), None)
            for group in [rows] if rows is not None else each.args:
                if isinstance(group, ast.List | ast.Tuple | ast.Set):
                    yield from map(ast.unparse, group.elts)


_KNOWN_MARKS = {
    "fixture", "parametrize", "given", "settings", "example", "skip", "skipif", "xfail", "skipIf", "skipUnless", "tag",
    "expectedFailure", "patch", "object", "dict", "multiple", "staticmethod", "classmethod", "property", "override",
    "expand", "freeze_time", "activate", "override_settings", "usefixtures", "asyncio", "slow", "wraps",
}  # fmt: skip


def _wrappers(node: Function) -> Iterator[str]:
    """Decorators that are no marks of a runner or a library that is known: they may run something else instead."""
    for each in node.decorator_list:
        text = ast.unparse(each)
        if _decorator(each) not in _KNOWN_MARKS and "mark." not in text:
            yield text


def _replaced(node: Function) -> Iterator[str]:
    """Names that a test replaces: the last part of what `patch("a.b")` or `setattr(a, "b", …)` name."""
    for each in ast.walk(node):
        if not isinstance(each, ast.Call):
            continue
        name = ast.unparse(each.func)
        if name.endswith("setitem") and each.args and ast.unparse(each.args[0]).startswith(("globals", "vars")):
            yield from (str(one.value) for one in each.args[1:2] if isinstance(one, ast.Constant))
        if name.endswith(("patch", "patch.object", "monkeypatch.setattr")):
            for text in [
                one.value for one in each.args[:2] if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]:
                yield text.rsplit(".", 1)[-1]


def _assigned(node: Function) -> Iterator[str]:
    """Names that a test gives a value of its own."""
    for each in ast.walk(node):
        targets = each.targets if isinstance(each, ast.Assign) else []
        yield from (target.id for target in targets if isinstance(target, ast.Name))
        if isinstance(each, Function) and each is not node:
            yield each.name


def _decorator(node: ast.expr) -> str:
    return ast.unparse(node.func if isinstance(node, ast.Call) else node).rsplit(".", 1)[-1]


def _class_is_left_out(node: ast.ClassDef) -> str:
    bases = {ast.unparse(base).rsplit(".", 1)[-1] for base in node.bases} - {"object"}
    for each in node.body:
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "__test__" and _is_false(each.value):
            return "its class says `__test__ = False`"
        if isinstance(each, Function) and each.name == "__init__" and not bases:
            return "its class has an `__init__`"
    return "" if bases or node.name.startswith("Test") else "the name of its class does not begin with `Test`"


def _shadowed(tests: Sequence[WrittenTest]) -> tuple[WrittenTest, ...]:
    """A later function of the same name takes an earlier one's place, and only the later one is run."""
    last = {test.name: number for number, test in enumerate(tests)}
    return tuple(
        test
        if last[test.name] == number or not test.collected
        else replace(test, collected=False, why_not=f"line {tests[last[test.name]].line} defines the same name again")
        for number, test in enumerate(tests)
    )


def _constants(tree: ast.Module) -> dict[str, tuple[int, str]]:
    found: dict[str, tuple[int, str]] = {}
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = getattr(node, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and value is not None and target.id not in {"pytestmark", "__test__"}:
                found[target.id] = (node.lineno, ast.unparse(value))
    return found


_AROUND = {
    "setUp",
    "setUpClass",
    "setup_method",
    "setup_class",
    "setup_function",
    "setup_module",
    "setUpModule",
    "asyncSetUp",
}


def _file_skips(tree: ast.Module | ast.ClassDef) -> Iterator[Skip]:
    for node in tree.body:
        if isinstance(node, Function) and (
            node.name in _AROUND or any("autouse=True" in ast.unparse(each) for each in node.decorator_list)
        ):
            yield from _skips_in(node.body)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {"pytestmark", "__test__"}:
            if ast.unparse(node.targets[0]) == "pytestmark":
                marks = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
                yield from skips_of(node, marks)
            elif _is_false(node.value) and isinstance(tree, ast.Module):
                yield Skip(text="__test__ = False", line=node.lineno)
    if isinstance(tree, ast.Module):
        yield from _skips_in(tree.body)
        for node in tree.body:
            if isinstance(node, Function) and node.name == "load_tests" and "octest" not in ast.unparse(node):
                yield Skip(text="def load_tests(…): what is run is what it returns", line=node.lineno)


def _without_docstring(node: Function) -> list[ast.stmt]:
    first = node.body[0]
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return node.body[1:] if is_text else node.body


def _names(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for top in nodes:
        for node in ast.walk(top):
            if isinstance(node, ast.Name):
                yield node.id
            elif isinstance(node, ast.Attribute):
                yield node.attr
            elif isinstance(node, ast.arg):
                yield node.arg


def _literals(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for top in nodes:
        for node in ast.walk(top):
            if isinstance(node, ast.Constant) and not isinstance(node.value, bool) and node.value is not None:
                yield repr(node.value)

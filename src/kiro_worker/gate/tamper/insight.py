"""Code that asks whether it is being tested, and could answer its tests otherwise than its users."""

import ast
from collections.abc import Iterator

from kiro_worker.changeset import ChangedFile, ChangeSet
from kiro_worker.expression import expression
from kiro_worker.gate.kind import FileKind, kind_of, language_of
from kiro_worker.gate.syntax import syntax_of
from kiro_worker.gate.tamper.lex import blanked
from kiro_worker.gate.tamper.sign import Sign, Weight

_NAMES = expression(
    r"PYTEST_CURRENT_TEST|PYTEST_VERSION|PYTEST_XDIST_WORKER|JEST_WORKER_ID|VITEST(?:_\w+)?"
    r"|NODE_TEST_CONTEXT|COVERAGE_RUN|COV_CORE_\w+|PHPUNIT_\w+|GO_TEST|RUNNING_TESTS?"
    r"|UNDER_TEST|IS_TEST(?:ING)?"
)
_RUNNERS = {"pytest", "unittest", "_pytest", "nose", "coverage", "hypothesis", "py.test"}
_OTHERS = expression(
    r"process\.env\.(?:JEST_WORKER_ID|VITEST\w*|NODE_TEST_CONTEXT)|process\.env\[['\"](?:JEST_WORKER_ID|VITEST)['\"]\]"
    r"|typeof\s+(?:jest|vi|describe|it)\s*[!=]==?|\btesting\.Testing\(\)|flag\.Lookup\(\s*\"test\."
    r"|strings\.(?:HasSuffix|Contains)\(\s*os\.Args\[0\],\s*\"[./]*test"
    r"|\bcfg!\(test\)|defined\?\(\s*(?:RSpec|Minitest)|defined\(\s*['\"]PHPUNIT|os\.Getenv\(\s*\"GO_TEST|globalThis\.(?:jest|vi|expect)\b"
    r"|StackTrace[^\n]*(?:junit|JUnit)|Class\.forName\([^)]*junit"
)
_PERHAPS = expression(
    r"NODE_ENV['\"]?\]?\s*[!=]==?\s*['\"]test['\"]|RAILS_ENV[^\n]*test|Rails\.env\.test\?|APP_ENV[^\n]*['\"]testing['\"]"
)
_CURE = "Let the code do the same for its tests as for its users; hand in what tests need otherwise."


def insight_signs(change: ChangeSet) -> Iterator[Sign]:
    """Every new line of code that looks for a test runner."""
    for file in change:
        if kind_of(file.path) is not FileKind.CODE or not file.added or not file.text:
            continue
        language = language_of(file.path)
        yield from _python(file) if language == "python" else _other(file, language)


def _python(file: ChangedFile) -> Iterator[Sign]:
    tree = syntax_of(file.text)
    if tree is None:
        return
    told, added = set[int](), file.added
    yield from _callers(file, tree)
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if line in added and line not in told and _looks_for_tests(node):
            told.add(line)
            yield _sign(file, line, ast.unparse(node), Weight.BLOCKS)


_STACK = expression(
    r"\b(?:inspect\.(?:stack|currentframe)|sys\._getframe|_getframe|extract_stack|format_stack|walk_stack)\("
)


def _callers(file: ChangedFile, tree: ast.Module) -> Iterator[Sign]:
    """Code that looks at who calls it, and for a test among them; code that is hidden in a text."""
    added = file.added
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or isinstance(node, ast.ClassDef) or node.lineno not in added:
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "exec":
            if node.value.args and "\n" in _text(node.value.args[0]).strip():
                yield Sign(
                    code="tamper.suppressed", title=f"{file.path}: code in a text that is executed is seen by no check",
                    path=file.path, line=node.lineno, now=ast.unparse(node)[:300], cure="Write it as code.",
                )  # fmt: skip
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.For | ast.With | ast.Try):
            asked: ast.AST = node.test if isinstance(node, ast.If | ast.While) else node
            text = ast.unparse(asked)
            if _STACK.search(text) and any("test" in _text(each) for each in ast.walk(asked)):
                yield _sign(file, node.lineno, text, Weight.BLOCKS)


def _looks_for_tests(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
        where = ast.unparse(node.comparators[0])
        name = _text(node.left)
        return (name in _RUNNERS and ("sys.modules" in where or "argv" in where)) or (
            _is_of_tests(name) and "environ" in where
        )
    if isinstance(node, ast.Call):
        called, first = ast.unparse(node.func), _text(node.args[0]) if node.args else ""
        if called.endswith(("getenv", "environ.get", "environ.pop", "env.get")):
            return _is_of_tests(first)
        return called.endswith("sys.modules.get") and first in _RUNNERS
    if isinstance(node, ast.Subscript):
        where, key = ast.unparse(node.value), _text(node.slice)
        return (where.endswith("environ") and _is_of_tests(key)) or (where.endswith("sys.modules") and key in _RUNNERS)
    return isinstance(node, ast.Attribute) and node.attr == "_called_from_test"


def _is_of_tests(name: str) -> bool:
    return _NAMES.fullmatch(name) is not None


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _other(file: ChangedFile, language: str) -> Iterator[Sign]:
    lines = blanked(file.text, language, keep_strings=True).splitlines()
    for number in sorted(file.added):
        line = lines[number - 1] if number <= len(lines) else ""
        if _OTHERS.search(line):
            yield _sign(file, number, line.strip(), Weight.BLOCKS)
        elif _PERHAPS.search(line):
            yield _sign(file, number, line.strip(), Weight.TOLD)


def _sign(file: ChangedFile, line: int, text: str, weight: Weight) -> Sign:
    return Sign(
        code="tamper.insight",
        title=f"{file.path}: the code asks whether it is being tested",
        path=file.path,
        line=line,
        now=text[:300],
        cure=_CURE,
        weight=weight,
        names=tuple(_NAMES.findall(text)),
    )

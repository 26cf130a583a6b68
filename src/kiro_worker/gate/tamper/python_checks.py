"""What a Python expression or statement checks, and whether it could ever fail."""

import ast
from collections.abc import Iterator

from kiro_worker.gate.tamper.test import Check

_RELATIONS = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_METHODS = {
    "assertEqual": "==", "assertEquals": "==", "assertIs": "is", "assertAlmostEqual": "==", "assertListEqual": "==",
    "assertDictEqual": "==", "assertSetEqual": "==", "assertTupleEqual": "==", "assertSequenceEqual": "==",
    "assertMultiLineEqual": "==", "assertCountEqual": "==", "assertNotEqual": "!=", "assertIsNot": "is not",
    "assertIn": "in", "assertNotIn": "not in", "assertGreater": ">", "assertGreaterEqual": ">=", "assertLess": "<",
    "assertLessEqual": "<=", "assertRegex": "in", "assertIsInstance": "isinstance",
}  # fmt: skip
_RAISES = {
    "raises",
    "assertRaises",
    "assertRaisesRegex",
    "warns",
    "assertWarns",
    "deprecated_call",
    "assertLogs",
    "RaisesGroup",
}
_CALLED_WITH = {"assert_called_with", "assert_called_once_with", "assert_any_call", "assert_has_calls",
                "assert_awaited_with", "assert_awaited_once_with"}  # fmt: skip
_CALLED = {"assert_called", "assert_called_once", "assert_not_called", "assert_awaited", "assert_awaited_once"}


def checks_of_assert(node: ast.Assert, *, guarded: bool) -> Iterator[Check]:
    """An `assert`, taken apart at each `and`."""
    for part in _parts(node.test):
        yield _check(part, node, guarded=guarded)


def check_of_call(node: ast.Call, helpers: dict[str, int], *, guarded: bool) -> Check | None:
    """A call that checks something: a method of unittest or of a mock, `pytest.raises`, a helper that is known."""
    name = called(node)
    text = ast.unparse(node)
    told: dict[str, str] = {}
    weight = 1
    arguments = [ast.unparse(each) for each in node.args]
    if name in _METHODS and len(node.args) >= 2:
        if (trivial := _never_fails_between(node.args[0], node.args[1], _METHODS[name])) is not None:
            weight = 0 if trivial else 1
        else:
            weight = max(1, facts_in(node.args[0]), facts_in(node.args[1]))
        told = _sides(node.args[0], node.args[1], _METHODS[name])
    elif name in {"assertTrue", "assertFalse", "assertIsNone", "assertIsNotNone"} and arguments:
        weight = 0 if _is_constant(node.args[0]) else 1
        told = {"subject": arguments[0], "relation": "is true"}
    elif name in _RAISES:
        wide = bool(arguments) and arguments[0] in {"Exception", "BaseException"}
        told = {"subject": "", "expected": "" if wide else ", ".join(arguments[:1]), "relation": "raises"}
    elif name in _CALLED_WITH:
        told = {"subject": ast.unparse(node.func), "expected": ", ".join(arguments), "relation": "called with"}
    elif name in _CALLED:
        told = {"subject": ast.unparse(node.func), "relation": "called"}
    elif name in helpers:
        weight = helpers[name]
        told = {"subject": ", ".join(arguments), "relation": "helper"}
    elif not _speaks_of_checking(name):
        return None
    else:
        told = {"subject": ", ".join(arguments), "relation": "helper"}
    return Check(text=text, line=node.lineno, weight=weight, guarded=guarded, **told)


def called(node: ast.Call) -> str:
    """The last part of what is called: `skip` of `pytest.skip`."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def facts_in(node: ast.expr) -> int:
    """How many values a literal states: each item of a list or mapping is one."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return max(1, sum(facts_in(item) for item in node.elts))
    if isinstance(node, ast.Dict):
        return max(1, sum(facts_in(item) for item in node.values))
    if isinstance(node, ast.Call) and called(node)[:1].isupper():
        # `Order(id=1, items=[…])` states as much as it is made of.
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return max(1, sum(facts_in(item) for item in given if _is_stated(item)))
    return 1


def _is_stated(node: ast.expr) -> bool:
    return _is_literal(node) or isinstance(node, ast.Call)


def _speaks_of_checking(name: str) -> bool:
    words = name.lower().lstrip("_").split("_")
    return (
        name.lower().startswith("assert")
        or words[0] in {"check", "verify", "expect", "ensure", "should"}
        or (name in {"assume_that", "approve", "match_snapshot", "check_snapshot", "fail"} and name != "fail")
    )


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for value in node.values:
            yield from _parts(value)
    else:
        yield node


def _check(node: ast.expr, whole: ast.Assert, *, guarded: bool) -> Check:
    weight, told = 1, {"subject": ast.unparse(node), "relation": "is true"}
    if never_fails(node):
        weight = 0
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = node.left, node.comparators[0]
        told = _sides(left, right, _RELATIONS[type(node.ops[0])])
        weight = weight and max(1, facts_in(left), facts_in(right))
    elif isinstance(node, ast.Call) and called(node) == "isinstance" and len(node.args) == 2:
        told = {"subject": ast.unparse(node.args[0]), "expected": ast.unparse(node.args[1]), "relation": "isinstance"}
    return Check(text=f"assert {ast.unparse(node)}", line=whole.lineno, weight=weight, guarded=guarded, **told)


def _sides(left: ast.expr, right: ast.expr, relation: str) -> dict[str, str]:
    """Which side is looked at, and which is expected: a literal is expected, wherever it stands."""
    subject, expected = left, right
    if _is_literal(left) and not _is_literal(right):
        subject, expected = right, left
    return {"subject": ast.unparse(subject), "expected": ast.unparse(expected), "relation": relation}


def never_fails(node: ast.expr) -> bool:
    """Whether an asserted expression holds whatever the code does.

    >>> [never_fails(ast.parse(text, mode="eval").body) for text in ("True", "x or True", "(x, 'why')", "len(x) >= 0")]
    [True, True, True, True]
    >>> [never_fails(ast.parse(text, mode="eval").body) for text in ("x", "x >= 0", "x == 1", "x is None")]
    [False, False, False, False]
    """
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.Tuple | ast.List | ast.JoinedStr):
        return bool(getattr(node, "elts", None) or getattr(node, "values", None))
    if isinstance(node, ast.Lambda):
        return True
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return isinstance(node.operand, ast.Constant) and not node.operand.value
    if isinstance(node, ast.BoolOp):
        return (any if isinstance(node.op, ast.Or) else all)(never_fails(value) for value in node.values) or (
            isinstance(node.op, ast.Or) and _says_both(node)
        )
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        relation = _RELATIONS[type(node.ops[0])]
        return _never_fails_between(node.left, node.comparators[0], relation) or False
    if isinstance(node, ast.Call) and called(node) == "isinstance" and len(node.args) == 2:
        return ast.unparse(node.args[1]) == "object"
    return isinstance(node, ast.NamedExpr) and never_fails(node.value)


def _says_both(node: ast.BoolOp) -> bool:
    """`x or not x`."""
    texts = {ast.unparse(value) for value in node.values}
    return any(f"not {text}" in texts for text in texts)


def _never_fails_between(left: ast.expr, right: ast.expr, relation: str) -> bool | None:
    if _is_constant(left) and _is_constant(right):
        return True
    if ast.unparse(left) == ast.unparse(right) and not _calls(left):
        return relation in {"==", "is", "<=", ">="}
    zero = isinstance(right, ast.Constant) and right.value in {0, -1} and right.value is not False
    if isinstance(left, ast.Call) and called(left) in {"len", "abs"} and zero:
        return relation == ">=" or (relation == ">" and getattr(right, "value", 0) == -1)
    return None


def _calls(node: ast.expr) -> bool:
    """Whether anything is called in it: `f() == f()` may check that the answer stays the same."""
    return any(isinstance(each, ast.Call | ast.Attribute | ast.Await | ast.Subscript) for each in ast.walk(node))


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant))


def _is_literal(node: ast.expr) -> bool:
    return _is_constant(node) or isinstance(node, ast.List | ast.Tuple | ast.Dict | ast.Set)

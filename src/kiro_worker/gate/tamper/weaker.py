"""One assertion in the place of another: whether it says less, and which other result is expected of the same."""

import builtins
import operator
import re
from collections.abc import Mapping

from kiro_worker.expression import expression
from kiro_worker.gate.tamper.test import Check, WrittenTest
from kiro_worker.gate.tamper.told import literals_in

_TOLERANCE = expression(r"\b(?:abs|rel|delta|rel_tol|abs_tol)\s*=\s*([\d.eE+-]+)")
_WIDE = 0.01
_WITHIN = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "!=": operator.ne}
_PLACES = expression(r"\bplaces\s*=\s*(?:0|1|-\d+)\b")


def is_weaker(check: Check, other: Check) -> bool:
    """Whether the second says less than the first of the same."""
    if other.is_trivial:
        return True
    if other.relation == "helper":
        return False
    if check.relation == "raises" and other.relation == "raises":
        return bool(check.expected) and (not other.expected or is_broader(check.expected, other.expected))
    if not check.is_exact:
        return False
    if "hrow" in check.text and "hrow" in other.text and is_broader(check.expected, other.expected):
        return True
    if other.is_exact:
        wide = any(_number(width) > _WIDE for width in _TOLERANCE.findall(other.text)) or _PLACES.search(other.text)
        return bool(wide) and not _TOLERANCE.search(check.text) and not _PLACES.search(check.text)
    if other.relation in {"is true", "called"}:
        # `is_close(x, 4)`, `x is True` → `x`
        return (
            check.expected not in other.subject.replace(check.subject, "", 1)
            and check.expected not in {"True", "true"}
            and (check.expected not in {"False", "false", "None", "null", "undefined"} or not _negates(other.text))
        )
    if other.relation == "in" and literals_in(check.expected) <= literals_in(other.text):
        return check.subject == other.subject and len(literals_in(other.expected)) > len(literals_in(check.expected))
    return True


def _negates(text: str) -> bool:
    return " not " in f" {text} " or "False" in text or "None" in text or "Null" in text or "!" in text


def changed_values(
    check: Check, other: Check, new: WrittenTest, constants: Mapping[str, str]
) -> tuple[str, ...] | None:
    """The literals that are expected now and were not before; None when it is the same expectation otherwise said."""
    if not check.expected or not other.expected:
        return None
    if check.expected == other.expected and _is_other_input(check.subject, other.subject):
        return (other.subject,)
    if check.subject != other.subject:
        # It became a part of a larger comparison, which has to hold the value that was expected.
        lost = literals_in(check.expected) - literals_in(other.text) - _known(new)
        within = check.subject in other.text and check.is_exact and other.is_exact
        return (other.expected,) if within and lost else None
    if check.expected == other.expected and check.relation == other.relation:
        return None
    if _relations_flipped(check.relation, other.relation) and check.expected == other.expected:
        return (other.expected,)
    if (check.relation == other.relation and _is_tighter(check, other)) or _is_named_now(check, other):
        return None
    before, now = literals_in(check.expected), literals_in(other.expected)
    if not before:
        return None
    for name in re.findall(r"[A-Za-z_]\w*", other.expected):
        now |= literals_in(constants.get(name, ""))
    if not now:
        known = new.literals | {literal.strip("'\"") for literal in new.literals}
        return (
            None if all(literal in known or literal.strip("'\"") in known for literal in before) else (other.expected,)
        )
    return None if before == now else tuple(sorted(now - before)) or (other.expected,)


def _known(test: WrittenTest) -> frozenset[str]:
    return frozenset(literal.strip("'\"") for literal in test.literals) | test.names


def _is_other_input(was: str, now: str) -> bool:
    """Whether the same is called with other literals, and not only with more of them."""
    one, other = (re.match(r"([\w.]+)\(", text) for text in (was, now))
    if one is None or other is None or one[1] != other[1]:
        return False
    before, after = literals_in(was), literals_in(now)
    return bool(after) and not before <= after if before else bool(after) and "=" not in now


def _is_tighter(check: Check, other: Check) -> bool:
    """Whether a bound lets less pass than before."""
    if check.relation == "in":
        # A longer text is asked for, with the old one within it: `in` looks at what is expected as its subject.
        return len(check.expected) > 2 and check.expected[1:-1] in other.expected
    before, now = _number(check.expected), _number(other.expected)
    return (check.relation in {">", ">="} and now >= before) or (check.relation in {"<", "<="} and now <= before)


def _is_named_now(check: Check, other: Check) -> bool:
    """Whether a value stands where there was a bound, and within it: `x > 4` became `x == 9`."""
    if not other.is_exact or check.relation not in _WITHIN:
        return False
    bound, value = _known_number(check.expected), _known_number(other.expected)
    return value is not None and (bound is None or _WITHIN[check.relation](value, bound))


def _relations_flipped(one: str, other: str) -> bool:
    opposites = ({"==", "!="}, {"is", "is not"}, {"in", "not in"}, {"<", ">="}, {">", "<="}, {"<", ">"})
    return one != other and {one, other} in opposites


def is_broader(was: str, now: str) -> bool:
    """Whether more errors than before are taken for the one that is expected.

    >>> is_broader("KeyError", "(KeyError, ValueError)"), is_broader("KeyError", "LookupError"), is_broader("A", "B")
    (True, True, False)
    """
    plain = re.compile(r"\b(?:pytest\.|builtins\.)|(?:\.|::)class(?:\.java)?\b")
    before, after = (set(re.findall(r"\w+", plain.sub("", text))) for text in (was, now))
    if before < after:
        return True
    kinds = [getattr(builtins, name, None) for name in (*before, *after)]
    if len(before) != 1 or len(after) != 1 or before == after or not all(isinstance(kind, type) for kind in kinds):
        return after <= {"Throwable", "Exception", "RuntimeException"} and not before <= after
    one, other = kinds
    return isinstance(one, type) and isinstance(other, type) and issubclass(one, other)


def _known_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0

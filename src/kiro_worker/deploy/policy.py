"""What is needed, as policy documents of IAM: the least that does it, in parts of the size that IAM takes. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from kiro_worker.deploy.need import ANYTHING, Need

# Signs of a managed policy without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MOST = 6144
# So many resources of one kind are named one by one; more are named by what their names begin with.
_MOST_NAMED = 3
# Shorter beginnings would say too little.
_LEAST_PREFIX = 8

Statement = Mapping[str, Any]


def documents(needs: Iterable[Need]) -> tuple[Mapping[str, Any], ...]:
    """Policy documents that allow what is needed, and nothing else; as many as IAM's limit takes.

    Args:
        needs: of one principal.
    """
    parts: list[list[Statement]] = []
    left = 0
    for statement in statements(needs):
        for piece in _pieces(statement):
            # And the comma before it.
            size = _signs(piece) + 1
            if size > left:
                parts.append([])
                left = MOST - _signs(_document(())) + 1
            parts[-1].append(piece)
            left -= size
    return tuple(map(_document, parts))


def size_of(part: Sequence[Statement]) -> int:
    """How large IAM takes a document with these statements to be."""
    return _signs(_document(part))


def _signs(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")))


def statements(needs: Iterable[Need]) -> tuple[Statement, ...]:
    """Statements, one for each set of resources that the same calls are made on."""
    resources: dict[tuple[str, str], list[str]] = {}
    for need in needs:
        resources.setdefault((need.action, need.passed_to), []).append(need.resource)
    calls: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for (action, passed_to), names in resources.items():
        calls.setdefault((shortened(names), passed_to), []).append(action)
    return tuple(
        _statement(sorted(set(actions)), names, passed_to) for (names, passed_to), actions in sorted(calls.items())
    )


def shortened(names: Iterable[str]) -> tuple[str, ...]:
    """Names of resources, those that another one covers left out, and many of one kind by their beginning.

    >>> shortened(f"arn:aws:cloudwatch:eu-west-1:1:alarm:kiro-worker-test-{each}" for each in "abcd")
    ('arn:aws:cloudwatch:eu-west-1:1:alarm:kiro-worker-test-*',)
    """
    by_kind: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        by_kind.setdefault(_kind(name), []).append(name)
    told = [each for kind, alike in by_kind.items() for each in _shorter(kind, alike)]
    return tuple(sorted(each for each in told if not any(_covers(other, each) for other in told)))


def _kind(name: str) -> str:
    """All of a name that is not the resource's own."""
    head, _, tail = name.rpartition(":")
    kind, slash, _ = tail.partition("/")
    return f"{head}:{kind}/" if slash else f"{head}:"


def _shorter(kind: str, alike: list[str]) -> list[str]:
    # Of sorted texts, the first and the last differ first.
    common = _beginning(alike[0], alike[-1])
    prefix = common[: max(common.rfind("-"), common.rfind("/")) + 1]
    if len(alike) <= _MOST_NAMED or len(prefix) < len(kind) + _LEAST_PREFIX:
        return alike
    return [f"{prefix}*"]


def _beginning(first: str, last: str) -> str:
    return "".join(one for one, _ in takewhile(lambda both: both[0] == both[1], zip(first, last, strict=False)))


def _covers(wide: str, name: str) -> bool:
    return wide != name and wide.endswith("*") and wide != ANYTHING and name.startswith(wide[:-1])


def _statement(actions: Sequence[str], names: Sequence[str], passed_to: str) -> Statement:
    one: dict[str, Any] = {"Effect": "Allow", "Action": _bare(actions), "Resource": _bare(names)}
    if passed_to:
        one["Condition"] = {"StringEquals": {"iam:PassedToService": passed_to}}
    return one


def _bare(values: Sequence[str]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def _pieces(statement: Statement) -> Iterator[Statement]:
    """A statement, in halves for as long as it is too large for a document of its own."""
    if size_of([statement]) <= MOST:
        yield statement
        return
    longer = max(("Action", "Resource"), key=lambda name: _signs(statement[name]))
    values = statement[longer]
    for half in (values[: len(values) // 2], values[len(values) // 2 :]):
        yield from _pieces({**statement, longer: _bare(half)})


def _document(part: Sequence[Statement]) -> Mapping[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(part)}

"""Roles of the running system, both ways: what code calls is granted to somebody, and what is granted is called.

By the sources: each call goes through `Aws`, which is told service and operation in so many words. Which role makes which
call is compared again with what an emulator recorded, where everything runs.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import kiro_worker
from infra.assembly import listed, statements
from kiro_worker.deploy.implied import IMPLIED, actions_of, compare, implied_for

SOURCES = Path(kiro_worker.__file__).parent
# `deploy` calls in the name of whoever deploys, and `testing` in nobody's.
NOT_OF_ROLES = ("deploy/", "testing/", "cli/", "aws/")
# Calls of the SDK's own helpers, which are given a client and no operation.
HELPERS = {
    "upload_fileobj": ("s3", "PutObject"),
    "get_object": ("s3", "GetObject"),
    "list_objects_v2": ("s3", "ListObjectsV2"),
    "generate_presigned_url": ("s3", "GetObject"),
    "get_item": ("dynamodb", "GetItem"),
    "put_item": ("dynamodb", "PutItem"),
}
# Asked by code that no role runs.
ONLY_PEOPLE = {
    "s3:ListBucket": "names of a run's artifacts, for whoever looks at runs from a machine",
    "ses:SendEmail": "the way by mail, which only an environment that has chosen it grants",
}


def calls_in(file: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(file.read_text("utf-8"))
    constants = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in HELPERS:
            yield HELPERS[node.func.attr]
        told = [
            each.value if isinstance(each, ast.Constant) else constants.get(getattr(each, "id", ""))
            for each in node.args
        ]
        if node.func.attr in {"ask", "through"} and len(told) > 1 and all(isinstance(each, str) for each in told[:2]):
            yield told[0], told[1]
        # A store of one service that is told the operation alone.
        elif node.func.attr == "_ask" and told and isinstance(told[0], str) and "_SERVICE" in constants:
            yield constants["_SERVICE"], told[0]


@pytest.fixture(scope="session")
def called() -> dict[str, set[str]]:
    """Each action that the product calls, with the files that do."""
    found: dict[str, set[str]] = {}
    for file in SOURCES.rglob("*.py"):
        name = str(file.relative_to(SOURCES))
        text = file.read_text("utf-8")
        if name.startswith(NOT_OF_ROLES) or not ("kiro_worker.aws" in text or "client" in text):
            continue
        for service, operation in calls_in(file):
            if service in SERVICES:
                for action in actions_of(service, operation):
                    found.setdefault(action, set()).add(name)
    return found


SERVICES = frozenset({
    "codebuild", "cloudwatch", "dynamodb", "lambda", "logs", "s3", "secretsmanager", "sesv2", "sns", "sqs", "ssm", "sts",
})  # fmt: skip


@pytest.fixture(scope="session")
def granted(assembly) -> dict[str, set[str]]:
    """What each role of the test environment may do."""
    found: dict[str, set[str]] = {}
    for stack in assembly.stacks():
        if stack.environment == "test":
            for role, each in statements(stack):
                found.setdefault(role, set()).update(listed(each["Action"]))
    return found


def test_whatever_is_called_is_granted_to_some_role(called, granted):
    everybody = set().union(*granted.values())
    assert {action: files for action, files in called.items() if action not in everybody | ONLY_PEOPLE.keys()} == {}


def test_whatever_is_granted_is_called_or_implied(called, granted):
    for role, actions in granted.items():
        if role.endswith("-delegate-role") and not (SOURCES / "entry" / "delegate.py").exists():
            # The optional stack's function is not written yet; nothing can be said of what it calls.
            continue
        assert compare(role, actions, ()).unexplained <= called.keys(), role


def test_no_reason_stands_for_what_nobody_has(granted):
    for row in IMPLIED:
        for action in row.actions:
            holders = [role for role, actions in granted.items() if action in actions and action in implied_for(role)]
            assert holders, f"{action} is implied, and granted to nobody"


def test_a_role_with_one_action_too_many_is_found_out():
    over = compare(
        "kiro-worker-test-build", ["dynamodb:GetItem", "dynamodb:DeleteItem", "logs:PutLogEvents"], ["dynamodb:GetItem"]
    )
    assert over.unexplained == {"dynamodb:DeleteItem"}
    assert compare("kiro-worker-test-build", [], ["ssm:GetParameter"]).missing == {"ssm:GetParameter"}
    # What is implied for one role is no excuse for another.
    assert compare("kiro-worker-test-build", ["s3:ListBucket"], ()).unexplained == {"s3:ListBucket"}

"""What each role may do: exact actions on exact resources, and with each table the key that it is encrypted with."""

import re

import pytest

from infra.assembly import listed, shown, statements

_ACTION = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z]+")


@pytest.fixture
def granted(assembly):
    """Each statement of each role, as `(stack, role, statement)`."""
    return [(stack, role, each) for stack in assembly.stacks() for role, each in statements(stack)]


def test_no_action_has_a_star(granted):
    for stack, role, statement in granted:
        for action in listed(statement["Action"]):
            assert _ACTION.fullmatch(action), f"{stack.name}: {role}: {action}"


def test_no_resource_is_everything(granted):
    for stack, role, statement in granted:
        for resource in listed(statement["Resource"]):
            assert resource != "*", f"{stack.name}: {role}: {statement['Sid']}"
            assert resource.startswith(("arn:", "${")), resource


def test_no_role_has_a_policy_that_somebody_else_writes(assembly):
    for stack in assembly.stacks():
        assert stack.of("AWS::IAM::ManagedPolicy") == {}
        for role in stack.of("AWS::IAM::Role").values():
            assert "ManagedPolicyArns" not in role


def test_the_key_is_used_through_a_service_only(granted):
    through = [each for _, _, each in granted if any(action.startswith("kms:") for action in listed(each["Action"]))]
    assert through
    for statement in through:
        via = shown(statement["Condition"]["StringEquals"]["kms:ViaService"])
        assert re.fullmatch(r"(dynamodb|s3|secretsmanager|sns|sqs)\.\$\{AWS::Region\}\.amazonaws\.com", via)


def test_whoever_uses_a_table_may_use_its_key(granted):
    def services(wanted):
        return {(stack.file.name, role) for stack, role, each in granted if wanted(each)}

    tables = services(lambda each: any(action.startswith("dynamodb:") for action in listed(each["Action"])))
    keys = services(
        lambda each: (
            "kms:Decrypt" in listed(each["Action"])
            and "dynamodb." in shown(each["Condition"]["StringEquals"]["kms:ViaService"])
        )
    )
    assert tables
    assert tables == keys


def actions_of(assembly, stack, role):
    return {
        (action, resource)
        for name, each in statements(assembly.stack(stack))
        if name == role
        for action in listed(each["Action"])
        for resource in listed(each["Resource"])
    }


BUCKET = "arn:${AWS::Partition}:s3:::kiro-worker-test-artifacts-${AWS::AccountId}-${AWS::Region}"


def test_a_build_can_neither_start_builds_nor_touch_the_pollers_book(assembly):
    allowed = actions_of(assembly, "worker", "kiro-worker-test-build")
    assert {action for action, _ in allowed if action.startswith("codebuild:")} == {
        "codebuild:BatchPutCodeCoverages", "codebuild:BatchPutTestCases", "codebuild:CreateReport",
        "codebuild:CreateReportGroup", "codebuild:UpdateReport",
    }  # fmt: skip
    groups = {resource.rpartition("/")[2] for action, resource in allowed if action == "codebuild:CreateReportGroup"}
    assert groups == {"kiro-worker-test-tests", "kiro-worker-test-coverage"}
    assert {resource for action, resource in allowed if action == "s3:PutObject"} == {f"{BUCKET}/runs/*"}
    assert not any(resource.startswith(f"{BUCKET}/state") for _, resource in allowed)


def test_a_build_reads_its_own_secrets_and_no_others(assembly):
    allowed = actions_of(assembly, "worker", "kiro-worker-test-build")
    read = {resource.rpartition(":")[2] for action, resource in allowed if action == "secretsmanager:GetSecretValue"}
    assert read == {
        f"kiro-worker-test-{what}-??????" for what in ("github-token", "git-credentials", "agent-credentials")
    }


def test_the_poller_is_never_given_the_agents_or_gits_credentials(assembly):
    allowed = actions_of(assembly, "poller", "kiro-worker-test-poller-role")
    read = {resource.rpartition(":")[2] for action, resource in allowed if action == "secretsmanager:GetSecretValue"}
    assert read == {"kiro-worker-test-github-token-??????"}


def test_the_poller_starts_builds_of_this_project_only(assembly):
    allowed = actions_of(assembly, "poller", "kiro-worker-test-poller-role")
    assert {resource for action, resource in allowed if action == "codebuild:StartBuild"} == {
        "arn:${AWS::Partition}:codebuild:${AWS::Region}:${AWS::AccountId}:project/kiro-worker-test"
    }


def test_a_role_of_builds_is_for_this_project_of_this_account_alone(assembly):
    (role,) = assembly.stack("worker").of("AWS::IAM::Role").values()
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "codebuild.amazonaws.com"}
    assert shown(trust["Condition"]["StringEquals"]["aws:SourceAccount"]) == "${AWS::AccountId}"
    assert shown(trust["Condition"]["ArnLike"]["aws:SourceArn"]).endswith(":project/kiro-worker-test")

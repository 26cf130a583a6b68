"""Stations of a proof, against an emulator; what is there is what a test put there."""

import json

import pytest

from kiro_worker.aws import Aws, AwsRefused
from kiro_worker.clock import SystemClock
from kiro_worker.deploy.assembly import read_assembly
from kiro_worker.deploy.down import staying
from kiro_worker.deploy.fault import NoItem, StackProtected, StackStuck
from kiro_worker.deploy.parts import parts_of
from kiro_worker.deploy.state import Failure, failures_in, failures_of, hold_ready, state_of
from kiro_worker.deploy.template import Place
from kiro_worker.deploy.verify import ANSWER_SECONDS, Item, Station, Verification, asking, result_of
from kiro_worker.testing.aws_emulator import REGION
from kiro_worker.value import replace

PARAMETER = "/kiro-worker/test/github-project-config"
BOARD = {"organization": "acme", "repository": "shop", "projectNumber": 1, "targetStatusColumn": "For Implementation"}
PROJECT = {
    "name": "shop-test",
    "source": {"type": "NO_SOURCE", "buildspec": "version: 0.2"},
    "artifacts": {"type": "NO_ARTIFACTS"},
    "environment": {"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
    "serviceRole": "arn:aws:iam::1:role/r",
}
TOLD = json.dumps(BOARD)


@pytest.fixture
def aws(aws_account):
    return Aws(region=REGION)


@pytest.fixture
def proof(aws, aws_account, assembly):
    parts = parts_of(assembly.stacks, Place(aws_account, REGION), "test")
    return Verification(aws=aws, clock=SystemClock(), stacks=(), parts=parts, make_item=None, look_seconds=0.01)


async def found(proof) -> list[Station]:
    return [station async for station in proof.stations()]


async def put(aws, value="ghp_x", board=TOLD):
    await aws.ask("secretsmanager", "CreateSecret", Name="shop-test-github-token", SecretString=value)
    await aws.ask("ssm", "PutParameter", Name=PARAMETER, Type="String", Value=board)


def test_names_are_those_of_the_templates(assembly, here):
    parts = parts_of(assembly.stacks, here, "test")
    assert (parts.secrets, parts.project, parts.parameter) == (("shop-test-github-token",), "shop-test", PARAMETER)


async def test_a_stack_that_is_not_there_ends_the_proof(proof, assembly):
    stations = await found(replace(proof, stacks=assembly.stacks[:1]))
    # Nothing behind it is looked at.
    assert [(each.name, each.good, each.says, each.cure) for each in stations] == [
        ("stack shop-test-core", False, "none", "kiro-worker deploy up")
    ]


async def test_a_secret_that_is_not_there_is_said_to_be_missing(proof):
    (station,) = await found(proof)
    assert (station.good, station.says) == (False, "not there (ResourceNotFoundException)")
    assert station.cure == "kiro-worker deploy up"


async def test_secrets_and_the_board_s_parameter_are_looked_at_and_no_value_is_shown(proof, aws):
    await put(aws, value="ghp_" + "x" * 36)
    stations = await found(proof)
    assert [(each.name, each.good, each.says) for each in stations] == [
        ("secret shop-test-github-token", True, "has a value"), (f"parameter {PARAMETER}", True, "project 1"),
    ]  # fmt: skip
    assert "ghp_" not in repr(stations)


@pytest.mark.parametrize(
    ("board", "says"),
    [
        ("{", "it is no JSON"),
        ("[]", "it is no JSON object"),
        (json.dumps({**BOARD, "projectNumber": "one"}), "its projectNumber is missing, or no number"),
        (json.dumps({**BOARD, "organization": 3}), "its organization is missing, or no text"),
    ],
)
async def test_a_parameter_that_is_no_board_is_named_with_its_cure(proof, aws, board, says):
    await put(aws, board=board)
    station = (await found(proof))[-1]
    assert not station.good
    assert says in station.says
    assert f"--name {PARAMETER}" in station.cure


async def test_a_parameter_that_is_not_there_is_said_to_be_missing(proof, aws):
    await aws.ask("secretsmanager", "CreateSecret", Name="shop-test-github-token", SecretString="x")
    assert (await found(proof))[-1].says == "not there (ParameterNotFound)"


async def test_an_item_that_cannot_be_made_ends_the_way_with_its_own_cure(proof, aws):
    await put(aws)

    async def make(board):
        assert board == TOLD
        raise NoItem(why="the board has no column of that name")

    station = (await found(replace(proof, make_item=make)))[-1]
    assert (station.name, station.good) == ("work item", False)
    assert "no column of that name" in station.says
    assert "--look" in station.cure


async def test_a_poller_that_is_not_there_is_named(proof):
    with pytest.raises(AwsRefused, match="lambda:Invoke"):
        await replace(proof, parts=replace(proof.parts, poller="nobody"))._poll()


async def test_a_build_that_never_begins_is_not_waited_for_for_ever(proof, aws):
    await aws.ask("codebuild", "CreateProject", **PROJECT)
    item = Item("kiro/proof", "https://example.test/pull/1")
    station = (await replace(proof, patience_seconds=0.05)._build(item))[1]
    assert (station.good, station.says) == (False, "none was begun for kiro/proof within 0 s")


async def test_a_build_of_the_item_s_branch_is_followed_to_its_end(proof, aws):
    await aws.ask("codebuild", "CreateProject", **PROJECT)
    for branch in ("feature/other", "kiro/proof"):
        variables = [{"name": "BRANCH_NAME", "value": branch}]
        await aws.ask("codebuild", "StartBuild", projectName="shop-test", environmentVariablesOverride=variables)
    assert (await proof._build_of("nobody/s")) is None


@pytest.mark.parametrize(
    ("exported", "good", "says"),
    [
        ({"KIRO_WORKER_EXIT_STATUS": "0", "KIRO_WORKER_VERDICT": "DONE", "KIRO_WORKER_PULL_REQUEST": "https://x/1"}, True, "DONE (exit status 0) https://x/1"),
        ({"KIRO_WORKER_EXIT_STATUS": "10", "KIRO_WORKER_VERDICT": "TESTS_RED"}, False, "TESTS_RED (exit status 10)"),
        ({}, False, "no verdict (exit status none)"),
    ],
)  # fmt: skip
def test_the_result_is_what_the_build_says_of_its_run(exported, good, says):
    station = result_of(
        {"exportedEnvironmentVariables": [{"name": name, "value": value} for name, value in exported.items()]}
    )
    assert (station.good, station.says) == (good, says)


# States


async def test_a_stack_that_was_never_there_has_no_state_and_no_failures(aws):
    assert await state_of(aws, "shop-test-core") == "none"
    assert await failures_of(aws, "shop-test-core") == ()


async def test_a_stack_that_is_refused_as_a_whole_is_told_as_such(aws):
    await aws.ask("s3", "CreateBucket", Bucket="taken")
    template = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "taken"}}}}
    await aws.ask("cloudformation", "CreateStack", StackName="one", TemplateBody=json.dumps(template))
    await settled(aws, "one")
    (failure,) = await failures_of(aws, "one")
    assert failure.logical == "one"
    assert "Validation failed" in failure.reason


async def settled(aws, stack):
    for _ in range(500):
        if not (await state_of(aws, stack)).endswith("_IN_PROGRESS"):
            return
    pytest.fail(await state_of(aws, stack))


def event(logical, state, reason=""):
    return {"LogicalResourceId": logical, "ResourceStatus": state, "ResourceStatusReason": reason}


def test_what_failed_last_is_told_by_resource_without_what_was_given_up_for_it_or_failed_before():
    events = [
        event("s", "ROLLBACK_COMPLETE"),
        event("s", "CREATE_FAILED", "The following resource(s) failed to create: [A]."),
        event("C", "CREATE_FAILED", "second"),
        event("B", "CREATE_FAILED", "Resource creation cancelled"),
        event("A", "CREATE_FAILED", "first"),
        event("s", "CREATE_IN_PROGRESS"),
        event("Z", "CREATE_FAILED", "long ago"),
    ]
    assert failures_in(events, "s") == (Failure("A", "first"), Failure("C", "second"))


@pytest.mark.parametrize(
    ("state", "cure"),
    [
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --stack-name s"),
        ("DELETE_FAILED", "aws cloudformation delete-stack --stack-name s"),
        ("UPDATE_IN_PROGRESS", "Wait for the end"),
    ],
)
def test_a_state_that_only_a_person_can_end_is_named_with_its_cure(state, cure):
    with pytest.raises(StackStuck, match=state) as raised:
        hold_ready("s", state)
    assert cure in raised.value.next_step


@pytest.mark.parametrize(
    "state", ["none", "CREATE_COMPLETE", "ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"]
)
def test_any_other_state_can_be_deployed_from(state):
    hold_ready("s", state)


# Down


def test_what_templates_retain_stays(assembly, here):
    assert [(each.path, each.name) for each in staying(assembly.stacks, here)] == [
        ("Key", "arn:aws:kms:eu-west-1:111122223333:key/*"),
        ("Leases", "arn:aws:dynamodb:eu-west-1:111122223333:table/shop-test-leases"),
    ]


async def test_a_protected_stack_is_not_taken_away(aws, assembly):
    from kiro_worker.deploy.down import standing

    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}
    await aws.ask("cloudformation", "CreateStack", StackName="shop-test-core", TemplateBody=json.dumps(template))
    await settled(aws, "shop-test-core")
    (there,) = await standing(aws, read_assembly(assembly.folder).stacks)
    assert there.name == "shop-test-core"
    with pytest.raises(StackProtected, match="shop-test-core"):
        await standing(aws, (replace(there, protected=True),))


def test_the_poller_is_given_the_time_that_a_look_may_take():
    assert asking("eu-west-1").client("lambda").meta.config.read_timeout == ANSWER_SECONDS

"""The poller's role both ways, by what was really called: the function of this checkout runs with the role of the template
in an emulator that enforces rights, and the emulator's record is compared with what the role grants.

That nothing is missing shows in that it works; that nothing is granted in vain, in the record.
"""

import io
import json
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import kiro_worker
from entry.place import BRANCH, PROJECT, Place, opened
from kiro_worker.deploy.assembly import read_assembly
from kiro_worker.deploy.implied import compare
from kiro_worker.deploy.template import Place as Where
from kiro_worker.deploy.template import resolved
from kiro_worker.testing.aws_calls import AwsCalls
from kiro_worker.testing.aws_emulator import REGION
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.testing.github_server import GitHubServer

POLLER, ROLE = f"{PROJECT}-poller", f"{PROJECT}-poller-role"
CODE = f"""
import sys
sys.path[:0] = {[str(Path(kiro_worker.__file__).parents[1]), sysconfig.get_path("purelib")]!r}
from kiro_worker.entry.poll import handler
"""
# All that a poller may ask, and what it may not: only what is looked for is found.
ASKED = (
    *(("codebuild", name) for name in ("BatchGetBuilds", "ListBuildsForProject", "StartBuild", "StopBuild", "BatchGetProjects")),
    *(("dynamodb", name) for name in ("GetItem", "PutItem", "DeleteItem", "Query", "Scan", "UpdateItem", "DescribeTable")),
    *(("s3", name) for name in ("GetObject", "HeadObject", "PutObject", "ListObjectsV2", "DeleteObject")),
    *(("secretsmanager", name) for name in ("GetSecretValue", "DescribeSecret", "ListSecrets")),
    *(("ssm", name) for name in ("GetParameter", "GetParameters", "PutParameter")),
    *(("sts", name) for name in ("AssumeRole",)),
    *(("kms", name) for name in ("Decrypt", "GenerateDataKey")),
    *(("sqs", name) for name in ("SendMessage",)),
)  # fmt: skip


@pytest.fixture
def place(enforced_aws, tmp_path, monkeypatch):
    """A deployment in an account that enforces rights; this process is its root."""
    account = enforced_aws.account()
    for name, value in enforced_aws.environment(account).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    schemas = GitHubSchemas(Path(__file__).parents[1] / "schemas" / "github")
    model = GitHubModel("acme", "engine", clock=HandClock(hurried=True))
    with GitHubServer(model, schemas) as hub:
        made = Place(enforced_aws, account, hub, schemas, tmp_path)
        # As the template names it.
        made.bucket = f"{PROJECT}-artifacts-{account}-{REGION}"
        made.client("s3").create_bucket(Bucket=made.bucket)
        with opened(made):
            yield made


@pytest.fixture
def granted(assembly, place):
    """The poller's role as the template has it, for this account; its actions."""
    stacks = read_assembly(Path(assembly.folder, "test")).stacks
    (stack,) = (each for each in stacks if each.name.endswith("-poller"))
    (role,) = (each for each in stack.template.resources.values() if each.kind == "AWS::IAM::Role")
    where = Where(place.account, REGION)
    policy = role.properties["Policies"][0]["PolicyDocument"]
    # The emulator knows no condition of a service that asks for a key.
    said = [
        {"Effect": each["Effect"], "Action": each["Action"], "Resource": named(each["Resource"], stack.template, where)}
        for each in policy["Statement"]
    ]
    iam = place.client("iam")
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(role.properties["AssumeRolePolicyDocument"]))
    iam.put_role_policy(
        RoleName=ROLE, PolicyName="allowed", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": said})
    )
    return {action for each in said for action in listed(each["Action"])}


def named(value, template, where):
    return [resolved(each, template, where) for each in listed(value)]


def listed(value):
    return value if isinstance(value, list) else [value]


@pytest.fixture
def call(place, granted):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("index.py", CODE)
    client = place.client("lambda")
    client.create_function(
        FunctionName=POLLER, Runtime=f"python{sys.version_info[0]}.{sys.version_info[1]}", Timeout=60,
        Role=f"arn:aws:iam::{place.account}:role/{ROLE}", Handler="index.handler", Code={"ZipFile": held.getvalue()},
        Environment={"Variables": place.environment()},
    )  # fmt: skip

    def made(event):
        told = client.invoke(FunctionName=POLLER, Payload=json.dumps(event).encode())
        said = json.loads(told["Payload"].read())
        assert "FunctionError" not in told, said
        return said

    yield made
    client.delete_function(FunctionName=POLLER)


def test_the_poller_is_granted_what_it_calls_and_calls_what_it_is_granted(enforced_aws, place, granted, call):
    calls = AwsCalls(enforced_aws, place.account)
    schedule = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
    did(call(schedule), "begun")
    place.let_build_end(0)
    (build,) = place.service_builds()
    detail = {
        "build-status": "SUCCEEDED",
        "build-id": f"arn:aws:codebuild:{REGION}:{place.account}:build/{build}",
        "project-name": PROJECT,
    }
    ended = {"source": "aws.codebuild", "detail-type": "CodeBuild Build State Change", "detail": detail}
    did(call(ended), "settled")
    # Somebody wants it again, and takes the card away while its build runs.
    place.gate.unlink()
    place.project.card(place.card).values["Status"] = "For Implementation"
    did(call(schedule), "begun")
    place.project.card(place.card).values["Status"] = "Done"
    did(call(schedule), "stopped")
    (stopped,) = set(place.service_builds()) - {build}
    assert place.builds.build_of(stopped).status == "STOPPED"
    assert [each["BRANCH_NAME"] for each in place.started()] == [BRANCH, BRANCH]

    called = calls.actions(calls.key_of_function(POLLER, f"arn:aws:iam::{place.account}:role/{ROLE}"), ASKED)
    of_builds = {f"codebuild:{operation}" for operation, _ in place.builds.seen}
    found = compare(ROLE, granted, called | of_builds)
    assert (found.missing, found.unexplained) == (frozenset(), frozenset())


def did(told, deed):
    assert (told["faults"], [action["deed"] for action in told["actions"]]) == ([], [deed]), told

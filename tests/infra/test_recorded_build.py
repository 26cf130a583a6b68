"""The build's role both ways, by what was really called: a whole run in a build, with the role of the template."""

import json
import os
from pathlib import Path

import pytest

import kiro_worker
from e2e.world import BIN, BRANCH
from kiro_worker.aws import Aws
from kiro_worker.deploy.assembly import read_assembly
from kiro_worker.deploy.implied import compare
from kiro_worker.deploy.template import Place, resolved
from kiro_worker.testing.aws_calls import AwsCalls
from kiro_worker.testing.aws_emulator import REGION
from kiro_worker.testing.codebuild import CodeBuildServer
from kiro_worker_infra.buildspec import buildspec_of
from kiro_worker_infra.environment import Build
from launch.building import make_table
from testing.codebuild.builds import project

NAME = "kiro-worker-test"
ROLE = f"{NAME}-build"
ASKED = (
    *(("dynamodb", name) for name in ("GetItem", "PutItem", "DeleteItem", "Query", "Scan", "UpdateItem", "DescribeTable")),
    *(("s3", name) for name in ("GetObject", "HeadObject", "PutObject", "ListObjectsV2", "DeleteObject")),
    *(("secretsmanager", name) for name in ("GetSecretValue", "DescribeSecret", "ListSecrets")),
    *(("ssm", name) for name in ("GetParameter", "GetParameters", "PutParameter")),
    *(("codebuild", name) for name in ("StartBuild", "StopBuild", "BatchGetBuilds")),
    *(("logs", name) for name in ("CreateLogStream", "PutLogEvents", "CreateLogGroup")),
)  # fmt: skip
# Whoever takes the role; the emulator knows no service that does by itself.
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}],
}


def listed(value):
    return value if isinstance(value, list) else [value]


def named(resource):
    # AWS holds calls on a log group's streams against its name with `:*`, the emulator against the name alone.
    return [resource, resource.removesuffix(":*")] if ":log-group:" in resource else [resource]


@pytest.fixture
def template(assembly):
    stacks = read_assembly(Path(assembly.folder, "test")).stacks
    return next(stack.template for stack in stacks if stack.name.endswith("-worker"))


@pytest.fixture
def account(enforced_aws, monkeypatch):
    """An account that enforces rights, and this process its root."""
    account = enforced_aws.account()
    for name, value in enforced_aws.environment(account).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    return account


@pytest.fixture
def granted(account, template):
    """The role as the template has it; its actions."""
    (role,) = (each for each in template.resources.values() if each.kind == "AWS::IAM::Role")
    where = Place(account, REGION)
    said = [
        {
            "Effect": each["Effect"],
            "Action": each["Action"],
            "Resource": [name for one in listed(each["Resource"]) for name in named(resolved(one, template, where))],
        }
        for each in role.properties["Policies"][0]["PolicyDocument"]["Statement"]
    ]
    iam = Aws().client("iam")
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
    policy = json.dumps({"Version": "2012-10-17", "Statement": said})
    iam.put_role_policy(RoleName=ROLE, PolicyName="allowed", PolicyDocument=policy)
    return {action for each in said for action in listed(each["Action"])}


@pytest.fixture
def builds(world, enforced_aws, account, granted):
    """The project, as the template has it but for what its image would bring; all that it uses is there."""
    world.spec()
    world.folder.chmod(0o755)
    world.honest()
    tools = {**world.variables("build"), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    del tools["HOME"]
    bucket = f"{NAME}-artifacts-{account}-{REGION}"
    aws = Aws()
    make_table(aws, f"{NAME}-leases")
    aws.client("s3").create_bucket(Bucket=bucket)
    aws.client("secretsmanager").create_secret(Name=f"{NAME}-github-token", SecretString="ghp_" + "x" * 36)
    aws.client("logs").create_log_group(logGroupName=f"/aws/codebuild/{NAME}")
    variables = {
        "ENVIRONMENT": "",
        "KIRO_WORKER_LEASE_STORE": "dynamodb", "KIRO_WORKER_LEASE_TABLE": f"{NAME}-leases",
        "KIRO_WORKER_SECRET_STORE": "aws", "KIRO_WORKER_SECRET_GITHUB_TOKEN_PLACE": f"{NAME}-github-token",
        "KIRO_WORKER_ARTIFACT_STORE": "s3", "KIRO_WORKER_ARTIFACT_BUCKET": bucket, "KIRO_WORKER_ARTIFACT_PREFIX": "runs",
        "KIRO_WORKER_AGENT_NAME": world.agent, "KIRO_WORKER_ISOLATION_KIND": "none",
        "WORKER_VERSION": kiro_worker.__version__,
    }  # fmt: skip
    made = project("", variables={name: value for name, value in variables.items() if value})
    made["source"]["buildspec"] = buildspec_of(Build(agent_install=()))
    own = {
        "name": NAME, "artifacts": {"type": "NO_ARTIFACTS"}, "timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480,
        "serviceRole": f"arn:aws:iam::{account}:role/{ROLE}", **made,
    }  # fmt: skip
    server = CodeBuildServer(
        world.folder / "builds", enforced_aws.environment(account), tools=tools, projects={NAME: own}
    )
    with server:
        yield server


def test_a_build_is_granted_what_it_calls_and_calls_what_it_is_granted(enforced_aws, account, granted, builds, world):
    calls = AwsCalls(enforced_aws, account)
    told = [
        {"name": "BRANCH_NAME", "value": BRANCH}, {"name": "KIRO_WORKER_REPOSITORY", "value": world.remote.url},
    ]  # fmt: skip
    asked = json.dumps({"projectName": NAME, "environmentVariablesOverride": told}).encode()
    id_ = json.loads(builds.answer("StartBuild", asked))["build"]["id"]
    build = builds.build_of(id_)
    exported = {each["name"]: each["value"] for each in build.exported}
    assert exported.get("KIRO_WORKER_VERDICT") == "DONE", "\n".join(build.lines[-30:])
    assert build.log_trouble == ""

    called = frozenset().union(*(calls.actions(each.credentials.key, ASKED) for each in builds._handed.values()))
    found = compare(ROLE, granted, called)
    assert (found.missing, found.unexplained) == (frozenset(), frozenset()), sorted(called)

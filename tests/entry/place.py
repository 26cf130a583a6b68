"""All that a poller on AWS has to do with: an account in the emulator, builds, and a GitHub with a project."""

import contextlib
import json
import shutil
from functools import cache
from types import SimpleNamespace

import boto3

from e2e.world import FOLDER, REQUIREMENTS, TASKS
from kiro_worker.testing.codebuild import CodeBuildServer
from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_contents import FakeContents
from kiro_worker.testing.github_projects import FakeProject
from kiro_worker.testing.github_side import TOKEN
from kiro_worker.testing.github_talk import FakeTalk

SPEC = {f"{FOLDER}/requirements.md": REQUIREMENTS, f"{FOLDER}/tasks.md": TASKS}
ENVIRONMENT = "test"
PROJECT = f"kiro-worker-{ENVIRONMENT}"
PARAMETER = f"/kiro-worker/{ENVIRONMENT}/github-project-config"
SECRET = f"kiro-worker-{ENVIRONMENT}-github-token"
DELEGATIONS = f"kiro-worker-{ENVIRONMENT}-delegations"
CALLBACK_KEY = f"kiro-worker-{ENVIRONMENT}-callback-key"
BRANCH = "feature/greeting"
BUILDSPEC = """\
version: 0.2
env:
  exported-variables: [KIRO_WORKER_EXIT_STATUS]
phases:
  build:
    commands:
      - while [ ! -e {gate} ]; do sleep 0.02; done
      - export KIRO_WORKER_EXIT_STATUS=$(cat {gate})
"""


@cache
def _session():
    """One for all: what services look like is read once, and whose account it is, each client is told."""
    return boto3.session.Session()


class Place:
    """One deployment, with one card that is ready."""

    def __init__(self, aws, account, hub, schemas, folder):
        self.account, self.folder, self.hub = account, folder, hub
        self._clients = {}
        self.gate = folder / "gate"
        self.told = aws.environment(account)
        self.bucket, self.table = f"{PROJECT}-artifacts-{account}", f"{PROJECT}-leases"
        self._github(schemas)
        projects = {PROJECT: self._project()}
        tools = {"PATH": "/usr/bin:/bin"}
        self.builds = CodeBuildServer(folder / "builds", self.told, projects=projects, tools=tools, minute=60)
        self._account()

    def _github(self, schemas):
        model, self.remote = self.hub.model, BareRemote(self.folder / "engine.git")
        self.remote.commit({"README.md": b"# Engine", ".kiro/environments/test.yaml": b""})
        self.remote.commit(SPEC, branch=BRANCH, onto=self.remote.tip())
        model.tokens[TOKEN] = Grant(scopes=("project", "repo"))
        model.contents = FakeContents(model, schemas.graphql, self.remote)
        model.talk = FakeTalk(model, schemas.graphql)
        self.project = model.project = FakeProject(schemas.graphql, model.clock)
        self.card = self.add("Greet", BRANCH)

    def _project(self):
        spec = BUILDSPEC.format(gate=self.gate)
        image = {
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:8.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        }
        return {"source": {"type": "NO_SOURCE", "buildspec": spec}, "environment": image, "timeoutInMinutes": 60}

    def _account(self):
        self.client("s3").create_bucket(Bucket=self.bucket)
        self.client("dynamodb").create_table(
            TableName=self.table,
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.client("dynamodb").create_table(
            TableName=DELEGATIONS,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for name, value in ((SECRET, TOKEN), (CALLBACK_KEY, "0123456789abcdefghijklmnop")):
            self.client("secretsmanager").create_secret(Name=name, SecretString=value)
        self.configure(
            organization="acme", repository="engine", projectNumber=4, targetStatusColumn="For Implementation"
        )

    def client(self, service, at=""):
        """Made once: to make one takes longer than most of what it is asked."""
        if (service, at) not in self._clients:
            self._clients[service, at] = _session().client(
                service,
                endpoint_url=at or self.told["AWS_ENDPOINT_URL"],
                aws_access_key_id=self.account,
                aws_secret_access_key="test",
                region_name=self.told["AWS_REGION"],
            )
        return self._clients[service, at]

    def configure(self, **members):
        self.client("ssm").put_parameter(Name=PARAMETER, Value=json.dumps(members), Type="String", Overwrite=True)

    def add(self, title, branch):
        content = self.project.content("Issue", title, branches=[(branch, "acme/engine")])
        return self.project.add(content, Status="For Implementation").id

    def column(self, card=None):
        return self.project.card(card or self.card).values["Status"]

    def notes(self):
        return [comment["body"] for comment in self.project.card(self.card).content.comments]

    def environment(self, **more):
        """What the stack tells the function, and where the emulators are."""
        return {
            **self.told,
            "AWS_ENDPOINT_URL_CODEBUILD": self.builds.url,
            "ENVIRONMENT": ENVIRONMENT,
            "KIRO_WORKER_LEASE_STORE": "dynamodb",
            "KIRO_WORKER_LEASE_TABLE": self.table,
            "KIRO_WORKER_LAUNCH_KIND": "codebuild",
            "KIRO_WORKER_LAUNCH_PROJECT": PROJECT,
            "KIRO_WORKER_SECRET_STORE": "aws",
            "KIRO_WORKER_SECRET_GITHUB_TOKEN_PLACE": SECRET,
            "KIRO_WORKER_FORGE_API_URL": self.hub.address,
            "KIRO_WORKER_DISPATCH_CLONE_ADDRESS": "https://github.com/{repository}.git",
            "GITHUB_PROJECT_CONFIG_PARAMETER": PARAMETER,
            "STATE_BUCKET": self.bucket,
            "STATE_PREFIX": "state/",
            "DELEGATIONS_TABLE": DELEGATIONS,
            "CALLBACK_KEY_SECRET_ID": CALLBACK_KEY,
            "PATH": "/nowhere",
            **more,
        }

    def started(self):
        """What builds were started for: of each, the variables that say so."""
        return [
            {each["name"]: each["value"] for each in told["environmentVariablesOverride"]}
            for operation, told in self.builds.seen
            if operation == "StartBuild"
        ]

    def let_build_end(self, status=0):
        """The build's worker ends with a status; waits until the build has."""
        draft = self.gate.with_suffix(".draft")
        draft.write_text(str(status))
        draft.rename(self.gate)
        for build in self.service_builds():
            self.builds.build_of(build)

    def service_builds(self):
        client = self.client("codebuild", at=self.builds.url)
        return client.list_builds_for_project(projectName=PROJECT)["ids"]

    def lease(self):
        rows = self.client("dynamodb").scan(TableName=self.table)["Items"]
        return [{name: next(iter(value.values())) for name, value in row.items()} for row in rows]


@contextlib.contextmanager
def opened(place):
    with place.builds:
        try:
            yield place
        finally:
            place.gate.write_text("0")
    shutil.rmtree(place.folder / "builds", ignore_errors=True)


def context(seconds=60.0):
    """An invocation, as Lambda describes it."""
    return SimpleNamespace(aws_request_id="1-2-3", get_remaining_time_in_millis=lambda: int(seconds * 1000))

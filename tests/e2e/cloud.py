"""A deployment on an emulator of AWS that enforces rights, and all that it has to do with: a GitHub with a board, a
server for git, and CodeBuild beside the emulator, which carries out the buildspec of the template."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from e2e.image import suit
from e2e.world import BIN, FOLDER, REQUIREMENTS, TASKS, World
from infra.assembly import Assembly
from infra.aws_words import carry_out
from infra.conftest import ROOT
from infra.deployed import Deployment
from kiro_worker.testing.aws_calls import AwsCalls
from kiro_worker.testing.aws_emulator import REGION, AwsEmulator, aws_emulator
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.codebuild import CodeBuildServer
from kiro_worker.testing.codebuild.build import Build
from kiro_worker.testing.git_remote import BareRemote, GitHttpServer
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_contents import FakeContents
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_projects import FakeProject
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.testing.github_server import GitHubServer
from kiro_worker.testing.github_side import TOKEN
from kiro_worker.testing.github_talk import FakeTalk
from kiro_worker_infra.names import Names

SCHEMAS = GitHubSchemas(Path(__file__).parents[1] / "schemas/github")
TEST = Names("test")
STACKS = ("core", "worker", "poller", "monitoring")
OWNER, REPOSITORY = "acme", "engine"
PASSWORD, AGENT_KEY = "git-password-4711-xyzzy", "agent-key-0815-plugh"  # nobody's
BOARD = {
    "organization": OWNER,
    "repository": REPOSITORY,
    "projectNumber": 4,
    "targetStatusColumn": "For Implementation",
}
PUT_SECRET = "aws secretsmanager put-secret-value --secret-id kiro-worker-test-"  # a command
PUT_BOARD = "aws ssm put-parameter --name /kiro-worker/test/github-project-config --type String --overwrite --value "
# As the reference and DEPLOYMENT.md have them, with values that are looked for afterwards.
CONFIGURE = (
    f'{PUT_SECRET}github-token --secret-string "{TOKEN}"',
    f"""{PUT_SECRET}git-credentials --secret-string '{{"username":"git","password":"{PASSWORD}"}}'""",
    f"""{PUT_SECRET}agent-credentials --secret-string '{{"KIRO_API_KEY":"{AGENT_KEY}"}}'""",
    f"{PUT_BOARD}'{json.dumps(BOARD)}'",
)
# What EventBridge sends by a rule with a schedule.
SCHEDULED = {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
# The project's tests tell what ran, so that both kinds of report come to something.
CHECK = b"""
cat > junit.xml <<END
<testsuite name="greeting">
<testcase classname="greeting" name="a name is greeted (Validates: 1.1)"/>
<testcase classname="greeting" name="the world is greeted (Validates: 1.2)"/>
<testcase classname="greeting" name="it ends loudly (Validates: 1.3)"/>
</testsuite>
END
"""
# Seconds of this machine that are a minute of CodeBuild's limits: two hours are two minutes here.
MINUTE = 1.0
PATIENCE = 100.0


class Cloud:
    """One account with the stacks of `test`, deployed from the templates, and the world around it."""

    def __init__(
        self, folder: Path, emulator: AwsEmulator, world: World, hub: GitHubServer, builds: CodeBuildServer
    ) -> None:
        self.folder, self.emulator, self.world, self.hub, self.builds = folder, emulator, world, hub, builds
        self.account = emulator.account()
        self.bucket = TEST.artifacts(self.account, REGION)
        self.calls = AwsCalls(emulator, self.account)
        self.deployment: Deployment

    @property
    def assembly(self) -> Path:
        """The templates that were deployed."""
        return self.folder / "assembly"

    # What an operator does

    def deploy(self, assembly: Assembly, functions: Path, forge: Mapping[str, str]) -> None:
        """The stacks, from their templates and with this checkout's functions."""
        shutil.copytree(assembly.folder / "test", self.assembly)
        suit(self.assembly, functions=functions, agent=self.world.agent, forge=forge)
        self.deployment = Deployment(self.emulator, self.account, self.assembly)
        for stack in STACKS:
            status = self.deployment.deploy(TEST.stack(stack))
            assert status == "CREATE_COMPLETE", self.deployment.why_not(TEST.stack(stack))

    def configure(self, *commands: str) -> None:
        """Carry out commands of the documents; by default all that fill in secrets and the board."""
        for command in commands or CONFIGURE:
            carry_out(command, self.client)

    def prove(self) -> subprocess.CompletedProcess[str]:
        """`kiro-worker deploy verify`, with the account's own rights."""
        plain = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        told = {**self.emulator.environment(self.account), "AWS_ENDPOINT_URL_CODEBUILD": self.builds.url}
        words = [word for stack in STACKS for word in ("--stack", stack)]
        return subprocess.run(
            [str(BIN / "kiro-worker"), "deploy", "verify", "--json", "--assembly", str(self.assembly), *words],
            cwd=ROOT, env={**plain, **told, "HOME": str(self.folder)}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def client(self, service: str) -> Any:
        """A client of the account's root."""
        return self.deployment.client(service)

    # What people do

    def ask(self, branch: str) -> str:
        """A spec on a branch, and a card that asks for it; the card's id."""
        remote = self.world.remote
        documents = {f"{FOLDER}/requirements.md": REQUIREMENTS, f"{FOLDER}/tasks.md": TASKS}
        remote.git("branch", branch, "main")
        remote.commit(documents, branch=branch, message="Specify the greeting")
        content = self.project.content("Issue", f"Greet on {branch}", branches=[(branch, f"{OWNER}/{REPOSITORY}")])
        return self.project.add(content, Status="For Implementation").id

    @property
    def project(self) -> FakeProject:
        """The board."""
        assert self.hub.model.project is not None
        return self.hub.model.project

    def column(self, card: str) -> str:
        """Where a card stands."""
        return str(self.project.card(card).values["Status"])

    def note(self, card: str) -> str:
        """What was said on a card last."""
        return str(self.project.card(card).content.comments[-1]["body"])

    def agent(self, *, pause: float = 0) -> None:
        """The agent does the first task at once, and each of the other two after a while."""
        self.world.turns.clear()
        self.world.honest(pause=pause)
        if pause:
            del self.world.turns[1]
        # Writes what was recorded to where the deployed project's agent reads it.
        assert self.world.agent

    def commits(self, branch: str) -> list[dict[str, str]]:
        """A worker's commits of tasks, oldest first."""
        return [each for each in self.world.log(branch) if "Kiro-Task" in each and "Kiro-Kind" not in each]

    # What Amazon does

    def fire(self, event: Mapping[str, Any] = SCHEDULED) -> dict[str, Any]:
        """The schedule is due: what its rule names is called. What it answered, and said, and whether it failed."""
        (target,) = self.client("events").list_targets_by_rule(Rule=TEST.schedule)["Targets"]
        functions, body = self.client("lambda"), json.dumps(event)
        # Of twenty that call at once, most are told to come again; each asking takes its share of the machine.
        told = until(lambda: _called(functions, target["Arn"], body), pause=0.5)
        log = base64.b64decode(told.get("LogResult", "")).decode()
        return {"failed": "FunctionError" in told, "answer": json.loads(told["Payload"].read()), "log": log}

    def deeds(self) -> list[tuple[str, str]]:
        """The schedule is due, and nothing goes wrong: what was done with which card."""
        told = self.fire()
        assert not told["failed"], told
        assert (told["answer"]["faults"], told["answer"]["known"]) == ([], True), told
        return [(each["deed"], each["item"]) for each in told["answer"]["actions"]]

    def lease(self, branch: str) -> dict[str, Any]:
        """A branch's row of the table."""
        rows = self.client("dynamodb").scan(TableName=TEST.leases, ConsistentRead=True)["Items"]
        plain = [{name: next(iter(value.values())) for name, value in row.items()} for row in rows]
        return next((row for row in plain if row["key"].endswith(f"#{branch}")), {})

    def builds_of(self, branch: str) -> list[Build]:
        """Builds that were started for a branch, oldest first."""
        return [each for each in tuple(self.builds.service.builds.values()) if variables(each)["BRANCH_NAME"] == branch]

    def logged(self, group: str) -> list[str]:
        """All lines of a log group."""
        told = self.client("logs").filter_log_events(logGroupName=group, limit=10_000)
        return [each["message"] for each in told["events"]]

    def said(self) -> str:
        """What the poller said, for whoever waits in vain."""
        return "\n".join(self.logged(TEST.function_logs(TEST.poller))[-40:])


def variables(build: Build) -> dict[str, str]:
    """What a build was started with."""
    return {each["name"]: each["value"] for each in build.environment["environmentVariables"]}


def exported(build: Build) -> dict[str, str]:
    """What a build told of its end."""
    return {each["name"]: each["value"] for each in build.exported}


def until(
    condition: Callable[[], Any], seconds: float = PATIENCE, *, why: Callable[[], object] = str, pause: float = 0.15
) -> Any:
    """Wait for something that others do; returns what it is."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, why()
        time.sleep(pause)
    return found


def _called(functions: Any, name: str, body: str) -> Any:
    """The answer of a function; None while it has as much to do as it may."""
    try:
        return functions.invoke(FunctionName=name, Payload=body, LogType="Tail")
    except ClientError as error:
        if error.response["Error"]["Code"] != "TooManyRequestsException":
            raise
        return None


@contextlib.contextmanager
def cloud(assembly: Assembly, functions: Path) -> Iterator[Cloud]:
    """All of it, in a folder that every account of the machine gets to, as that of a build."""
    with contextlib.ExitStack() as made:
        folder = Path(made.enter_context(tempfile.TemporaryDirectory(prefix="kiro-worker-e2e-")))
        folder.chmod(0o755)
        world = _world(folder)
        git = made.enter_context(GitHttpServer(folder=folder / "git", user="git", password=PASSWORD))
        hub = made.enter_context(GitHubServer(_github(world.remote), SCHEMAS))
        address = git.url(world.remote).replace(f"{OWNER}/{REPOSITORY}.git", "{repository}.git")
        forge = {"KIRO_WORKER_FORGE_API_URL": hub.address, "KIRO_WORKER_DISPATCH_CLONE_ADDRESS": address}
        tools = {**world.variables("image"), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        del tools["HOME"]
        builds = CodeBuildServer(folder / "builds", tools=tools, minute=MINUTE, enforces=True)
        made.enter_context(builds)
        # Lambda keeps an event for an hour whose function has enough to do; the emulator tries twice more.
        more = {"AWS_ENDPOINT_URL_CODEBUILD": builds.url, "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "3"}
        emulator = made.enter_context(aws_emulator(auth=True, more=more))
        # Before the emulator goes, which builds that are still under way would ask.
        made.callback(builds.service.close)
        here = Cloud(folder, emulator, world, hub, builds)
        builds.attach(emulator.environment(here.account))
        here.deploy(assembly, functions, forge)
        here.configure()
        yield here


def _world(folder: Path) -> World:
    (folder / "git" / OWNER).mkdir(parents=True)
    world = World(folder=folder, remote=BareRemote(folder / "git" / OWNER / f"{REPOSITORY}.git"))
    world.spec(base={".kiro/environments/test.yaml": b"gates:\n  test_report: junit.xml\n"})
    world.remote.commit({"check.sh": world.remote.read("check.sh") + CHECK})
    return world


def _github(remote: BareRemote) -> GitHubModel:
    model = GitHubModel(OWNER, REPOSITORY, clock=HandClock(hurried=True))
    model.tokens[TOKEN] = Grant(scopes=("project", "repo"))
    model.contents = FakeContents(model, SCHEMAS.graphql, remote)
    model.talk = FakeTalk(model, SCHEMAS.graphql)
    model.project = FakeProject(SCHEMAS.graphql, model.clock)
    return model

"""A run inside a build of CodeBuild: what its variables ask for, what its log says, and what it leaves."""

import asyncio
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

import kiro_worker
from e2e.test_isolation import PRYING
from e2e.test_isolation import TOKEN as CANARY
from e2e.world import BIN, BRANCH, World
from kiro_worker.aws import Aws
from kiro_worker.testing.git_remote import BareRemote

RUN = "r-01m8fh00000000000000000000"
TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
PAGE = "https://eu-west-1.console.aws.amazon.com/codesuite/codebuild/123456789012/projects/kiro-worker-test/build/kiro-worker-test%3A6f3e/?region=eu-west-1"


@dataclass
class Over:
    status: int
    lines: list
    said: str
    out: str

    def all(self, event):
        return [line for line in self.lines if line["event"] == event]

    def one(self, event):
        (found,) = self.all(event)
        return found


class Building:
    """One build's folder, its variables, and its two commands."""

    def __init__(self, world):
        self.world, self.into = world, world.folder / "src"
        self.into.mkdir()
        # Where the account that an isolation gives may be let in, as /var/lib of a build.
        world.folder.chmod(0o755)
        self.environment = {
            "BRANCH_NAME": BRANCH,
            "SPEC_PATH": ".kiro/specs/greeting",
            "KIRO_WORKER_REPOSITORY": world.remote.url,
            "KIRO_WORKER_RUN_ID": RUN,
            "KIRO_WORKER_AGENT_NAME": world.agent,
            "KIRO_WORKER_ISOLATION_KIND": "none",
            "CODEBUILD_BUILD_ID": "kiro-worker-test:6f3e",
            "CODEBUILD_BUILD_ARN": "arn:aws:codebuild:eu-west-1:123456789012:build/kiro-worker-test:6f3e",
            "CODEBUILD_START_TIME": str(int(time.time() * 1000)),
        }

    def start(self, verb, **more):
        environment = {**self.world.variables("build"), **self.environment, **more}
        return subprocess.Popen(
            [str(BIN / "kiro-worker"), "build", verb], cwd=self.into, env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def call(self, verb, **more):
        return self.ended(self.start(verb, **more))

    def ended(self, process, before=()):
        out, said = process.communicate(timeout=90)
        lines = [json.loads(line) for line in (*before, *out.splitlines())]
        return Over(status=process.returncode, lines=lines, said=said, out="".join(before) + out)

    def exports(self):
        """What the build's shell knows once it has read them in."""
        script = self.into / "exports.sh"
        if not script.exists():
            return {}
        lines = script.read_text().splitlines()
        assert all(line.startswith("export KIRO_WORKER_") for line in lines)
        return dict(shlex.split(line)[1].split("=", 1) for line in lines)


@pytest.fixture
def build(world):
    world.spec()
    world.honest()
    return Building(world)


@pytest.fixture
def kept(aws, aws_account):
    """A bucket, and the variables by which the build puts files there; asks for what is in it."""
    return Kept(aws.environment(aws_account), f"kiro-worker-test-artifacts-{aws_account}")


class Kept:
    def __init__(self, environment, bucket):
        self.aws, self.bucket = Aws(), bucket
        self.variables = {
            **environment,
            "KIRO_WORKER_ARTIFACT_STORE": "s3",
            "KIRO_WORKER_ARTIFACT_BUCKET": bucket,
            "KIRO_WORKER_ARTIFACT_PREFIX": "runs",
        }

    async def make(self):
        await self.aws.ask("s3", "CreateBucket", Bucket=self.bucket)

    async def names(self):
        listed = await self.aws.ask("s3", "ListObjectsV2", Bucket=self.bucket)
        return {each["Key"].removeprefix(f"runs/{RUN}/") for each in listed.get("Contents", ())}

    async def read(self, name):
        return (await self.aws.ask("s3", "GetObject", Bucket=self.bucket, Key=f"runs/{RUN}/{name}"))["Body"].read()


def until(process, wanted):
    seen = []
    for line in process.stdout:
        seen.append(line)
        if wanted(json.loads(line)):
            return seen
    raise AssertionError(f"it ended before: {''.join(seen[-3:])}{process.stderr.read()}")


async def test_a_build_leaves_a_pull_request_files_reports_and_what_its_shell_exports(build, kept):
    await kept.make()
    await kept.aws.ask("secretsmanager", "CreateSecret", Name="kiro-worker-test-github-token", SecretString=TOKEN)
    secret = {
        "KIRO_WORKER_SECRET_STORE": "aws",
        "KIRO_WORKER_SECRET_GITHUB_TOKEN_PLACE": "kiro-worker-test-github-token",
    }
    over = build.call("run", **kept.variables, **secret)
    assert over.status == 0, over.said
    assert build.exports() == {
        "KIRO_WORKER_RUN_ID": RUN,
        "KIRO_WORKER_EXIT_STATUS": "0",
        "KIRO_WORKER_VERDICT": "DONE",
        "KIRO_WORKER_PULL_REQUEST": over.one("pull-request.published")["url"],
    }
    # All of the receipt, its closing line too, and what people read.
    assert {
        "events.jsonl",
        "transcript.jsonl",
        "run.json",
        "summary.md",
        "changes.diff",
        "tests.log",
    } <= await kept.names()
    assert {"reports/coverage.info", "evidence.json"} <= await kept.names()
    assert json.loads((await kept.read("events.jsonl")).splitlines()[-1])["event"] == "receipt.closed"
    assert over.one("artifacts.kept")["place"] == f"s3://{kept.bucket}/runs/{RUN}/"
    assert b'filename="greet.sh"' in (build.into / "reports/coverage/coverage.xml").read_bytes()
    # The build is linked, and told once more for people.
    assert over.one("run.started")["build_url"] == PAGE
    assert f"Build: {PAGE}" in over.said
    assert "# DONE: greeting on feature/greeting" in over.said
    assert TOKEN not in over.out + over.said
    assert build.call("finish", **kept.variables).status == 0
    # A report that the buildspec names has to be there, or CodeBuild fails the build; these tests write none.
    assert [path.name for path in (build.into / "reports/tests").iterdir()] == ["none.xml"]
    # A run that no build surrounds puts its files there as well.
    build.world.environment |= kept.variables
    again = build.world.run("--isolation", "none")
    assert again.verdict == "ALREADY_DONE"
    assert f"runs/{again.event('run.started')['run']}/events.jsonl" in await kept.names()


def test_each_line_of_the_log_is_an_object_with_its_run_and_all_that_was_said(build):
    over = build.call("run")
    assert {line["run"] for line in over.lines} == {RUN}
    assert {line["level"] for line in over.lines} <= {"info", "warning", "error"}
    assert [line["text"] for line in over.all("agent.said")] == ["Done."] * 3
    assert {line["task"] for line in over.all("agent.prompt")} == {"1.1", "1.2", "3"}
    assert any("all checks passed" in line["text"] for line in over.all("gate.output"))
    # Each event of the receipt is there, with its number.
    numbers = [line["n"] for line in over.lines if "n" in line]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_build_whose_time_ends_saves_its_work_before(world):
    world.spec()
    world.turn("1\\.1", {"write": "greet.txt", "content": "hello\n"}, {"say": "Done."})
    world.turn("1\\.2", {"write": "world.txt", "content": "half\n"}, {"wait": 60})
    build = Building(world)
    began = int((time.time() - 26) * 1000)
    over = build.call("run", KIRO_WORKER_LIMITS_BUILD="60s", CODEBUILD_START_TIME=str(began))
    assert over.status == 143
    assert over.one("run.decided")["cause"]["code"] == "build.deadline"
    assert (build.exports()["KIRO_WORKER_VERDICT"], build.exports()["KIRO_WORKER_EXIT_STATUS"]) == (
        "INTERRUPTED",
        "143",
    )
    assert world.done_by_worker() == ["1.1"]
    # What was begun is on the branch, too, and the pull request says how far it came.
    assert [each.get("Kiro-Kind") for each in world.log()][-1] == "partial"
    assert over.one("pull-request.published")["draft"] is True


def test_a_build_that_is_stopped_saves_its_work_if_it_is_told(world):
    world.spec()
    world.honest(pause=0.3)
    build = Building(world)
    process = build.start("run")
    seen = until(process, lambda line: line["event"] == "commit.made")
    process.send_signal(signal.SIGTERM)
    over = build.ended(process, seen)
    assert (over.status, build.exports()["KIRO_WORKER_VERDICT"]) == (143, "INTERRUPTED")
    assert world.done_by_worker()[0] == "1.1"


async def test_of_a_run_that_was_killed_the_receipt_is_kept_and_nothing_is_claimed(world, kept):
    await kept.make()
    world.spec()
    world.honest(pause=1)
    build = Building(world)
    process = build.start("run", **kept.variables)
    until(process, lambda line: line["event"] == "commit.made")
    # By then something is there already: of a build that is stopped, no further command is run.
    async with asyncio.timeout(20):
        while not await kept.names():  # noqa: ASYNC110  # another process puts it there
            await asyncio.sleep(0.1)
    process.kill()
    process.communicate()
    over = build.call("finish", **kept.variables)
    assert over.status == 0
    assert over.one("build.cut-off")["level"] == "error"
    assert build.exports() == {}
    assert {"events.jsonl", "transcript.jsonl"} <= await kept.names()
    assert b'"commit.made"' in await kept.read("events.jsonl")
    assert not any((world.folder / "build/state/kiro-worker/homes").glob("*"))


async def test_files_that_no_bucket_takes_do_not_change_how_the_run_came_out_and_are_not_forgotten(build, kept):
    over = build.call("run", **kept.variables)
    assert (over.status, build.exports()["KIRO_WORKER_VERDICT"]) == (0, "DONE")
    assert over.one("artifacts.missed")["level"] == "error"
    # The build is to fail, so that somebody looks.
    missing = build.call("finish", **kept.variables)
    assert missing.status == 70
    assert "artifact.not-uploaded" in missing.said
    await kept.make()
    assert build.call("finish", **kept.variables).status == 0
    assert "events.jsonl" in await kept.names()


def test_a_credential_that_is_not_there_is_told_to_the_launcher_and_in_the_log(build, kept):
    over = build.call(
        "run", **kept.variables, KIRO_WORKER_SECRET_STORE="aws", KIRO_WORKER_SECRET_GITHUB_TOKEN_PLACE="nowhere"
    )
    assert over.status == 3
    assert over.one("run.refused")["code"] == "secret.not-fetched"
    assert "put-secret-value --secret-id nowhere" in over.said
    assert build.exports()["KIRO_WORKER_VERDICT"] == "CREDENTIAL"
    assert "nowhere" in build.exports()["KIRO_WORKER_SAID"]
    assert build.world.done_by_worker() == []


def test_a_build_without_a_branch_says_what_to_start_it_with(build):
    over = build.call("run", BRANCH_NAME="")
    assert over.status == 2
    assert "BRANCH_NAME is not set" in over.said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_no_place_for_what_a_shell_reads(build):
    os.chown(build.into, 65534, 65534)
    over = build.call("run")
    assert over.status == 2
    assert "build.folder-shared" in over.said


def test_what_another_left_is_not_read_as_this_builds_end(build):
    (build.into / "exports.sh").write_text("export KIRO_WORKER_EXIT_STATUS=0\n")
    over = build.call("run", KIRO_WORKER_AGENT_NAME="nobody-knows-it")
    assert over.status == 2
    assert build.exports()["KIRO_WORKER_EXIT_STATUS"] == "2"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is in danger of running the agent as itself")
def test_a_build_that_is_root_never_runs_the_agent_as_root_by_itself(build, tmp_path):
    # Without bubblewrap, and with an agent that no other account gets at.
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("git", "sh", "nice", "rm", "chmod", "python3"):
        (folder / name).symlink_to(shutil.which(name))
    agent = folder / "agent"
    agent.write_text("#!/bin/sh\nexit 1\n")
    agent.chmod(0o755)
    folder.chmod(0o700)
    over = build.call(
        "run", PATH=str(folder), KIRO_WORKER_ISOLATION_KIND="", KIRO_WORKER_AGENT_NAME=f"{agent} acp",
    )  # fmt: skip
    assert over.status == 2
    assert over.one("run.decided")["cause"]["code"] == "isolation.missing"
    assert "turn.started" not in over.out


def reachable_python():
    """A Python of this version that every account gets at."""
    for found in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        way = Path(found).resolve()
        if way.is_file() and all(above.stat().st_mode & 0o001 for above in way.parents):
            return str(way)
    return None


@pytest.fixture
def open_world():
    """One in a folder that every account gets to, as that of a build; the suite's own is closed."""
    with tempfile.TemporaryDirectory() as folder:
        yield World(folder=Path(folder), remote=BareRemote(Path(folder, "origin.git")))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can take another account")
def test_a_build_that_is_root_runs_agent_and_tests_as_somebody_who_sees_nothing_of_it(open_world):
    world = open_world
    python = reachable_python()
    if python is None:
        pytest.skip("there is no Python of this version outside of a home that is closed to others")
    kept_open = world.folder / "output"
    (kept_open / "src42/src").mkdir(parents=True)
    (kept_open / "tmp").mkdir()
    # As CodeBuild leaves it from one command to the next, for everybody.
    variables = kept_open / "tmp/env.sh"
    variables.write_text("export AWS_CONTAINER_CREDENTIALS_RELATIVE_URI='/v2/credentials/canary'\n")
    look = f"if cat {variables} >/dev/null 2>&1; then echo 'FAIL: the way to the role was read'; exit 1; fi\n".encode()
    world.spec(base={"check.sh": PRYING.replace(b"echo 'all checks passed'", look + b"echo 'all checks passed'")})
    world.honest()
    build, cassette = Building(world), shlex.split(world.agent)[1]
    agent = world.folder / "agent"
    paths = [str(Path(module.__file__).parents[1]) for module in (kiro_worker, msgspec)]
    program = f"import sys; sys.path[:0] = {paths!r}; from kiro_worker.agent.replay.executable import main; main()"
    agent.write_text(f'#!/bin/sh\nexec {python} -I -c {shlex.quote(program)} "$@"\n')
    agent.chmod(0o755)
    over = build.call(
        "run",
        PATH="/usr/bin:/bin",
        CODEBUILD_SRC_DIR=str(kept_open / "src42/src"),
        OPERATOR_TOKEN=CANARY,
        KIRO_WORKER_AGENT_NAME=f"{agent} {cassette}",
        KIRO_WORKER_AGENT_PROTOCOL="acp",
        KIRO_WORKER_ISOLATION_KIND="user",
    )
    assert over.status == 0, over.said
    assert over.one("run.isolated")["kind"] == "user"
    assert CANARY not in over.out

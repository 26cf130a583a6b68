"""A run as a build: the project's own buildspec, started by a launcher, takes over what was reserved for it."""

import asyncio
import itertools
import os
from datetime import UTC, datetime

import pytest

import kiro_worker
from e2e.world import BIN, BRANCH
from kiro_worker.aws import Aws
from kiro_worker.clock import SystemClock
from kiro_worker.ids import new_run_id
from kiro_worker.launch.builds import Builds
from kiro_worker.launch.codebuild import CodeBuildLaunches
from kiro_worker.launch.port import Launched, LaunchRequest
from kiro_worker.lease.dynamodb import DynamoReservations
from kiro_worker.lease.table import LeaseTable
from kiro_worker.run.steps.take_lease import lease_key
from kiro_worker.testing.codebuild import CodeBuildServer
from kiro_worker.testing.launch_contract import ends
from kiro_worker_infra.buildspec import buildspec_of
from kiro_worker_infra.environment import Build
from launch.building import make_table
from testing.codebuild.builds import NAME, project

TABLE = "kiro-worker-test-leases"


class Cloud:
    """An account with the project and the table, and who starts builds in it."""

    def __init__(self, world, server):
        self.world, self.server, self.clock = world, server, SystemClock()
        self.reservations = DynamoReservations(LeaseTable(Aws(), TABLE, self.clock), self.clock)
        self.launches = CodeBuildLaunches(
            Builds(Aws(), self.clock, NAME),
            self.reservations,
            self.clock,
            project=NAME,
            key_of=lambda asked: lease_key("dynamodb", asked.repository, asked.branch),
            look=0.2,
        )

    async def launch(self, **more):
        run = new_run_id(datetime.now(UTC))
        asked = LaunchRequest(token=run, run=run, repository=self.world.remote.url, branch=BRANCH, **more)
        assert isinstance(await self.launches.launch(asked), Launched)
        return run

    def build(self, number):
        return next(itertools.islice(self.server.service.builds.values(), number, None))


@pytest.fixture
def cloud(world, aws, aws_account, monkeypatch):
    world.spec()
    # Where the account that an isolation gives may be let in, as /var/lib of a build.
    world.folder.chmod(0o755)
    tools = {**world.variables("build"), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    del tools["HOME"]
    server = CodeBuildServer(world.folder / "builds", aws.environment(aws_account), tools=tools)
    monkeypatch.setenv("AWS_ENDPOINT_URL_CODEBUILD", server.url)
    make_table(Aws(), TABLE)
    with server:
        yield Cloud(world, server)
    assert (server.violations, server.service.faults) == ([], [])


def deploy(cloud):
    """The project, as the stack has it; what its image would have is on this machine."""
    variables = {
        "LEASE_STORE": "dynamodb", "LEASE_TABLE": TABLE, "WORKER_VERSION": kiro_worker.__version__,
        "KIRO_WORKER_AGENT_NAME": cloud.world.agent, "KIRO_WORKER_ISOLATION_KIND": "none",
    }  # fmt: skip
    made = project("", variables=variables)
    made["source"]["buildspec"] = buildspec_of(Build(agent_install=()))
    cloud.server.service.projects.own[NAME] = {
        "name": NAME, "artifacts": {"type": "NO_ARTIFACTS"}, "timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480, **made,
    }  # fmt: skip


async def test_a_build_carries_out_what_was_launched_under_the_fence_that_was_reserved(cloud):
    cloud.world.honest()
    deploy(cloud)
    run = await cloud.launch()
    (held,) = await cloud.reservations.held()
    (end,) = await ends(cloud.launches, 1)
    build = cloud.build(0)
    assert (end.run, end.exit_status) == (run, 0), "\n".join(build.lines[-20:])
    exported = {each["name"]: each["value"] for each in build.exported}
    assert (exported["KIRO_WORKER_RUN_ID"], exported["KIRO_WORKER_VERDICT"]) == (run, "DONE")
    assert exported["KIRO_WORKER_PULL_REQUEST"]
    assert cloud.world.done_by_worker() == ["1.1", "1.2", "2", "3"]
    assert {each["Kiro-Fence"] for each in cloud.world.log() if "Kiro-Task" in each} == {str(held.fence)}
    assert await cloud.reservations.held() == ()
    # The project's tests write no report of theirs, and coverage in a form that CodeBuild's groups do not take.
    told = {each["reportGroupArn"].rpartition("-")[2]: each for each in cloud.server.service.around.reports.values()}
    assert told["tests"]["testSummary"]["statusCounts"] == {"SKIPPED": 1}
    assert told["coverage"]["codeCoverageSummary"]["linesCovered"] == 10


async def test_a_build_that_was_killed_frees_its_branch_at_once_and_the_next_one_goes_on(cloud):
    cloud.world.honest(pause=1.5)
    deploy(cloud)
    first = await cloud.launch()
    async with asyncio.timeout(60):
        while not cloud.world.done_by_worker():  # noqa: ASYNC110  # another process pushes
            await asyncio.sleep(0.1)
    assert await cloud.launches.stop(first)
    (end,) = await ends(cloud.launches, 1)
    assert (end.run, end.exit_status, end.said) == (first, 143, "The build was stopped.")
    assert await cloud.reservations.held() == ()
    done = cloud.world.done_by_worker()
    cloud.world.turns.clear()
    cloud.world.honest()
    deploy(cloud)
    second = await cloud.launch(resumes=first, attempt=2)
    (end,) = await ends(cloud.launches, 1)
    assert (end.run, end.exit_status) == (second, 0), "\n".join(cloud.build(1).lines[-20:])
    assert (done[0], cloud.world.done_by_worker()) == ("1.1", ["1.1", "1.2", "2", "3"])

"""A project of CodeBuild whose builds start stand-ins for the worker, and a table that their branches are reserved in."""

import sys
import textwrap
from pathlib import Path

from kiro_worker.clock import SystemClock
from kiro_worker.launch.builds import Builds
from kiro_worker.launch.codebuild import CodeBuildLaunches
from kiro_worker.lease.dynamodb import DynamoReservations
from kiro_worker.lease.port import LeaseKey
from kiro_worker.lease.table import LeaseTable
from kiro_worker.testing.codebuild.build import described_project
from kiro_worker.testing.launch_contract import LaunchesContract

# What `kiro-worker build run` does with its environment, around a stand-in.
BUILD = """
import os, subprocess, sys
from kiro_worker.launch.build_environment import exports_of, request_of
from kiro_worker.launch.command import words_of

request = request_of(os.environ)
done = subprocess.run((*sys.argv[2:], *words_of(request)), stdout=subprocess.PIPE, text=True)
sys.stdout.write(done.stdout)
status = done.returncode if done.returncode >= 0 else 128 - done.returncode
if done.returncode >= 0:
    with open(sys.argv[1], "w") as file:
        file.write(exports_of(run=request.run, exit_status=status, said=done.stdout[-500:]))
sys.exit(status)
"""
BUILDSPEC = """
    version: 0.2
    env:
      exported-variables: [KIRO_WORKER_RUN_ID, KIRO_WORKER_EXIT_STATUS, KIRO_WORKER_SAID]
    phases:
      build:
        commands:
          - {python} {build} exports.sh {python} {program}
        finally:
          - if [ -f exports.sh ]; then . ./exports.sh; fi
"""


class Place:
    """One project with its table, on a server that serves many; and launchers, as processes that come and go.

    Args:
        folder: of the test.
        server: where builds happen.
        aws: who asks; made once, since making a client takes a while.
        number: tells this project from others.
    """

    def __init__(self, folder, server, aws, number):
        self.folder, self.server, self.aws, self.clock = folder, server, aws, SystemClock()
        self.project, self.table = f"kiro-worker-{number}", f"kiro-worker-{number}-leases"
        (program,) = LaunchesContract.program(folder)[1:]
        build = folder / "build.py"
        build.write_text(BUILD)
        words = {"python": sys.executable, "build": build, "program": program}
        self.buildspec(BUILDSPEC.format(**words))
        make_table(aws, self.table)

    def buildspec(self, text):
        """Let the project have another one."""
        variables = [{"name": n, "value": v} for n, v in LaunchesContract.environment(self.folder).items()]
        self.server.service.projects.own[self.project] = described_project({
            "name": self.project,
            "source": {"type": "NO_SOURCE", "buildspec": textwrap.dedent(text).lstrip()},
            "environment": {
                "type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:8.0",
                "computeType": "BUILD_GENERAL1_MEDIUM", "environmentVariables": variables,
            },
            "concurrentBuildLimit": 2,
        })  # fmt: skip

    def reservations(self):
        return DynamoReservations(LeaseTable(self.aws, self.table, self.clock), self.clock)

    def open(self, *, key_of=None, project="", **more):
        """A launcher, as a new process would have it."""
        return CodeBuildLaunches(
            Builds(self.aws, self.clock, project or self.project),
            self.reservations(),
            self.clock,
            project=project or self.project,
            # The contract starts many runs on one branch, which of real ones only one may have.
            key_of=key_of or (lambda request: LeaseKey(request.run)),
            look=0.05,
            **more,
        )

    def builds(self):
        return tuple(each for each in self.server.service.builds.values() if each.project["name"] == self.project)

    def starts(self, run):
        return len(list(Path(self.folder, "starts").glob(f"{run}.*")))

    def close(self):
        """Leave nothing running, and nothing that goes wrong for the next one."""
        self.server.forgive()
        for build in self.builds():
            build.stop.set()
            assert build.over.wait(20)


def make_table(aws, name):
    """A table of leases."""
    aws.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

"""Runs as builds, as the settings say: which project, which table, and what a build is told."""

import pytest

from kiro_worker.aws import Aws
from kiro_worker.bootstrap.dispatch import launches_for
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.reservations import reservations_for
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import workshop
from kiro_worker.launch.port import Launched
from kiro_worker.run.steps.take_lease import lease_key
from kiro_worker.testing.codebuild import CodeBuildServer
from kiro_worker.testing.launch_contract import request
from launch.building import make_table
from testing.codebuild.builds import NAME, TOOLS, project, said

BUILDSPEC = """
    version: 0.2
    phases:
      build:
        commands:
          - echo "$ENVIRONMENT $BRANCH_NAME $SPEC_PATH $CODEBUILD_SOURCE_VERSION"
          - env | grep KIRO_WORKER_BOARD | sort
"""


@pytest.fixture
def server(tmp_path, aws, aws_account, monkeypatch):
    emulator = aws.environment(aws_account)
    with CodeBuildServer(tmp_path / "b", emulator, projects={NAME: project(BUILDSPEC)}, tools=TOOLS) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CODEBUILD", server.url)
        yield server
    assert (server.violations, server.service.faults) == ([], [])


async def test_a_run_is_a_build_of_the_project_that_the_settings_name_under_the_lease_of_its_branch(server, tmp_path):
    variables = {
        "HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LAUNCH": "codebuild", "LAUNCH_PROJECT": NAME,
        "LEASE_STORE": "dynamodb", "LEASE_TABLE": "leases", "ENVIRONMENT": "staging",
        "KIRO_WORKER_LAUNCH_SOURCE_VERSION": "main", "BOARD": "github", "GITHUB_PROJECT_OWNER": "acme",
        "GITHUB_PROJECT_NUMBER": "4", "KIRO_WORKER_BOARD_REPOSITORIES": "acme/engine acme/till",
    }  # fmt: skip
    async with workshop(this_machine(variables)) as shop, launches_for(shop, {}) as launches:
        reservations = reservations_for(shop, early_settings(shop.machine, {}))
        make_table(Aws(), "leases")
        assert launches.name == "codebuild"
        assert isinstance(await launches.launch(request("r-1", "feature/login", spec="login")), Launched)
        (held,) = await reservations.held()
        assert held.key == lease_key("dynamodb", "/srv/shop.git", "feature/login")
        (build,) = server.service.builds.values()
        # The board, too, as the launcher has it: the run claims its card there.
        assert said(server.build_of(build.id)) == [
            "staging feature/login .kiro/specs/login main",
            "KIRO_WORKER_BOARD_KIND=github",
            "KIRO_WORKER_BOARD_NUMBER=4",
            "KIRO_WORKER_BOARD_OWNER=acme",
            "KIRO_WORKER_BOARD_REPOSITORIES=acme/engine acme/till",
        ]
        assert (await launches.reconcile()).released == ("r-1",)
        assert await reservations.held() == ()

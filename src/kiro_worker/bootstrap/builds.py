"""Runs as builds of CodeBuild: which project, and what its builds are told besides their request."""

from kiro_worker.aws import Aws
from kiro_worker.bootstrap.reservations import reservations_for
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config
from kiro_worker.launch.builds import Builds
from kiro_worker.launch.codebuild import CodeBuildLaunches
from kiro_worker.launch.port import LaunchRequest
from kiro_worker.lease.port import LeaseKey
from kiro_worker.run.steps.take_lease import lease_key


def codebuild_launches(shop: Workshop, config: Config, *, acts: bool = True) -> CodeBuildLaunches:
    """Starts builds of the project that the settings name.

    Args:
        shop: the machine.
        config: which project, and where branches are reserved.
        acts: whether anything may be written.
    """

    def key_of(request: LaunchRequest) -> LeaseKey:
        # As the run itself will name it.
        return lease_key(config.lease.store, request.repository, request.branch)

    return CodeBuildLaunches(
        Builds(Aws(), shop.clock, config.launch.project),
        reservations_for(shop, config),
        shop.clock,
        project=config.launch.project,
        key_of=key_of,
        more={"ENVIRONMENT": config.environment} if config.environment else {},
        source_version=config.launch.source_version,
        acts=acts,
    )

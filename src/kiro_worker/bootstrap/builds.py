"""Runs as builds of CodeBuild: which project, and what its builds are told besides their request."""

from collections.abc import Mapping

from kiro_worker.aws import Aws
from kiro_worker.bootstrap.reservations import reservations_for
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.key import keys
from kiro_worker.config.settings import BoardSettings, Config
from kiro_worker.config.value import shown
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
        more={**({"ENVIRONMENT": config.environment} if config.environment else {}), **_board(config)},
        source_version=config.launch.source_version,
        acts=acts,
    )


def _board(config: Config) -> Mapping[str, str]:
    """The board, as whoever launches knows it: the run claims its card there, and its own settings may name none."""
    named = {
        key: getattr(config.board, name.partition(".")[2])
        for name, key in keys().items()
        if key.section is BoardSettings
    }
    return {key.long_variable: shown(value) for key, value in named.items() if value != key.default}

"""All stacks of one environment, in the order in which they need each other."""

from dataclasses import dataclass

from aws_cdk import App, Stack, Validations

from kiro_worker_infra.api import Api
from kiro_worker_infra.bundle import Bundle
from kiro_worker_infra.core import Core
from kiro_worker_infra.environment import Environment
from kiro_worker_infra.monitoring import Monitoring
from kiro_worker_infra.names import NEEDS, StackName
from kiro_worker_infra.poller import Poller
from kiro_worker_infra.wheel import Package
from kiro_worker_infra.worker import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages:
    """What is published beside the templates.

    Attributes:
        worker: what builds install.
        functions: what Lambda runs.
    """

    worker: Package
    functions: Bundle


def stacks_of(app: App, settings: Environment, packages: Packages) -> dict[StackName, Stack]:
    """Make the stacks, each after those that it needs."""
    stacks: dict[StackName, Stack] = {
        "core": Core(app, settings),
        "worker": Worker(app, settings, packages.worker),
        "poller": Poller(app, settings, packages.functions),
    }
    if settings.monitored:
        stacks["monitoring"] = Monitoring(app, settings, packages.functions)
    if settings.api:
        stacks["api"] = Api(app, settings, packages.functions)
    for name, stack in stacks.items():
        for needed in NEEDS[name]:
            stack.add_stack_dependency(stacks[needed])
    return stacks


def judged(app: App) -> App:
    """The same app, held to cdk-nag's rules whenever it is synthesized."""
    from cdk_nag import AwsSolutionsChecks

    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app

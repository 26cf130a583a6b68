"""Where settings come from, before the repository is known and after."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kiro_worker.bootstrap.machine import Machine
from kiro_worker.config.load import Loaded, load, load_operator
from kiro_worker.config.settings import Config, GateSettings
from kiro_worker.config.source import Sources

if TYPE_CHECKING:
    from kiro_worker.policy import Policy
    from kiro_worker.workspace.port import Reading, Snapshot

_ENVIRONMENT_NAMES = ("KIRO_WORKER_ENVIRONMENT", "ENVIRONMENT")


def early_settings(machine: Machine, flags: Mapping[str, Any]) -> Config:
    """The settings that are known before the repository is: no file of it can change where it is fetched from."""
    # A named environment without its file is a fault, and its file is in the repository.
    variables = {name: value for name, value in machine.environment.items() if name not in _ENVIRONMENT_NAMES}
    known = {name: value for name, value in flags.items() if name != "environment"}
    config = load_operator(Sources(flags=known, variables=variables, user=machine.user_settings))
    environment: Any = (
        environment_of(machine, flags) or config.environment
    )  # whether it is one is for the full load to say
    return replace(config, environment=environment)


def environment_of(machine: Machine, flags: Mapping[str, Any]) -> str:
    """The environment that was asked for: test, staging, production, or none."""
    named = (machine.environment.get(name) for name in _ENVIRONMENT_NAMES)
    return str(flags.get("environment") or next(filter(None, named), ""))


async def settings_at(
    machine: Machine, workspaces: "Reading", snapshot: "Snapshot", flags: Mapping[str, Any]
) -> Loaded:
    """All settings of a branch, with those that guard from its base."""
    return load(await sources_at(machine, workspaces, snapshot, flags))


async def policy_at(workspaces: "Reading", snapshot: "Snapshot") -> "Policy":
    """What the agent may do, as the base branch says: nothing that the agent can write is asked.

    Raises:
        PolicyInvalid: with everything that is wrong in it.
    """
    from kiro_worker.policy.document import PATHS, read_policy

    return read_policy(await workspaces.read(snapshot.base, PATHS) if snapshot.base else {})


async def sources_at(
    machine: Machine, workspaces: "Reading", snapshot: "Snapshot", flags: Mapping[str, Any]
) -> Sources:
    """Where the settings of a branch come from."""
    from kiro_worker.config.repository import repository_paths

    paths = repository_paths()
    head = snapshot.head or snapshot.base
    return replace(
        operator_sources(machine, flags),
        branch=await workspaces.read(head, paths) if head else {},
        base=await workspaces.read(snapshot.base, paths) if snapshot.base else {},
    )


def operator_sources(machine: Machine, flags: Mapping[str, Any]) -> Sources:
    """Where settings come from that no repository says."""
    return Sources(
        flags=flags,
        variables=machine.environment,
        user=machine.user_settings,
        in_codebuild=bool(machine.environment.get("CODEBUILD_BUILD_ID")),
    )


def gate_settings(loaded: Loaded) -> GateSettings:
    """The gates' settings; where no test command is set, the base branch's buildspec says how it tests."""
    gates = loaded.config.gates
    commands = loaded.buildspec.test_commands
    if gates.test_command or not commands:
        return gates
    return replace(gates, test_command="\n".join(("set -e", *commands)))

"""Which adapter stands behind which port; nothing else in the product knows."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiro_worker.agent.port import Agent
from kiro_worker.bootstrap.leavings import clear_leavings
from kiro_worker.bootstrap.repository import git_secrets, github_credential
from kiro_worker.bootstrap.settings import gate_settings, policy_at, settings_at
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.credentials import credential_names, credential_variables
from kiro_worker.config.load import Loaded
from kiro_worker.config.settings import Config
from kiro_worker.forge.port import Forge
from kiro_worker.forge.repository import ForgeKind, choose_forge, github_repository, parse_remote
from kiro_worker.ids import Oid
from kiro_worker.lease.port import Leases
from kiro_worker.process import Children
from kiro_worker.run.start import Source
from kiro_worker.run.undertaking import Equipment, Isolated, Order
from kiro_worker.value import dataclass
from kiro_worker.workspace.port import Snapshot, Workspaces

if TYPE_CHECKING:
    from kiro_worker.agent.acp.connection import Tap
    from kiro_worker.agent.mcp import McpServer
    from kiro_worker.agent.profile import Profile
    from kiro_worker.bootstrap.isolation import Confinements
    from kiro_worker.bootstrap.machine import Machine
    from kiro_worker.gate.base import BaseFiles
    from kiro_worker.gate.check.gate import ChecksGate
    from kiro_worker.gate.project import Project
    from kiro_worker.gate.tests import TestsGate
    from kiro_worker.isolation.enclosure import Enclosure
    from kiro_worker.policy import Policy
    from kiro_worker.steering.port import Powers


@dataclass(frozen=True, slots=True)
class Equipping:
    """See `run.undertaking.Equip`."""

    shop: Workshop
    source: Source
    order: Order
    flags: Mapping[str, Any]

    async def __call__(self, workspaces: Workspaces, snapshot: Snapshot) -> Equipment:
        """See `run.undertaking.Equip`."""
        loaded = await settings_at(self.shop.machine, workspaces, snapshot, self.flags)
        policy = await policy_at(workspaces, snapshot)
        config = loaded.config
        await asyncio.to_thread(clear_leavings, self.shop.machine.state, own=self.order.run)
        enclosure, confined = await confinements(self.shop, config, self.order.run)
        homes_folder = self.shop.machine.state / "homes" / self.order.run
        servers, of_servers = await self._servers(workspaces, snapshot, config, policy)
        agent, homes = agent_for(
            self.shop, config, homes_folder, children=confined.agent, servers=servers, policy=policy
        )
        return Equipment(
            config=config,
            agent=agent,
            homes=homes,
            forge=forge_for(self.shop, config, self.source.url),
            leases=leases_for(self.shop, config, self.source),
            gates=await self._gates(workspaces, snapshot, loaded, confined),
            isolated=Isolated(kind=enclosure.chosen.isolation.name, limits=enclosure.limits, notes=enclosure.notes),
            notes=(*loaded.warnings, *of_servers),
            powers=partial(_locked_powers, self.shop, loaded, self.source.url, workspaces, snapshot),
            wanted_powers=tuple(power.name for power in loaded.powers),
            required_steering={power.name: power.steering for power in loaded.powers if power.steering},
            policy=policy,
            policy_digest=policy.digest,
            origins={name: each.origin for name, each in loaded.settings.items() if each.origin != "default"},
        )

    async def _servers(
        self, workspaces: Workspaces, snapshot: Snapshot, config: Config, policy: "Policy"
    ) -> "tuple[tuple[McpServer, ...], tuple[str, ...]]":
        from kiro_worker.bootstrap.own_agent import given_servers, servers_at

        profile = profile_of(self.shop.machine, config)
        admission = await servers_at(self.shop.machine, workspaces, snapshot, policy, profile)
        return given_servers(admission, profile, self.shop.machine, config)

    async def _gates(
        self, workspaces: Workspaces, snapshot: Snapshot, loaded: Loaded, confined: "Confinements"
    ) -> "Project":
        from kiro_worker.gate.project import Project

        assert snapshot.base is not None
        config = loaded.config
        return Project(
            gate_settings(loaded),
            config.limits,
            confined.setup,
            self.shop.clock,
            testing=confined.tests,
            base=await base_files(workspaces, snapshot.base),
            buildspec=loaded.buildspec.install_commands,
            place=self.shop.machine.state / "gates" / self.order.run,
            kept=self.shop.machine.state / "bases",
            checks=loaded.checks,
            worker=self.shop.machine.environment,
            refused=[
                name for each in credential_variables(config) for name in credential_names(config.environment, each)
            ],
        )


def _locked_powers(shop: Workshop, loaded: Loaded, url: str, workspaces: Workspaces, snapshot: Snapshot) -> "Powers":
    from kiro_worker.bootstrap.standards import powers_of_run

    return powers_of_run(shop, loaded, url, workspaces, snapshot)


async def base_files(workspaces: Workspaces, base: Oid) -> "BaseFiles":
    """What the gates know of the base branch."""
    from kiro_worker.gate.base import BaseFiles, wanted

    paths = await workspaces.paths(base)
    read = await workspaces.read(base, wanted(paths))
    return BaseFiles(paths=paths, contents={path: body for path, body in read.items() if body is not None})


def tests_gate(shop: Workshop, loaded: Loaded, base: "BaseFiles") -> "TestsGate":
    """The gate that runs the tests, to be asked what it would do."""
    from kiro_worker.gate.tests import TestsGate

    return TestsGate(gate_settings(loaded), loaded.config.limits, shop.children, shop.clock, base=base)


def checks_gate(shop: Workshop, loaded: Loaded, base: "BaseFiles") -> "ChecksGate":
    """The repository's own checks, to be asked what they would do."""
    from kiro_worker.gate.check.gate import ChecksGate

    return ChecksGate(loaded.checks, loaded.config.limits, shop.children, shop.clock, base=base)


async def confinements(shop: Workshop, config: Config, run: str) -> "tuple[Enclosure, Confinements]":
    """What isolates a run's processes, and who starts them.

    Raises:
        WorkerError: the agent is not known, or the isolation that is asked for does not work here.
    """
    from kiro_worker.bootstrap.isolation import confine, enclose

    profile = profile_of(shop.machine, config)
    enclosure = await enclose(shop, config, profile, run=run)
    return enclosure, confine(enclosure, shop.machine, config, profile, run=run)


def profile_of(machine: "Machine", config: Config) -> "Profile":
    """What is known of the agent that the settings name, here or in general.

    Raises:
        ProfileUnreadable: a profile of this machine does not describe an agent.
        ProfileUnknown: there is no agent of that name.
        ProtocolUnknown: there is one, and it is not known how to speak to it that way.
    """
    from kiro_worker.agent.own_profile import own_profile
    from kiro_worker.agent.profile import (
        AgentProtocol,
        ProfileUnknown,
        ProtocolUnknown,
        profile_for,
        profile_named,
        profile_speaking,
    )

    wanted = config.agent
    protocol = AgentProtocol.ACP if wanted.protocol == "auto" else AgentProtocol(wanted.protocol)
    if (own := own_profile(machine.settings / "agents", wanted.name)) is not None:
        if wanted.protocol != "auto" and own.protocol is not protocol:
            raise ProtocolUnknown(own, protocol)
        return own
    try:
        named = wanted.name
        profile = profile_named(named) if wanted.protocol == "auto" else profile_speaking(named, protocol)
    except ProfileUnknown:
        # One word without a protocol is a profile's name, mistyped; with one it is a program on the search path.
        if wanted.protocol == "auto" and wanted.name.isidentifier():
            raise
        profile = profile_for(wanted.name, protocol)
    return profile


def agent_for(
    shop: Workshop,
    config: Config,
    folder: Path,
    *,
    tap: "Tap | None" = None,
    children: Children | None = None,
    servers: "tuple[McpServer, ...]" = (),
    policy: "Policy | None" = None,
) -> tuple[Agent, "Homes"]:
    """The agent that the settings name, and what makes its HOMEs.

    With a tap, which hears all that goes over the wire, it has to be one that speaks the Agent Client Protocol.

    Args:
        shop: the machine.
        config: names the agent.
        folder: where its HOMEs are made.
        tap: hears the wire.
        children: start its processes; by default the machine's own, which isolate none.
        servers: the MCP servers that it gets.
        policy: what it may do; without one, what is shipped.

    Raises:
        ProfileUnknown: there is no agent of that name.
        ProtocolUnknown: there is one, and it is not known how to speak to it that way.
        NotRecordable: there is a tap, and no wire to put it on.
        ArgumentRefused: its arguments would undo what the worker relies on.
    """
    from kiro_worker.agent.profile import AgentProtocol
    from kiro_worker.bootstrap.own_agent import fence_for, own_agent
    from kiro_worker.policy import Policy

    wanted, children = config.agent, children or shop.children
    profile = shop.credentials.known_to(profile_of(shop.machine, config))
    if tap is not None and profile.protocol is not AgentProtocol.ACP:
        from kiro_worker.agent.record.fault import NotRecordable

        raise NotRecordable(agent=profile.name, protocol=profile.protocol.value)
    own = own_agent(profile, fence_for(config, profile, servers, policy or Policy()), folder)
    homes = Homes(shop, config, profile, folder, files=dict(own.files))
    given: dict[str, Any] = {"args": wanted.args, "model": wanted.model, "clock": shop.clock}
    match profile.protocol:
        case AgentProtocol.ACP:
            from kiro_worker.agent.acp import AcpAgent

            return AcpAgent(
                profile, children, mode=wanted.mode, tap=tap, own_agent=own.name, servers=servers, **given
            ), homes
        case AgentProtocol.HEADLESS:
            from kiro_worker.agent.kiro_headless import HeadlessAgent

            given |= {"own_agent": own.name, "has_servers": bool(servers)}
            return HeadlessAgent(profile, children, **given), homes
        case AgentProtocol.PTY:
            from kiro_worker.agent.pty import PtyAgent

            return PtyAgent(profile, children, **given), homes


class Homes:
    """See `run.undertaking.AgentHomes`."""

    def __init__(
        self, shop: Workshop, config: Config, profile: "Profile", folder: Path, *, files: Mapping[str, str]
    ) -> None:
        self._shop, self._config, self._profile, self._folder = shop, config, profile, folder
        self._files = files

    def fresh(self, name: str) -> Mapping[str, str]:
        """See `AgentHomes.fresh`."""
        from kiro_worker.agent.home import agent_environment, make_home, write_below

        home = self._folder / "".join(sign if sign.isalnum() or sign in ".-" else "_" for sign in name)
        wanted = self._config.agent
        if not home.exists():
            make_home(home, self._profile, real=self._shop.machine.home, more_files=wanted.files)
        # Each time: an agent can write to its own HOME, and so to its own limits.
        write_below(home, self._files)
        kept = {secret.name: secret.value for secret in self._shop.credentials.agent}
        source = {**self._shop.machine.environment, **kept}
        return agent_environment(self._profile, source, home=home, more_variables=wanted.variables)

    def clear(self) -> None:
        """See `AgentHomes.clear`."""
        from kiro_worker.folders import remove_what_can_be

        remove_what_can_be(self._folder)


def leases_for(shop: Workshop, config: Config, source: Source) -> Leases:
    """Where leases are kept."""
    match config.lease.store:
        case "sqlite":
            from kiro_worker.lease.sqlite import SqliteLeases

            return SqliteLeases(shop.state, shop.clock)
        case "gitref":
            from kiro_worker.lease.gitref import GitRefLeases

            git = shop.git.with_secrets(git_secrets(shop, source, config))
            return GitRefLeases(git, source.url, shop.machine.state / "lease", shop.clock)
        case "postgres":
            from kiro_worker.config.credentials import find_credential
            from kiro_worker.lease.postgres import PostgresLeases
            from kiro_worker.lease.server import LeaseServer

            named = config.lease.address_variable
            address = find_credential(config.environment, named, shop.known_secret, setting="lease.address_variable")
            return PostgresLeases(LeaseServer(address.value, source=address.name), shop.clock)
        case "dynamodb":
            from kiro_worker.bootstrap.reservations import lease_table
            from kiro_worker.lease.dynamodb import DynamoLeases

            return DynamoLeases(lease_table(shop, config), shop.clock)
        case "memory":
            from kiro_worker.lease.memory import MemoryLeases

            return MemoryLeases(shop.clock)


def forge_for(shop: Workshop, config: Config, url: str) -> Forge:
    """Where pull requests go."""
    settings = config.forge
    address = parse_remote(url)
    if choose_forge(settings.kind, address, settings.api_url) is ForgeKind.LOCAL:
        from kiro_worker.forge.local import LocalForge

        return LocalForge(shop.state, url, shop.clock)
    from kiro_worker.forge.github import GitHubForge

    repository = github_repository(address, api_url=settings.api_url, repository=settings.repository)
    return GitHubForge(repository, github_credential(shop, config, repository), clock=shop.clock)

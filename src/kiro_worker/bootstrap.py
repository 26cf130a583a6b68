"""The one place that knows which adapter stands behind which port. Plain code: read it from top to bottom."""

import contextlib
import os
import secrets as randomness
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kiro_worker
from kiro_worker.agent.port import Agent, AgentEvent
from kiro_worker.artifact.local import LocalArtifacts
from kiro_worker.clock import Clock, SystemClock, stamp
from kiro_worker.config.credentials import CredentialMissing, credential_names, find_credential
from kiro_worker.config.load import Loaded, load
from kiro_worker.config.repository import repository_paths
from kiro_worker.config.settings import Config, GateSettings
from kiro_worker.config.source import USER_FILE, Sources
from kiro_worker.forge.fault import ForgeUnknown
from kiro_worker.forge.port import Forge
from kiro_worker.forge.repository import ForgeKind, GitHubRepository, choose_forge, github_repository, parse_remote
from kiro_worker.git import Git, http_header
from kiro_worker.git.program import Secrets as GitSecrets
from kiro_worker.ids import Oid, new_run_id
from kiro_worker.lease.holder import this_holder
from kiro_worker.lease.port import Leases
from kiro_worker.process import Children
from kiro_worker.redact import Redactor, Secret
from kiro_worker.run.journal import FILE_NAME, Event, Journal, Listener
from kiro_worker.run.registry import Registry, RunEntry
from kiro_worker.run.shell import Outcome, Stop, carry_out
from kiro_worker.run.start import Source, Whence, find_source
from kiro_worker.run.transcript import FILE_NAME as TRANSCRIPT
from kiro_worker.run.transcript import Transcript
from kiro_worker.run.undertaking import Equipment, Order, Undertaking
from kiro_worker.state import State, open_state
from kiro_worker.workspace.git_workspaces import GitWorkspaces
from kiro_worker.workspace.port import Identity, Remote, Snapshot, Workspaces

if TYPE_CHECKING:
    from kiro_worker.agent.acp.connection import Tap
    from kiro_worker.agent.profile import Profile
    from kiro_worker.forge.github import Credential
    from kiro_worker.gate.base import BaseFiles
    from kiro_worker.gate.project import Project
    from kiro_worker.gate.tests import TestsGate

# Ends of names by which people call secrets; the values of such variables are never written anywhere.
_SECRET_ENDS = (
    "_TOKEN", "_SECRET", "_PASSWORD", "_PASSWD", "_API_KEY", "_ACCESS_KEY", "_SECRET_KEY", "_PRIVATE_KEY",
    "_SSH_KEY", "_CONNECTION_STRING", "_CREDENTIALS",
)  # fmt: skip
_ENVIRONMENT_NAMES = ("KIRO_WORKER_ENVIRONMENT", "ENVIRONMENT")

Hear = Callable[[AgentEvent], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the worker finds on this machine.

    Attributes:
        environment: the worker's own variables; nothing else in the product reads them.
        state: where state.db, mirrors, workspaces, runs and trash lie, on one file system.
        user_settings: the operator's own file, when there is one.
    """

    environment: Mapping[str, str]
    state: Path
    home: Path
    user_settings: bytes | None = None

    @property
    def runs(self) -> Path:
        """Where the files of runs are kept."""
        return self.state / "runs"

    def secrets(self) -> tuple[Secret, ...]:
        """Every variable that is a secret by its name."""
        named = (name for name in self.environment if name.upper().endswith(_SECRET_ENDS))
        return tuple(Secret(name, self.environment[name]) for name in sorted(named) if self.environment[name].strip())


def this_machine(environment: Mapping[str, str] | None = None) -> Machine:
    """The machine as the XDG base directory specification describes it."""
    given = dict(os.environ if environment is None else environment)
    home = Path(given.get("HOME") or Path.home())
    state = Path(given.get("XDG_STATE_HOME") or home / ".local/state") / "kiro-worker"
    settings = Path(given.get("XDG_CONFIG_HOME") or home / ".config") / USER_FILE.removeprefix("~/.config/")
    own = settings.read_bytes() if settings.is_file() else None
    return Machine(environment=given, state=state.absolute(), home=home, user_settings=own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What every verb that does something needs."""

    machine: Machine
    clock: Clock
    children: Children
    git: Git
    state: State
    registry: Registry
    redactor: Redactor

    def artifacts(self) -> LocalArtifacts:
        """Where runs' files are kept."""
        return LocalArtifacts(self.machine.runs)


@contextlib.asynccontextmanager
async def workshop(machine: Machine) -> AsyncIterator[Workshop]:
    """Open the state and own the processes; both are given back at the end."""
    clock = SystemClock()
    redactor = Redactor(machine.secrets())
    state = open_state(machine.state)
    try:
        async with Children(clock) as children:
            git = Git(
                children,
                home=machine.state / "git-home",
                redact=redactor.text,
                environment=machine.environment,
                clock=clock,
            )
            yield Workshop(
                machine=machine,
                clock=clock,
                children=children,
                git=git,
                state=state,
                registry=Registry(state),
                redactor=redactor,
            )
    finally:
        state.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person or a platform asked for.

    Attributes:
        flags: settings by dotted name, as `config.load` takes them.
        resumes: the run to go on with, and a commit of it that was not pushed.
    """

    whence: Whence
    flags: Mapping[str, Any]
    resumes: str = ""
    adopt: Oid | None = None


async def run(shop: Workshop, wanted: Wanted, *, listen: Listener, show: Hear, stop: Stop) -> Outcome:
    """Carry out one run from beginning to end."""
    early = early_settings(shop.machine, wanted.flags)
    whence = replace(wanted.whence, remote=wanted.whence.remote or early.remote)
    if not whence.branch and early.branch.name:
        whence = replace(whence, branch=early.branch.name)
    source = await find_source(whence, shop.git)
    order = Order(
        run=new_run_id(shop.clock.now()),
        repository=source.url,
        branch=source.branch,
        base=early.branch.base,
        resumes=wanted.resumes,
        adopt=wanted.adopt,
    )
    folder = shop.machine.runs / order.run
    with (
        Journal(folder / FILE_NAME, shop.clock, shop.redactor) as journal,
        Transcript(folder / TRANSCRIPT, shop.clock, shop.redactor) as transcript,
    ):
        journal.listeners += [listen, _keep_up(shop.registry, order)]
        _begin(shop, order, early, wanted, journal)
        async with workspaces_for(shop, source, early) as workspaces:
            work = Undertaking(
                order=order,
                clock=shop.clock,
                redactor=shop.redactor,
                secrets=shop.machine.secrets(),
                journal=journal,
                transcript=transcript,
                artifacts=shop.artifacts(),
                workspaces=workspaces,
                equip=_Equip(shop, source, order, wanted.flags),
                folder=folder,
                border=randomness.token_hex(6),
                show=show,
                began=shop.clock.monotonic(),
            )
            outcome = await carry_out(work, stop)
    verdict = outcome.run.verdict
    assert verdict is not None
    shop.registry.end(order.run, ended=stamp(shop.clock.now()), verdict=verdict.value)
    return outcome


def _begin(shop: Workshop, order: Order, early: Config, wanted: Wanted, journal: Journal) -> None:
    now = shop.clock.now()
    shop.registry.begin(
        RunEntry(
            run=order.run,
            repository=order.repository,
            branch=order.branch or "",
            spec=early.spec.name,
            agent=early.agent.name,
            holder=this_holder(order.run),
            began=stamp(now),
            resumes=order.resumes,
            options={"flags": _plain(wanted.flags), "new_branch": order.branch is None},
        )
    )
    journal.write(
        "run.started",
        run=order.run,
        version=kiro_worker.__version__,
        repository=order.repository,
        branch=order.branch or "",
        agent=early.agent.name,
        environment=early.environment,
        build_url=early.build_url,
        resumes=order.resumes,
        pid=os.getpid(),
    )


def _keep_up(registry: Registry, order: Order) -> Listener:
    """Tells the registry of branch and spec as soon as they are known: a run that is killed is found by them."""
    known = {"branch": order.branch or "", "spec": ""}

    def heard(event: Event) -> None:
        if event.name in {"run.admitted", "workspace.prepared"}:
            known.update({name: event.facts[name] for name in known if event.facts.get(name)})
            registry.settle(order.run, **known)

    return heard


def _plain(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in flags.items() if value is not None
    }


# Settings


def early_settings(machine: Machine, flags: Mapping[str, Any]) -> Config:
    """The settings that are known before the repository is: no file of it can change where it is fetched from."""
    # A named environment without its file is a fault, and its file is in the repository.
    variables = {name: value for name, value in machine.environment.items() if name not in _ENVIRONMENT_NAMES}
    known = {name: value for name, value in flags.items() if name != "environment"}
    config = load(Sources(flags=known, variables=variables, user=machine.user_settings, base={})).config
    return replace(config, environment=environment_of(machine, flags))  # type: ignore[arg-type]  # checked by the full load


def environment_of(machine: Machine, flags: Mapping[str, Any]) -> str:
    """The environment that was asked for: test, staging, production, or none."""
    named = (machine.environment.get(name) for name in _ENVIRONMENT_NAMES)
    return str(flags.get("environment") or next(filter(None, named), ""))


async def settings_at(machine: Machine, workspaces: Workspaces, snapshot: Snapshot, flags: Mapping[str, Any]) -> Loaded:
    """All settings of a branch, with those that guard from its base."""
    return load(await sources_at(machine, workspaces, snapshot, flags))


async def sources_at(machine: Machine, workspaces: Workspaces, snapshot: Snapshot, flags: Mapping[str, Any]) -> Sources:
    """Where the settings of a branch come from."""
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


# Git


@contextlib.asynccontextmanager
async def workspaces_for(shop: Workshop, source: Source, early: Config) -> AsyncIterator[GitWorkspaces]:
    """The workspaces of one repository, under the settings that are known before it is."""
    commit = early.commit
    author = Identity(name=commit.author_name, email=commit.author_email)
    committer = Identity(
        name=commit.committer_name or commit.author_name, email=commit.committer_email or commit.author_email
    )
    async with GitWorkspaces(
        shop.git.with_secrets(git_secrets(shop, source, early)),
        Remote(url=source.url),
        shop.machine.state,
        author=author,
        committer=committer,
        shallow=early.workspace.mirror == "shallow",
    ) as workspaces:
        yield workspaces


def git_secrets(shop: Workshop, source: Source, config: Config) -> GitSecrets:
    """What git gets to sign in with: what the address held, else the forge's token for a forge reached over HTTPS.

    Without either, git asks the helpers and keys of the worker's own user.
    """
    if source.secrets or not source.url.startswith("https://"):
        return source.secrets
    try:
        credential = _github_credential(shop, config, github_repository(parse_remote(source.url)))
    except (CredentialMissing, ForgeUnknown):
        return {}

    async def header() -> Mapping[str, str]:
        basic = b64encode(f"x-access-token:{await credential.token()}".encode()).decode()
        return http_header(source.url, f"Authorization: Basic {basic}")

    return header


# Equipment


@dataclass(frozen=True, slots=True)
class _Equip:
    """See `run.undertaking.Equip`."""

    shop: Workshop
    source: Source
    order: Order
    flags: Mapping[str, Any]

    async def __call__(self, workspaces: Workspaces, snapshot: Snapshot) -> Equipment:
        loaded = await settings_at(self.shop.machine, workspaces, snapshot, self.flags)
        config = loaded.config
        agent, homes = agent_for(self.shop, config, self.shop.machine.state / "homes" / self.order.run)
        return Equipment(
            config=config,
            agent=agent,
            homes=homes,
            forge=forge_for(self.shop, config, self.source.url),
            leases=leases_for(self.shop, config, self.source),
            gates=await self._gates(workspaces, snapshot, loaded),
            notes=loaded.warnings,
            origins={name: each.origin for name, each in loaded.settings.items() if each.origin != "default"},
        )

    async def _gates(self, workspaces: Workspaces, snapshot: Snapshot, loaded: Loaded) -> "Project":
        from kiro_worker.gate.project import Project

        assert snapshot.base is not None
        config = loaded.config
        return Project(
            gate_settings(loaded),
            config.limits,
            self.shop.children,
            self.shop.clock,
            base=await base_files(workspaces, snapshot.base),
            buildspec=loaded.buildspec.install_commands,
            place=self.shop.machine.state / "gates" / self.order.run,
            worker=self.shop.machine.environment,
            refused=credential_names(config.environment, config.forge.token_variable),
        )


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


def gate_settings(loaded: Loaded) -> GateSettings:
    """The gates' settings; where no test command is set, the base branch's buildspec says how it tests."""
    gates = loaded.config.gates
    commands = loaded.buildspec.test_commands
    if gates.test_command or not commands:
        return gates
    return replace(gates, test_command="\n".join(("set -e", *commands)))


def agent_for(shop: Workshop, config: Config, folder: Path, *, tap: "Tap | None" = None) -> tuple[Agent, "Homes"]:
    """The agent that the settings name, and what makes its HOMEs.

    With a tap, which hears all that goes over the wire, it has to be one that speaks the Agent Client Protocol.

    Raises:
        ProfileUnknown: there is no agent of that name.
        ProtocolUnknown: there is one, and it is not known how to speak to it that way.
        NotRecordable: there is a tap, and no wire to put it on.
    """
    from kiro_worker.agent.profile import (
        AgentProtocol,
        ProfileUnknown,
        profile_for,
        profile_named,
        profile_speaking,
    )

    wanted = config.agent
    protocol = AgentProtocol.ACP if wanted.protocol == "auto" else AgentProtocol(wanted.protocol)
    try:
        named = wanted.name
        profile = profile_named(named) if wanted.protocol == "auto" else profile_speaking(named, protocol)
    except ProfileUnknown:
        if " " not in wanted.name and "/" not in wanted.name and wanted.name.isidentifier():
            raise
        profile = profile_for(wanted.name, protocol)
    if tap is not None and profile.protocol is not AgentProtocol.ACP:
        from kiro_worker.agent.record.fault import NotRecordable

        raise NotRecordable(agent=profile.name, protocol=profile.protocol.value)
    homes = Homes(shop.machine, config, profile, folder)
    given: dict[str, Any] = {"args": wanted.args, "model": wanted.model, "clock": shop.clock}
    match profile.protocol:
        case AgentProtocol.ACP:
            from kiro_worker.agent.acp import AcpAgent

            return AcpAgent(profile, shop.children, mode=wanted.mode, tap=tap, **given), homes
        case AgentProtocol.HEADLESS:
            from kiro_worker.agent.kiro_headless import HeadlessAgent

            return HeadlessAgent(profile, shop.children, **given), homes
        case AgentProtocol.PTY:
            from kiro_worker.agent.pty import PtyAgent

            return PtyAgent(profile, shop.children, **given), homes


class Homes:
    """See `run.undertaking.AgentHomes`."""

    def __init__(self, machine: Machine, config: Config, profile: "Profile", folder: Path) -> None:
        self._machine, self._config, self._profile, self._folder = machine, config, profile, folder

    def fresh(self, name: str) -> Mapping[str, str]:
        """See `AgentHomes.fresh`."""
        from kiro_worker.agent.home import agent_environment, make_home

        home = self._folder / "".join(sign if sign.isalnum() or sign in ".-" else "_" for sign in name)
        wanted = self._config.agent
        if not home.exists():
            make_home(home, self._profile, real=self._machine.home, more_files=wanted.files)
        return agent_environment(self._profile, self._machine.environment, home=home, more_variables=wanted.variables)

    def clear(self) -> None:
        """See `AgentHomes.clear`."""
        import shutil

        shutil.rmtree(self._folder, ignore_errors=True)


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
    return GitHubForge(repository, _github_credential(shop, config, repository), clock=shop.clock)


def _github_credential(shop: Workshop, config: Config, repository: GitHubRepository) -> "Credential":
    from kiro_worker.forge.github import AppInstallation, AppKey, Token

    settings, variables = config.forge, shop.machine.environment
    if not settings.app_id:
        found = find_credential(config.environment, settings.token_variable, variables)
        return Token(found.value, source=found.name)
    found = find_credential(config.environment, settings.private_key_variable, variables)
    key = AppKey(settings.app_id, found.value, source=found.name, clock=shop.clock)
    return AppInstallation(repository, key, clock=shop.clock, installation_id=settings.installation_id)

"""How a run's processes are isolated, from its settings."""

import os
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from kiro_worker.bootstrap.machine import Machine
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config, IsolationSettings
from kiro_worker.isolation import Ground, Isolation
from kiro_worker.isolation.account import account_for
from kiro_worker.isolation.choice import Chosen, choose
from kiro_worker.isolation.enclosure import Enclosure
from kiro_worker.isolation.fault import IsolationMissing
from kiro_worker.isolation.ration import MIB, Ration, machine_memory
from kiro_worker.isolation.tools import tools_for
from kiro_worker.value import dataclass

if TYPE_CHECKING:
    from kiro_worker.agent.profile import Profile
    from kiro_worker.isolation.confined import Confined

# Of the machine's memory, where the settings say nothing.
_SHARE = 0.75


def isolations(machine: Machine, config: Config, profile: "Profile", *, run: str) -> tuple[Isolation, ...]:
    """All there are, the strongest first.

    Raises:
        AccountUnfit: the settings name an account that cannot be used.
    """
    from kiro_worker.isolation.bubblewrap import BubblewrapIsolation
    from kiro_worker.isolation.none import NoIsolation
    from kiro_worker.isolation.user import UserIsolation

    account = account_for(run, named=config.isolation.account)
    path = machine.environment.get("PATH", os.defpath)
    needed = (which(profile.command[0], path=path), which("python3", path=path), which("node", path=path))
    return (
        BubblewrapIsolation(account, state=machine.state, search_path=path),
        UserIsolation(account, state=machine.state, programs=[Path(program) for program in needed if program]),
        NoIsolation(),
    )


async def enclose(shop: Workshop, config: Config, profile: "Profile", *, run: str) -> Enclosure:
    """What isolates a run; it is closed with the workshop, or when the same run is enclosed again.

    Raises:
        IsolationMissing: the isolation that the settings name does not work here.
    """
    await shop.open_up(run)
    candidates = isolations(shop.machine, config, profile, run=run)
    chosen = await choose(config.isolation.kind, candidates, shop.children)
    _demand_network_of_its_own(config.isolation, chosen)
    enclosure = Enclosure(shop.children, chosen, ration_of(config.isolation))
    shop.enclosures[run] = enclosure
    await enclosure.open()
    return enclosure


def _demand_network_of_its_own(settings: IsolationSettings, chosen: Chosen) -> None:
    """Where no network is to be reached, an isolation that cannot keep it away is no substitute.

    Raises:
        IsolationMissing: another one than bubblewrap would be used.
    """
    wanted = [name for name in ("network", "test_network") if getattr(settings, name) == "none"]
    if wanted and chosen.isolation.name != "bubblewrap":
        why = chosen.passed_over.get("bubblewrap", f"isolation.kind is {settings.kind}")
        raise IsolationMissing(name="bubblewrap", reason=f"isolation.{wanted[0]} is none, which needs it, and {why}")


def ration_of(settings: IsolationSettings) -> Ration:
    """What the settings allow a run's processes."""
    return Ration(
        memory=settings.memory * MIB or int(machine_memory() * _SHARE),
        processes=settings.processes,
        cpu_weight=settings.cpu_weight,
        cpu_seconds=settings.cpu_seconds,
        open_files=settings.open_files,
        file_size=settings.file_size * MIB,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """The grounds of one run.

    Attributes:
        run: its id, by which its folders are called.
        tools: what the machine's programs need, for whoever is confined.
    """

    machine: Machine
    config: Config
    run: str
    tools: tuple[Path, ...]

    def of_agent(self, profile: "Profile") -> Ground:
        """What the agent and the commands that it has run for it may touch."""
        home = self.machine.home
        program, *arguments = profile.command
        # Where it lies, seen from here: `./my-agent` is started by its whole path, so that is what is shown to it.
        program = str(Path(program).absolute()) if "/" in program else program
        words = (program, *arguments, *self.config.agent.args)
        folders = tuple(home / name for name in profile.tool_folders)
        own = tools_for({}, words=words, folders=folders, home=home)
        return Ground(
            tree=self._tree,
            homes=self.machine.state / "homes" / self.run,
            readable=(*self.tools, *own, *self._visible),
            private=self._private,
            network=self.config.isolation.network == "host",
        )

    def of_setup(self) -> Ground:
        """What the project's set-up may touch."""
        return Ground(
            tree=self._tree,
            homes=self._gates,
            writable=(self._gates / "setup",),
            readable=(*self.tools, *self._visible),
            private=self._private,
            network=self.config.isolation.network == "host",
        )

    def of_tests(self) -> Ground:
        """What the project's tests may touch: not what the set-up made, but to read it."""
        return Ground(
            tree=self._tree,
            homes=self._gates,
            writable=tuple(self._gates / name for name in ("check", "reports", "setup/compiled")),
            readable=(*self.tools, *self._visible, self._gates / "setup"),
            private=self._private,
            network=self.config.isolation.test_network == "host",
        )

    @property
    def _tree(self) -> Path:
        return self.machine.state / "workspaces" / self.run / "tree"

    @property
    def _gates(self) -> Path:
        return self.machine.state / "gates" / self.run

    @property
    def _visible(self) -> tuple[Path, ...]:
        return tuple(Path(name) for name in self.config.isolation.visible)

    @property
    def _private(self) -> tuple[Path, ...]:
        return (self.machine.state, self.machine.home)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinements:
    """Who starts the processes of a run, each on its own ground."""

    agent: "Confined"
    setup: "Confined"
    tests: "Confined"


def confine(enclosure: Enclosure, machine: Machine, config: Config, profile: "Profile", *, run: str) -> Confinements:
    """The starters of one run's processes."""
    tools = tools_for(machine.environment, home=machine.home)
    grounds = Grounds(machine=machine, config=config, run=run, tools=tools)
    return Confinements(
        agent=enclosure.on(grounds.of_agent(profile)),
        setup=enclosure.on(grounds.of_setup()),
        tests=enclosure.on(grounds.of_tests()),
    )

"""The poller: what `kiro-worker poll` does, woken by events, on a machine that has no git and whose disk is lost."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from kiro_worker.aws import Aws, AwsFault
from kiro_worker.board.port import CardId
from kiro_worker.bootstrap.builds import codebuild_launches
from kiro_worker.bootstrap.credentials import fetch_credentials
from kiro_worker.bootstrap.dispatch import Dispatching
from kiro_worker.bootstrap.keptstate import UNREAD, UNWRITTEN, KeptState
from kiro_worker.bootstrap.looking import ForgeLooking
from kiro_worker.bootstrap.machine import Machine, this_machine
from kiro_worker.bootstrap.metrics import tell_of_poll
from kiro_worker.bootstrap.projectconfig import settings_of
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.config.settings import Config
from kiro_worker.dispatch.book import BEGUN, Book, Entry
from kiro_worker.dispatch.report import Report
from kiro_worker.error import Fault, WorkerError
from kiro_worker.forge.github.content import Kept
from kiro_worker.forge.traffic import counted
from kiro_worker.launch.builds import SeenBuild
from kiro_worker.launch.codebuild import CodeBuildLaunches
from kiro_worker.secret.parameter import ParameterStore
from kiro_worker.state import StateBroken, StateNewer
from kiro_worker.value import dataclass

if TYPE_CHECKING:
    from kiro_worker.forge.traffic import Traffic

PARAMETER = "GITHUB_PROJECT_CONFIG_PARAMETER"
BUCKET = "STATE_BUCKET"
PREFIX = "STATE_PREFIX"
VARIABLES = (PARAMETER, BUCKET, PREFIX)
"""What the function is told besides settings."""

_BOOK = "poller.db"
# Seconds. Tokens and Apps may be changed: whoever is still up after so long signs in anew.
_LONGEST_STANDING = 3600.0
# Seconds, to write the book and say goodbye.
_MARGIN = 8.0


class PollerUnfit(WorkerError):
    """The function is not told what it needs."""

    code = "poller.unfit"
    fault = Fault.CONFIG

    def __init__(self, *, reason: str, cure: str) -> None:
        super().__init__(reason, kept="No card was moved, and no run was begun.", next_step=cure)


class PollLate(WorkerError):
    """The look at the board did not come to its end in the time that a function has."""

    code = "poller.late"
    fault = Fault.FORGE

    def __init__(self, *, seconds: float) -> None:
        super().__init__(
            f"The look at the board was given up after {seconds:.0f} s.",
            kept="What was begun goes on and is noted; the next poll goes on with the rest.",
            next_step="See whether GitHub is slow, or give the function more time.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """One time that the poller was woken.

    Attributes:
        notes: what could not be had, and what was done without it; sentences.
    """

    report: Report
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """What is kept up while nothing changes."""

    made_from: str
    at: float
    open: AsyncExitStack
    shop: Workshop
    launches: CodeBuildLaunches
    dispatching: Dispatching


class Poller:
    """Looks at the board whenever it is woken. One look at a time; any number of pollers may be up.

    Between two looks it keeps what it has: connections, contents of repositories, and what it saw of leases; that one
    is dead shows in what does not move. Whatever is lost with it is found again on the board and in the leases.

    Args:
        environment: of the function.
        folder: where it may write.
        memory: MiB that the function has; 0 tells nothing of it.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path, *, memory: int = 0) -> None:
        missing = [name for name in VARIABLES if not environment.get(name)]
        if missing:
            reason = f"The poller is not told {', '.join(missing)}."
            raise PollerUnfit(reason=reason, cure="Deploy it with the stack: kiro-worker deploy up --stack poller")
        self._environment, self._folder, self._memory = environment, folder, memory
        self._aws, self._contents = Aws(), Kept()
        place = environment[BUCKET], environment[PREFIX] + _BOOK, self._machine("").state
        self._state = KeptState(self._aws, *place, joins=(BEGUN,))
        self._standing: _Standing | None = None
        self._notes: list[str] = []

    async def poll(self, builds: Iterable[str] = (), *, seconds: float) -> Polled:
        """Look at the board once, and do what follows.

        Args:
            builds: ids of builds that an event told of; that they have ended is asked of CodeBuild itself.
            seconds: how long it may take in all.

        Raises:
            WorkerError: nothing could be begun: the settings, a secret, the launcher or the time.
        """
        self._notes = []
        try:
            async with asyncio.timeout(max(1.0, seconds - _MARGIN)):
                with counted() as traffic:
                    report = await self._looked(builds)
                self._tell(report, traffic)
        except TimeoutError:
            await self.close()
            raise PollLate(seconds=seconds) from None
        except BaseException:
            # What has gone wrong once is not relied on again.
            await self.close()
            raise
        await self._keep()
        return Polled(report=report, notes=tuple(self._notes))

    async def close(self) -> None:
        """Write down what is known, and let go of everything."""
        await self._keep()
        standing, self._standing = self._standing, None
        if standing is not None:
            await standing.open.aclose()

    async def _looked(self, builds: Iterable[str]) -> Report:
        before = self._standing
        standing = await self._up()
        report = await self._tick(standing, builds)
        if standing is before and _was_refused(report):
            # The credential may have been changed since: it is fetched anew, and tried once.
            await self.close()
            report = await self._tick(await self._up(), builds)
        return report

    async def _tick(self, standing: _Standing, builds: Iterable[str]) -> Report:
        found = await standing.launches.reconcile(builds)
        for end in found.ends:
            standing.dispatching.dispatcher.hear(end)
        if found.released:
            self._notes.append(
                f"Reservations of runs whose builds have ended were given up: {', '.join(found.released)}."
            )
        async with standing.dispatching.turn() as dispatcher:
            for build in found.held:
                _remember(dispatcher.desk.book, build)
            return await dispatcher.tick()

    async def _up(self) -> _Standing:
        """What was kept up, or all of it made anew."""
        text = await ParameterStore(self._aws).value(self._environment[PARAMETER])
        standing = self._standing
        if standing is not None:
            old = standing.shop.clock.monotonic() - standing.at > _LONGEST_STANDING
            if standing.made_from == text and not old and await self._is_current():
                return standing
            await self.close()
        await self._fetch()
        return await self._opened(text)

    async def _opened(self, text: str) -> _Standing:
        try:
            self._standing = await self._open(text)
        except (StateBroken, StateNewer) as error:
            self._notes.append(f"{error.message} A new one is begun.")
            self._state.forget(keeps=isinstance(error, StateBroken))
            self._standing = await self._open(text)
        return self._standing

    async def _open(self, text: str) -> _Standing:
        machine = self._machine(text)
        async with AsyncExitStack() as made:
            shop = await made.enter_async_context(workshop(machine))
            config = _fit(early_settings(machine, {}))
            await fetch_credentials(shop, config)
            launches = codebuild_launches(shop, config)
            dispatching = Dispatching(
                shop, {}, launches, acts=True, looking=lambda config: ForgeLooking(shop, config, self._contents)
            )
            made.push_async_callback(dispatching.close)
            return _Standing(
                made_from=text,
                at=shop.clock.monotonic(),
                open=made.pop_all(),
                shop=shop,
                launches=launches,
                dispatching=dispatching,
            )

    def _machine(self, text: str) -> Machine:
        told = settings_of(self._environment[PARAMETER], text) if text else {}
        place = {"HOME": str(self._folder), "XDG_STATE_HOME": str(self._folder / "state")}
        return this_machine({**told, **self._environment, **place})

    async def _is_current(self) -> bool:
        try:
            return await self._state.is_current()
        except AwsFault as fault:
            # With what is here it goes on; should somebody else have written, then this one's words are not kept.
            self._notes.append(f"Whether the book is the last one is not known. {fault.message}")
            return True

    async def _fetch(self) -> None:
        try:
            await self._state.fetch()
        except AwsFault as fault:
            self._notes.append(f"{UNREAD}; it is done without. {fault.message}")

    async def _keep(self) -> None:
        if self._standing is None:
            return
        try:
            if not await self._state.keep(self._standing.shop.state):
                self._notes.append("Another poller has written the book meanwhile; what it noted counts.")
        except WorkerError as fault:
            self._notes.append(f"{UNWRITTEN}. {fault.message}")

    def _tell(self, report: Report, traffic: "Traffic") -> None:
        standing = self._standing
        assert standing is not None
        config, clock = standing.dispatching.config, standing.shop.clock
        tell_of_poll(config, clock, report, traffic, holding=report.running, memory=self._memory)


def _fit(config: Config) -> Config:
    if config.launch.kind != "codebuild":
        # Processes of this one would end with it.
        reason = f"Runs cannot happen here: launch.kind is {config.launch.kind}."
        raise PollerUnfit(reason=reason, cure="Set launch.kind to codebuild (KIRO_WORKER_LAUNCH_KIND=codebuild).")
    return config


def _remember(book: Book, build: SeenBuild) -> None:
    """Note a run that the book does not know: whoever began it died before it was kept, or the book was lost since.

    Without it nobody would go on with its card, should the build be killed.
    """
    if build.item and not book.knows(build.run):
        book.begin(
            Entry(
                run=build.run,
                item=CardId(build.item),
                repository=build.repository,
                branch=build.branch,
                place="",
                fresh=False,
                began=build.began,
            )
        )


def _was_refused(report: Report) -> bool:
    return any(fault.startswith(("board.credential", "forge.credential")) for fault in report.faults)

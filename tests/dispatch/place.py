"""A whole dispatcher on a real machine: a local board, real repositories, and a stand-in for the worker it starts."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from pathlib import Path

from e2e.world import REQUIREMENTS, TASKS
from kiro_worker.board.local import LocalBoard, NewCard
from kiro_worker.board.port import CardId
from kiro_worker.bootstrap.boards import local_board
from kiro_worker.bootstrap.dispatch import rules_of
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.sight import MachineSight
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.clock import SystemClock
from kiro_worker.dispatch.book import Book
from kiro_worker.dispatch.desk import Desk
from kiro_worker.dispatch.report import Report
from kiro_worker.dispatch.seeing import Seeing
from kiro_worker.dispatch.tick import Dispatcher
from kiro_worker.dispatch.watch import Bell, hearing
from kiro_worker.launch.inline import InlineLaunches, inline_launches
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.testing.launch_contract import LaunchesContract
from kiro_worker.value import replace

FOLDER = ".kiro/specs/greeting"
SPEC = {f"{FOLDER}/requirements.md": REQUIREMENTS, f"{FOLDER}/tasks.md": TASKS}


@dataclass
class Place:
    """What a test has at hand; `clock` is the dispatcher's own."""

    folder: Path
    shop: Workshop
    clock: HandClock
    launches: InlineLaunches
    board: LocalBoard
    desk: Desk
    remote: BareRemote
    dispatcher: Dispatcher
    ended: list[str] = field(default_factory=list)

    async def card(self, branch: str, *, spec: bool = True, **more) -> CardId:
        """A card for a branch, which is made with a spec; `exit-3` has its runs end so, `wait` lets them go on."""
        if spec:
            self.remote.commit(SPEC, branch=branch, onto=self.remote.tip())
        facts = {"title": branch, "repository": self.remote.url, "branch": branch} | more
        return (await self.board.add(NewCard(**facts))).id

    async def tick(self, **more) -> Report:
        return await self.dispatcher.tick(**more)

    async def ends(self, many: int = 1) -> None:
        """Wait until so many more runs have ended, and the dispatcher has heard of it."""
        async with asyncio.timeout(60):
            while len(self.ended) < many:  # noqa: ASYNC110  # another task hears of them
                await asyncio.sleep(0.01)
        del self.ended[:many]

    async def column(self, card: CardId) -> str:
        found = await self.board.read(card)
        return found.column.value if found.column else found.place

    async def notes(self, card: CardId) -> dict[str, str]:
        return {key.partition(":")[0]: text for key, text, _ in await self.board.notes(card)}

    def set(self, **settings: str) -> None:
        """Other settings from now on, by their name in `dispatch`."""
        flags = {f"dispatch.{name}": value for name, value in settings.items()}
        config = early_settings(self.shop.machine, flags)
        self.desk = self.dispatcher.desk = replace(self.desk, rules=rules_of(config, flags))

    def starts(self, number: int = 0) -> list[list[str]]:
        """The command lines of all that was started, in turn."""
        import json

        paths = sorted((self.folder / "starts").glob("r-*"), key=lambda path: path.stat().st_mtime_ns)
        return [json.loads(path.read_text()) for path in paths[number:]]


@contextlib.asynccontextmanager
async def place(folder: Path, *, glance: float = 0):
    machine = this_machine({"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "PATH": "/usr/bin:/bin"})
    clock = HandClock()
    async with (
        workshop(machine) as shop,
        inline_launches(
            shop.children,
            SystemClock(),
            program=LaunchesContract.program(folder),
            environment=LaunchesContract.environment(folder),
            folder=folder / "launch",
        ) as launches,
    ):
        config = early_settings(machine, {})
        board, sight = local_board(shop, config), MachineSight(shop, machine, config, {})
        desk = Desk(
            board=board,
            launches=launches,
            book=Book(shop.state, board.name),
            sight=sight,
            clock=clock,
            rules=rules_of(config, {}),
            redact=shop.redactor.text,
        )
        remote = BareRemote(folder / "shop.git")
        remote.commit({"a.txt": b"a"})
        here = Place(
            folder, shop, clock, launches, board, desk, remote, Dispatcher(desk, Seeing(glance=glance, strange=0))
        )
        bell = Bell()

        class Heard:
            def hear(self, end):
                here.dispatcher.hear(end)
                here.ended.append(end.run)

        async with hearing(launches, Heard, bell):
            yield here
            await launches.close()
        await sight.anew()

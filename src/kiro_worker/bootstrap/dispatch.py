"""The dispatcher with everything it needs, under the operator's settings as they are now."""

import contextlib
import fcntl
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from kiro_worker.board.port import Boards
from kiro_worker.bootstrap.boards import board_for
from kiro_worker.bootstrap.feedback import listening_for
from kiro_worker.bootstrap.looking import Looking
from kiro_worker.bootstrap.machine import Machine, this_machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.sight import INLINE, MachineSight
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.credentials import credential_variables
from kiro_worker.config.settings import Config, DispatchSettings
from kiro_worker.config.value import shown
from kiro_worker.dispatch.book import Book
from kiro_worker.dispatch.desk import Desk, Rules
from kiro_worker.dispatch.eligibility import Demands
from kiro_worker.dispatch.feedback.memory import FeedbackMemory
from kiro_worker.dispatch.order import Limits
from kiro_worker.dispatch.tick import Dispatcher
from kiro_worker.error import Fault, WorkerError
from kiro_worker.launch.port import Launches

# What says which branch and spec is each card's own to say.
_OF_ONE_RUN = ("branch.name", "spec.", "dispatch.", "feedback.")
_TURN_SECONDS = 120.0
_KEEP_TRYING = 0.1


class DispatchBusy(WorkerError):
    """Another dispatcher of this machine does not come to the end of its turn."""

    code = "dispatch.busy"
    fault = Fault.BUSY

    def __init__(self, *, path: str) -> None:
        super().__init__(
            f"Another kiro-worker poll or watch of this machine has had its turn for {_TURN_SECONDS:.0f} s.",
            kept="Nothing was begun; runs that are under way go on.",
            next_step=f"See who it is: fuser {path}",
        )


@contextlib.asynccontextmanager
async def launches_for(shop: Workshop, flags: Mapping[str, Any], *, acts: bool = True) -> AsyncIterator[Launches]:
    """Where runs happen.

    What was started inline is ended in order when it is left; what is in the machine's queue, or a build, goes on.

    Args:
        shop: the machine.
        flags: settings of the command line.
        acts: whether anything may be written.
    """
    config = early_settings(shop.machine, flags)
    if config.launch.kind == "queue":
        from kiro_worker.bootstrap.queue import queue_launches

        queue = queue_launches(shop, config, acts=acts)
        try:
            yield queue
        finally:
            await queue.close()
        return
    if config.launch.kind == "codebuild":
        from kiro_worker.bootstrap.builds import codebuild_launches

        yield codebuild_launches(shop, config, acts=acts)
        return
    from kiro_worker.launch.inline import inline_launches

    # `-P`: the folder that it is started in has no say in what is loaded.
    program = (sys.executable, "-P", "-m", "kiro_worker")
    async with inline_launches(
        shop.children,
        shop.clock,
        program=program,
        environment=shop.machine.environment,
        folder=shop.machine.state / INLINE,
    ) as launches:
        yield launches


class Dispatching:
    """A dispatcher whose settings can be read again.

    Args:
        shop: the machine.
        flags: settings of the command line.
        launches: where runs happen.
        acts: whether anything may be written.
        looking: how repositories are looked into; with git where nothing else is said.
    """

    def __init__(
        self,
        shop: Workshop,
        flags: Mapping[str, Any],
        launches: Launches,
        *,
        acts: bool,
        looking: Callable[[Config], Looking] | None = None,
    ) -> None:
        self._shop, self._flags, self._launches, self._acts = shop, flags, launches, acts
        self._looking = looking
        self._machine = shop.machine
        self.config = early_settings(shop.machine, flags)
        self._board, self._sight = self._opened(self.config, shop.machine)
        self.dispatcher = Dispatcher(self._desk(self.config))

    def _opened(self, config: Config, machine: Machine) -> tuple[Boards, MachineSight]:
        # Before anything can be written: what stands in a file is in no variable that the redactor knows.
        self._shop.keep_out(machine.filed(*credential_variables(config)))
        looking = None if self._looking is None else self._looking(config)
        sight = MachineSight(self._shop, machine, config, _handed_on(self._flags), looking)
        return board_for(self._shop, config), sight

    def _desk(self, config: Config) -> Desk:
        memory = FeedbackMemory(self._shop.state, self._board.name)
        self.listening = listening_for(self._shop, config, memory)
        return Desk(
            board=self._board,
            launches=self._launches,
            book=Book(self._shop.state, self._board.name),
            sight=self._sight,
            clock=self._shop.clock,
            rules=rules_of(config, self._flags),
            redact=self._shop.redactor.text,
            acts=self._acts,
            listener=self.listening,
            errand=memory.errand,
        )

    @property
    def interval(self) -> float:
        """Seconds between two ticks."""
        return self.config.dispatch.interval.total_seconds()

    async def reread(self) -> str:
        """Read the operator's settings again, if they were changed; a sentence about what came of it.

        Settings that cannot be used are left, and those of before go on to count.
        """
        machine = this_machine(self._shop.machine.environment)
        if machine.user_settings == self._machine.user_settings:
            return ""
        self._machine = machine
        try:
            config = early_settings(machine, self._flags)
            if config == self.config:
                return ""
            board, sight = self._opened(config, machine)
        except WorkerError as error:
            return f"The settings were changed and cannot be used; those of before go on to count. {error.message}"
        await self.close()
        self._board, self._sight, self.config = board, sight, config
        self.dispatcher.desk = self._desk(config)
        return "The settings were changed, and count from now on."

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[Dispatcher]:
        """The dispatcher, while no other of this machine is in the middle of a tick.

        For order's sake alone: two at once would do some things twice, and harm nothing.

        Raises:
            DispatchBusy: another does not come to an end.
        """
        path = self._shop.machine.state / "dispatch.lock"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            until = self._shop.clock.monotonic() + _TURN_SECONDS
            while not _locked(held):
                if self._shop.clock.monotonic() > until:
                    raise DispatchBusy(path=str(path))
                await self._shop.clock.sleep(_KEEP_TRYING)
            yield self.dispatcher
        finally:
            os.close(held)

    async def close(self) -> None:
        """Let go of board and repositories."""
        await self._sight.anew()
        await self._board.close()


def rules_of(config: Config, flags: Mapping[str, Any]) -> Rules:
    """What the settings say about taking work."""
    wanted: DispatchSettings = config.dispatch
    return Rules(
        demands=Demands(
            paused=wanted.paused,
            create_pull_request=config.forge.create_pull_request,
            strict_spec=wanted.strict_spec,
            labels=wanted.labels,
            without_labels=wanted.without_labels,
            authors=wanted.authors,
        ),
        limits=Limits(
            parallel=wanted.max_parallel,
            per_repository=wanted.per_repository,
            per_column={column: int(most) for column, most in wanted.per_column},
        ),
        most_tries=wanted.most_tries,
        handed_on={name: shown(value) for name, value in _handed_on(flags).items()},
    )


def _handed_on(flags: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in flags.items() if value is not None and not name.startswith(_OF_ONE_RUN)}


def _locked(held: int) -> bool:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""What every verb that does something needs; what costs time is made when it is first asked for."""

import contextlib
from collections.abc import AsyncIterator
from functools import cached_property
from typing import TYPE_CHECKING

from kiro_worker.bootstrap.machine import Machine
from kiro_worker.clock import Clock, SystemClock
from kiro_worker.git.program import Git
from kiro_worker.process import Children

if TYPE_CHECKING:
    from kiro_worker.artifact.local import LocalArtifacts
    from kiro_worker.redact import Redactor
    from kiro_worker.run.registry import Registry
    from kiro_worker.state import State


class Workshop:
    """The machine, its clock and processes, git, and the machine's database."""

    def __init__(self, machine: Machine, clock: Clock, children: Children) -> None:
        self.machine = machine
        self.clock = clock
        self.children = children
        self.git = Git(
            children,
            home=machine.state / "git-home",
            redact=lambda text: self.redactor.text(text),  # made when git first says something  # noqa: PLW0108
            environment=machine.environment,
            clock=clock,
        )

    @cached_property
    def redactor(self) -> "Redactor":
        """Knows the secrets of the worker's own environment."""
        from kiro_worker.redact import Redactor

        return Redactor(self.machine.secrets())

    @cached_property
    def state(self) -> "State":
        """The machine's database.

        Raises:
            WorkerError: it cannot be used.
        """
        from kiro_worker.state import open_state

        return open_state(self.machine.state)

    @cached_property
    def registry(self) -> "Registry":
        """The runs of this machine."""
        from kiro_worker.run.registry import Registry

        return Registry(self.state)

    def artifacts(self) -> "LocalArtifacts":
        """Where runs' files are kept."""
        from kiro_worker.artifact.local import LocalArtifacts

        return LocalArtifacts(self.machine.runs)

    def close(self) -> None:
        """Let go of the database, if it was opened."""
        if "state" in self.__dict__:
            self.state.close()


@contextlib.asynccontextmanager
async def workshop(machine: Machine) -> AsyncIterator[Workshop]:
    """Own the processes; all are ended, and the database is closed, when it is left."""
    clock = SystemClock()
    async with Children(clock) as children:
        shop = Workshop(machine, clock, children)
        try:
            yield shop
        finally:
            shop.close()

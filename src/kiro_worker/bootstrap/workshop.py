"""What every verb that does something needs; what costs time is made when it is first asked for."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from kiro_worker.bootstrap.credentials import Credentials
from kiro_worker.bootstrap.machine import Machine
from kiro_worker.clock import Clock, SystemClock
from kiro_worker.git.program import Git
from kiro_worker.process import Children
from kiro_worker.process.kernel import hide_memory

if TYPE_CHECKING:
    from kiro_worker.artifact.local import LocalArtifacts
    from kiro_worker.aws import Aws
    from kiro_worker.isolation.enclosure import Enclosure
    from kiro_worker.redact import Redactor, Secret
    from kiro_worker.run.registry import Registry
    from kiro_worker.state import State


class Workshop:
    """The machine, its clock and processes, git, and the machine's database."""

    def __init__(self, machine: Machine, clock: Clock, children: Children) -> None:
        self.machine = machine
        self.clock = clock
        self.children = children
        self._hidden: tuple[Secret, ...] = ()
        # What was fetched from where AWS keeps it.
        self.credentials = Credentials()
        # What isolates each run that has begun here.
        self.enclosures: dict[str, Enclosure] = {}
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

        return Redactor(self.secrets)

    @property
    def secrets(self) -> "tuple[Secret, ...]":
        """Every secret that is known so far."""
        return (*self.machine.secrets(), *self._hidden)

    @cached_property
    def state(self) -> "State":
        """The machine's database.

        Raises:
            WorkerError: it cannot be used.
        """
        from kiro_worker.state import open_state

        return open_state(self.machine.state)

    @cached_property
    def aws(self) -> "Aws":
        """Asks Amazon's services as this process; a client costs some time, so all that ask share it."""
        from kiro_worker.aws import Aws

        return Aws()

    @cached_property
    def registry(self) -> "Registry":
        """The runs of this machine."""
        from kiro_worker.run.registry import Registry

        return Registry(self.state)

    def known_secret(self, name: str) -> "Secret | None":
        """A secret by its name, if the redactor knows it: no other may be used; what was looked up last counts."""
        return next((secret for secret in (*self._hidden, *self.machine.secrets()) if secret.name == name), None)

    def keep_out(self, secrets: "Iterable[Secret]") -> None:
        """Make more secrets known to the redactor, before it is handed to anybody who writes."""
        more = tuple(secrets)
        if more:
            self._hidden = (*more, *self._hidden)
            # It is made anew when somebody next asks for it.
            self.__dict__.pop("redactor", None)

    def artifacts(self) -> "LocalArtifacts":
        """Where runs' files are kept."""
        from kiro_worker.artifact.local import LocalArtifacts

        return LocalArtifacts(self.machine.runs)

    async def open_up(self, run: str | None = None) -> None:
        """Give back what isolated a run, or all of them."""
        for name in [run] if run is not None else list(self.enclosures):
            if name in self.enclosures:
                await self.enclosures.pop(name).close()

    def close(self) -> None:
        """Let go of the database, if it was opened."""
        if "state" in self.__dict__:
            self.state.close()


@contextlib.asynccontextmanager
async def workshop(machine: Machine, clock: Clock | None = None) -> AsyncIterator[Workshop]:
    """Own the processes; all are ended, and the database is closed, when it is left."""
    clock = clock or SystemClock()
    hide_memory()
    async with Children(clock) as children:
        shop = Workshop(machine, clock, children)
        try:
            yield shop
        finally:
            await shop.open_up()
            shop.close()

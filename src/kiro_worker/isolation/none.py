"""No isolation: what is started is the worker's own user, and is held by its environment and its limits alone."""

from dataclasses import replace
from pathlib import Path

from kiro_worker.isolation.environment import sieved
from kiro_worker.isolation.port import Ground, Probe
from kiro_worker.process import Children, Command


class NoIsolation:
    """See `Isolation`. A process gets a HOME of its own, and no descriptor besides its three."""

    name = "none"
    own_account = False

    async def probe(self, children: Children) -> Probe:  # noqa: ARG002  # the port's
        """See `Isolation.probe`."""
        return Probe(works=True)

    def confine(self, command: Command, ground: Ground) -> Command:  # noqa: ARG002  # the port's
        """See `Isolation.confine`."""
        return replace(command, environment=sieved(command.environment))

    def settle(self, ground: Ground) -> None:
        """See `Isolation.settle`: the processes are the folders' owner anyway."""

    def regain(self, ground: Ground) -> None:
        """See `Isolation.regain`."""

    def lend(self, home: Path) -> None:
        """See `Isolation.lend`."""

    def close(self, home: Path) -> None:
        """See `Isolation.close`."""

    def restore(self, ground: Ground) -> None:
        """See `Isolation.restore`."""

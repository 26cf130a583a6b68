"""Processes that are started like any other, and are confined to a ground without their starter knowing how."""

import asyncio
import signal
from dataclasses import replace
from pathlib import Path

from kiro_worker.isolation.port import Ground, Isolation
from kiro_worker.process import Child, Children, Command, Exit, Limits, Restraint
from kiro_worker.process.children import OnOutput


class Confined(Children):
    """See `Children`. Every command is confined first, and the ground is the processes' own while there is one.

    Args:
        children: owns the processes.
        isolation: how.
        ground: to what.
        restraint: limits and control groups, for each of them.
    """

    def __init__(self, children: Children, isolation: Isolation, ground: Ground, restraint: Restraint) -> None:
        super().__init__()
        self.holds_orphans = children.holds_orphans
        self.ground = ground
        self._children, self._isolation, self._restraint = children, isolation, restraint
        # The HOME of each tree that runs: the last that leaves closes it, and the ground, behind it.
        self._inside: dict[object, tuple[Path, ...]] = {}
        self._door = asyncio.Lock()

    async def foresee(self, command: Command) -> None:
        """See `Children.foresee`."""
        await asyncio.to_thread(self._isolation.confine, command, self.ground)

    async def start(
        self,
        command: Command,
        *,
        stdin: int | None = None,
        stdout: int | None = None,
        owned: bool = True,
        farewell: signal.Signals = signal.SIGKILL,
    ) -> Child:
        """See `Children.start`.

        Raises:
            NotStarted: or the subclass that fits.
        """
        key = object()
        confined = await self._enter(key, command)
        try:
            child = await self._children.start(confined, stdin=stdin, stdout=stdout, owned=owned, farewell=farewell)
        except BaseException:
            await asyncio.shield(self._leave(key))
            raise
        self._inside[child.tree] = self._inside.pop(key)
        return child

    async def run(
        self,
        command: Command,
        limits: Limits | None = None,
        *,
        on_output: OnOutput | None = None,
        whole_tree: bool = True,  # noqa: ARG002  # see above
        owned: bool | None = None,
    ) -> Exit:
        """See `Children.run`. Whatever is confined is ended with its tree: it is never trusted to leave nothing."""
        key = object()
        confined = await self._enter(key, command)
        try:
            return await self._children.run(confined, limits, on_output=on_output, owned=owned)
        finally:
            await asyncio.shield(self._leave(key))

    async def end(self, child: Child, *, grace: float = 2.0, whole_tree: bool = True) -> None:  # noqa: ARG002
        """See `Children.end`."""
        try:
            await self._children.end(child, grace=grace)
        finally:
            await asyncio.shield(self._leave(child.tree))

    async def _enter(self, key: object, command: Command) -> Command:
        own = self.ground.own(command)
        async with self._door:
            if not self._inside:
                await asyncio.to_thread(self._isolation.settle, self.ground)
            for home in own:
                if all(home not in homes for homes in self._inside.values()):
                    await asyncio.to_thread(self._isolation.lend, home)
            self._inside[key] = own
        try:
            return self._isolation.confine(replace(command, restraint=self._restraint), self.ground)
        except BaseException:
            await asyncio.shield(self._leave(key))
            raise

    async def _leave(self, key: object) -> None:
        async with self._door:
            for home in self._inside.pop(key, ()):
                if all(home not in homes for homes in self._inside.values()):
                    await asyncio.to_thread(self._isolation.close, home)
            if not self._inside:
                await asyncio.to_thread(self._isolation.regain, self.ground)

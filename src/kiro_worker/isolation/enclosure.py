"""All that isolates one run: the isolation, and the limits of all its processes together."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from kiro_worker.isolation.cgroup import GUARD, ControlGroups, make_groups
from kiro_worker.isolation.choice import Chosen
from kiro_worker.isolation.confined import Confined
from kiro_worker.isolation.port import Ground
from kiro_worker.isolation.ration import Ration
from kiro_worker.process import Child, Children, Command, Restraint


class Enclosure:
    """See the module.

    Args:
        children: owns the processes.
        chosen: the isolation.
        ration: what the run's processes may take.
    """

    def __init__(self, children: Children, chosen: Chosen, ration: Ration) -> None:
        self.children, self.chosen, self._ration = children, chosen, ration
        self._groups = ControlGroups()
        self._guard: Child | None = None
        self._grounds: list[Ground] = []

    async def open(self) -> None:
        """Make the control groups, and what removes them should the worker be killed."""
        self._groups = make_groups(self._ration)
        if self._groups.paths:
            argv = ("/bin/sh", "-c", GUARD, "guard", *map(str, self._groups.paths))
            command = Command(argv=argv, cwd=Path("/"), environment={"PATH": os.defpath})
            self._guard = await self.children.start(command, owned=False)

    def on(self, ground: Ground) -> Confined:
        """Starts processes on a ground."""
        self._grounds.append(ground)
        limits = self._ration.for_each(limited=self._limited, own_account=self._own_account)
        restraint = Restraint(limits=limits, groups=self._groups.joined_by)
        return Confined(self.children, self.chosen.isolation, ground, restraint)

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be limited, and which isolations could not be had."""
        lacking = self._ration.unlimited(limited=self._limited, own_account=self._own_account)
        passed = self.chosen.passed_over.items()
        return (*(f"isolation {name} cannot be had: {reason}" for name, reason in passed), *lacking)

    @property
    def limits(self) -> tuple[str, ...]:
        """What is limited, and by what, in words."""
        return tuple(self._told())

    def _told(self) -> Iterator[str]:
        ration, groups = self._ration, self._limited
        if ration.memory:
            yield f"memory {ration.memory // 2**20} MiB ({'all together' if 'memory' in groups else 'each process'})"
        if ration.processes and ("processes" in groups or self._own_account):
            yield f"processes {ration.processes} (all together)"
        if ration.cpu_weight != 100 and "cpu" in groups:
            yield f"cpu weight {ration.cpu_weight}"
        if ration.cpu_seconds:
            yield f"cpu {ration.cpu_seconds} s (each process)"
        if ration.open_files:
            yield f"open files {ration.open_files} (each process)"
        if ration.file_size:
            yield f"file size {ration.file_size // 2**20} MiB"

    async def close(self) -> None:
        """Give everything back; to be called when no process of the run is left."""
        for ground in self._grounds:
            await asyncio.to_thread(self.chosen.isolation.restore, ground)
        await asyncio.to_thread(self._groups.remove)
        if self._guard is not None:
            with contextlib.suppress(ProcessLookupError):
                await self.children.end(self._guard, grace=0, whole_tree=False)
            self._guard = None

    @property
    def _limited(self) -> frozenset[str]:
        return frozenset(self._groups.limited)

    @property
    def _own_account(self) -> bool:
        return self.chosen.isolation.own_account

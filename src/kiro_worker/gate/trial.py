"""Running some of the tests again on the tree as it stands: alone, or while a part of the change is taken away."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kiro_worker.folders import remove
from kiro_worker.gate.fault import GateFault
from kiro_worker.gate.plan import Plan
from kiro_worker.gate.port import Color, GateResult, Subject, TestCase
from kiro_worker.gate.select import select
from kiro_worker.gate.tidy import Tidy, left_alone
from kiro_worker.value import dataclass, field

if TYPE_CHECKING:
    from kiro_worker.gate.tests import TestsGate

# A command that cannot be asked for some of its tests is run whole when that takes no longer.
_MOST_WHOLE = 120.0

# What is taken away can leave a test waiting for ever; so much longer than before it may take.
_SLOWER = 3.0
_LEAST_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What some tests said when they were run again.

    Attributes:
        cases: by id; one that is not in it was not run.
        why: why nothing was found out; empty when it was.
        whole: whether all tests were run, because the runner cannot be asked for some.
    """

    cases: Mapping[str, TestCase] = field(default_factory=dict)
    seconds: float = 0.0
    why: str = ""
    whole: bool = False
    output: str = ""


class Trials:
    """Runs tests again.

    Args:
        gate: how the tests are run.
        subject: the tree and its environment; a folder of its own is made in its scratch folder.
        head: what the gate said of all tests.
        tidy: puts back what tests changed, and removes what they left.
    """

    def __init__(self, gate: "TestsGate", subject: Subject, head: GateResult, *, tidy: Tidy = left_alone) -> None:
        self._gate, self._head, self._tidy = gate, head, tidy
        self._subject = replace(subject, scratch=subject.scratch / "again")
        # What is run comes from the base branch, so it is the same each time.
        self._planned: tuple[Plan, Mapping[str, str]] | None = None

    @property
    def tree(self) -> Path:
        """Where the tests are run."""
        return self._subject.tree

    async def tidy(self) -> None:
        """Remove what tests left so far; the tree has to be at the branch's head."""
        await self._tidy()

    async def run(self, tests: tuple[TestCase, ...]) -> Tried:
        """Run these tests, or all of them where that is the only way and is quick enough."""
        return await self._run(tests) if tests else Tried()

    async def run_all(self) -> Tried:
        """Run all tests once more."""
        return await self._run(None)

    async def _run(self, tests: tuple[TestCase, ...] | None) -> Tried:
        fresh(self._subject.scratch)
        if self._planned is None:
            try:
                self._planned = await self._gate.plan(self._subject)
            except GateFault as fault:
                return Tried(why=fault.message)
        plan, environment = self._planned
        part = select(plan, tests) if tests is not None else None
        if part is None and tests is not None and self._head.seconds > _MOST_WHOLE:
            return Tried(
                why=f"the runner cannot be asked for some of its tests, and all take {self._head.seconds:.0f} s"
            )
        chosen = part or plan
        result = await self._gate.run(
            replace(chosen, environment={}),
            _filled({**environment, **chosen.environment}, environment, self._subject.scratch),
            self._subject,
            seconds=max(_LEAST_SECONDS, _SLOWER * self._head.seconds),
        )
        return Tried(
            cases={case.id: case for case in result.cases},
            seconds=result.seconds,
            why=_why(result),
            whole=part is None,
            output=result.output,
        )


def fresh(folder: Path) -> None:
    """Make an empty folder, whatever tests put at its place."""
    remove(folder)
    folder.mkdir(mode=0o700, parents=True)


def _filled(chosen: Mapping[str, str], before: Mapping[str, str], scratch: Path) -> Mapping[str, str]:
    """What a selection adds to the environment; to a search path of the project's it is put in front."""
    filled = {name: value.replace("{scratch}", str(scratch)) for name, value in chosen.items()}
    theirs = before.get("PYTHONPATH", "")
    if theirs and filled.get("PYTHONPATH") != theirs:
        filled["PYTHONPATH"] = f"{filled['PYTHONPATH']}{os.pathsep}{theirs}"
    return filled


def _why(result: GateResult) -> str:
    """Why a run that names no test tells nothing."""
    if result.cases:
        return ""
    if result.color is Color.GREEN or result.findings == ():
        return "the test command names no test"
    return result.findings[0].title

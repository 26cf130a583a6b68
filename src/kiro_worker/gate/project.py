"""A project as its gates see it: set up and judged by the settings and files of its base branch."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kiro_worker.changeset import ChangeSet
from kiro_worker.clock import Clock
from kiro_worker.config.checks import Checks
from kiro_worker.config.settings import GateSettings, LimitSettings
from kiro_worker.folders import remove, remove_what_can_be
from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.environment import test_environment
from kiro_worker.gate.intent import Intent
from kiro_worker.gate.ownplace import relative_words, told_anywhere
from kiro_worker.gate.port import Finding, GateResult, Judgement, Subject
from kiro_worker.gate.setup import prepare_project
from kiro_worker.gate.tidy import Tidy, left_alone
from kiro_worker.process import Children
from kiro_worker.value import replace

if TYPE_CHECKING:
    from kiro_worker.gate.libraries import Libraries
    from kiro_worker.gate.proof import Gates
    from kiro_worker.gate.tests import TestsGate


class Project:
    """Sets a project up and runs its gates, in an environment without any credential.

    Args:
        settings: of the base branch and the operator.
        limits: how long set-up and tests may take.
        children: start the set-up's processes.
        clock: measures.
        testing: start the tests' processes; by default `children`.
        base: what the base branch holds.
        buildspec: the base branch's `install` and `pre_build` commands.
        place: a folder of this run, outside the tree, that only the worker writes to.
        kept: a folder of the worker's own for what outlives the run: what was found out about merge bases.
        checks: what the base branch says of the repository's own checks.
        worker: the worker's own environment, from which only what is named is handed on.
        refused: names of variables that hold credentials in use.
    """

    def __init__(
        self,
        settings: GateSettings,
        limits: LimitSettings,
        children: Children,
        clock: Clock,
        *,
        testing: Children | None = None,
        base: BaseFiles,
        buildspec: tuple[str, ...],
        place: Path,
        kept: Path,
        checks: Checks,
        worker: Mapping[str, str],
        refused: Iterable[str],
    ) -> None:
        self._settings, self._limits, self._children, self._clock = settings, limits, children, clock
        self._kept, self._checks = kept, checks
        self._buildspec, self._place, self._worker, self._refused = buildspec, place, worker, tuple(refused)
        self._testing, self._base = testing or children, base
        self._environment: Mapping[str, str] | None = None
        self._libraries: Libraries | None = None

    @cached_property
    def _gate(self) -> "TestsGate":
        """Reading every runner's output and every coverage report is not needed before there is one."""
        from kiro_worker.gate.tests import TestsGate

        return TestsGate(self._settings, self._limits, self._testing, self._clock, base=self._base)

    @cached_property
    def _gates(self) -> "Gates":
        from kiro_worker.gate.basestore import BaseStore
        from kiro_worker.gate.check.gate import ChecksGate
        from kiro_worker.gate.proof import Gates

        checks = ChecksGate(
            self._checks, self._limits, self._testing, self._clock, base=self._base, kept=self._kept / "checks"
        )
        return Gates(
            settings=self._settings,
            base=self._base,
            tests=self._gate,
            checks=checks,
            clock=self._clock,
            store=BaseStore(self._kept / "tests"),
        )

    async def prepare(self, tree: Path) -> GateResult:
        """Install what the project needs, unless it is there as this run left it."""
        environment = test_environment(
            self._worker,
            home=self._place / "home",
            tree=tree,
            variables=self._settings.variables,
            refused=self._refused,
        )
        prepared = await prepare_project(
            tree,
            settings=self._settings,
            limits=self._limits,
            children=self._children,
            clock=self._clock,
            place=self._place / "setup",
            environment=environment,
            buildspec=self._buildspec,
        )
        self._environment, self._libraries = prepared.environment, prepared.libraries
        return self._told((prepared.result,), tree)[0]

    async def check(self, tree: Path) -> tuple[Finding, ...]:
        """What would keep the gates from looking, found out without running anything of the project's."""
        return await self._gate.check(self._subject(tree, "check", ""))

    async def judge(self, tree: Path, commit: str) -> tuple[GateResult, ...]:
        """Run the tests; their reports lie below `place` until the next call."""
        return self._told(await self._gate.judge(self._subject(tree, "reports", commit)), tree)

    async def weigh(
        self, tree: Path, change: ChangeSet, results: tuple[GateResult, ...], *, tidy: Tidy = left_alone
    ) -> Judgement:
        """What red tests mean in the light of the merge base; `results` are those of `judge`, `tidy` as for `prove`."""
        from kiro_worker.gate.proof import weigh

        judgement = await weigh(self._gates, self._subject(tree, "reports", change.head), change, results, tidy=tidy)
        return replace(judgement, results=self._told(judgement.results, tree))

    async def prove(self, tree: Path, change: ChangeSet, intent: Intent, *, tidy: Tidy = left_alone) -> Judgement:
        """Run all gates over all that a branch changes; reports as for `judge`.

        Args:
            tree: at the branch's head.
            change: all that it changes.
            intent: what it is about.
            tidy: puts back what tests changed, and removes what they left, while the tree is at the head.
        """
        from kiro_worker.gate.proof import prove

        judgement = await prove(self._gates, self._subject(tree, "reports", change.head), change, intent, tidy=tidy)
        return replace(judgement, results=self._told(judgement.results, tree))

    def secrets(self, change: ChangeSet) -> GateResult:
        """What looks like a secret among the lines that are added; it runs nothing, and needs no set-up."""
        return self._gates.checks.secrets(change)

    def clear(self) -> None:
        """Remove everything below `place`: what nobody needs once the run is over."""
        remove_what_can_be(self._place)

    def _told(self, results: tuple[GateResult, ...], tree: Path) -> tuple[GateResult, ...]:
        """What goes on to people: where this run's folders lie is nobody's business."""
        tell = relative_words(tree, self._place, home=self._worker.get("HOME", ""))
        return tuple(told_anywhere(result, tell) for result in results)

    def _subject(self, tree: Path, name: str, commit: str) -> Subject:
        assert self._environment is not None, "a project is prepared before it is judged"
        scratch = self._place / name
        remove(scratch)
        scratch.mkdir(parents=True, mode=0o700)
        return Subject(
            tree=tree, scratch=scratch, environment=self._environment, commit=commit, libraries=self._libraries
        )

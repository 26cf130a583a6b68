"""The gate that runs the project's tests, once, and answers for `tests` and `coverage`."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kiro_worker.clock import Clock
from kiro_worker.config.settings import GateSettings, LimitSettings
from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.definition import changed_definition
from kiro_worker.gate.detect import Follow, is_python
from kiro_worker.gate.detect.quickreport import ANALYSED, quick_report
from kiro_worker.gate.environment import PYCACHE
from kiro_worker.gate.fault import GateFault, ToolShadowed
from kiro_worker.gate.file import lay_out, read_report
from kiro_worker.gate.interpreter import find_python, shadow_of
from kiro_worker.gate.libraries import lay_out as lay_out_compiled
from kiro_worker.gate.place import (
    COVERAGE_REPORT,
    RAW_COVERAGE,
    Before,
    Tracked,
    clear_compiled,
    clear_places,
    clear_special,
    collect,
)
from kiro_worker.gate.plan import Plan, plan_tests
from kiro_worker.gate.port import Color, Finding, GateResult, Subject
from kiro_worker.gate.tracked import tracked_by
from kiro_worker.git import Git
from kiro_worker.process import Children, Limits

if TYPE_CHECKING:
    from kiro_worker.gate.execution import Ran

_COMPILED = "compiled"
_MOST_ANALYSED = 64 * 1024 * 1024


class TestsGate:
    """Runs the tests and measures their coverage in the same run.

    What is run comes from the settings and from the base branch's files; the tree under test has no say in it.

    Args:
        settings: of the base branch and the operator.
        limits: `tests` and `test_silence` are used.
        children: owns the processes; none is left when `judge` returns.
        clock: measures.
        base: what the base branch holds; see `kiro_worker.gate.base`.
        tracked: says which files are part of the repository; by default git is asked.
    """

    __test__ = False

    def __init__(
        self,
        settings: GateSettings,
        limits: LimitSettings,
        children: Children,
        clock: Clock,
        *,
        base: BaseFiles,
        tracked: Tracked | None = None,
    ) -> None:
        self._settings = settings
        self._limits = Limits(wall=limits.tests.total_seconds(), silence=limits.test_silence.total_seconds())
        self._children = children
        self._clock = clock
        self._base = base
        self._tracked = tracked
        #: What coverage.py found in the sources, by their contents; kept from run to run, and of use to no other tool.
        self.analysed = b""

    @property
    def name(self) -> str:
        """See `Gate.name`."""
        return "tests"

    async def check(self, subject: Subject) -> tuple[Finding, ...]:
        """What would keep the gate from looking, without running anything of the project's: for `doctor` and admit."""
        try:
            await self._plan(subject)
        except GateFault as fault:
            return (fault.finding(),)
        return ()

    async def judge(self, subject: Subject) -> tuple[GateResult, ...]:
        """See `Gate.judge`: the results `tests` and `coverage`, in this order."""
        # What reads every runner's output and every report: not needed to look at what would be run.
        from kiro_worker.gate.reports import coverage_result, tests_result

        began = self._clock.monotonic()
        try:
            plan, environment = await self._plan(subject)
        except GateFault as fault:
            return self._not_looked(fault, self._clock.monotonic() - began)
        before, ran = await self._run(plan, environment, subject)
        said = await self._follow(plan, subject, environment, before, ran)
        tests = await asyncio.to_thread(tests_result, plan, subject, before, ran)
        coverage = await asyncio.to_thread(
            coverage_result, plan, subject, before, ran, settings=self._settings, said=said
        )
        return tests, replace(coverage, command=plan.command_line())

    async def plan(self, subject: Subject, *, measured: bool = False) -> tuple[Plan, Mapping[str, str]]:
        """What is to be run, and in which environment; for running some tests again, without measuring anything.

        Raises:
            GateFault: when it cannot be run.
        """
        return await self._plan(subject, None if measured else replace(self._settings, coverage="off"))

    async def run(
        self, plan: Plan, environment: Mapping[str, str], subject: Subject, *, seconds: float | None = None
    ) -> GateResult:
        """Run the tests as a plan says: what the gate `tests` would say of that; coverage is not looked at.

        Args:
            plan: from `plan`, or a part of that one.
            environment: as `plan` told it.
            subject: where; its scratch folder is the one that was planned with.
            seconds: how long it may take; by default as long as all tests may.
        """
        from kiro_worker.gate.reports import tests_result

        before, ran = await self._run(plan, environment, subject, seconds=seconds)
        return await asyncio.to_thread(tests_result, plan, subject, before, ran)

    async def _run(
        self, plan: Plan, environment: Mapping[str, str], subject: Subject, *, seconds: float | None = None
    ) -> tuple[Before, "Ran"]:
        # What reads every runner's output: not needed to look at what would be run.
        from kiro_worker.gate.execution import run_tests

        patterns = (*plan.junit, *plan.coverage, RAW_COVERAGE)
        tracked = self._tracked or tracked_by(Git(self._children, home=subject.scratch / "git", clock=self._clock))
        await asyncio.to_thread(clear_special, subject.tree)
        before = await clear_places(patterns, subject.tree, subject.scratch, tracked)
        # Folders of compiled files that the repository itself holds are left alone.
        if not any("__pycache__/" in path for path in self._base.paths):
            clear_compiled(subject.tree)
        await asyncio.to_thread(lay_out_compiled, subject.libraries, subject.scratch / _COMPILED)
        lay_out(plan.files, subject.scratch)
        limits = self._limits if seconds is None else replace(self._limits, wall=seconds)
        return before, await run_tests(plan, subject.tree, environment, self._children, limits)

    async def _plan(self, subject: Subject, settings: GateSettings | None = None) -> tuple[Plan, Mapping[str, str]]:
        settings = settings or self._settings
        subject.scratch.mkdir(parents=True, exist_ok=True)
        python = None
        if is_python(self._base) and not settings.test_command:
            python = await find_python(subject.tree, subject.environment, self._children, libraries=subject.libraries)
        plan = plan_tests(
            settings,
            self._base,
            tree=subject.tree,
            scratch=subject.scratch,
            environment=subject.environment,
            python=python,
        )
        if plan.runner in {"pytest", "unittest"} and python is not None:
            tools = (*python.modules, "_pytest", "pluggy", "unittest")
            if shadow := shadow_of(subject.tree, tools, own=self._base.paths):
                raise ToolShadowed(tool=shadow.partition("/")[0].partition(".")[0], path=shadow)
        if (changed := changed_definition(self._base, subject.tree)) is not None:
            plan = replace(plan, notes=(*plan.notes, changed))
        return plan, {**subject.environment, **plan.environment, **_compiled_apart(subject)}

    async def _follow(
        self, plan: Plan, subject: Subject, environment: Mapping[str, str], before: Before, ran: "Ran"
    ) -> str:
        from kiro_worker.gate.execution import run_follow

        if ran.missing or self._settings.coverage == "off":
            return ""
        # The tests' code could have changed what lies here, and what is made next must be made from it alone.
        if subject.libraries is not None:
            # Where they are not, they are gone now, and what makes the reports finds nothing compiled.
            await asyncio.to_thread(subject.libraries.are_sound)
        lay_out({**plan.files, ANALYSED: self.analysed}, subject.scratch)
        (subject.scratch / COVERAGE_REPORT).unlink(missing_ok=True)
        if plan.raw_coverage and not _any_report(plan.coverage, subject, before):
            said = await self._report_raw(subject, environment, before)
        else:
            said = await run_follow(plan.follow, subject.tree, environment, self._children)
        with contextlib.suppress(GateFault):
            self.analysed = read_report(subject.scratch / ANALYSED, told=ANALYSED, most=_MOST_ANALYSED)
        return said

    async def _report_raw(self, subject: Subject, environment: Mapping[str, str], before: Before) -> str:
        """Turn coverage.py's raw data, which `pytest --cov` alone leaves, into a report."""
        from kiro_worker.gate.execution import run_follow

        if not _any_report((RAW_COVERAGE,), subject, before):
            return ""
        python = await find_python(subject.tree, environment, self._children, libraries=subject.libraries)
        if python is None or "coverage" not in python.modules:
            return "There is raw coverage data, and no Python here can import coverage to read it."
        start, data, scratch = (python.command, *python.apart), str(subject.tree / RAW_COVERAGE), str(subject.scratch)
        report = f"{scratch}/{COVERAGE_REPORT}"
        words = ("json", "-q", f"--rcfile={scratch}/coverage.ini", "--fail-under=0", "-o", report)
        follow = (
            quick_report(start, data=data, scratch=scratch, report=report),
            Follow(argv=(*start, "-m", "coverage", *words), unless=report),
        )
        surroundings = {**environment, "COVERAGE_FILE": data}
        return await run_follow(follow, subject.tree, surroundings, self._children)

    def _not_looked(self, fault: GateFault, seconds: float) -> tuple[GateResult, ...]:
        from kiro_worker.gate.reports import not_measured, switched_off

        finding = fault.finding()
        told = GateResult(gate="tests", color=Color.ERROR, summary=finding.title, findings=(finding,), seconds=seconds)
        return told, switched_off(self._settings) or not_measured("the tests could not be run")


def _compiled_apart(subject: Subject) -> Mapping[str, str]:
    """Where Python keeps what it compiles of a prepared project: a new place for every run of the tests.

    Python takes a compiled file for that of its source by the second and the size. A repair of one sign within that
    second would be judged by the old code; and a test could leave code there for the tests that come after it.
    """
    if PYCACHE not in subject.environment:
        return {}
    return {PYCACHE: str(subject.scratch / _COMPILED)}


def _any_report(patterns: tuple[str, ...], subject: Subject, before: Before) -> bool:
    return bool(collect(patterns, subject.tree, subject.scratch, before).reports)

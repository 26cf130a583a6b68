"""The checks of the repository's own: run beside the tests, compared with the merge base where that matters."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from kiro_worker.changeset import ChangeSet
from kiro_worker.clock import Clock
from kiro_worker.config.checks import SECRETS, Check, Checks
from kiro_worker.config.settings import LimitSettings
from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.check.detect import LANGUAGES, found_tools, planned_tool
from kiro_worker.gate.check.kept import KeptLooks
from kiro_worker.gate.check.model import BaseLook, Checked, Look, Planned, counted
from kiro_worker.gate.check.run import look
from kiro_worker.gate.check.select import beside_the_point
from kiro_worker.gate.check.verdict import needs_base, result_of
from kiro_worker.gate.command import find_program, spell
from kiro_worker.gate.port import Color, Finding, GateResult, Subject
from kiro_worker.gate.tracked import tracked_by
from kiro_worker.git import Git
from kiro_worker.process import Children, Limits
from kiro_worker.value import replace

# Cheap ones first, and what writes into the tree last.
_ORDER = ("secrets", "lint", "licence", "types", "security", "dependencies", "build")
_KEPT_OUTPUT = 64 * 1024 * 1024

_READING = {Color.RED: 0, Color.ERROR: 1, Color.GREEN: 2, Color.NOT_APPLICABLE: 3}


class ChecksGate:
    """Runs the checks that the base branch names, and the tools that it configures.

    Args:
        checks: what the base branch says of them.
        limits: `checks` is used.
        children: owns the processes; under the same isolation as the tests'.
        clock: measures.
        base: what the base branch holds.
        kept: a folder that only the worker writes to, for what checks told of merge bases; None keeps nothing.
        at_once: how many run side by side; by default one less than there are processors.
    """

    def __init__(
        self,
        checks: Checks,
        limits: LimitSettings,
        children: Children,
        clock: Clock,
        *,
        base: BaseFiles,
        kept: Path | None = None,
        at_once: int = 0,
    ) -> None:
        self._checks, self._base = checks, base
        self._limits = Limits(wall=limits.checks.total_seconds(), kept_output=_KEPT_OUTPUT)
        self._children, self._clock = children, clock
        self._kept = KeptLooks(kept)
        self._room = asyncio.Semaphore(at_once or max(1, len(os.sched_getaffinity(0)) - 1))

    def planned(self, tree: Path, environment: Mapping[str, str]) -> tuple[Planned, ...]:
        """What is run, in this order; a tool that is named is not run a second time because it is configured."""
        named = [_planned(check, tree, environment) for check in self._checks.named]
        known = {one.name for one in named} | self._checks.off
        tools = found_tools(self._base) if self._checks.found else ()
        found = [planned_tool(tool, tree, environment) for tool in tools if tool.name not in known]
        return tuple(sorted((*named, *found), key=lambda one: _ORDER.index(one.check.kind)))

    def foresee(self, tree: Path, environment: Mapping[str, str]) -> tuple[Finding, ...]:
        """What would keep a named check from looking, without running anything: for `doctor` and admit."""
        from kiro_worker.gate.check.fault import CheckNotRun

        return tuple(
            CheckNotRun(name=one.name, command=one.command_line(), why=one.missing).finding()
            for one in self.planned(tree, environment)
            if one.missing and one.named
        )

    async def look(self, subject: Subject, change: ChangeSet) -> tuple[Look, ...]:
        """Run every check on the branch's head, side by side; builds one after another when the others are done."""
        planned = self.planned(subject.tree, subject.environment)
        return await self._look(planned, subject, change)

    async def look_at_base(
        self, subject: Subject, looks: tuple[Look, ...], change: ChangeSet
    ) -> Mapping[str, BaseLook]:
        """Run the checks again of whose merge base something hangs, while the tree is as it was there.

        What was kept of an earlier run is taken without running anything; see `wants_base`.
        """
        known = dict(self.known_base(looks, change))
        missing = tuple(one.planned for one in looks if needs_base(one) and one.planned.name not in known)
        for one in await self._look(missing, subject, None):
            # What looked at the base in vain, or need not, tells nothing of it.
            told = counted(one.found) if one.over is None else BaseLook(known=False)
            self._kept.keep(change.base_tree, one.planned, told)
            known[one.planned.name] = told
        return known

    def known_base(self, looks: tuple[Look, ...], change: ChangeSet) -> Mapping[str, BaseLook]:
        """What is known of the merge base from earlier runs."""
        found = ((one.planned.name, self._kept.find(change.base_tree, one.planned)) for one in looks if needs_base(one))
        return {name: told for name, told in found if told is not None}

    def wants_base(self, looks: tuple[Look, ...], change: ChangeSet) -> bool:
        """Whether `look_at_base` would run something, so that the tree has to be put back for it."""
        known = self.known_base(looks, change)
        return any(needs_base(one) and one.planned.name not in known for one in looks)

    def verdict(self, looks: tuple[Look, ...], base: Mapping[str, BaseLook], change: ChangeSet) -> Checked:
        """What all checks say; those to be read first come first."""
        results = [result_of(one, base.get(one.planned.name), change) for one in looks]
        return Checked(results=tuple(sorted(results, key=lambda one: _READING[one.color])), looks=looks)

    def secrets(self, change: ChangeSet) -> GateResult:
        """The built-in look for secrets in what the branch adds; it runs nothing."""
        from kiro_worker.gate.check.secrets import judge_secrets

        began = self._clock.monotonic()
        if SECRETS in self._checks.off:
            summary = "the look for secrets is switched off on the base branch"
            return GateResult(gate=SECRETS, color=Color.NOT_APPLICABLE, summary=summary)
        return replace(judge_secrets(change), seconds=self._clock.monotonic() - began)

    async def _look(self, planned: tuple[Planned, ...], subject: Subject, change: ChangeSet | None) -> tuple[Look, ...]:
        tracked = tracked_by(Git(self._children, home=subject.scratch / "git", clock=self._clock))

        async def one(each: Planned) -> Look:
            if change is not None and (why := beside_the_point(each, change)):
                over = GateResult(gate=each.name, color=Color.NOT_APPLICABLE, summary=why)
                return Look(planned=each, over=over)
            async with self._room:
                return await look(each, subject, children=self._children, limits=self._limits, tracked=tracked)

        beside = [each for each in planned if each.check.kind != "build"]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(each)) for each in beside]
        done = [task.result() for task in tasks]
        return (*done, *[await one(each) for each in planned if each.check.kind == "build"])


def _planned(check: Check, tree: Path, environment: Mapping[str, str]) -> Planned:
    path = environment.get("PATH", "")
    spelled = spell(check.command, path=path)
    program = spelled.argv[0]
    missing = ""
    if "/" not in program and find_program(program, path) is None:
        missing = f"there is no {program} on the search path"
    elif "/" in program and not (tree / program).is_file():
        missing = f"there is no file {program}"
    elif spelled.note is not None:
        missing = f"{spelled.note.title} {spelled.note.cure}"
    languages = LANGUAGES.get(check.format, frozenset())
    return Planned(check=check, argv=spelled.argv, because="checks:", languages=languages, missing=missing)

"""All gates over a whole branch: what needs no test runs beside the tests.

    run      tests with coverage, beside the checks      on the head
    read     scope, secrets, signs of tampering          beside those; nothing is run
    before   tests, and checks that need it              on the merge base, in the same tree
    again    newly red tests alone; then the bite check  on the head

What comes later is left out where something before it took away its sense: nobody asks whether new tests bite while
tests fail.
"""

import asyncio
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

from kiro_worker.changeset import ChangeSet
from kiro_worker.clock import Clock
from kiro_worker.config.settings import GateSettings
from kiro_worker.gate.against import against_base, counted_as_before, facts, told_without_base
from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.baseline import Baseline, compare, look_at_base
from kiro_worker.gate.bite.check import Bitten, check_bite
from kiro_worker.gate.bite.touched import touched
from kiro_worker.gate.changeverdict import judge_change
from kiro_worker.gate.flaky import Tries, run_again, worth_asking
from kiro_worker.gate.intent import Intent
from kiro_worker.gate.kind import FileKind, kind_of
from kiro_worker.gate.looked import looked
from kiro_worker.gate.omit import excluded, left_out
from kiro_worker.gate.port import Color, GateResult, Judgement, Outcome, Subject, TestCase
from kiro_worker.gate.rewind import RewindFailed, RewindImpossible, Rewound
from kiro_worker.gate.scope import judge_scope
from kiro_worker.gate.tamper import Asking, Sign, asked_by, judge_signs, signs_of
from kiro_worker.gate.tamper.results import lost_tests
from kiro_worker.gate.tamper.script import script_signs, scripts_of
from kiro_worker.gate.tidy import Tidy, left_alone
from kiro_worker.gate.trial import Trials, fresh
from kiro_worker.value import dataclass, replace

if TYPE_CHECKING:
    from kiro_worker.gate.basestore import BaseStore
    from kiro_worker.gate.check.gate import ChecksGate
    from kiro_worker.gate.check.model import BaseLook, Look
    from kiro_worker.gate.tests import TestsGate


# Manifests, lock files and settings of tools.
_INSTALLED = frozenset({FileKind.CONFIG, FileKind.GENERATED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """What a branch is proved with.

    Attributes:
        store: what the tests said of merge bases before; None finds it out anew.
    """

    settings: GateSettings
    base: BaseFiles
    tests: "TestsGate"
    checks: "ChecksGate"
    clock: Clock
    store: "BaseStore | None" = None


async def prove(
    gates: Gates, subject: Subject, change: ChangeSet, intent: Intent, *, tidy: Tidy = left_alone
) -> Judgement:
    """Run all gates over all that a branch changes; the tracked files are at its head when this returns."""
    settings = gates.settings
    tests, coverage, looks, read = await _side_by_side(gates, subject, change, intent)
    await tidy()
    base = await _look_at_base(gates, subject, change, tests, looks)
    trials = Trials(gates.tests, subject, tests, tidy=tidy)
    tests, tries, ours = await _in_its_light(gates, change, tests, base.tests, trials)
    bitten = await _bite(gates, change, tests, trials, keeps=intent.keeps, spoilt=base.fault is not None)
    base_coverage = base.tests.coverage if base.tests.is_known else None
    coverage = judge_change(
        coverage, change, settings, base=base_coverage, left_out=_left_out(gates, change), excluded=excluded(gates.base)
    )
    lost = () if _is_cut_short(tests, base.tests) else lost_tests(_cases(base.tests), tests.cases, change)
    signs = [*read.signs, *script_signs(settings.test_command, change), *lost]
    asked = asked_by(Asking(tasks=intent.tasks, criteria=intent.criteria))
    tamper = judge_signs(signs, settings.tamper, asked=asked)
    checked = gates.checks.verdict(looks, base.checks, change)
    faults = (base.fault,) if base.fault is not None else ()
    return Judgement(
        results=(tests, coverage, *faults, tamper, bitten.result, read.scope, read.secrets, *checked.results),
        tests=facts(tests.cases, base.tests, touched=ours, bites=bitten.bites, tries=tries),
        base_known=base.tests.is_known,
        gone=tuple(name for sign in lost if sign.code == "tamper.gone" for name in sign.names),
        coverage=coverage.coverage,
        base_coverage=base_coverage,
        looked=looked(change, coverage.coverage, looks),
    )


async def weigh(
    gates: Gates, subject: Subject, change: ChangeSet, results: tuple[GateResult, ...], *, tidy: Tidy = left_alone
) -> Judgement:
    """What red tests of a look on the way mean in the light of the merge base, which is looked at for nothing else.

    Args:
        gates: what the branch is proved with.
        subject: as the tests were run on it.
        change: all that the branch changes so far.
        results: what the gate of the tests said: `tests` first, and `coverage`.
        tidy: puts back what tests changed.
    """
    tests, *rest = results
    if tests.color is not Color.RED or gates.settings.baseline == "off" or not len(change):
        return Judgement(results=results)
    await tidy()
    try:
        base = await _tests_of_base(gates, subject, change, tests)
    except RewindFailed as fault:
        return Judgement(results=(*results, _spoilt(fault)))
    trials = Trials(gates.tests, subject, tests, tidy=tidy)
    tests, tries, ours = await _in_its_light(gates, change, tests, base, trials)
    return Judgement(
        results=(tests, *rest),
        tests=facts(tests.cases, base, touched=ours, bites={}, tries=tries),
        base_known=base.is_known,
    )


async def _in_its_light(
    gates: Gates, change: ChangeSet, tests: GateResult, base: Baseline, trials: Trials
) -> tuple[GateResult, Tries, frozenset[str]]:
    """The tests held against the base, what newly red ones said each time, and which ones the branch touched."""
    settings = gates.settings
    compared = compare(tests.cases, base)
    tries = await run_again(worth_asking(compared, settings), trials, most=settings.flaky_reruns)
    ours = frozenset(touched(tests.cases, change))
    weighed = against_base(
        counted_as_before(tests, base),
        compared,
        tries=tries,
        touched=ours,
        known_allowed=settings.known_failures == "allow",
        flaky_blocks=settings.flaky == "block",
    )
    looked_at = settings.baseline != "off" and len(change)
    return told_without_base(weighed, base) if looked_at else weighed, tries, ours


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """What is known of the merge base.

    Attributes:
        fault: why the tree could not be put back, so that nothing after it can be believed.
    """

    tests: Baseline
    checks: "Mapping[str, BaseLook]"
    fault: GateResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What is found in the change itself."""

    scope: GateResult
    secrets: GateResult
    signs: tuple[Sign, ...]


async def _side_by_side(
    gates: Gates, subject: Subject, change: ChangeSet, intent: Intent
) -> "tuple[GateResult, GateResult, tuple[Look, ...], _Read]":
    """Tests with their coverage, and the repository's own checks: they read the same tree, and write none of it."""
    apart = replace(subject, scratch=subject.scratch / "checks")
    fresh(apart.scratch)
    async with asyncio.TaskGroup() as group:
        testing = group.create_task(gates.tests.judge(subject))
        checking = group.create_task(gates.checks.look(apart, change))
        reading = group.create_task(asyncio.to_thread(_read, gates, change, intent))
    tests, coverage = testing.result()
    return tests, coverage, checking.result(), reading.result()


def _read(gates: Gates, change: ChangeSet, intent: Intent) -> _Read:
    return _Read(
        scope=judge_scope(change, gates.settings.scope, named=intent.named, text=intent.text, spec=intent.spec),
        secrets=gates.checks.secrets(change),
        signs=tuple(signs_of(change)),
    )


async def _look_at_base(
    gates: Gates, subject: Subject, change: ChangeSet, tests: GateResult, looks: "tuple[Look, ...]"
) -> _Base:
    if gates.settings.baseline == "off" or not len(change):
        return _Base(tests=Baseline(why="nobody looked at the base"), checks={})
    try:
        before = await _tests_of_base(gates, subject, change, tests)
        return _Base(tests=before, checks=await _checks_of_base(gates, subject, change, looks))
    except RewindFailed as fault:
        return _Base(tests=Baseline(why=fault.message), checks={}, fault=_spoilt(fault))


def _spoilt(fault: RewindFailed) -> GateResult:
    found = fault.finding()
    return GateResult(gate="baseline", color=Color.ERROR, summary=found.title, findings=(found,))


async def _tests_of_base(gates: Gates, subject: Subject, change: ChangeSet, tests: GateResult) -> Baseline:
    if tests.color is Color.ERROR:
        return Baseline(why="the tests could not be run on the head")
    if all(kind_of(file.path) is FileKind.SPEC for file in change):
        # The same project: what it says here is what it says there.
        return Baseline(
            outcomes={case.id: case.outcome for case in tests.cases},
            color=tests.color,
            summary=tests.summary,
            again=True,
        )
    return await look_at_base(change, gates.tests, subject, store=gates.store, of=_set_up(change))


async def _checks_of_base(
    gates: Gates, subject: Subject, change: ChangeSet, looks: "tuple[Look, ...]"
) -> "Mapping[str, BaseLook]":
    if not gates.checks.wants_base(looks, change):
        return gates.checks.known_base(looks, change)
    apart = replace(subject, scratch=subject.scratch / "checks", commit=change.base)
    fresh(apart.scratch)
    try:
        rewound = Rewound(subject.tree, change.files)
    except RewindImpossible:
        return {}
    with rewound:
        return await gates.checks.look_at_base(apart, looks, change)


async def _bite(
    gates: Gates, change: ChangeSet, tests: GateResult, trials: Trials, *, keeps: bool, spoilt: bool
) -> Bitten:
    setting = gates.settings.bite
    why = "it is switched off on the base branch" if setting == "off" else ""
    if not why and tests.color is not Color.GREEN:
        why = "the tests are not green"
    if not why and spoilt:
        why = "the tree could not be put back"
    if why:
        return Bitten(result=GateResult(gate="bite", color=Color.NOT_APPLICABLE, summary=why))
    return await check_bite(change, tests.cases, trials, gates.clock, blocks=setting == "block", keeps=keeps)


def _set_up(change: ChangeSet) -> str:
    """A name for what the branch has installed otherwise: the base is looked at in the branch's own set-up."""
    told = sha256()
    for file in change.there:
        if kind_of(file.path) in _INSTALLED:
            told.update(f"{file.path}\0{len(file.after or b'')}\0".encode("utf-8", "surrogateescape"))
            told.update(file.after or b"")
    return told.hexdigest()


def _left_out(gates: Gates, change: ChangeSet) -> Callable[[str], bool]:
    """What is not measured: by the base's own settings, and what does the measuring."""
    scripts = {file.path for file in scripts_of(gates.settings.test_command, change)}
    by_settings = left_out(gates.base)
    return lambda path: path in scripts or by_settings(path)


def _is_cut_short(tests: GateResult, base: Baseline) -> bool:
    """Whether something that cannot be loaded kept others from being run: that is red, and takes no test away."""
    errors = (case.id for case in tests.cases if case.outcome is Outcome.ERROR)
    return tests.color is Color.RED and any(base.outcomes.get(name) is not Outcome.ERROR for name in errors)


def _cases(baseline: Baseline) -> tuple[TestCase, ...]:
    """The tests of the base as far as their ids tell of them."""
    return tuple(
        TestCase(suite=suite if rest else "", name=name if rest else suite, outcome=outcome)
        for identity, outcome in baseline.outcomes.items()
        for suite, rest, name in (identity.partition("::"),)
    )

"""What the tests said on the merge base, and what the branch made of that.

The base is looked at in the one tree that was set up, with the change taken back for as long as that takes.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from kiro_worker import __version__
from kiro_worker.changeset import ChangeSet
from kiro_worker.gate.fault import GateFault
from kiro_worker.gate.port import RED, Color, Coverage, GateResult, Outcome, Subject, TestCase
from kiro_worker.gate.rewind import RewindImpossible, Rewound
from kiro_worker.gate.trial import fresh
from kiro_worker.value import dataclass, field

if TYPE_CHECKING:
    from kiro_worker.gate.basestore import BaseStore
    from kiro_worker.gate.tests import TestsGate


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the tests said on the merge base.

    Attributes:
        outcomes: of each test, by its id; empty where the runner names none.
        color: what the gate `tests` said as a whole.
        coverage: None where it was not measured.
        summary: the gate's line.
        why: why the base could not be looked at; empty when it was.
        again: whether it is from an earlier look at the same tree.
    """

    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    color: Color = Color.ERROR
    coverage: Coverage | None = None
    summary: str = ""
    seconds: float = 0.0
    why: str = ""
    again: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the tests were run there, and told their names."""
        return bool(self.outcomes) and not self.why


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The tests of the head against those of the base.

    Attributes:
        newly_red: red, and not so on the base, whether they were there or not.
        red_before: red on both.
        fixed: green, and red on the base.
        new: not there on the base.
        gone: ids of those that the base had, and the head has not.
    """

    newly_red: tuple[TestCase, ...] = ()
    red_before: tuple[TestCase, ...] = ()
    fixed: tuple[TestCase, ...] = ()
    new: tuple[TestCase, ...] = ()
    gone: tuple[str, ...] = ()


def compare(cases: Iterable[TestCase], baseline: Baseline) -> Compared:
    """Hold the tests of the head against the base; where that is not known, every red one is newly red."""
    found = {case.id: case for case in cases}
    red = [case for case in found.values() if case.outcome in RED]
    if not baseline.is_known:
        return Compared(newly_red=tuple(red))
    was = baseline.outcomes
    return Compared(
        newly_red=tuple(case for case in red if was.get(case.id) not in RED),
        red_before=tuple(case for case in red if was.get(case.id) in RED),
        fixed=tuple(case for case in found.values() if case.outcome is Outcome.PASSED and was.get(case.id) in RED),
        new=tuple(case for case in found.values() if case.id not in was),
        # What could not be loaded is told as a test of its own, and is none.
        gone=tuple(name for name, outcome in was.items() if name not in found and outcome is not Outcome.ERROR),
    )


async def look_at_base(
    change: ChangeSet, gate: "TestsGate", subject: Subject, *, store: "BaseStore | None" = None, of: str = ""
) -> Baseline:
    """Run the tests on the merge base, unless that is known from before.

    Args:
        change: what the branch changes; the tree is at its head, and is so again when this returns.
        gate: how the tests are run and measured.
        subject: the tree and its environment; a folder of its own is made in its scratch folder.
        store: what was found out before; None finds it out anew.
        of: what else the result hangs on, such as what was set up.

    Raises:
        RewindFailed: when the tree could not be changed, or not back.
    """
    subject = replace(subject, scratch=subject.scratch / "base", commit=change.base)
    fresh(subject.scratch)
    key = await _key(change, gate, subject, of) if store is not None else ""
    if store is not None and key and (known := store.read(key)) is not None:
        return replace(known, again=True)
    try:
        rewound = Rewound(subject.tree, change.files)
    except RewindImpossible as fault:
        return Baseline(why=fault.message)
    with rewound:
        results = {result.gate: result for result in await gate.judge(subject)}
    found = _baseline(results["tests"], results.get("coverage"))
    if store is not None and key and found.is_known:
        store.write(key, found)
    return found


def _baseline(tests: GateResult, coverage: GateResult | None) -> Baseline:
    why = ""
    if tests.color is Color.ERROR or (tests.color is Color.RED and not tests.cases):
        why = tests.summary
    elif not tests.cases:
        why = "the test command names no test"
    return Baseline(
        outcomes={case.id: case.outcome for case in tests.cases},
        color=tests.color,
        coverage=coverage.coverage if coverage is not None else None,
        summary=tests.summary,
        seconds=tests.seconds,
        why=why,
    )


async def _key(change: ChangeSet, gate: "TestsGate", subject: Subject, of: str) -> str:
    """A name for all that the result hangs on; empty where nothing can be run."""
    try:
        plan, _ = await gate.plan(subject, measured=True)
    except GateFault:
        return ""
    # Where this run's folders lie makes no difference.
    told = repr((plan.commands, plan.follow, plan.junit, plan.coverage, sorted(plan.environment.items())))
    for place, name in ((subject.scratch, "{scratch}"), (subject.tree, "{tree}")):
        told = told.replace(str(place), name)
    files = sorted((name, data.decode("utf-8", "replace")) for name, data in plan.files.items())
    parts = (__version__, change.base_tree, plan.runner, told, files, of)
    return sha256(json.dumps(parts).encode()).hexdigest()

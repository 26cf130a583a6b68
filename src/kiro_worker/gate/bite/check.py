"""The bite check: new and changed tests are run while the change that they test is taken away, level by level."""

from collections.abc import Mapping
from dataclasses import replace

from kiro_worker.changeset import ChangeSet
from kiro_worker.clock import Clock
from kiro_worker.gate.bite.around import around
from kiro_worker.gate.bite.level import Ended, Level, bites, ended, verdict
from kiro_worker.gate.bite.mutants import Mutants
from kiro_worker.gate.bite.result import result_of
from kiro_worker.gate.bite.touched import touched
from kiro_worker.gate.port import Bite, Color, GateResult, Outcome, TestCase
from kiro_worker.gate.rewind import RewindFailed, State, Swapped
from kiro_worker.gate.trial import Trials, Tried
from kiro_worker.value import dataclass, field

_MOST_ALONE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Bitten:
    """What the bite check found.

    Attributes:
        result: the gate `bite`.
        touched: ids of the tests that the change adds or changes, tried or not.
        bites: the verdict of each test that was tried, by its id.
    """

    result: GateResult
    touched: frozenset[str] = frozenset()
    bites: dict[str, Bite] = field(default_factory=dict)


async def check_bite(
    change: ChangeSet,
    cases: tuple[TestCase, ...],
    trials: Trials,
    clock: Clock,
    *,
    blocks: bool,
    keeps: bool = False,
) -> Bitten:
    """Find out which of the new and changed tests fail without the change.

    Args:
        change: what the branch changes; the tree is at its head, and is so again when this returns.
        cases: every test of the head, as it ended there.
        trials: runs some of them again.
        clock: measures.
        blocks: whether a hollow test is red, and a change that no test would notice.
        keeps: whether the tasks ask for a change after which everything does what it did, such as a simplification.
    """
    began = clock.monotonic()
    ours = touched(cases, change)
    tried = tuple(
        replace(case, path=case.path or ours[case.id])
        for case in cases
        if case.id in ours and case.outcome is Outcome.PASSED
    )
    mutants = Mutants(change)
    if why := _nothing_to_do(cases, ours, tried, mutants):
        result = GateResult(gate="bite", color=Color.NOT_APPLICABLE, summary=why)
        return Bitten(result=result, touched=frozenset(ours))
    looking = _Look(tried, mutants, trials)
    try:
        await looking.through()
    except RewindFailed as fault:
        told = GateResult(gate="bite", color=Color.ERROR, summary=fault.message, findings=(fault.finding(),))
        return Bitten(result=replace(told, seconds=clock.monotonic() - began), touched=frozenset(ours))
    verdicts = looking.verdicts()
    result = replace(
        result_of(tried, verdicts, blocks=blocks, has_code=mutants.has_code, keeps=keeps),
        seconds=clock.monotonic() - began,
    )
    return Bitten(result=result, touched=frozenset(ours), bites={name: bite for name, (bite, _) in verdicts.items()})


def _nothing_to_do(
    cases: tuple[TestCase, ...], ours: Mapping[str, str], tried: tuple[TestCase, ...], mutants: Mutants
) -> str:
    if not cases:
        return "the test command names no test"
    if not ours:
        return "the change adds and changes no test"
    if not mutants.files:
        return "the change has nothing but tests"
    return "" if tried else "no new or changed test passes"


def _function(test: TestCase) -> tuple[str, str, str]:
    """The function that a test is a run of, with its parameters left out; with a subtest's name, in Go."""
    name = test.name.partition("[")[0].partition("(")[0]
    return test.path, test.suite, name.partition("/")[0] if test.path.endswith(".go") else name


class _Look:
    """One look through all levels, with fewer tests at each."""

    def __init__(self, tests: tuple[TestCase, ...], mutants: Mutants, trials: Trials) -> None:
        self._tests, self._mutants, self._trials = tests, mutants, trials
        self._seen: dict[str, dict[Level, Ended]] = {test.id: {} for test in tests}
        self._why: dict[str, str] = {}

    async def through(self) -> None:
        """Run what is needed.

        Raises:
            RewindFailed: when the tree could not be changed, or not back.
        """
        for level in Level:
            open_tests = tuple(test for test in self._tests if self._is_open(test.id, level))
            if not open_tests:
                continue
            tried = await self._try(level, open_tests)
            if tried is None:
                self._nothing_stranger(level, open_tests)
                continue
            for test in open_tests:
                self._seen[test.id][level] = ended(tried.cases.get(test.id))
                if tried.why:
                    self._why[test.id] = tried.why

    def verdicts(self) -> dict[str, tuple[Bite, str]]:
        """What each test is worth, and why; by its id."""
        found = {name: verdict(seen) for name, seen in self._seen.items()}
        # Sets of parameters are one test: those that are as they were need not fail without the change.
        biting = {_function(test) for test in self._tests if found[test.id][0] is Bite.BITES}
        found |= {test.id: (Bite.BITES, "") for test in self._tests if _function(test) in biting}
        return {
            name: (bite, f"{why} {self._why[name]}".strip() if bite is Bite.UNKNOWN and name in self._why else why)
            for name, (bite, why) in found.items()
        }

    def _is_open(self, name: str, level: Level) -> bool:
        """Whether something is still to be found out by taking this away."""
        seen = self._seen[name]
        if bites(seen):
            return False
        if level is Level.AROUND:
            return verdict(seen)[0] is Bite.HOLLOW
        # One that notices when functions fail, or do nothing, is no hollow one whatever else it passes without.
        return level is not Level.WHOLE or verdict(seen)[0] not in {Bite.SMOKE, Bite.GUARD}

    def _nothing_stranger(self, level: Level, tests: tuple[TestCase, ...]) -> None:
        """Where no changed function can give something strange, what could not be set up without it stays so."""
        if level is Level.STRANGE:
            for test in tests:
                if self._seen[test.id].get(Level.TAKEN) is Ended.BROKE:
                    self._seen[test.id][level] = Ended.BROKE

    async def _try(self, level: Level, tests: tuple[TestCase, ...]) -> Tried | None:
        """What these tests say with that taken away; None where there is nothing of the kind to take away."""
        # A file that a test wrote with the change would be found without it.
        await self._trials.tidy()
        there, back = self._states(level, tests)
        if not there:
            return None
        with Swapped(self._trials.tree, there=there, back=back):
            if level in {Level.FAILURE, Level.AROUND} and self._mutants.one_by_one:
                return await self._each(tests)
            return await self._trials.run(tests)

    def _states(self, level: Level, tests: tuple[TestCase, ...]) -> tuple[State, State]:
        if level is Level.AROUND:
            return around(self._trials.tree, sorted({test.path for test in tests}))
        there = self._mutants.there(level)
        if level is Level.EMPTIED and there == self._mutants.there(Level.TAKEN):
            # All functions are new: that was tried.
            there = {}
        return there, self._mutants.back(there)

    async def _each(self, tests: tuple[TestCase, ...]) -> Tried:
        """Each by itself; there are seldom more than a few left, and of very many the rest stays unknown."""
        cases: dict[str, TestCase] = {}
        for test in tests[:_MOST_ALONE]:
            cases |= (await self._trials.run((test,))).cases
        return Tried(cases=cases)

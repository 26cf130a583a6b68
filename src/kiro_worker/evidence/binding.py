"""Which tests speak for which criteria: by what a test names, and otherwise by the task whose commits made it."""

from collections.abc import Iterable, Iterator, Mapping

from kiro_worker.evidence.model import Bound
from kiro_worker.evidence.source import Source
from kiro_worker.evidence.sources import Sources
from kiro_worker.evidence.tag import tags_of
from kiro_worker.evidence.work import Work
from kiro_worker.gate.port import RED, Bite, Outcome, TestFact
from kiro_worker.ids import Oid
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True)
class BoundTest:
    """A test that speaks for a criterion.

    Attributes:
        source: where it stands; None where that was not found.
    """

    fact: TestFact
    bound: Bound
    source: Source | None

    @property
    def passes(self) -> bool:
        """Whether it passed."""
        return self.fact.case.outcome is Outcome.PASSED

    @property
    def is_red(self) -> bool:
        """Whether it failed, or could not be run to its end."""
        return self.fact.case.outcome in RED

    @property
    def proves(self) -> bool:
        """Whether it names the criterion, passes, and failed without the change.

        A test that the branch did not touch was not tried without the change; on the merge base it was.
        """
        if self.bound is not Bound.TAG or not self.passes:
            return False
        if self.fact.bite is not None:
            return self.fact.bite is Bite.BITES
        return not self.fact.touched and self.fact.base is Outcome.FAILED

    @property
    def holds(self) -> bool:
        """Whether it names the criterion, passes with the change and without it, and would notice something else."""
        return self.bound is Bound.TAG and self.passes and self.fact.bite is Bite.GUARD


def bind(work: Work, facts: Iterable[TestFact], sources: Sources) -> Mapping[str, tuple[BoundTest, ...]]:
    """The tests of each criterion by its id, those that matter most first."""
    found: dict[str, list[BoundTest]] = {}
    for fact in facts:
        source = sources.find(fact.case)
        for criterion, bound in _criteria(work, fact, source):
            found.setdefault(criterion, []).append(BoundTest(fact, bound, source))
    return {criterion: tuple(sorted(bound, key=_weight)) for criterion, bound in found.items()}


def is_unplaced(facts: Iterable[TestFact], sources: Sources) -> bool:
    """Whether a passing test that is new or changed is in no file that could be found: nobody knows whose it is."""
    return any(
        fact.case.outcome is Outcome.PASSED and (fact.touched or fact.base is None) and sources.find(fact.case) is None
        for fact in facts
    )


def _criteria(work: Work, fact: TestFact, source: Source | None) -> Iterator[tuple[str, Bound]]:
    tags = tags_of(fact.case, source.words if source else (), work.spec)
    yield from ((criterion, Bound.TAG) for criterion in sorted(tags.criteria))
    yield from ((criterion, Bound.REQUIREMENT) for criterion in sorted(tags.requirements))
    if not tags.criteria and not tags.requirements and source is not None:
        tasks = {work.task_of[oid] for oid in _writers(work, fact, source) if oid in work.task_of}
        named = {criterion for task in tasks for criterion in work.criteria_of.get(task, ())}
        yield from ((criterion, Bound.TASK) for criterion in sorted(named))


def _writers(work: Work, fact: TestFact, source: Source) -> set[Oid]:
    """The commits that wrote lines of the test; where lines are not known, those of its file if it was touched."""
    owners = work.owners.get(source.path, {})
    if source.is_found and owners:
        return {owners[line] for line in range(source.first, source.last + 1) if line in owners}
    if not fact.touched:
        return set()
    return {each.commit.oid for each in work.commits if source.path in each.files}


def _weight(test: BoundTest) -> tuple[bool, bool, bool, str]:
    """Red ones first, then those that prove, then those that name the criterion."""
    return not test.is_red, not test.proves, test.bound is not Bound.TAG, test.fact.case.id

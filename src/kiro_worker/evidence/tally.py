"""Tests and coverage in numbers."""

from collections.abc import Iterable

from kiro_worker.evidence.model import CoverageTally, TestTally
from kiro_worker.gate.port import RED, Judgement, Outcome, TestFact


def tally_tests(judgement: Judgement) -> TestTally:
    """The tests in numbers; where the runner names none, only what it counted."""
    facts = judgement.tests
    if not facts:
        told = next((each.tests for each in judgement.results if each.gate == "tests"), None)
        if told is None or not told.counted:
            return TestTally(counted=False)
        return TestTally(passed=told.passed, failed=told.failed, errors=told.errors, skipped=told.skipped)
    ended = [fact.case.outcome for fact in facts]
    return TestTally(
        passed=ended.count(Outcome.PASSED),
        failed=ended.count(Outcome.FAILED),
        errors=ended.count(Outcome.ERROR),
        skipped=ended.count(Outcome.SKIPPED),
        new=sum(judgement.base_known and fact.base is None for fact in facts),
        fixed=_moved(facts, RED, frozenset({Outcome.PASSED})),
        broken=_moved(facts, frozenset({Outcome.PASSED}), RED),
        known=_moved(facts, RED, RED),
        flaky=sum(fact.is_flaky for fact in facts),
    )


def tally_coverage(judgement: Judgement) -> CoverageTally:
    """Coverage in numbers."""
    now, before = judgement.coverage, judgement.base_coverage
    changed = next((each.changed for each in judgement.results if each.changed is not None), None)
    return CoverageTally(
        percent=round(now.line_percent, 2) if now else None,
        base_percent=round(before.line_percent, 2) if before else None,
        changed_covered=changed.covered if changed else 0,
        changed_total=changed.total if changed else 0,
    )


def _moved(facts: Iterable[TestFact], before: frozenset[Outcome], now: frozenset[Outcome]) -> int:
    return sum(fact.base in before and fact.case.outcome in now for fact in facts)

from typing import Any

import pytest

from kiro_worker.gate.against import against_base, counted_as_before, told_without_base
from kiro_worker.gate.baseline import Baseline, compare
from kiro_worker.gate.port import Color, Finding, GateResult, Outcome, TestCase, TestCounts

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED


def result(*more: Finding, **outcomes: Outcome) -> GateResult:
    """The gate's result as it is before anybody thinks of the base."""
    cases = tuple(TestCase(suite="tests.test_a", name=name, outcome=outcome) for name, outcome in outcomes.items())
    red = [case for case in cases if case.outcome is FAILED]
    found = tuple(Finding(code="tests.failed", title=case.id, cure="mend it") for case in red)
    counts = TestCounts(passed=len(cases) - len(red), failed=len(red))
    color = Color.RED if red or more else Color.GREEN
    return GateResult(
        gate="tests",
        color=color,
        summary=f"{counts.passed} tests passed",
        findings=(*found, *more),
        cases=cases,
        tests=counts,
    )


def base(**outcomes: Outcome) -> Baseline:
    return Baseline(outcomes={f"tests.test_a::{name}": outcome for name, outcome in outcomes.items()}, color=Color.RED)


def judged(
    head: GateResult,
    before: Baseline,
    *,
    tries: Any = None,
    touched: tuple[str, ...] = (),
    known_allowed: bool = False,
    flaky_blocks: bool = False,
) -> GateResult:
    given = {f"tests.test_a::{name}": said for name, said in (tries or {}).items()}
    names = frozenset(f"tests.test_a::{name}" for name in touched)
    return against_base(
        counted_as_before(head, before),
        compare(head.cases, before),
        tries=given,
        touched=names,
        known_allowed=known_allowed,
        flaky_blocks=flaky_blocks,
    )


def codes(found: GateResult) -> list[str]:
    return [finding.code for finding in found.findings]


def test_any_failing_test_blocks_by_default_and_says_how_it_was_before():
    told = judged(result(old=FAILED, fine=PASSED), base(old=FAILED, fine=PASSED))
    assert (told.color, codes(told)) == (Color.RED, ["tests.failed"])
    assert "failed on the base" in told.findings[0].detail


def test_what_failed_before_is_shown_and_does_not_block_where_that_is_allowed():
    told = judged(result(old=FAILED, fine=PASSED), base(old=FAILED, fine=PASSED), known_allowed=True)
    assert (told.color, codes(told)) == (Color.GREEN, ["tests.known-failure"])
    assert told.summary == "1 tests passed, 1 red on the base too"


@pytest.mark.parametrize("before", [base(new=PASSED, old=FAILED), base(old=FAILED), Baseline(why="nobody looked")])
def test_a_newly_red_test_always_blocks(before):
    told = judged(result(new=FAILED, old=FAILED, fine=PASSED), before, known_allowed=True)
    assert told.color is Color.RED
    assert "tests.failed" in codes(told)


def test_a_flaky_test_is_told_with_its_history_and_never_silently_passed():
    tries = {"shaky": (FAILED, PASSED, PASSED)}
    told = judged(result(shaky=FAILED, fine=PASSED), base(shaky=PASSED), tries=tries)
    assert (told.color, codes(told)) == (Color.GREEN, ["tests.flaky"])
    assert "failed, passed, passed" in told.findings[0].detail
    assert told.summary == "1 tests passed, 1 flaky"
    assert judged(result(shaky=FAILED), base(shaky=PASSED), tries=tries, flaky_blocks=True).color is Color.RED


def test_a_flaky_test_of_the_branch_itself_blocks():
    tries = {"shaky": (FAILED, PASSED, PASSED)}
    told = judged(result(shaky=FAILED), base(), tries=tries, touched=("shaky",))
    assert (told.color, codes(told)) == (Color.RED, ["tests.flaky"])


def test_one_that_fails_again_is_no_flaky_one():
    told = judged(result(bad=FAILED), base(bad=PASSED), tries={"bad": (FAILED, FAILED, FAILED)})
    assert (told.color, codes(told)) == (Color.RED, ["tests.failed"])


@pytest.mark.parametrize("code", ["tests.killed", "tests.timed-out", "tests.status-swallowed", "tests.exit-status"])
def test_what_no_test_explains_stays_red(code):
    alone = Finding(code=code, title="bad")
    told = judged(result(alone, old=FAILED), base(old=FAILED), known_allowed=True)
    assert told.color is Color.RED


def test_a_red_result_that_names_no_test_stays_red():
    told = judged(result(Finding(code="tests.more", title="9 more")), base(old=FAILED), known_allowed=True)
    assert told.color is Color.RED


def test_what_was_mended_is_told():
    told = judged(result(old=PASSED, fine=PASSED), base(old=FAILED, fine=PASSED))
    assert (told.color, told.summary) == (Color.GREEN, "2 tests passed, 1 fixed")


@pytest.mark.parametrize(
    ("known", "words"),
    [({"one": PASSED}, "1 test told what it said"), ({"one": PASSED, "two": PASSED}, "2 tests told")],
)
def test_how_many_told_what_they_said_reads_well(known, words):
    silent = GateResult(gate="tests", color=Color.GREEN, summary="status 0", tests=TestCounts(counted=False))
    assert f"On the base {words}" in judged(silent, base(**known)).summary


def test_tests_that_no_longer_tell_what_they_said_are_red():
    silent = GateResult(gate="tests", color=Color.GREEN, summary="status 0", tests=TestCounts(counted=False))
    told = judged(silent, base(one=PASSED, two=PASSED))
    assert (told.color, codes(told)) == (Color.RED, ["tests.not-counted"])
    assert judged(silent, Baseline(why="the test command names no test")).color is Color.GREEN


def test_what_could_not_be_run_stays_an_error():
    broken = GateResult(gate="tests", color=Color.ERROR, summary="no")
    assert judged(broken, base(one=PASSED)) == broken


def test_a_flaky_test_that_was_red_on_the_base_by_chance_is_told_as_flaky():
    said = judged(
        result(odd=FAILED, fine=PASSED), base(odd=FAILED, fine=PASSED), tries={"odd": (FAILED, PASSED, PASSED)}
    )
    assert (said.color, codes(said)) == (Color.GREEN, ["tests.flaky"])
    assert said.summary.endswith("1 flaky")


def test_where_nothing_is_known_of_the_base_the_line_says_so_and_why():
    said = told_without_base(result(fine=PASSED), Baseline(why="it took too long"))
    assert said.summary == "1 tests passed; nothing is known of the base: it took too long"
    assert told_without_base(result(fine=PASSED), base(fine=PASSED)) == result(fine=PASSED)
    assert told_without_base(result(), Baseline(why="the test command names no test")) == result()

import pytest

from kiro_worker.metric import Metric
from kiro_worker.run.measured import measured_of
from kiro_worker.run.record import RunRecord


def values(**facts):
    return {each.metric: each.value for each in measured_of(RunRecord(run="r-1", **facts))}


def gate(name, **facts):
    return {"gate": name, "color": "green", **facts}


@pytest.mark.parametrize(
    ("verdict", "status", "failed"),
    [
        ("DONE", 0, 0.0),
        ("ALREADY_DONE", 0, 0.0),
        ("TESTS_RED", 10, 100.0),
        ("INTERNAL", 70, 100.0),
        ("INTERRUPTED", 143, 100.0),
    ],
)
def test_a_run_failed_or_did_not(verdict, status, failed):
    assert values(verdict=verdict, exit_status=status) == {Metric.RUN_FAILED: failed}


def test_a_run_that_found_its_branch_taken_is_no_try_and_one_without_a_verdict_is_none_yet():
    assert values(verdict="BUSY", exit_status=31) == {}
    assert values() == {}


def test_tests_that_were_not_green_are_counted_where_they_were():
    counts = {"passed": 5, "failed": 2, "errors": 1, "skipped": 9, "counted": True}
    assert values(verdict="TESTS_RED", exit_status=10, gates=(gate("tests", tests=counts),))[Metric.TESTS_FAILED] == 3.0
    uncounted = gate("tests", tests={**counts, "counted": False})
    assert Metric.TESTS_FAILED not in values(verdict="TESTS_RED", exit_status=10, gates=(uncounted,))
    assert Metric.TESTS_FAILED not in values(verdict="TESTS_RED", exit_status=10, gates=(gate("tests", tests=None),))


@pytest.mark.parametrize(("now", "base", "drop"), [(81.5, 84.0, 2.5), (90.0, 84.0, 0.0), (84.0, 84.0, 0.0)])
def test_coverage_is_told_and_how_far_it_fell(now, base, drop):
    told = values(
        verdict="DONE", exit_status=0, gates=(gate("coverage", coverage={"line_percent": now, "base_percent": base}),)
    )
    assert (told[Metric.COVERAGE], told[Metric.COVERAGE_DROP]) == (now, drop)


def test_coverage_of_a_base_that_was_not_measured_did_not_fall():
    told = values(
        verdict="DONE", exit_status=0, gates=(gate("coverage", coverage={"line_percent": 80.0, "base_percent": None}),)
    )
    assert told == {Metric.RUN_FAILED: 0.0, Metric.COVERAGE: 80.0}


def test_what_an_agent_does_not_tell_of_its_cost_is_not_zero():
    assert values(verdict="DONE", exit_status=0, usage={"cost_usd": None, "input_tokens": 9}) == {
        Metric.RUN_FAILED: 0.0
    }
    told = values(verdict="DONE", exit_status=0, usage={"cost_usd": 1.25, "credits": 0})
    assert (told[Metric.RUN_COST], told[Metric.RUN_CREDITS]) == (1.25, 0.0)

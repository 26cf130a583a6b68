"""The numbers that a finished run leaves for whoever watches: pure, out of its record."""

from collections.abc import Iterator, Mapping
from typing import Any

from kiro_worker.metric import Measured, Metric
from kiro_worker.run.record import RunRecord
from kiro_worker.run.verdict import Verdict

# A run that found its branch taken has not been tried.
_NO_TRY = frozenset({Verdict.BUSY.value})


def measured_of(record: RunRecord) -> tuple[Measured, ...]:
    """What was measured; what was not is left out, and is never zero."""
    if not record.verdict or record.verdict in _NO_TRY:
        return ()
    return (
        Measured(Metric.RUN_FAILED, 0.0 if record.exit_status == 0 else 100.0),
        *_of_tests(record.gate("tests")),
        *_of_coverage(record.gate("coverage")),
        *_of_usage(record.usage),
    )


def _of_tests(gate: Mapping[str, Any] | None) -> Iterator[Measured]:
    counts = (gate or {}).get("tests")
    if counts and counts.get("counted", True):
        yield Measured(Metric.TESTS_FAILED, float(counts["failed"] + counts["errors"]))


def _of_coverage(gate: Mapping[str, Any] | None) -> Iterator[Measured]:
    told = (gate or {}).get("coverage")
    if not told:
        return
    now, before = told["line_percent"], told.get("base_percent")
    yield Measured(Metric.COVERAGE, now)
    if before is not None:
        yield Measured(Metric.COVERAGE_DROP, max(0.0, before - now))


def _of_usage(usage: Mapping[str, float | int | None]) -> Iterator[Measured]:
    for name, metric in (("cost_usd", Metric.RUN_COST), ("credits", Metric.RUN_CREDITS)):
        used = usage.get(name)
        if used is not None:
            yield Measured(metric, float(used))

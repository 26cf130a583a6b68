"""The numbers that one look at the board leaves for whoever watches: pure, out of what was seen."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from kiro_worker.dispatch.reason import Standing, weightiest
from kiro_worker.dispatch.report import Report, Waiting
from kiro_worker.forge.traffic import Traffic
from kiro_worker.ids import moment_of
from kiro_worker.metric import Measured, Metric


def measured_of(report: Report, traffic: Traffic, *, holding: Iterable[str], now: datetime) -> tuple[Measured, ...]:
    """What was measured; what there is nothing of is left out.

    Args:
        report: of the tick.
        traffic: with the forge, during it.
        holding: ids of the runs that hold a lease.
        now: what ages are counted to.
    """
    return tuple(
        Measured(metric, value)
        for metric, value in (
            (Metric.POLLS, 1.0 if report.known else None),
            (Metric.QUEUE_AGE, _oldest(_moments(report.waiting), now)),
            (Metric.LEASE_AGE, _oldest(map(moment_of, holding), now)),
            (Metric.FORGE_ERRORS, traffic.error_percent),
            (Metric.FORGE_QUOTA_LEFT, traffic.percent_left),
        )
        if value is not None
    )


def _moments(waiting: Iterable[Waiting]) -> Iterator[datetime | None]:
    """Since when each card stands as it does that only waits for its turn."""
    for each in waiting:
        # What a person has to see to would be old for ever, and is told on its card.
        if weightiest(each.reasons) is Standing.WAITING:
            yield _moment(each.card.changed or each.card.created)


def _oldest(moments: Iterable[datetime | None], now: datetime) -> float | None:
    known = [moment for moment in moments if moment is not None]
    return max(0.0, (now - min(known)).total_seconds()) if known else None


def _moment(told: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

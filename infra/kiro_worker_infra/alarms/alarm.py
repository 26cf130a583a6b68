"""The alarms of one environment: the table's rows with its own thresholds and names filled in. Pure, and no CDK."""

from collections.abc import Iterator
from dataclasses import dataclass

from kiro_worker.notify.description import Description, written
from kiro_worker.notify.notice import Resource, Severity
from kiro_worker_infra.alarms.row import Limit, Missing, Row, Scale
from kiro_worker_infra.alarms.table import ROWS, rows
from kiro_worker_infra.environment import Environment, SettingWrong
from kiro_worker_infra.names import Names, StackName

# What an alarm looks back at is one day at most, and a week where a period is an hour or more.
_DAY, _MOST_DAYS = 86_400, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm, ready to be made.

    Attributes:
        name: of the alarm.
        threshold: in the metric's unit.
        points, of: how many of the latest values have to be beyond it.
        comparison: as CloudWatch calls it.
    """

    row: Row
    severity: Severity
    name: str
    threshold: float
    period: int
    points: int
    of: int
    comparison: str
    description: str


def alarms_of(settings: Environment, names: Names, part: StackName = "monitoring") -> tuple[Alarm, ...]:
    """Two alarms for each row, the warning first.

    Args:
        settings: of the environment.
        names: of its resources.
        part: the stack that makes them.

    Raises:
        SettingWrong: a threshold of the environment's is of no row, or does not lie on the right side of the other.
    """
    _check_known(settings)
    return tuple(alarm for row in rows(part) for alarm in _pair(row, settings, names))


def _pair(row: Row, settings: Environment, names: Names) -> Iterator[Alarm]:
    limits = limits_of(row, settings)
    if not is_ordered(row, *limits):
        raise SettingWrong(
            f"{settings.name}: thresholds[{row.key!r}]: the warning has to come {'above' if row.falling else 'below'} "
            f"the error; {limits[0].threshold:g} and {limits[1].threshold:g} do not"
        )
    for severity, limit in zip((Severity.WARNING, Severity.ERROR), limits, strict=True):
        yield Alarm(
            row=row,
            severity=severity,
            name=alarm_name(names, row.key, severity),
            threshold=limit.threshold,
            period=period_of(row, settings),
            points=limit.points,
            of=limit.of,
            comparison="LessThanThreshold" if row.falling else "GreaterThanOrEqualToThreshold",
            description=_described(row, severity, names, settings.runbooks),
        )


def alarm_name(names: Names, key: str, severity: Severity) -> str:
    """What an alarm is called."""
    return f"{names.prefix}-{key}-{severity.value}"


def limits_of(row: Row, settings: Environment) -> tuple[Limit, Limit]:
    """Warning and error in the metric's unit: the environment's own, or its kind's, or the row's."""
    warning, error = row.warning, row.error
    if own := settings.thresholds.get(row.key):
        return _at(warning, own.warning), _at(error, own.error)
    if row.scale is Scale.POLLS and row.missing[0] is Missing.ALARM:
        return _of_polls(warning, error, settings)
    if settings.name in row.kinds:
        low, high = row.kinds[settings.name]
        return _at(warning, low), _at(error, high)
    whole = {
        Scale.NOTHING: 1,
        Scale.POLLS: 1,
        Scale.BUILD: settings.build.minutes * 60,
        Scale.QUEUE: settings.build.queued_minutes * 60,
    }[row.scale]
    return _at(warning, warning.threshold * whole), _at(error, error.threshold * whole)


def period_of(row: Row, settings: Environment) -> int:
    """Seconds that one value stands for."""
    return min(_three_polls(settings), _DAY) if row.scale is Scale.POLLS else row.period


def is_ordered(row: Row, warning: Limit, error: Limit) -> bool:
    """Whether the warning comes before the error: by its threshold, or with the same one after fewer values."""
    if warning.threshold == error.threshold:
        return warning.points < error.points
    return (warning.threshold > error.threshold) == row.falling


def _of_polls(warning: Limit, error: Limit, settings: Environment) -> tuple[Limit, Limit]:
    days = -(-_three_polls(settings) // _DAY)
    if days <= 1:
        return warning, error
    # A period is a day at most: where three polls take longer, each day without one counts.
    days = min(days, _MOST_DAYS)
    return Limit(error.threshold, days - 1, days - 1), Limit(error.threshold, days, days)


def _three_polls(settings: Environment) -> int:
    return 3 * 60 * settings.polling_minutes


def _at(limit: Limit, threshold: float) -> Limit:
    return Limit(float(round(threshold, 6)), limit.points, limit.of)


def _described(row: Row, severity: Severity, names: Names, runbooks: str) -> str:
    return written(
        Description(
            says=row.says,
            severity=severity,
            environment=names.environment,
            resources=(Resource(kind=row.affected.kind, name=_resource(row, names)),),
            action=filled(row.do, names),
            runbook=f"{runbooks}#{row.key}",
        )
    )


def _resource(row: Row, names: Names) -> str:
    """The resource's name for people; where only deployment knows it, its beginning."""
    if not row.affected.dimensions:
        return {"BOOK": names.poller, "KEY": names.key_alias, "SECRETS": names.prefix}.get(row.affected.name, "region")
    attribute = next(iter(row.affected.dimensions.values()))
    if attribute == "artifacts":
        return names.artifacts("ACCOUNT", "REGION").removesuffix("-ACCOUNT-REGION")
    value: str = getattr(names, attribute)
    return value


def filled(text: str, names: Names) -> str:
    """A text of the table, in which ENV stands for the environment.

    >>> filled("/aws/lambda/kiro-worker-ENV-poller of ENVIRONMENT", Names("test"))
    '/aws/lambda/kiro-worker-test-poller of ENVIRONMENT'
    """
    return (
        text.replace("kiro-worker-ENV", names.prefix)
        .replace("--env ENV", f"--env {names.environment}")
        .replace("KiroWorker/ENV", f"KiroWorker/{names.environment}")
    )


def _check_known(settings: Environment) -> None:
    known = [row.key for row in ROWS]
    if unknown := sorted(set(settings.thresholds) - set(known)):
        raise SettingWrong(f"{settings.name}: thresholds{unknown}: no row of the alarm table; there are {known}")

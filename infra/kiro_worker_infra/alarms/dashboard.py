"""The dashboard: a graph for each row, with its two thresholds, family by family, below the state of all alarms."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from kiro_worker.notify.notice import Severity
from kiro_worker_infra.alarms.alarm import Alarm
from kiro_worker_infra.alarms.make import dimensions_of, namespace_of
from kiro_worker_infra.names import Names

_ACROSS, _WIDTH, _HEIGHT = 3, 8, 6
_HEADING, _STATES = 1, 6
_COLOURS = {Severity.WARNING: "#ff7f0e", Severity.ERROR: "#d62728"}
# Of one widget with the states of alarms.
_MOST_STATES = 100


def body_of(
    alarms: Sequence[Alarm], names: Names, *, region: str, arns: Sequence[str], known: Mapping[str, str]
) -> dict[str, Any]:
    """What the dashboard shows; `alarms` come in pairs, the warning first.

    Args:
        alarms: of the environment.
        names: of its resources.
        region: in which it is.
        arns: of the alarms whose states are shown.
        known: values of dimensions that only deployment knows.
    """
    widgets: list[dict[str, Any]] = [
        {
            "type": "alarm",
            **_place(0, 0, 3 * _WIDTH, _STATES),
            "properties": {"title": "Alarms", "alarms": list(arns[:_MOST_STATES]), "sortBy": "stateUpdatedTimestamp"},
        }
    ]
    y = _STATES
    for family, members in groupby(_pairs(alarms), key=lambda pair: pair[0].row.family):
        widgets.append(
            {"type": "text", **_place(0, y, 3 * _WIDTH, _HEADING), "properties": {"markdown": f"## {family.value}"}}
        )
        y += _HEADING
        pairs = list(members)
        for nth, pair in enumerate(pairs):
            at = _place((nth % _ACROSS) * _WIDTH, y + (nth // _ACROSS) * _HEIGHT, _WIDTH, _HEIGHT)
            widgets.append({"type": "metric", **at, "properties": _graph(pair, names, region, known)})
        y += -(-len(pairs) // _ACROSS) * _HEIGHT
    return {"start": "-P1D", "widgets": widgets}


def _pairs(alarms: Sequence[Alarm]) -> list[tuple[Alarm, Alarm]]:
    return list(zip(alarms[::2], alarms[1::2], strict=True))


def _graph(pair: tuple[Alarm, Alarm], names: Names, region: str, known: Mapping[str, str]) -> dict[str, Any]:
    alarm, row = pair[0], pair[0].row
    dimensions = [word for each in dimensions_of(alarm, names, known).items() for word in each]
    return {
        "title": row.title,
        "view": "timeSeries",
        "region": region,
        "stat": row.statistic,
        "period": alarm.period,
        "metrics": [[namespace_of(alarm, names), row.metric, *dimensions, {"label": row.unit}]],
        "yAxis": {"left": {"min": 0, "label": row.unit, "showUnits": False}},
        "annotations": {
            "horizontal": [
                {"label": each.severity.value, "value": each.threshold, "color": _COLOURS[each.severity]}
                for each in pair
            ]
        },
    }


def _place(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "width": width, "height": height}

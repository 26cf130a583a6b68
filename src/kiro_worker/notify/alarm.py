"""Notices out of what CloudWatch says of its alarms: in a message of SNS, or when it is asked.

Both name the same things, one `Threshold` within a `Trigger`, the other beside the alarm's name.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from kiro_worker.notify.description import read
from kiro_worker.notify.notice import Notice, Reading, Resource, Severity, State

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": ">=",
    "GreaterThanThreshold": ">",
    "LessThanOrEqualToThreshold": "<=",
    "LessThanThreshold": "<",
}
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
# `[3.0 (27/11/26 22:00:00), 0.0 (27/11/26 21:55:00)]` of the service's own words.
_POINTS = re.compile(r"\[([^\[\]]{1,2000})\]")
_POINT = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:E-?[0-9]+)?(?= \()")
# `ALARM("kiro-worker-test-build-failed-warning") OR …` of an alarm that is made of others.
_PART = re.compile(r"ALARM\(\"([^\"()]{1,255})\"\)")
_LONGEST, _LONGEST_RULE = 4_000, 10_240
_MOST_POINTS = 20


def notice_of_message(text: str) -> Notice:
    """The notice that a message of SNS is about; what is no alarm's message becomes a notice all the same.

    Whoever is to hear of alarms would rather hear of one too many.
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("AlarmName"), str):
        return _foreign(text)
    told = _fitting(told)
    return _notice(told, told.get("Trigger") or {}, before=_state(told.get("OldStateValue")), at="StateChangeTime")


def notice_of_alarm(told: Mapping[str, Any]) -> Notice:
    """The notice that an alarm would cause as it stands, as `DescribeAlarms` tells of it."""
    reason = {**told, "NewStateValue": told.get("StateValue"), "NewStateReason": told.get("StateReason")}
    return _notice(reason, told, before=State.UNKNOWN, at="StateUpdatedTimestamp")


def _notice(told: Mapping[str, Any], trigger: Mapping[str, Any], *, before: State, at: str) -> Notice:
    about = read(_text(told, "AlarmDescription"))
    name, state, arn = _text(told, "AlarmName"), _state(told.get("NewStateValue")), _text(told, "AlarmArn")
    _, partition, _, region, account, *_ = [*arn.split(":"), "", "", "", "", ""]
    moment = _moment(told.get(at))
    return Notice(
        id=f"{arn or name}@{moment}",
        alarm=name,
        title=about.says or name,
        severity=about.severity,
        state=state,
        before=before,
        environment=about.environment,
        at=moment,
        resources=about.resources or _named(trigger),
        reading=_reading(trigger, _text(told, "NewStateReason")),
        reason=_text(told, "NewStateReason"),
        action=about.action,
        runbook=about.runbook,
        console=_console(partition, region, name),
        account=account or _text(told, "AWSAccountId"),
        region=region,
        parts=tuple(dict.fromkeys(_PART.findall(_text(told, "AlarmRule", longest=_LONGEST_RULE)))),
    )


def _foreign(text: str) -> Notice:
    return Notice(
        id=f"foreign@{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:32]}",
        alarm="",
        title="A message that is no alarm's came to the topic of alarms",
        severity=Severity.WARNING,
        state=State.ALARM,
        reason=_line(text),
        action="See who publishes to the topic; only CloudWatch should.",
    )


def _reading(trigger: Mapping[str, Any], reason: str) -> Reading | None:
    metric = _text(trigger, "MetricName")
    if not metric:
        return None
    statistic = _text(trigger, "Statistic") or _text(trigger, "ExtendedStatistic")
    return Reading(
        metric=f"{_text(trigger, 'Namespace')} {metric}".strip(),
        values=_values(reason),
        statistic=statistic.capitalize() if statistic.isupper() else statistic,
        period=int(_number(trigger, "Period") or 0),
        comparison=COMPARISONS.get(_text(trigger, "ComparisonOperator"), _text(trigger, "ComparisonOperator")),
        threshold=_number(trigger, "Threshold"),
    )


def _values(reason: str) -> tuple[float, ...]:
    """The numbers that the service's words quote.

    >>> _values("Threshold Crossed: 1 datapoint [3.0 (27/11/26 22:00:00)] was greater than the threshold (1.0).")
    (3.0,)
    """
    points = _POINTS.search(reason)
    return tuple(float(each) for each in _POINT.findall(points[1])[:_MOST_POINTS]) if points else ()


def _named(trigger: Mapping[str, Any]) -> tuple[Resource, ...]:
    """What the dimensions name, of an alarm that does not say what it is about."""
    dimensions = trigger.get("Dimensions")
    return tuple(
        Resource(kind=_either(each, "name", "Name"), name=_either(each, "value", "Value"))
        for each in (dimensions if isinstance(dimensions, list) else ())
        if isinstance(each, dict)
    )


def _either(told: Mapping[str, Any], one: str, other: str) -> str:
    return _text(told, one) or _text(told, other)


def _fitting(told: Mapping[str, Any]) -> dict[str, Any]:
    trigger = told.get("Trigger")
    return {**told, "Trigger": trigger if isinstance(trigger, dict) else {}}


def _state(told: object) -> State:
    return State(told) if isinstance(told, str) and told in set(State) else State.UNKNOWN


def _text(told: Mapping[str, Any], name: str, *, longest: int = _LONGEST) -> str:
    value = told.get(name)
    if not isinstance(value, str):
        return ""
    return value[:longest] if name == "AlarmDescription" else _line(value, longest)


def _line(text: str, longest: int = _LONGEST) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text[:longest]).split())


def _number(told: Mapping[str, Any], name: str) -> float | None:
    value = told.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _moment(told: object) -> str:
    """RFC 3339; the service writes `+0000` where that wants a colon, and the library makes a moment of it."""
    if isinstance(told, datetime):
        return told.isoformat()
    if not isinstance(told, str):
        return ""
    return re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", _line(told))


def _console(partition: str, region: str, alarm: str) -> str:
    domain = _CONSOLES.get(partition, "")
    # The region out of the alarm's ARN; a message calls it `US East (N. Virginia)`.
    if not domain or not re.fullmatch(r"[a-z0-9-]{1,40}", region) or not alarm:
        return ""
    return f"https://{region}.{domain}/cloudwatch/home?region={region}#alarmsV2:alarm/{quote(alarm, safe='')}"

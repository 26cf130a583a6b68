"""docs/deployment/notices: what a notice looks like in each way to deliver it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from kiro_worker.notify.alarm import notice_of_message
from kiro_worker.notify.notice import Notice, Severity
from kiro_worker.notify.render.document import document
from kiro_worker.notify.render.html import html
from kiro_worker.notify.render.slack import slack
from kiro_worker.notify.render.teams import teams
from kiro_worker.notify.render.text import text
from kiro_worker.value import replace
from kiro_worker_infra.alarms.alarm import Alarm, alarms_of
from kiro_worker_infra.environments import environment_of
from kiro_worker_infra.names import Names

_ACCOUNT = "123456789012"
_AT = "2026-11-27T22:01:07.123+0000"


def pages() -> Mapping[str, Callable[[], str]]:
    """Each file by its name."""
    return {
        "notice.txt": lambda: text(_error()),
        "notice.html": lambda: html(_error()) + "\n",
        "slack.json": lambda: _json(slack(_error())),
        "teams.json": lambda: _json(teams(_error())),
        "notice.json": lambda: _json(document(_error())),
        "warnings.txt": lambda: text(_warnings()),
    }


def _json(told: Mapping[str, Any]) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _error() -> Notice:
    return _notice(_alarm("build-failed", Severity.ERROR), 12.0)


def _warnings() -> Notice:
    ringing = (
        _notice(_alarm("forge-quota", Severity.WARNING), 12.5),
        _notice(_alarm("queue-age", Severity.WARNING), 180_000.0),
    )
    summary = {
        "AlarmName": "kiro-worker-test-any-warning",
        "AlarmDescription": "Something needs attention.\nSeverity: warning\nEnvironment: test\n"
        "Resource: Environment kiro-worker-test\n"
        "Do: See each warning that is listed; none of them has stopped the work.\n"
        "Runbook: https://docs.example.com/alarms.html#together",
        "NewStateValue": "ALARM",
        "OldStateValue": "OK",
        "NewStateReason": f"{ringing[0].alarm} transitioned to ALARM",
        "StateChangeTime": _AT,
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:{_ACCOUNT}:alarm:kiro-worker-test-any-warning",
    }
    return replace(notice_of_message(json.dumps(summary)), ringing=ringing)


def _alarm(key: str, severity: Severity) -> Alarm:
    settings = environment_of("test")
    alarms = alarms_of(settings, Names(settings.name))
    return next(each for each in alarms if each.row.key == key and each.severity is severity)


def _notice(alarm: Alarm, value: float) -> Notice:
    """As CloudWatch would tell of it."""
    words = "less than" if alarm.row.falling else "greater than or equal to"
    message = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description.replace(
            "docs/deployment/alarms.md", "https://docs.example.com/alarms.html"
        ),
        "NewStateValue": "ALARM",
        "OldStateValue": "OK",
        "NewStateReason": f"Threshold Crossed: 1 out of the last 1 datapoints [{value} (27/11/26 21:00:00)] was "
        f"{words} the threshold ({alarm.threshold}) (minimum 1 datapoint for OK -> ALARM transition).",
        "StateChangeTime": _AT,
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:{_ACCOUNT}:alarm:{alarm.name}",
        "Trigger": {
            "MetricName": alarm.row.metric,
            "Namespace": alarm.row.namespace,
            "Statistic": alarm.row.statistic.upper(),
            "Period": alarm.period,
            "ComparisonOperator": alarm.comparison,
            "Threshold": alarm.threshold,
        },
    }
    return notice_of_message(json.dumps(message))

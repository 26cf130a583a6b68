"""A notice as JSON, for machines: what a webhook is sent."""

from typing import Any

from kiro_worker.notify.notice import Notice, Reading

SCHEMA = "kiro-worker/notice/1"


def document(notice: Notice) -> dict[str, Any]:
    """The whole notice; fields are only ever added to a version."""
    return {
        "schema": SCHEMA,
        "id": notice.id,
        "subject": notice.subject,
        "title": notice.title,
        "severity": notice.severity.value,
        "state": notice.state.value,
        "previous_state": notice.before.value,
        "environment": notice.environment,
        "at": notice.at,
        "resources": [{"kind": each.kind, "name": each.name} for each in notice.resources],
        "reading": None if notice.reading is None else _reading(notice.reading),
        "reason": notice.reason,
        "action": notice.action,
        "runbook": notice.runbook,
        "alarm": notice.alarm,
        "console": notice.console,
        "account": notice.account,
        "region": notice.region,
        "ringing": [document(each) for each in notice.ringing],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "metric": reading.metric,
        "values": list(reading.values),
        "statistic": reading.statistic,
        "period_seconds": reading.period,
        "comparison": reading.comparison,
        "threshold": reading.threshold,
    }

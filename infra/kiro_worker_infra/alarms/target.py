"""Which alarms' messages are passed on to people, and which of them one by one."""

from kiro_worker.notify.notice import Severity
from kiro_worker_infra.alarms.alarm import alarm_name
from kiro_worker_infra.alarms.row import Family
from kiro_worker_infra.alarms.table import ROWS
from kiro_worker_infra.names import Names


def any_name(names: Names, severity: Severity) -> str:
    """What the composite of all errors, or of all warnings, is called."""
    return f"{names.prefix}-any-{severity.value}"


def delivered(names: Names) -> list[object]:
    """Which alarms' messages are passed on, as a filter of SNS on `AlarmName`.

    Every alarm publishes. Errors are passed on one by one and warnings together; those of the API, which no composite
    of another stack can be made of, one by one as well.
    """
    return [
        {"suffix": f"-{Severity.ERROR.value}"},
        any_name(names, Severity.WARNING),
        {"prefix": f"{names.api}-"},
        {"prefix": f"{names.delegate}-"},
    ]


def of_notices(names: Names) -> list[object]:
    """The errors of the notifier and of the topic themselves, as a filter of SNS on `AlarmName`."""
    return [alarm_name(names, row.key, Severity.ERROR) for row in ROWS if row.family is Family.NOTICES]

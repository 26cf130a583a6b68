"""The one table of alarms. Everything about them is made of it: nothing else names a metric or a threshold.

A row becomes two alarms, `<prefix>-<key>-warning` and `<prefix>-<key>-error`, which know one target: the topic.
"""

from kiro_worker_infra.alarms import api, builds, functions, notices, stores, work
from kiro_worker_infra.alarms.row import Row
from kiro_worker_infra.names import StackName

ROWS: tuple[Row, ...] = (*builds.ROWS, *functions.ROWS, *stores.ROWS, *notices.ROWS, *work.ROWS, *api.ROWS)


def rows(part: StackName) -> tuple[Row, ...]:
    """The rows whose alarms a stack makes: those of the optional API are its own, all others stack monitoring's."""
    return tuple(row for row in ROWS if row.part == part)

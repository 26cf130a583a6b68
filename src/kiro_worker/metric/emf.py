"""Metrics as lines of a log, in CloudWatch's embedded metric format: they cost no call and need no right.

CloudWatch makes metrics out of such lines in every log group, and keeps the lines for who searches:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import math
from collections.abc import Iterable
from typing import Any, Protocol

from kiro_worker.clock import Clock
from kiro_worker.metric.names import DIMENSION, MEANINGS, NAMESPACE, Metric
from kiro_worker.metric.port import Measured

# A log event may have a little more than this in bytes; what is told of a number is never long.
_LONGEST_FACT = 1024


class Sink(Protocol):
    """Where lines go, such as `sys.stdout`."""

    def write(self, text: str, /) -> Any:
        """Add a text."""
        ...

    def flush(self) -> None:
        """Have it go out now."""
        ...


class EmfMetrics:
    """See `Metrics`.

    Args:
        sink: what ends in CloudWatch Logs, line by line.
        environment: the one dimension; may not be empty.
        clock: stamps.
    """

    def __init__(self, sink: Sink, *, environment: str, clock: Clock) -> None:
        self._sink, self._environment, self._clock = sink, environment, clock

    def tell(self, measured: Iterable[Measured], /, **facts: str) -> None:
        """See `Metrics.tell`."""
        values = {each.metric: each.value for each in measured if math.isfinite(each.value)}
        if not values:
            return
        told = {name: value[:_LONGEST_FACT] for name, value in facts.items() if value}
        document = {
            # First, so that no fact can stand in the place of what the line is.
            **told,
            "_aws": self._metadata(values),
            DIMENSION: self._environment,
            **{metric.value: value for metric, value in values.items()},
        }
        try:
            self._sink.write(json.dumps(document, separators=(",", ":"), allow_nan=False) + "\n")
            self._sink.flush()
        except (OSError, ValueError):
            # Nobody reads the log any more, or it was closed.
            return

    def _metadata(self, metrics: Iterable[Metric]) -> dict[str, Any]:
        return {
            "Timestamp": int(self._clock.now().timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [[DIMENSION]],
                    "Metrics": [{"Name": each.value, "Unit": MEANINGS[each].unit.value} for each in metrics],
                }
            ],
        }

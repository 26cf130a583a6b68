"""What watching an environment costs in a month in which nothing happens, by the prices that Amazon publishes.

us-east-1, https://aws.amazon.com/cloudwatch/pricing/, as known in 2026; other regions differ by a few per cent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kiro_worker.metric import Metric
from kiro_worker_infra.alarms.alarm import Alarm

ALARM, COMPOSITE, METRIC, DASHBOARD = 0.10, 0.50, 0.30, 3.00
COMPOSITES = 2

# Metrics of one's own are paid for by the hour in which they are written: these are with each poll, the others with a
# run, with a card that waits, or with an error.
IDLE_METRICS = (Metric.POLLS, Metric.POLLER_MEMORY, Metric.FORGE_ERRORS, Metric.FORGE_QUOTA_LEFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """US dollars a month.

    Attributes:
        dashboard: of one; the first three of an account are free.
    """

    alarms: float
    composites: float
    metrics: float
    dashboard: float

    @property
    def total(self) -> float:
        """With a dashboard that is free."""
        return self.alarms + self.composites + self.metrics

    @property
    def most(self) -> float:
        """With a dashboard that is paid for, as from an account's fourth on."""
        return self.total + self.dashboard


def cost_of(alarms: Sequence[Alarm]) -> Cost:
    """What these alarms cost, and what goes with them. Each looks at one metric: none is made of several."""
    return Cost(
        alarms=len(alarms) * ALARM,
        composites=COMPOSITES * COMPOSITE,
        metrics=len(IDLE_METRICS) * METRIC,
        dashboard=DASHBOARD,
    )

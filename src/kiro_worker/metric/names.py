"""Every metric of the worker's own: its name, its unit, and what it says.

The names are a contract with the alarms, which stand in a table of their own beside the deployment: both read this one.
"""

from collections.abc import Mapping
from enum import StrEnum

from kiro_worker.value import dataclass

NAMESPACE = "KiroWorker"
# Each metric has it, and no other: a further one would make a further metric, and a further line on the bill.
DIMENSION = "Environment"


class Unit(StrEnum):
    """What a number counts, as CloudWatch calls it."""

    COUNT = "Count"
    PERCENT = "Percent"
    SECONDS = "Seconds"
    NONE = "None"


class Metric(StrEnum):
    """The name of a metric, as it is shown."""

    RUN_FAILED = "RunFailed"
    TESTS_FAILED = "TestsFailed"
    COVERAGE = "Coverage"
    COVERAGE_DROP = "CoverageDrop"
    RUN_COST = "RunCost"
    RUN_CREDITS = "RunCredits"
    POLLS = "Polls"
    POLLER_MEMORY = "PollerMemory"
    QUEUE_AGE = "QueueAge"
    LEASE_AGE = "LeaseAge"
    FORGE_ERRORS = "ForgeErrors"
    FORGE_QUOTA_LEFT = "ForgeQuotaLeft"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a metric says."""

    unit: Unit
    says: str


MEANINGS: Mapping[Metric, Meaning] = {
    Metric.RUN_FAILED: Meaning(
        Unit.PERCENT, "100 for a run that failed and 0 for one that did not, so that the average is the failure rate."
    ),
    Metric.TESTS_FAILED: Meaning(Unit.COUNT, "Tests that were not green at the end of a run."),
    Metric.COVERAGE: Meaning(Unit.PERCENT, "Covered lines at the end of a run, where they were measured."),
    Metric.COVERAGE_DROP: Meaning(
        Unit.PERCENT, "Points of covered lines that a run's branch has less than its base; 0 where it has as many."
    ),
    Metric.RUN_COST: Meaning(Unit.NONE, "US dollars that a run's agent says it cost; only of agents that say so."),
    Metric.RUN_CREDITS: Meaning(Unit.NONE, "Credits that a run's agent says it used; only of agents that say so."),
    Metric.POLLS: Meaning(Unit.COUNT, "1 for each look at the board that came to its end."),
    Metric.POLLER_MEMORY: Meaning(Unit.PERCENT, "Of the memory that the poller may use, the most that it has used."),
    Metric.QUEUE_AGE: Meaning(
        Unit.SECONDS, "How long the card that waits longest has been as it is, though nothing is wrong with it."
    ),
    Metric.LEASE_AGE: Meaning(Unit.SECONDS, "How long ago the oldest run was begun whose lease is still held."),
    Metric.FORGE_ERRORS: Meaning(
        Unit.PERCENT, "Of the requests of one look at the board, those that the forge did not answer as it should."
    ),
    Metric.FORGE_QUOTA_LEFT: Meaning(
        Unit.PERCENT, "What is left of the forge's rate limit; of several, of the one that is closest to its end."
    ),
}

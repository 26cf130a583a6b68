"""What one row of the alarm table says: a metric, where it warns and where it is an error, and what to do then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from kiro_worker_infra.names import Kind, StackName


class Family(StrEnum):
    """What belongs together, on the dashboard and on the page."""

    BUILDS = "Builds"
    POLLER = "Poller"
    STORES = "Leases, artifacts, secrets"
    NOTICES = "Notices"
    WORK = "The work itself"
    API = "API"


# Of metrics that are the whole region's, or that logs are made into.
_NONE: Mapping[str, str] = {}


class Affected(Enum):
    """What a row is about: for people, and as the dimensions that its metric has.

    A dimension's value is an attribute of `Names`, a fixed text after `=`, or one that only deployment knows.
    """

    PROJECT = ("CodeBuild project", {"ProjectName": "project"})
    POLLER = ("Lambda function", {"FunctionName": "poller"})
    NOTIFIER = ("Lambda function", {"FunctionName": "notifier"})
    DELEGATE = ("Lambda function", {"FunctionName": "delegate"})
    ALL_FUNCTIONS = ("All functions of the", _NONE)
    POLLER_QUEUE = ("SQS queue", {"QueueName": "poller_dead"})
    NOTIFIER_QUEUE = ("SQS queue", {"QueueName": "notifier_dead"})
    TABLE = ("DynamoDB table", {"TableName": "leases"})
    TABLE_WRITES = ("DynamoDB table", {"TableName": "leases", "Operation": "=UpdateItem"})
    ALL_TABLES = ("All tables of the", _NONE)
    BUCKET = ("S3 bucket", {"BucketName": "artifacts", "FilterId": "=runs"})
    SECRETS = ("Secrets and parameters of", _NONE)
    KEY = ("KMS key", _NONE)
    BOOK = ("Book of the Lambda function", _NONE)
    TOPIC = ("SNS topic", {"TopicName": "alarms"})
    SCHEDULE = ("EventBridge rule", {"RuleName": "schedule"})
    BUILD_ENDED = ("EventBridge rule", {"RuleName": "build_ended"})
    WORK = ("Environment", {"Environment": "environment"})
    FORGE = ("GitHub, as asked by", {"Environment": "environment"})
    API = ("HTTP API", {"ApiId": "api"})

    def __init__(self, kind: str, dimensions: Mapping[str, str]) -> None:
        self.kind, self.dimensions = kind, dimensions


class Missing(StrEnum):
    """What it means when there is no data, as CloudWatch calls it."""

    FINE = "notBreaching"
    """The metric is only written when something happens."""
    ALARM = "breaching"
    """Silence is the very thing to hear of."""
    STAYS = "ignore"
    """It says what it said: a metric that comes with each run, and no run is no news."""


class Scale(StrEnum):
    """What of an environment's description a row depends on; what a threshold is a share of."""

    NOTHING = ""
    BUILD = "the longest build"
    """`build.minutes`, in seconds."""
    QUEUE = "the longest wait for a machine"
    """`build.queued_minutes`, in seconds."""
    POLLS = "three polls"
    """Not the threshold but the period is of that length."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Where one of the two alarms of a row begins.

    Attributes:
        threshold: in the metric's unit, or as a share of `Row.scale`.
        points: of the latest `of` values, how many have to be beyond it.
    """

    threshold: float
    points: int = 1
    of: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One metric that is watched.

    Attributes:
        key: in the alarms' names and as the runbook's anchor.
        title: for the dashboard and the page.
        says: what an alarm's description begins with.
        namespace, metric, unit: as their service documents them; a threshold is in that unit.
        statistic: how the values of one period become one.
        period: seconds.
        falling: low values are bad ones.
        missing: what no data means, and why.
        kinds: thresholds of environments that are to be treated otherwise: warning and error.
        do: the first thing to do, in the alarm itself.
        runbook: what more there is to do, step by step.
        part: the stack without which there is no such metric.
    """

    key: str
    title: str
    says: str
    family: Family
    affected: Affected
    namespace: str
    metric: str
    unit: str
    statistic: str
    warning: Limit
    error: Limit
    do: str
    runbook: tuple[str, ...]
    missing: tuple[Missing, str] = (Missing.FINE, "it is only written when something happens")
    period: int = 300
    falling: bool = False
    scale: Scale = Scale.NOTHING
    kinds: Mapping[Kind, tuple[float, float]] = field(default_factory=dict)
    part: StackName = "monitoring"

"""A notice: what people and machines are told about one alarm, whatever way it reaches them by."""

from enum import StrEnum

from kiro_worker.value import dataclass


class Severity(StrEnum):
    """How much it matters."""

    WARNING = "warning"
    ERROR = "error"


class State(StrEnum):
    """What an alarm says."""

    ALARM = "ALARM"
    OK = "OK"
    UNKNOWN = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What is affected.

    Attributes:
        kind: for people: `CodeBuild project`.
        name: as AWS calls it.
    """

    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was measured, and where it would have been well.

    Attributes:
        metric: its name, after its namespace: `AWS/CodeBuild FailedBuilds`.
        values: the latest first; empty where nothing was measured.
        statistic: how many values became one: `Sum`.
        period: seconds that one value stands for.
        comparison: what alarms: `>=`.
    """

    metric: str
    values: tuple[float, ...]
    statistic: str
    period: int
    comparison: str
    threshold: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What happened, how bad it is, and what to do.

    Attributes:
        id: the same for the same change of the same alarm, however often it is delivered.
        alarm: its name.
        title: a few words; after a colon in a subject.
        environment: empty where the alarm does not say.
        state, before: what the alarm says now, and what it said until now.
        at: when that changed, RFC 3339.
        resources: what is affected.
        reading: None for an alarm that is made of others.
        reason: the service's own words.
        action: what to do about it.
        runbook: where more is said about that.
        console: the alarm's page.
        parts: names of the alarms that it is made of; none for one about a metric.
        ringing: which of these are in alarm, where that could be found out.
    """

    id: str
    alarm: str
    title: str
    severity: Severity
    state: State
    before: State = State.UNKNOWN
    environment: str = ""
    at: str = ""
    resources: tuple[Resource, ...] = ()
    reading: Reading | None = None
    reason: str = ""
    action: str = ""
    runbook: str = ""
    console: str = ""
    account: str = ""
    region: str = ""
    parts: tuple[str, ...] = ()
    ringing: tuple["Notice", ...] = ()

    @property
    def over(self) -> bool:
        """Whether it tells of an end."""
        return self.state is State.OK

    @property
    def label(self) -> str:
        """One word for all of it: `ERROR`, `WARNING`, `OK`, or `UNKNOWN` where the alarm cannot tell any more."""
        match self.state:
            case State.OK:
                return "OK"
            case State.UNKNOWN:
                return "UNKNOWN"
            case State.ALARM:
                return self.severity.value.upper()

    @property
    def subject(self) -> str:
        """One line.

        >>> Notice(id="1", alarm="a", title="No poll", severity=Severity.ERROR, state=State.ALARM).subject
        '[ERROR] Kiro Worker: No poll'
        """
        where = f" ({self.environment})" if self.environment else ""
        return f"[{self.label}] Kiro Worker{where}: {self.title}"

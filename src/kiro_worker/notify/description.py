"""What an alarm's own description says: written by the deployment's table, read by whoever is told of the alarm.

An alarm carries everything that people need, so that the notifier knows no alarm, and a description that is read in
the console says the same. One line a fact:

    A build failed or timed out.
    Severity: error
    Environment: test
    Resource: CodeBuild project kiro-worker-test
    Do: Read the end of the build's log.
    Runbook: https://example.com/alarms.md#build-failed
"""

from kiro_worker.notify.notice import Resource, Severity
from kiro_worker.value import dataclass

# CloudWatch's own limit.
LONGEST = 1024

_KINDS = "Resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The facts of one alarm that do not change.

    Attributes:
        says: what it means when it is in alarm.
        action: what to do.
    """

    says: str
    severity: Severity
    environment: str
    resources: tuple[Resource, ...]
    action: str
    runbook: str


def written(told: Description) -> str:
    """The text of it.

    Raises:
        ValueError: it is longer than an alarm's description may be, or a fact has several lines.
    """
    lines = [
        told.says,
        f"Severity: {told.severity.value}",
        f"Environment: {told.environment}",
        *(f"{_KINDS}: {each.kind} {each.name}" for each in told.resources),
        f"Do: {told.action}",
        f"Runbook: {told.runbook}",
    ]
    text = "\n".join(lines)
    if len(text) > LONGEST or any("\n" in line for line in lines):
        raise ValueError(f"{told.says!r}: a description has one line a fact, and {LONGEST} characters at most")
    return text


def read(text: str) -> Description:
    """The facts of it; of an alarm that somebody else made, whatever can be read.

    >>> read("Disk is full").says
    'Disk is full'
    """
    says, *lines = [line.strip() for line in text.strip().splitlines()] or [""]
    facts: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        facts.setdefault(name, []).append(value.strip())
    return Description(
        says=says,
        # Who does not say how bad it is, is heard.
        severity=Severity.WARNING if facts.get("Severity") == ["warning"] else Severity.ERROR,
        environment=_last(facts, "Environment"),
        resources=tuple(map(_resource, facts.get(_KINDS, ()))),
        action=_last(facts, "Do"),
        runbook=_last(facts, "Runbook"),
    )


def _resource(told: str) -> Resource:
    """The name is the last word: AWS's names have no blanks."""
    kind, _, name = told.rpartition(" ")
    return Resource(kind=kind, name=name)


def _last(facts: dict[str, list[str]], name: str) -> str:
    return facts.get(name, [""])[-1]

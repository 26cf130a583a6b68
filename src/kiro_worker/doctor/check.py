"""What came of looking at one thing, and what all of them say together."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from kiro_worker.error import Fault, WorkerError
from kiro_worker.run.verdict import exit_status, verdict_of
from kiro_worker.value import dataclass

SCHEMA = "kiro-worker/doctor/1"


class Health(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARNING = "warning"  #: a run can begin, and something is worth knowing first
    FAULT = "fault"  #: a run would end here
    SKIPPED = "skipped"  #: it could not be looked at, because of a fault above


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: one word, stable.
        says: what was found.
        cure: what to do about it, as a command where there is one.
        code: the stable code of a fault, as in docs/reference/errors.md.
        fault: where a fault is from, which makes the exit status.
    """

    name: str
    health: Health
    says: str
    cure: str = ""
    code: str = ""
    fault: Fault | None = None


def good(name: str, says: str) -> Check:
    """A thing that is as it should be."""
    return Check(name=name, health=Health.OK, says=says)


def doubtful(name: str, says: str, cure: str = "") -> Check:
    """A thing worth knowing of."""
    return Check(name=name, health=Health.WARNING, says=says, cure=cure)


def faulty(name: str, error: WorkerError) -> Check:
    """A thing that would end a run."""
    return Check(
        name=name,
        health=Health.FAULT,
        says=error.message,
        cure=error.next_step,
        code=error.code,
        fault=error.fault,
    )


def skipped(name: str, because: str) -> Check:
    """A thing that could not be looked at."""
    return Check(name=name, health=Health.SKIPPED, says=f"not looked at: {because}")


def exit_status_of(checks: Iterable[Check]) -> int:
    """The status of the first fault's verdict; 0 without one."""
    faults = (check.fault for check in checks if check.fault is not None)
    return next((exit_status(verdict_of(fault)) for fault in faults), 0)


def report_document(checks: Sequence[Check]) -> dict[str, Any]:
    """All checks as plain JSON."""
    return {
        "schema": SCHEMA,
        "good": not any(check.health is Health.FAULT for check in checks),
        "checks": [
            {
                "name": check.name,
                "health": check.health.value,
                "says": check.says,
                "cure": check.cure,
                "code": check.code,
            }
            for check in checks
        ],
    }

"""One build: what it was started with, how far it is, and how CodeBuild describes it."""

import threading
import time
from collections.abc import Mapping
from typing import Any

from kiro_worker.value import dataclass, field


@dataclass(slots=True, kw_only=True, eq=False)
class Build:
    """A build.

    Attributes:
        project: as it was when the build was started, with what the start replaced.
        order: what it was started with.
        began: when it was asked for, in seconds since 1970.
        stop: set when somebody wants it to end.
        over: set when it has ended, and everybody was told.
        lines: what it said, in order.
        log_trouble: why its log group does not have them all; CodeBuild fails no build for it.
    """

    id: str
    arn: str
    number: int
    project: Mapping[str, Any]
    environment: Mapping[str, Any]
    order: Mapping[str, Any]
    initiator: str
    source_version: str
    timeout: int
    queued_timeout: int
    group: str
    stream: str
    began: float
    status: str = "IN_PROGRESS"
    phase: str = "SUBMITTED"
    phases: list[dict[str, Any]] = field(default_factory=list)
    ended: float = 0.0
    commit: str = ""
    exported: list[dict[str, str]] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    artifact: str = ""
    lines: list[str] = field(default_factory=list)
    log_trouble: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.status == "IN_PROGRESS"

    @property
    def waits(self) -> bool:
        """Whether its turn has not come."""
        return self.alive and self.phase in {"SUBMITTED", "QUEUED"}

    def enter(self, phase: str) -> None:
        """Begin a phase."""
        self.phases.append({"phaseType": phase, "startTime": time.time()})
        self.phase = phase

    def leave(self, status: str, code: str = "", message: str = "") -> None:
        """End the phase that was begun last."""
        phase = self.phases[-1]
        now = time.time()
        phase |= {"phaseStatus": status, "endTime": now, "durationInSeconds": round(now - phase["startTime"])}
        phase["contexts"] = [{"statusCode": code, "message": message}]

    def describe(self) -> dict[str, Any]:
        """As `BatchGetBuilds` has it."""
        told = {
            "id": self.id, "arn": self.arn, "buildNumber": self.number, "startTime": self.began,
            "currentPhase": self.phase, "buildStatus": self.status,
            "projectName": self.project["name"], "phases": [dict(each) for each in self.phases],
            "source": self.project["source"], "artifacts": self._artifacts(),
            "environment": dict(self.environment), "logs": self._logs(),
            "timeoutInMinutes": self.timeout, "queuedTimeoutInMinutes": self.queued_timeout,
            "buildComplete": not self.alive, "initiator": self.initiator,
            "exportedEnvironmentVariables": [dict(each) for each in self.exported], "reportArns": list(self.reports),
        }  # fmt: skip
        if not self.alive:
            told["endTime"] = self.ended
        more = {
            "serviceRole": self.project.get("serviceRole"), "encryptionKey": self.project.get("encryptionKey"),
            "sourceVersion": self.source_version, "resolvedSourceVersion": self.commit,
        }  # fmt: skip
        return {**told, **{name: value for name, value in more.items() if value}}

    def _logs(self) -> dict[str, Any]:
        return {"groupName": self.group, "streamName": self.stream} if self.group else {}

    def _artifacts(self) -> dict[str, Any]:
        return {"location": self.artifact} if self.artifact else {}


def described_project(project: Mapping[str, Any]) -> dict[str, Any]:
    """A project with what CodeBuild fills in."""
    return {
        "source": {"type": "NO_SOURCE"}, "artifacts": {"type": "NO_ARTIFACTS"}, "timeoutInMinutes": 60,
        "queuedTimeoutInMinutes": 480, **project,
    }  # fmt: skip

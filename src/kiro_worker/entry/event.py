"""What can wake the poller, read out of what EventBridge and people send.

Anything that is no build's end is a reason to look at the board, and no more: nothing that an event says decides what
is begun.
"""

from collections.abc import Mapping
from typing import Any

from kiro_worker.value import dataclass

TERMINAL = frozenset({"SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED"})
"""Every status that a build ends with."""

BUILD_ENDED = "CodeBuild Build State Change"
DELEGATED = "kiro-worker.delegate"

_MOST = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildEnded:
    """A build is over.

    Attributes:
        build: its ARN.
        project: whose it is.
        status: one of `TERMINAL`.
        environment: what it was started with, as far as the event tells; secrets are told by their names alone.
    """

    build: str
    project: str
    status: str
    environment: Mapping[str, str]

    @property
    def id(self) -> str:
        """As CodeBuild calls it: the project's name and a number of its own."""
        return self.build.rpartition(":build/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Woken:
    """Somebody asks for a look at the board.

    Attributes:
        by: `schedule`, `delegate`, or what the event calls itself.
    """

    by: str


def wake_of(event: object) -> BuildEnded | Woken:
    """What an event says.

    >>> wake_of({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
    Woken(by='schedule')
    >>> ended = {"build-status": "TIMED_OUT", "build-id": "arn:x", "project-name": "p"}
    >>> wake_of({"source": "aws.codebuild", "detail-type": BUILD_ENDED, "detail": ended}).status
    'TIMED_OUT'
    """
    told = event if isinstance(event, dict) else {}
    detail = told.get("detail")
    if told.get("source") == "aws.codebuild" and told.get("detail-type") == BUILD_ENDED and isinstance(detail, dict):
        if detail.get("build-status") in TERMINAL:
            return _ended(detail)
        return Woken(by="build")
    if told.get("source") == DELEGATED:
        return Woken(by="delegate")
    # EventBridge Scheduler sends whatever it was told to, `aws lambda invoke` nothing at all.
    return Woken(by="schedule" if told.get("source") == "aws.events" else _text(told.get("source")) or "call")


def _ended(detail: Mapping[str, Any]) -> BuildEnded:
    told = detail.get("additional-information")
    environment = told.get("environment") if isinstance(told, dict) else None
    listed = environment.get("environment-variables") if isinstance(environment, dict) else None
    return BuildEnded(
        build=_text(detail.get("build-id")),
        project=_text(detail.get("project-name")),
        status=_text(detail.get("build-status")),
        environment={
            str(each["name"]): str(each["value"])
            for each in (listed if isinstance(listed, list) else ())
            if isinstance(each, dict)
            and {"name", "value"} <= each.keys()
            and each.get("type", "PLAINTEXT") == "PLAINTEXT"
        },
    )


def _text(value: object) -> str:
    return value[:_MOST] if isinstance(value, str) else ""

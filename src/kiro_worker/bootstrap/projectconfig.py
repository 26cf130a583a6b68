"""The parameter that names the project to take work from, as settings: pure."""

import json
from collections.abc import Mapping
from typing import Any

from kiro_worker.error import Fault, WorkerError

_FORM = '{"organization": "…", "repository": "…", "projectNumber": 1, "targetStatusColumn": "For Implementation"}'


class ProjectConfigUnfit(WorkerError):
    """The parameter does not say which project is meant."""

    code = "poller.project-config"
    fault = Fault.CONFIG

    def __init__(self, *, parameter: str, reason: str) -> None:
        super().__init__(
            f"The parameter {parameter} cannot be used: {reason}.",
            kept="No card was moved, and no run was begun.",
            next_step=f"Write it anew: aws ssm put-parameter --overwrite --type String --name {parameter} "
            f"--value '{_FORM}'",
        )


def settings_of(parameter: str, text: str) -> Mapping[str, str]:
    """The variables that say the same; what is set by hand outranks them.

    Args:
        parameter: its name, for faults.
        text: what is kept in it; other members are passed over.

    Raises:
        ProjectConfigUnfit: it is no JSON object, or names no project.

    >>> sorted(settings_of("p", '{"organization": "acme", "repository": "shop", "projectNumber": 4}').values())
    ['4', 'acme', 'acme/shop', 'github']
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        # Not the reader's own words, which quote what they read.
        raise ProjectConfigUnfit(parameter=parameter, reason="it is no JSON") from None
    if not isinstance(told, dict):
        raise ProjectConfigUnfit(parameter=parameter, reason="it is no JSON object")
    owner = _text(parameter, told, "organization")
    found = {
        "KIRO_WORKER_BOARD_KIND": "github",
        "KIRO_WORKER_BOARD_OWNER": owner,
        "KIRO_WORKER_BOARD_NUMBER": _number(parameter, told),
    }
    if repository := _text(parameter, told, "repository", may_lack=True):
        found["KIRO_WORKER_BOARD_REPOSITORIES"] = repository if "/" in repository else f"{owner}/{repository}"
    if column := _text(parameter, told, "targetStatusColumn", may_lack=True):
        found["KIRO_WORKER_BOARD_COLUMN_READY"] = column
    if _paused(parameter, told):
        found["KIRO_WORKER_DISPATCH_PAUSED"] = "true"
    return found


def _paused(parameter: str, told: Mapping[str, Any]) -> bool:
    """Whether nothing new is to be begun: the one thing that has to be said at once, and without deploying anything."""
    value = told.get("paused", False)
    if not isinstance(value, bool):
        # Whoever wrote it wanted something, and to go on is the worse guess.
        raise ProjectConfigUnfit(parameter=parameter, reason="its paused is neither true nor false")
    return value


def _text(parameter: str, told: Mapping[str, Any], name: str, *, may_lack: bool = False) -> str:
    value = told.get(name, "" if may_lack else None)
    if not isinstance(value, str) or not (value.strip() or may_lack):
        raise ProjectConfigUnfit(parameter=parameter, reason=f"its {name} is missing, or no text")
    return value.strip()


def _number(parameter: str, told: Mapping[str, Any]) -> str:
    value = told.get("projectNumber")
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
        raise ProjectConfigUnfit(parameter=parameter, reason="its projectNumber is missing, or no number")
    return text

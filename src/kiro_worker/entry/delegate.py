"""The function behind the API: takes work that is asked for, says what became of it, and hears of builds that end."""

import asyncio
import base64
import binascii
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from kiro_worker.entry.event import BuildEnded, wake_of
from kiro_worker.entry.folder import folder_of
from kiro_worker.error import Fault, WorkerError

if TYPE_CHECKING:
    from kiro_worker.bootstrap.delegations import Delegations, Taken

_ASKS = "POST /api/delegate/personal"
_TELLS = "GET /api/delegate/{id}"
_SHOWN = ("id", "state", "repository", "branch", "prNumber", "prUrl", "card", "run", "buildStatus", "asked")

logger = Logger(service="kiro-worker-delegate")


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer a request of an HTTP API (payload format 2.0), or hear of a build that ended.

    Raises:
        WorkerError: an event could not be dealt with; Lambda tries again. A request is always answered.
    """
    logger.set_correlation_id(context.aws_request_id)
    told = event if isinstance(event, dict) else {}
    if "routeKey" in told:
        return asyncio.run(_answered(told))
    return asyncio.run(_heard(told))


async def _answered(event: Mapping[str, Any]) -> dict[str, Any]:
    try:
        if event["routeKey"] == _ASKS:
            return await _taken(event)
        if event["routeKey"] == _TELLS:
            return await _told(event)
    except WorkerError as error:
        # Its sentences are made to be read; where it came from is of no use to who reads them.
        logger.error(error.message, code=error.code, next_step=error.next_step)  # noqa: TRY400
        if error.code == "delegate.unfit":
            return _reply(400, {"error": error.code, "message": error.message, "nextStep": error.next_step})
        # What is wrong inside is no business of who asks from outside.
        status = 503 if error.fault is Fault.FORGE else 500
        return _reply(status, {"error": error.code, "message": "It could not be done now; the log says why."})
    return _reply(404, {"error": "not-found", "message": "There is no such address."})


async def _taken(event: Mapping[str, Any]) -> dict[str, Any]:
    from kiro_worker.dispatch.asked import asked_of

    taken = await _delegations().take(asked_of(_body(event)))
    logger.info("taken", id=taken.id, branch=taken.made.pull_request.branch, handed=taken.handed, note=taken.note)
    return _reply(202, _document(taken))


async def _told(event: Mapping[str, Any]) -> dict[str, Any]:
    found = await _delegations().status(str((event.get("pathParameters") or {}).get("id", ""))[:64] or "-")
    if found is None:
        return _reply(404, {"error": "not-found", "message": "There is no delegation of this id."})
    return _reply(200, {name: _number(name, found[name]) for name in _SHOWN if name in found})


async def _heard(event: Mapping[str, Any]) -> dict[str, Any]:
    match wake_of(event):
        case BuildEnded(id=build, status=status, environment=environment):
            told = await _delegations().ended(build, status, environment)
            logger.info("a build has ended", build=build, status=status, told=told)
            return {"told": told}
    return {"told": False}


def _delegations() -> "Delegations":
    # Only now: what is wrong with its settings is told by an invocation.
    from kiro_worker.bootstrap.delegations import Delegations

    return Delegations(os.environ, folder_of("delegate"))


def _body(event: Mapping[str, Any]) -> bytes:
    body = str(event.get("body") or "")
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", "replace")
    try:
        return base64.b64decode(body, validate=True)
    except (ValueError, binascii.Error):
        return b""


def _document(taken: "Taken") -> dict[str, Any]:
    pull = taken.made.pull_request
    return {
        "status": "accepted",
        "id": taken.id,
        "prNumber": pull.number,
        "prUrl": pull.url,
        "branch": pull.branch,
        "card": taken.made.card,
        "handedTo": taken.handed,
        "note": taken.note,
    }


def _number(name: str, value: str) -> str | int:
    return int(value) if name == "prNumber" and value.isdecimal() else value


def _reply(status: int, document: Mapping[str, Any]) -> dict[str, Any]:
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(document)}

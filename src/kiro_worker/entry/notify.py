"""The notifier's function: alarms' messages come in through the topic, and go out by the way that is set.

It knows no alarm: everything that is told stands in the message. What cannot be delivered is a failure of the call,
which Lambda makes twice again, and then keeps in the dead-letter queue.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping
from typing import Any

from aws_lambda_powertools import Logger

from kiro_worker.aws import Aws
from kiro_worker.bootstrap.notify import notifier_of
from kiro_worker.clock import SystemClock
from kiro_worker.error import WorkerError
from kiro_worker.notify.alarm import notice_of_message
from kiro_worker.notify.ringing import CloudWatchRinging, completed

log = Logger(service="kiro-worker-notifier")


def handler(event: Mapping[str, Any], _context: object) -> dict[str, int]:
    """Deliver each message of the event; the first that could not be is raised when all have been tried."""
    return asyncio.run(_handle(event))


async def _handle(event: Mapping[str, Any]) -> dict[str, int]:
    aws, clock = Aws(), SystemClock()
    ringing = CloudWatchRinging(aws)
    faults, delivered = list[WorkerError](), 0
    for text in _messages(event):
        notice = await completed(notice_of_message(text), ringing)
        told = {"alarm": notice.alarm, "state": notice.state.value, "severity": notice.severity.value, "id": notice.id}
        try:
            # Each time: a secret that was put right counts from the next notice on.
            notifier = await notifier_of(os.environ, aws, clock)
            await notifier.deliver(notice)
        except WorkerError as fault:
            faults.append(fault)
            why = {"code": fault.code, "why": fault.message, "next_step": fault.next_step}
            log.error("notice.not-delivered", extra={**told, **why})  # says all of it  # noqa: TRY400
        else:
            delivered += 1
            log.info("notice.delivered", extra={**told, "way": notifier.name})
    if faults:
        raise faults[0]
    return {"delivered": delivered}


def _messages(event: Mapping[str, Any]) -> Iterator[str]:
    records = event.get("Records")
    for record in records if isinstance(records, list) else ():
        message = record.get("Sns", {}).get("Message") if isinstance(record, dict) else None
        if isinstance(message, str):
            yield message

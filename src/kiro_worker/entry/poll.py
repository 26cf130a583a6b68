"""The poller function: woken by the schedule, by builds that end, and by what was delegated."""

import asyncio
import os
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from kiro_worker.entry.event import BuildEnded, Woken, wake_of
from kiro_worker.entry.folder import folder_of
from kiro_worker.error import WorkerError

if TYPE_CHECKING:
    from kiro_worker.bootstrap.poller import Polled, Poller

_MOST = 50

logger = Logger(service="kiro-worker-poller")


class _Container:
    """What outlives an invocation: one event loop, and a poller on it."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._poller: Poller | None = None

    def poll(self, builds: tuple[str, ...], *, seconds: float) -> "Polled":
        """Look at the board once."""
        return self._runner.run(self._poll(builds, seconds))

    async def _poll(self, builds: tuple[str, ...], seconds: float) -> "Polled":
        if self._poller is None:
            # Only now: what can go wrong with the settings is told by an invocation, and not by a function that
            # cannot be started.
            from kiro_worker.bootstrap.poller import Poller

            memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0"))
            self._poller = Poller(os.environ, folder_of("poller"), memory=memory)
        return await self._poller.poll(builds, seconds=seconds)


_CONTAINER = _Container()


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Look at the board; whatever woke it is no more than the reason to look now.

    Args:
        event: see `entry.event.wake_of`.
        context: the invocation, as Lambda describes it.

    Raises:
        WorkerError: nothing could be begun; Lambda tries again, and then puts the event where lost ones go.
    """
    logger.set_correlation_id(context.aws_request_id)
    builds: tuple[str, ...] = ()
    match wake_of(event):
        case BuildEnded(id=build, status=status):
            builds = (build,) if build else ()
            logger.info("woken", by="build", build=build, status=status)
        case Woken(by=by):
            logger.info("woken", by=by)
    try:
        polled = _CONTAINER.poll(builds, seconds=context.get_remaining_time_in_millis() / 1000)
    except WorkerError as error:
        # Its sentences are made to be read; where it came from is of no use to who reads them.
        logger.error(error.message, code=error.code, kept=error.kept, next_step=error.next_step)  # noqa: TRY400
        raise
    _log(polled)
    return _told(polled)


def _log(polled: "Polled") -> None:
    report = polled.report
    for action in report.actions:
        logger.info(action.says, deed=action.deed.value, item=action.item, run=action.run)
    for fault in (*report.faults, *polled.notes):
        logger.warning(fault)
    logger.info(
        "looked" if report.known else "the board could not be read",
        cards=report.cards,
        running=len(report.running),
        waiting=len(report.waiting),
        seconds=round(report.seconds, 3),
    )


def _told(polled: "Polled") -> dict[str, Any]:
    """What whoever calls the function by hand is answered."""
    report = polled.report
    return {
        "board": report.board,
        "known": report.known,
        "cards": report.cards,
        "running": list(report.running[:_MOST]),
        "actions": [
            {"deed": each.deed.value, "item": each.item, "run": each.run, "says": each.says}
            for each in report.actions[:_MOST]
        ],
        "faults": list(report.faults[:_MOST]),
        "notes": list(polled.notes[:_MOST]),
    }

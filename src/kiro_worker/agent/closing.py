"""What has to be done whole before a turn is over, however often it is cancelled meanwhile."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Do some work whole; a cancellation of the caller is raised after it."""
    task = asyncio.get_running_loop().create_task(work)  # owned by this function, which outlasts it
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled

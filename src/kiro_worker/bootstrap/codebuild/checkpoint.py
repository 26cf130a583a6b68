"""What a build has told so far, put up while it goes on: one that is stopped is killed without a word."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from kiro_worker.bootstrap.upload import bucket_of
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config
from kiro_worker.error import WorkerError
from kiro_worker.ids import RunId
from kiro_worker.run.journal import FILE_NAME as EVENTS
from kiro_worker.run.journal import Event
from kiro_worker.run.transcript import FILE_NAME as TRANSCRIPT

# Seconds. A long answer of an agent is many megabytes, and each version of an object is kept for a while.
_LEAST_PAUSE = 60.0
_WORTH_IT = frozenset({"run.admitted", "commit.made", "gates.judged"})


class Checkpoints:
    """Puts receipt and transcript up after what is worth it; what fails is done again with the next, and at the end."""

    def __init__(self, shop: Workshop, config: Config, run: RunId, *, pause: float = _LEAST_PAUSE) -> None:
        self._shop, self._run, self._pause = shop, run, pause
        self._bucket = bucket_of(shop, config, pauses=())
        self._due, self._over = asyncio.Event(), asyncio.Event()

    def event(self, event: Event) -> None:
        """See `kiro_worker.run.journal.Listener`."""
        if event.name in _WORTH_IT:
            self._due.set()

    async def keep(self) -> None:
        """Put up until it is over; what is under way then is waited for, or it could outlast what comes after it."""
        while await self._is_due():
            self._due.clear()
            for name in (EVENTS, TRANSCRIPT):
                with contextlib.suppress(WorkerError):
                    await self._bucket.keep(self._run, name, self._shop.machine.runs / self._run / name)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), self._pause)

    async def _is_due(self) -> bool:
        async with asyncio.TaskGroup() as group:
            waits = {group.create_task(self._due.wait()), group.create_task(self._over.wait())}
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        return not self._over.is_set()

    def end(self) -> None:
        """The run is over: everything is put up once more by then."""
        self._over.set()


@contextlib.asynccontextmanager
async def checkpoints(shop: Workshop, config: Config, run: RunId) -> AsyncIterator[Checkpoints | None]:
    """While a run goes on; None where nothing is put up anywhere."""
    if config.artifact.store != "s3":
        yield None
        return
    kept = Checkpoints(shop, config, run)
    async with asyncio.TaskGroup() as group:
        group.create_task(kept.keep())
        try:
            yield kept
        finally:
            kept.end()

"""A process that holds one slot and carries out one job after the other, until none waits.

It is started by whoever puts jobs into the queue, and outlives that. Should it be killed, the kernel asks its run to
end; the run holds the slot until it has, and then the next worker goes on with the queue.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping

from kiro_worker.clock import Clock
from kiro_worker.error import WorkerError
from kiro_worker.launch.burial import bury, last_words, log_of
from kiro_worker.launch.command import words_of
from kiro_worker.launch.slot import Slot, Slots
from kiro_worker.launch.table import Job, Jobs
from kiro_worker.lease.holder import this_holder
from kiro_worker.process import Child, Children, Command
from kiro_worker.process.children import ENDS_ITSELF_VARIABLE

# How often an idle worker looks for a job, and a busy one whether its run is to end: half a percent of a processor.
_LOOK = 0.1
_GLANCE = 0.2
# Others hold a slot for a moment when they look whether it is free.
_TRIES = 5
_MOMENT = 0.02
# A run that was asked to end pushes and reports first; then it is asked once more, which is at once.
_PATIENCE = 120.0
_LAST_PATIENCE = 10.0
# How a run ends that was asked to: 128 and the signal's number.
_ASKED = (130, 143)
# A full disk or a locked database may pass.
_WRITES = 6


class Worker:
    """One worker.

    Args:
        jobs: the queue.
        slots: where runs are; what they say lies there too, until it is told.
        children: owns the runs.
        clock: waits.
        program: how `kiro-worker` itself is called.
        environment: of the runs, whole.
        most: how many runs there may be at once on this machine.
        asker: whose jobs; those of others may want another environment. None carries out everybody's.
        lasting: whether to wait, for more when the queue is empty, and for a slot where none is free.
    """

    def __init__(
        self,
        jobs: Jobs,
        slots: Slots,
        children: Children,
        clock: Clock,
        *,
        program: tuple[str, ...],
        environment: Mapping[str, str],
        most: int,
        lasting: bool = False,
        asker: str | None = None,
    ) -> None:
        self._jobs, self._slots, self._children, self._clock = jobs, slots, children, clock
        self._program, self._environment = program, {**environment, ENDS_ITSELF_VARIABLE: "1"}
        self._most, self._lasting, self._asker = most, lasting, asker
        self._me = this_holder("")
        self._over = asyncio.Event()

    def leave(self) -> None:
        """Begin nothing more; a run that is under way is asked to end, and waited for."""
        self._over.set()

    async def work(self) -> int:
        """Carry out jobs; returns how many. One that does not last ends at once where no slot is free."""
        done = 0
        while not self._over.is_set():
            slot = await self._slot()
            if slot is None:
                if not self._lasting:
                    break
                # It takes over from whoever holds them as soon as one of them is gone.
                await self._pause(_LOOK)
                continue
            try:
                done += await self._serve(slot)
            finally:
                slot.free()
            # One that was put in after the last look found this slot taken, and waits for whoever holds it.
            if not self._jobs.glance(self._asker).waiting:
                break
            await self._pause(_MOMENT)
        return done

    async def _slot(self) -> Slot | None:
        for _ in range(_TRIES):
            if (slot := self._slots.hold_any(self._most)) is not None:
                return slot
            await self._pause(_MOMENT)
        return None

    async def _serve(self, slot: Slot) -> int:
        done = 0
        while not self._over.is_set():
            seen = self._jobs.glance(self._asker)
            if seen.begun:
                bury(self._jobs, self._slots, mine=slot)
            job = self._jobs.take(self._me, slot.number, self._most, self._asker) if any(seen) else None
            if job is not None:
                await self._carry_out(job, slot)
                done += 1
            elif not self._lasting:
                break
            else:
                await self._pause(_LOOK)
        return done

    async def _carry_out(self, job: Job, slot: Slot) -> None:
        log = log_of(self._slots.folder, job)
        try:
            status = await self._run(job, slot)
            said = last_words(log)
            if self._over.is_set() and not self._is_stopping(job):
                # It ended for this worker's sake, not for its own: how it would have come out, nobody knows.
                status = None if status in _ASKED else status
        except WorkerError as error:
            # Not started, or not to be ended: whoever asked for it decides what that means.
            status, said = None, "\n".join(error.lines())
        await self._written(lambda: self._jobs.end(job, exit_status=status, said=said))
        log.unlink(missing_ok=True)

    async def _run(self, job: Job, slot: Slot) -> int | None:
        command = Command(
            argv=(*self._program, *words_of(job.request)), cwd=self._slots.folder, environment=self._environment
        )
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        said = os.open(log_of(self._slots.folder, job), flags, 0o600)
        try:
            # Its standard input is the slot, which is empty: so it holds that as long as it lives.
            child = await self._children.start(command, stdin=slot.descriptor, stdout=said, farewell=signal.SIGTERM)
        finally:
            os.close(said)
        async with asyncio.TaskGroup() as group:
            over = group.create_task(child.wait())
            await self._attend(job, child, over)
            await self._children.end(child, grace=0)
        return child.status if child.status is not None and child.status >= 0 else None

    async def _attend(self, job: Job, child: Child, over: asyncio.Task[int]) -> None:
        asked: float | None = None
        hurried = False
        while not over.done():
            await asyncio.wait({over}, timeout=_GLANCE)
            if over.done():
                return
            if asked is None:
                if self._over.is_set() or self._is_stopping(job):
                    asked = self._clock.monotonic()
                    _ask(child)
                continue
            waited = self._clock.monotonic() - asked
            if waited > _PATIENCE + _LAST_PATIENCE:
                return
            if waited > _PATIENCE and not hurried:
                hurried = True
                _ask(child)

    def _is_stopping(self, job: Job) -> bool:
        # What cannot be read now is read again soon.
        with contextlib.suppress(WorkerError):
            return self._jobs.is_stopping(job)
        return False

    async def _written(self, write: Callable[[], bool]) -> None:
        """Write down an end, and try again for a while where that fails: nobody else knows the exit status."""
        for tried in range(_WRITES):
            try:
                write()
            except WorkerError:
                if tried == _WRITES - 1:
                    raise
                await self._clock.sleep(0.5 * 2**tried)
            else:
                return

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)


@contextlib.asynccontextmanager
async def heeding(worker: Worker) -> AsyncIterator[None]:
    """Let the worker leave in order when this process is asked to end."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, worker.leave)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def _ask(child: Child) -> None:
    if child.status is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGTERM)

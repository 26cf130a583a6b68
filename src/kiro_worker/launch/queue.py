"""Runs from a queue on this machine: embedded, durable, N at a time.

What was accepted stands in the state database before anybody hears of it. Runs are carried out by workers, processes of
their own that outlive whoever put a job in; so this process may be killed at any moment, and so may a worker.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

from kiro_worker.clock import Clock
from kiro_worker.error import Fault, WorkerError
from kiro_worker.launch.burial import bury
from kiro_worker.launch.port import AtLimit, Ended, Launched, LaunchRequest
from kiro_worker.launch.slot import Slots
from kiro_worker.launch.table import Job, Jobs
from kiro_worker.launch.vigil import Vigil
from kiro_worker.lease.port import Holder
from kiro_worker.value import dataclass

# How often ends are looked for: while nothing is under way; while something is, the death of whose worker is noticed
# at once anyhow; and while a worker has to be started, or a run is left that nobody waits for.
_IDLE_LOOK = 0.5
_LOOK = 0.2
_SOON = 0.05
# A worker that has not begun anything after so long does not count as one that is about to.
_STARTING = timedelta(seconds=20)
# After so many workers in turn that failed, whoever launches is told.
_FAILURES = 3
_LONGEST_PAUSE = 30.0
_SAID = 2_000
_MOST_LOG = 256 * 1024


class NoWorker(WorkerError):
    """Jobs wait in the queue, and no worker for them stays alive."""

    code = "launch.no-worker"
    fault = Fault.INTERNAL

    def __init__(self, *, log: Path, said: str) -> None:
        super().__init__(
            f"{_FAILURES} workers of the queue in turn ended with a fault. The last one said: {said or 'nothing'}",
            kept="What is in the queue stays there, and a worker for it is started again and again.",
            next_step=f"Read {log}, or start one yourself and see what it says: kiro-worker queue work",
        )


@dataclass(slots=True, kw_only=True)
class _Hired:
    """A worker that this process has started, and not yet seen the end of."""

    pid: int
    since: float


class QueueLaunches:
    """See `Launches`.

    Args:
        jobs: the queue.
        slots: where runs are.
        clock: waits.
        asker: whose ends this launcher tells: a board, so that two boards may share one machine's queue.
        worker: the command of a worker for this asker's jobs, which ends when none of them waits.
        environment: of the worker, and so of the runs; whole.
        most: how many runs at once on this machine.
        acts: whether anything may be written; who only looks sees what is under way, and is told of no end.
    """

    def __init__(
        self,
        jobs: Jobs,
        slots: Slots,
        clock: Clock,
        *,
        asker: str,
        worker: tuple[str, ...],
        environment: Mapping[str, str],
        most: int,
        acts: bool = True,
    ) -> None:
        self._jobs, self._slots, self._clock, self._asker = jobs, slots, clock, asker
        self._worker, self._environment, self._most, self._acts = worker, dict(environment), most, acts
        self._hired: list[_Hired] = []
        self._failures, self._not_before = 0, 0.0
        self._told: set[int] = set()
        self._stir = asyncio.Event()

    @property
    def name(self) -> str:
        """See `Launches.name`."""
        return "queue"

    async def launch(self, request: LaunchRequest) -> Launched | AtLimit:
        """See `Launches.launch`; what cannot begin yet waits for its turn.

        Raises:
            NoWorker: the request was accepted, and nobody is there who would carry it out.
        """
        job = await asyncio.to_thread(self._jobs.put, request, self._asker)
        self._mind()
        self._stir.set()
        if self._failures >= _FAILURES:
            raise NoWorker(log=self._log, said=self._last_fault())
        return job.as_launched()

    async def running(self) -> tuple[Launched, ...]:
        """See `Launches.running`."""
        self._mind()
        return tuple(job.as_launched() for job in self._jobs.live(self._asker))

    async def stop(self, token: str) -> bool:
        """See `Launches.stop`."""
        self._mind()
        found = await asyncio.to_thread(self._jobs.stop, token, self._asker)
        self._stir.set()
        return found is not None

    async def ends(self) -> AsyncIterator[Ended]:
        """See `Launches.ends`. Whoever asks for the next one has dealt with the last."""
        vigil = Vigil(self._stir.set)
        try:
            while True:
                self._stir.clear()
                pause, over = self._look(vigil)
                for job in over:
                    if job.number not in self._told:
                        self._told.add(job.number)
                        yield job.as_ended()
                    await self._note_told(job)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stir.wait(), pause)
        finally:
            vigil.close()

    def _look(self, vigil: Vigil) -> tuple[float, tuple[Job, ...]]:
        """When to look again, and what is over; a database that cannot be asked just now is asked again."""
        try:
            pause, workers = self._mind()
            vigil.keep(workers)
            return pause, self._jobs.untold(self._asker) if self._acts else ()
        except WorkerError:
            return _IDLE_LOOK, ()

    async def _note_told(self, job: Job) -> None:
        # What is not noted is noted when it is next come across, and not told again by this launcher.
        with contextlib.suppress(WorkerError):
            await asyncio.to_thread(self._jobs.tell, job)
            self._told.discard(job.number)

    async def close(self) -> None:
        """See `Launches.close`: everything goes on by itself."""
        self._reap()

    def _mind(self) -> tuple[float, tuple[Holder, ...]]:
        """See to what died and to what waits; after how many seconds that should be done again, and who is at work."""
        self._reap()
        seen = self._jobs.glance(self._asker)
        if not any(seen) or not self._acts:
            return (_LOOK if self._hired else _IDLE_LOOK), ()
        if seen.begun:
            bury(self._jobs, self._slots)
        begun, waiting = self._jobs.begun(), self._jobs.glance(self._asker).waiting
        coming = self._see_to_workers(begun, waiting) if waiting else False
        soon = coming or any(not job.worker_lives for job in begun)
        return (_SOON if soon else _LOOK), tuple(job.worker for job in begun if job.worker is not None)

    def _see_to_workers(self, begun: tuple[Job, ...], waiting: int) -> bool:
        """Start as many workers as there are jobs that wait and slots that are free; whether there are any."""
        now = self._clock.monotonic()
        if now < self._not_before:
            return True
        busy = {job.worker.pid for job in begun if job.worker is not None}
        young = now - _STARTING.total_seconds()
        coming = sum(each.pid not in busy and each.since > young for each in self._hired)
        free = min(self._slots.free_ones(self._most), self._most - len(begun))
        wanted = min(waiting, free)
        for _ in range(wanted - coming):
            self._hire(now)
        return wanted > 0

    def _hire(self, now: float) -> None:
        """Start a worker that owes its life to nobody."""
        # Not one of `Children`: those end with this process, and this one is to go on.
        self._slots.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            if self._log.stat().st_size > _MOST_LOG:
                self._log.unlink()
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        actions = (
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, str(self._log), append, 0o600),
        )
        try:
            pid = os.posix_spawnp(self._worker[0], self._worker, self._environment, file_actions=actions, setsid=True)
        except OSError as error:
            self._note_failure(f"{self._worker[0]} could not be started: {error.strerror}")
            return
        self._hired.append(_Hired(pid=pid, since=now))

    def _reap(self) -> None:
        for each in tuple(self._hired):
            try:
                pid, status = os.waitpid(each.pid, os.WNOHANG)
            except ChildProcessError:
                pid, status = each.pid, 0
            if pid:
                self._hired.remove(each)
                if status == 0:
                    self._failures, self._not_before = 0, 0.0
                elif os.WIFEXITED(status):
                    self._note_failure("")

    def _note_failure(self, said: str) -> None:
        self._failures += 1
        self._not_before = self._clock.monotonic() + min(_LONGEST_PAUSE, 0.25 * 2**self._failures)
        if said:
            with self._log.open("a", encoding="utf-8") as file:
                file.write(said + "\n")

    def _last_fault(self) -> str:
        try:
            return " ".join(self._log.read_text(encoding="utf-8", errors="replace")[-_SAID:].split())
        except OSError:
            return ""

    @property
    def _log(self) -> Path:
        return self._slots.folder / "workers.log"

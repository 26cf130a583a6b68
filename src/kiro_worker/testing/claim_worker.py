"""A worker of a claim torture: takes leases, works a moment under each, and writes down what it was sure of when.

Its clock is set forwards and backwards all the time, some of its questions to the store and some of the answers are
lost, and it does not always give back what it has. The remote that it pushes to takes a push like a real one: if the
fence is still its own.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kiro_worker.clock import SystemClock
from kiro_worker.error import Fault, WorkerError
from kiro_worker.lease.holder import this_holder
from kiro_worker.lease.keeper import Kept, LeaseLost, keeping
from kiro_worker.lease.port import Holder, Lease, LeaseKey, Leases, Timing
from kiro_worker.value import dataclass, replace

_STEPS_AT_MOST = 86_400.0
_STEP = 0.05
_LOST = 0.03
_NOT_GIVEN_BACK = 0.1
_MARGIN = 0.001


class AnswerLost(WorkerError):
    """What was asked, or the answer to it, never came."""

    code = "torture.answer-lost"
    fault = Fault.INTERNAL


class SteppedClock(SystemClock):
    """The system's clock, whose wall time somebody keeps setting."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._offset = 0.0

    def now(self) -> datetime:
        """See `Clock.now`."""
        if self._chance.random() < _STEP:
            self._offset = self._chance.uniform(-_STEPS_AT_MOST, _STEPS_AT_MOST)
        return super().now() + timedelta(seconds=self._offset)


class Notes:
    """What is written down: one line each, whole even when the writer is killed."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, event: str, **facts: Any) -> None:
        """Append an event."""
        os.write(self._file, (json.dumps({"event": event, **facts}) + "\n").encode())

    def close(self) -> None:
        """Write no more."""
        os.close(self._file)


class Remote:
    """A repository's branches: each takes pushes of the fence that was last begun."""

    def __init__(self, folder: Path, notes: Notes) -> None:
        self._folder = folder
        self._notes = notes

    def begin(self, lease: Lease, claim: str) -> bool:
        """Raise a branch's fence; False when it is above already."""
        with self._branch(lease.key) as branch:
            if branch.get("fence", 0) > lease.fence:
                return False
            branch |= {"fence": lease.fence, "claim": claim}
            return True

    def push(self, lease: Lease, claim: str) -> None:
        """Push; who was replaced and gets through all the same is noted."""
        with self._branch(lease.key) as branch:
            if branch["fence"] != lease.fence:
                self._notes.write("fenced", claim=claim)
            else:
                self._notes.write("pushed" if branch["claim"] == claim else "pushed-after-loss", claim=claim)

    @contextlib.contextmanager
    def _branch(self, key: LeaseKey) -> Iterator[dict[str, Any]]:
        with (self._folder / key).open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            branch = json.loads(file.read().rpartition("\n")[0].rpartition("\n")[2] or "{}")
            before = dict(branch)
            yield branch
            if branch != before:
                # Appended in one write: a worker that is killed leaves no half of a branch.
                file.write("\n" + json.dumps(branch) + "\n")


class Unreliable:
    """A store whose questions and answers are lost now and then; see `Leases`."""

    def __init__(self, inner: Leases, chance: random.Random, lost: float) -> None:
        self._inner, self._chance, self._lost = inner, chance, lost

    @property
    def timing(self) -> Timing:
        """See `Leases.timing`."""
        return self._inner.timing

    async def take(self, key: LeaseKey, holder: Holder) -> Lease | None:
        """See `Leases.take`."""
        self._lose("question")
        lease = await self._inner.take(key, holder)
        self._lose("answer")
        return lease

    async def renew(self, lease: Lease) -> Lease | None:
        """See `Leases.renew`."""
        self._lose("question")
        renewed = await self._inner.renew(lease)
        self._lose("answer")
        return renewed

    async def release(self, lease: Lease) -> None:
        """See `Leases.release`."""
        self._lose("question")
        await self._inner.release(lease)
        self._lose("answer")

    async def look(self, key: LeaseKey) -> Lease | None:
        """See `Leases.look`."""
        return await self._inner.look(key)

    def _lose(self, what: str) -> None:
        if self._chance.random() < self._lost:
            raise AnswerLost(f"the {what} was lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a worker is told.

    Attributes:
        opening: Python source that binds `leases`, given `clock`, `timing` and the folder `home`.
        name: the worker's own, in all claims.
        host: a machine that it says it is on, so that nobody can see it die; empty for this one.
        patrol: seconds between two rounds over all keys; 0 for a worker that takes them as it likes.
        work: the longest that it works under one lease, in seconds.
    """

    opening: str
    folder: str
    name: str
    seed: int
    keys: int
    ttl: float
    beat: float
    host: str = ""
    patrol: float = 0.0
    work: float = 0.015


class Worker:
    """One process of a torture."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._chance = random.Random(task.seed)  # noqa: S311  # no secret
        self._clock = SteppedClock(self._chance)
        folder = Path(task.folder)
        self._notes = Notes(folder / "notes.jsonl")
        self._remote = Remote(folder, self._notes)
        self._number = 0
        timing = Timing(ttl=timedelta(seconds=task.ttl), beat=timedelta(seconds=task.beat))
        home = folder / "homes" / task.name
        home.mkdir(parents=True, exist_ok=True)
        bound: dict[str, Any] = {"clock": self._clock, "timing": timing, "home": home}
        exec(task.opening, bound)  # noqa: S102  # the torture's own text
        self._leases: Leases = Unreliable(bound["leases"], self._chance, 0.0 if task.patrol else _LOST)

    async def work(self) -> None:
        """Claim for ever."""
        keys = [LeaseKey(f"key-{number}") for number in range(self._task.keys)]
        while True:
            begun = self._clock.monotonic()
            for key in keys if self._task.patrol else (self._chance.choice(keys),):
                await self._claim(key)
            await asyncio.sleep(self._task.patrol or self._chance.uniform(0, self._task.work))
            if self._task.patrol:
                self._notes.write("round", seconds=self._clock.monotonic() - begun)

    async def _claim(self, key: LeaseKey) -> None:
        self._number += 1
        claim = f"{self._task.name}.{self._number}"
        holder = this_holder(claim)
        if self._task.host:
            holder = replace(holder, host=self._task.host)
        self._notes.write("asked", claim=claim, key=key, at=self._clock.monotonic())
        try:
            lease = await self._leases.take(key, holder)
        except WorkerError as fault:
            # It may have been given all the same.
            self._notes.write("fault", claim=claim, code=fault.code, until=self._clock.monotonic() + self._task.ttl)
            return
        if lease is None:
            self._notes.write("refused", claim=claim)
            return
        at = self._clock.monotonic()
        self._notes.write("taken", claim=claim, key=key, fence=lease.fence, at=at, until=at + self._task.ttl)
        try:
            async with keeping(_Noted(self._leases, self._notes, claim, self._clock), lease, self._clock) as kept:
                await self._under(kept, lease, claim)
        except LeaseLost:
            self._notes.write("lost", claim=claim)
        else:
            await self._give_back(lease, claim)

    async def _under(self, kept: Kept, lease: Lease, claim: str) -> None:
        if not kept.alive or not self._remote.begin(lease, claim):
            return
        for _ in range(self._chance.randint(1, 3)):
            if not self._task.patrol:
                await asyncio.sleep(self._chance.uniform(0, self._task.work))
            before = self._clock.monotonic()
            if kept.alive:
                self._notes.write("believed", claim=claim, at=before)
                # The way to a remote takes its time, and whoever is stopped here comes too late.
                time.sleep(_MARGIN)  # noqa: ASYNC251  # nothing of this process may happen in between
                self._remote.push(lease, claim)

    async def _give_back(self, lease: Lease, claim: str) -> None:
        if not self._task.patrol and self._chance.random() < _NOT_GIVEN_BACK:
            return
        try:
            await self._leases.release(lease)
        except WorkerError as fault:
            self._notes.write("fault", claim=claim, code=fault.code, until=0.0)
        else:
            self._notes.write("ended", claim=claim)


class _Noted:
    """Writes down until when each renewal holds; see `Leases`."""

    def __init__(self, inner: Leases, notes: Notes, claim: str, clock: SystemClock) -> None:
        self._inner, self._notes, self._claim, self._clock = inner, notes, claim, clock

    @property
    def timing(self) -> Timing:
        """See `Leases.timing`."""
        return self._inner.timing

    async def take(self, key: LeaseKey, holder: Holder) -> Lease | None:
        """See `Leases.take`."""
        return await self._inner.take(key, holder)

    async def renew(self, lease: Lease) -> Lease | None:
        """See `Leases.renew`."""
        # An answer that is lost may have renewed it all the same, so the question counts.
        try:
            return await self._inner.renew(lease)
        finally:
            until = self._clock.monotonic() + self.timing.ttl.total_seconds()
            self._notes.write("renewed", claim=self._claim, until=until)

    async def release(self, lease: Lease) -> None:
        """See `Leases.release`."""
        await self._inner.release(lease)

    async def look(self, key: LeaseKey) -> Lease | None:
        """See `Leases.look`."""
        return await self._inner.look(key)


if __name__ == "__main__":
    asyncio.run(Worker(Task(**json.loads(sys.argv[1]))).work())

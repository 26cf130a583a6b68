"""Carries a run out: performs steps, feeds the facts back, and sees to it that the end is always reached."""

import asyncio
import errno
import signal
import traceback
from collections.abc import Coroutine
from typing import Any

from kiro_worker.error import WorkerError
from kiro_worker.lease.keeper import LeaseLost, keeping
from kiro_worker.lease.port import Lease
from kiro_worker.run.facts import (
    STEP_NAMES,
    Admit,
    Cause,
    CheckGates,
    Clean,
    Consult,
    End,
    Fact,
    Failed,
    Implement,
    Inspect,
    MakeCommit,
    Prepare,
    Publish,
    Report,
    Steer,
    Step,
    Stopped,
    TakeLease,
)
from kiro_worker.run.fault import cause_of
from kiro_worker.run.machine import Run, advance
from kiro_worker.run.record import RunRecord
from kiro_worker.run.steps.admit import admit
from kiro_worker.run.steps.implement import implement
from kiro_worker.run.steps.prepare import prepare
from kiro_worker.run.steps.steer import steer
from kiro_worker.run.steps.take_lease import take_lease
from kiro_worker.run.undertaking import Undertaking
from kiro_worker.run.verdict import Verdict, exit_status
from kiro_worker.value import dataclass, field

# Steps that may be broken off in the middle: nothing of theirs is half written when they are.
_BREAKABLE = (Admit, TakeLease, Prepare, Steer, Implement, Consult, CheckGates)

_AfterWork = Inspect | Consult | MakeCommit | CheckGates | Publish | Report | Clean | End

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

# Whoever stops a run waits for it: what is left to write has this long.
_ENDING_SECONDS = 60.0


@dataclass(slots=True)
class Stop:
    """Somebody's, or the clock's, wish that the run end. The first one counts."""

    cause: Cause | None = None
    terminated: bool = False
    _asked: asyncio.Event = field(default_factory=asyncio.Event)

    def ask(self, cause: Cause, *, terminated: bool = False) -> None:
        """Wish for the end."""
        if self.cause is None:
            self.cause, self.terminated = cause, terminated
            self._asked.set()

    def on_signal(self, number: signal.Signals) -> None:
        """SIGINT, SIGTERM or SIGHUP came."""
        cause = Cause(
            verdict=Verdict.INTERRUPTED,
            code="run.interrupted",
            message=f"The run was asked to stop ({number.name}).",
            kept="Whatever was done so far is committed and pushed.",
            next_step="Run: kiro-worker resume",
        )
        self.ask(cause, terminated=number is not signal.SIGINT)

    async def wait(self) -> None:
        """Wait until somebody asks."""
        await self._asked.wait()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished run tells its caller."""

    run: Run
    record: RunRecord
    exit_status: int


async def carry_out(work: Undertaking, stop: Stop) -> Outcome:
    """Carry a run out to its end; never raises for anything that a run can meet."""
    shell = _Shell(work, stop)
    await shell.go()
    assert shell.run.verdict is not None
    status = exit_status(shell.run.verdict, terminated=stop.terminated)
    work.journal.write(
        "run.ended", verdict=shell.run.verdict.value, exit_status=status, seconds=round(work.seconds(), 3)
    )
    await shell.rewrite_record()
    from kiro_worker.run.report.gather import gather

    return Outcome(shell.run, gather(work), status)


class _Shell:
    """One run being carried out."""

    def __init__(self, work: Undertaking, stop: Stop) -> None:
        self.work = work
        self.stop = stop
        self.run = Run()

    async def go(self) -> None:
        """Take step after step; the lease is kept alive from the moment it is taken until it is given back."""
        await self._until(Prepare, Report)
        if self.work.lease is not None:
            async with asyncio.TaskGroup() as group:
                limit = group.create_task(self._watch_the_clock())
                await self._under_lease(self.work.lease)
                limit.cancel()
        await self._until(End)

    async def _under_lease(self, lease: Lease) -> None:
        try:
            async with keeping(self.work.have.leases, lease, self.work.clock) as kept:
                self.work.kept = kept
                await self._until(Clean)
        except LeaseLost as lost:
            self._take_in(Failed(cause_of(lost, step=STEP_NAMES[type(self.run.step)])))

    async def _watch_the_clock(self) -> None:
        """Wish for the end when the run has had its time."""
        limit = self.work.have.config.limits.run.total_seconds()
        await self.work.clock.sleep(max(0.0, limit - self.work.seconds()))
        cause = Cause(
            verdict=Verdict.TIMEOUT,
            code="run.timeout",
            message=f"The run took longer than {limit:.0f} s.",
            kept="Whatever was done so far is committed and pushed.",
            next_step="Run: kiro-worker resume (limits.run sets the time)",
        )
        self.stop.ask(cause)

    async def rewrite_record(self) -> None:
        """Bring the files up to the last event; what was reported before stays if that fails."""
        from kiro_worker.run.steps.report import keep_record

        try:
            await keep_record(self.work)
        except WorkerError as error:
            self.work.journal.write("run.noted", note=f"The report was not brought up to date: {error.message}")

    async def _until(self, *kinds: type) -> None:
        while not isinstance(self.run.step, (*kinds, End)):
            self._take_in(await self._perform(self.run.step))
            if self.work.journal.broken is not None and self.run.verdict is None:
                self._take_in(Failed(_machine_cause(self.work.journal.broken, step="report")))
            if self.stop.cause is not None:
                self._take_in(Stopped(self.stop.cause))

    def _take_in(self, fact: Fact) -> None:
        before = self.run.verdict
        if isinstance(fact, Stopped) and self.run.stopping is None and self.run.verdict is None:
            self.work.journal.write("run.stopping", code=fact.cause.code, message=fact.cause.message)
        self.run, _ = advance(self.run, fact)
        if self.run.verdict is not None and self.run.verdict is not before:
            self._tell_verdict()

    def _tell_verdict(self) -> None:
        run, work = self.run, self.work
        assert run.verdict is not None
        cause = run.cause
        told = None
        if cause is not None:
            told = {
                name: getattr(cause, name)
                for name in ("code", "message", "kept", "next_step", "task", "step", "output")
            }
        work.journal.write(
            "run.decided",
            verdict=run.verdict.value,
            exit_status=exit_status(run.verdict, terminated=self.stop.terminated),
            cause=told,
            draft=run.draft,
            seconds=round(work.seconds(), 3),
        )

    async def _perform(self, step: Step) -> Fact:
        name, leaf = STEP_NAMES[type(step)], getattr(step, "leaf", None)
        task = leaf.id if leaf else ""
        # Not each on the disk by itself: what a step does is, and takes what was told before it along.
        self.work.journal.jot("step.started", step=name, task=task)
        began = self.work.clock.monotonic()
        work = self._fact(self._do(step), name, task)
        if isinstance(step, _BREAKABLE):
            fact = await self._or_stopped(work)
        elif self.stop.cause is not None and isinstance(step, Publish):
            fact = await self._in_time(work, name)
        else:
            fact = await work
        self.work.journal.jot("step.ended", step=name, task=task, seconds=round(self.work.clock.monotonic() - began, 3))
        return fact

    def _do(self, step: Step) -> Coroutine[Any, Any, Fact]:
        match step:
            case Admit():
                return admit(self.work)
            case TakeLease():
                return take_lease(self.work)
            case Prepare():
                return prepare(self.work)
            case Steer():
                return steer(self.work)
            case Implement():
                return implement(self.work, step)
            case _:
                return self._do_after_work(step)

    def _do_after_work(self, step: _AfterWork) -> Coroutine[Any, Any, Fact]:
        """The steps that come after an agent's work, and are loaded while it works."""
        from kiro_worker.run.steps import later

        match step:
            case Inspect():
                return later.inspect(self.work, step)
            case Consult():
                return later.consult(self.work, self.run, step)
            case MakeCommit():
                return later.make_commit(self.work, step)
            case CheckGates():
                return later.check_gates(self.work, step)
            case Publish():
                return later.publish(self.work, self.run)
            case Report():
                return later.report(self.work)
            case Clean():
                return later.clean(self.work, self.run)
            case End():
                raise AssertionError("the end is not performed")

    async def _fact(self, doing: Coroutine[Any, Any, Fact], step: str, task: str) -> Fact:
        """The fact that comes of a step; a fault becomes one, and so does a mistake of ours."""
        try:
            return await doing
        except Exception as raised:  # noqa: BLE001  # a bug must not take the pushed work or the lease with it
            error = _innermost(raised)
            if isinstance(error, WorkerError):
                return Failed(cause_of(error, step=step, task=task))
            if isinstance(error, OSError) and error.errno in _DISK_FULL:
                return Failed(_machine_cause(error, step=step, task=task))
            return Failed(self._bug(raised, step, task))

    def _bug(self, raised: Exception, step: str, task: str) -> Cause:
        told = "".join(traceback.format_exception(raised))
        self.work.journal.write("run.bug", step=step, traceback=told[-8_000:])
        error = _innermost(raised)
        return Cause(
            verdict=Verdict.INTERNAL,
            code="run.internal",
            message=f"A mistake of Kiro Worker's own, or of the machine's: {type(error).__name__}: {error}",
            kept="What was committed is on the branch or in the kept workspace; the receipt holds the traceback.",
            next_step="Run: kiro-worker resume. Please report it with the receipt.",
            task=task,
            step=step,
        )

    async def _or_stopped(self, doing: Coroutine[Any, Any, Fact]) -> Fact:
        async with asyncio.TaskGroup() as group:
            work = group.create_task(doing)
            asked = group.create_task(self.stop.wait())
            await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
            asked.cancel()
            if not work.done():
                work.cancel()
                await asyncio.wait({work})
        if not work.cancelled():
            return work.result()
        assert self.stop.cause is not None
        return Stopped(self.stop.cause)

    async def _in_time(self, doing: Coroutine[Any, Any, Fact], step: str) -> Fact:
        try:
            async with asyncio.timeout(_ENDING_SECONDS):
                return await doing
        except TimeoutError:
            cause = Cause(
                verdict=Verdict.FORGE_FAULT,
                code="run.publish-timeout",
                message=f"The pull request was not written within {_ENDING_SECONDS:.0f} s of being stopped.",
                kept="The branch is pushed.",
                next_step="Run: kiro-worker resume",
                step=step,
            )
            return Failed(cause)


def _machine_cause(error: OSError, *, step: str, task: str = "") -> Cause:
    return Cause(
        verdict=Verdict.INTERNAL,
        code="run.disk-full" if error.errno in _DISK_FULL else "run.disk",
        message=f"The disk takes no more: {error.strerror or error}.",
        kept="What was pushed is on the branch; what was not is in the kept workspace.",
        next_step="Make room where the state folder lies (kiro-worker doctor names it), then run: kiro-worker resume",
        task=task,
        step=step,
    )


def _innermost(raised: BaseException) -> BaseException:
    while isinstance(raised, BaseExceptionGroup):
        raised = raised.exceptions[0]
    return raised

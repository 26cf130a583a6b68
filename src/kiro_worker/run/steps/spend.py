"""Spend: what a run uses is counted as it is used, told when a budget is nearly gone, and stopped when it is."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from kiro_worker.agent.port import AgentEvent, TurnEnd, TurnOutcome, Usage, UsageSeen
from kiro_worker.config.settings import BudgetSettings
from kiro_worker.run.budget import Amounts, Budget, Reached, Spent, Unit, amounts_of, reached
from kiro_worker.run.steps.disk import DiskWatch
from kiro_worker.run.undertaking import Undertaking
from kiro_worker.workspace.port import Change

_ALL = frozenset(Unit)
# What else is used up stops the next turn, and not the commit of work that is finished.
_OF_CHANGES = frozenset({Unit.FILES, Unit.LINES})


def budget_of(settings: BudgetSettings) -> Budget:
    """The limits that the settings name."""
    return Budget(
        run={
            Unit.CREDITS: settings.credits,
            Unit.COST: settings.cost_usd,
            Unit.TOKENS: settings.tokens,
            Unit.TURNS: settings.turns,
            Unit.FILES: settings.files,
            Unit.LINES: settings.lines,
        },
        task={
            Unit.CREDITS: settings.task_credits,
            Unit.COST: settings.task_cost_usd,
            Unit.TOKENS: settings.task_tokens,
            Unit.TURNS: settings.task_turns,
            Unit.SECONDS: settings.task_time.total_seconds(),
            Unit.FILES: settings.task_files,
            Unit.LINES: settings.task_lines,
        },
    )


def charge(work: Undertaking, task: str, amounts: Amounts) -> Reached | None:
    """Count what was used; tells whether a budget is gone now."""
    work.spent = work.spent.plus(task, amounts)
    return _look(work, work.spent, task)


def left(work: Undertaking, task: str) -> Reached | None:
    """The budget that is gone already, before anything more is used."""
    _pass_time(work, task)
    return _look(work, work.spent, task)


def changes_charged(work: Undertaking, task: str, changes: tuple[Change, ...]) -> Reached | None:
    """Whether these changes, which were not committed yet, use a budget up; they count once they are committed."""
    return _look(work, work.spent.plus(task, _amounts_of(changes)), task, only=_OF_CHANGES)


def count_commit(work: Undertaking, task: str, changes: tuple[Change, ...]) -> None:
    """Count what a commit holds."""
    work.spent = work.spent.plus(task, _amounts_of(changes))


class Purse:
    """Watches one turn's spending; see `within`.

    Args:
        work: the run.
        task: what the turn is for.
        hear: hears the agent besides.
    """

    def __init__(self, work: Undertaking, task: str, hear: Callable[[AgentEvent], None]) -> None:
        self._work, self._task, self._hear = work, task, hear
        self._empty = asyncio.Event()
        self.over: Reached | None = None
        self.usage = Usage()

    def hear(self, event: AgentEvent) -> None:
        """Take in one event of the agent."""
        self._hear(event)
        if isinstance(event, UsageSeen):
            self.usage = event.usage
            self._decide(_look(self._work, self._work.spent.plus(self._task, amounts_of(event.usage)), self._task))

    def _decide(self, over: Reached | None) -> None:
        if over is not None and self.over is None:
            self.over = over
            self._empty.set()

    async def within(self, turn: Coroutine[Any, Any, TurnEnd], folders: tuple[Path, ...]) -> TurnEnd:
        """Carry the turn out; when its budget is gone before it ends, its processes are ended and it is over.

        Args:
            turn: not yet begun.
            folders: where its processes may write.
        """
        async with asyncio.TaskGroup() as group:
            working = group.create_task(turn)
            watching = group.create_task(self._watch())
            disk = group.create_task(self._watch_disk(folders))
            await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            watching.cancel()
            disk.cancel()
            if not working.done():
                working.cancel()
        if not working.cancelled():
            return working.result()
        return TurnEnd(outcome=TurnOutcome.OVER_BUDGET, detail=f"A budget is used up: {self.over}.", usage=self.usage)

    async def _watch_disk(self, folders: tuple[Path, ...]) -> None:
        limit = self._work.have.config.budget.disk * 1024 * 1024
        self._decide(await DiskWatch(folders, limit, self._work.clock).over(self._task))

    async def _watch(self) -> None:
        seconds = _seconds_left(self._work, self._task)
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            _pass_time(self._work, self._task)
            self._decide(_look(self._work, self._work.spent, self._task))


def _look(work: Undertaking, spent: Spent, task: str, *, only: frozenset[Unit] = _ALL) -> Reached | None:
    near = [one for one in reached(budget_of(work.have.config.budget), spent, task) if one.unit in only]
    for one in near:
        if (one.unit, one.task) not in work.warned:
            work.warned.add((one.unit, one.task))
            work.journal.write(
                "budget.near", unit=one.unit.value, used=round(one.used, 4), limit=one.limit, task=one.task
            )
            work.journal.write("run.noted", note=f"Budget: {one}.")
    return near[0] if near and near[0].is_over else None


def _pass_time(work: Undertaking, task: str) -> None:
    """Bring a task's seconds up to now."""
    began = work.task_began.setdefault(task, work.clock.monotonic())
    passed = work.clock.monotonic() - began - work.spent.tasks.get(task, {}).get(Unit.SECONDS, 0)
    work.spent = work.spent.plus(task, {Unit.SECONDS: max(passed, 0.0)})


def _seconds_left(work: Undertaking, task: str) -> float | None:
    limit = work.have.config.budget.task_time.total_seconds()
    if not limit or not task:
        return None
    return max(0.0, limit - (work.clock.monotonic() - work.task_began[task]))


def _amounts_of(changes: tuple[Change, ...]) -> Amounts:
    lines = sum((change.added or 0) + (change.deleted or 0) for change in changes)
    return {Unit.FILES: len(changes), Unit.LINES: lines}

"""What a run is doing right now, as far as its files tell: what `kiro-worker status` shows."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from kiro_worker.run.journal import Event
from kiro_worker.run.record import RunRecord, fold
from kiro_worker.run.registry import RunEntry
from kiro_worker.run.report.listing import agent_word, seconds_of
from kiro_worker.run.report.words import STEP_WORDS, counted, duration, spent_words
from kiro_worker.value import dataclass

SCHEMA = "kiro-worker/status/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """One run as it stands.

    Attributes:
        step: the step it is at; empty before the first.
        since: when that step began.
        task: the id of the task it is at; empty outside of one.
        number: which of the planned tasks that is, from 1; 0 outside of one.
        tool: the last tool call of the agent: its title and its status.
        sign: when it was last heard of.
    """

    entry: RunEntry
    record: RunRecord
    step: str = ""
    since: str = ""
    task: str = ""
    number: int = 0
    tool: tuple[str, str] | None = None
    sign: str = ""


def present(entry: RunEntry, events: Iterable[Event], transcript: Iterable[Mapping[str, Any]]) -> Present:
    """Put together what the receipt, and the end of the transcript, say of a run.

    Args:
        entry: the run as this machine knows it.
        events: its receipt, as far as it is written.
        transcript: the last entries of its transcript, oldest first.
    """
    told = tuple(events)
    record = fold(told)
    last = record.steps[-1] if record.steps else None
    task = last.task if last else ""
    tool = None
    sign = told[-1].at if told else entry.began
    for each in transcript:
        sign = max(sign, str(each.get("at", "")))
        if each.get("kind") == "tool":
            tool = (str(each.get("title", "")), str(each.get("status", "")))
    return Present(
        entry=entry,
        record=record,
        step=last.name if last else "",
        since=last.at if last else entry.began,
        task=task,
        number=next((number for number, each in enumerate(record.tasks, 1) if each.id == task), 0),
        tool=tool,
        sign=sign,
    )


def resumable(entries: Iterable[RunEntry]) -> tuple[RunEntry, ...]:
    """Runs that died and that nobody went on with since: the newest of their branch.

    Args:
        entries: newest first.
    """
    seen: set[tuple[str, str]] = set()
    resumed: set[str] = set()
    found = []
    for entry in entries:
        place = (entry.repository, entry.branch or entry.run)
        if entry.state == "died" and place not in seen and entry.run not in resumed:
            found.append(entry)
        seen.add(place)
        resumed.add(entry.resumes)
    return tuple(found)


def status_document(running: Iterable[Present], died: Iterable[RunEntry], *, now: datetime) -> dict[str, Any]:
    """What runs, and what broke off, as plain JSON."""
    return {
        "schema": SCHEMA,
        "running": [_document(each, now) for each in running],
        "died": [
            {"run": each.run, "repository": each.repository, "branch": each.branch, "spec": each.spec} for each in died
        ],
    }


def _document(each: Present, now: datetime) -> dict[str, Any]:
    entry, record = each.entry, each.record
    tool = {"title": each.tool[0], "status": each.tool[1]} if each.tool else None
    return {
        "run": entry.run,
        "process": entry.holder.pid,
        "repository": entry.repository,
        "branch": record.branch or entry.branch,
        "spec": record.spec or entry.spec,
        "agent": entry.agent,
        "began": entry.began,
        "seconds": seconds_of(entry, now=now),
        "step": each.step,
        "step_since": each.since,
        "task": each.task,
        "task_title": _title(each),
        "task_number": each.number,
        "tasks": len(record.tasks),
        "tasks_done": len(record.done),
        "turns": record.turns,
        "tool": tool,
        "usage": dict(record.usage),
        "last_sign": each.sign,
    }


def status_lines(each: Present, *, now: datetime) -> tuple[str, ...]:
    """One run for people: what it is, what it does, and what that has cost."""
    entry, record = each.entry, each.record
    what = " on ".join(filter(None, (record.spec or entry.spec, record.branch or entry.branch or "a new branch")))
    spent = "".join(f", {value} {name.lower()}" for name, value in spent_words(record))
    took = duration(seconds_of(entry, now=now))
    lines = [
        f"{entry.run}  {what}  ({agent_word(entry.agent)}, process {entry.holder.pid})",
        f"  {STEP_WORDS.get(each.step, each.step) or 'starting'} for {_ago(each.since, now)}",
    ]
    if each.task:
        lines.append(f"  task {each.number} of {len(record.tasks)}: {each.task} {_title(each)}".rstrip())
    elif record.tasks:
        lines.append(f"  {len(record.done)} of {len(record.tasks)} tasks done")
    if each.tool and each.step == "implement":
        lines.append(f"  last tool: {each.tool[0]} ({each.tool[1]}), last sign {_ago(each.sign, now)} ago")
    lines.append(f"  running for {took}, {counted(record.turns, 'turn')}{spent}")
    return tuple(lines)


def _title(each: Present) -> str:
    return each.record.tasks[each.number - 1].title if each.number else ""


def _ago(at: str, now: datetime) -> str:
    return duration(max(0.0, (now - datetime.fromisoformat(at)).total_seconds()))

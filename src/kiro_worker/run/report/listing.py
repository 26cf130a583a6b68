"""Many runs at a glance: what `kiro-worker list` shows."""

import shlex
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any

from kiro_worker.run.registry import RunEntry
from kiro_worker.run.report.words import duration

SCHEMA = "kiro-worker/list/1"
HEADINGS = ("RUN", "STATE", "VERDICT", "BRANCH", "SPEC", "AGENT", "BEGAN", "TOOK")


def list_document(entries: Iterable[RunEntry], *, now: datetime, runs: Path) -> dict[str, Any]:
    """Runs as plain JSON, in the order given.

    Args:
        entries: the runs.
        now: tells how long those have been running that still do.
        runs: the folder that holds each run's own.
    """
    return {"schema": SCHEMA, "runs": [entry_document(entry, now=now, runs=runs) for entry in entries]}


def entry_document(entry: RunEntry, *, now: datetime, runs: Path) -> dict[str, Any]:
    """One run as plain JSON; `seconds` is null where nobody knows, which is so for a run that died."""
    return {
        "run": entry.run,
        "state": entry.state,
        "verdict": entry.verdict,
        "repository": entry.repository,
        "branch": entry.branch,
        "spec": entry.spec,
        "agent": entry.agent,
        "began": entry.began,
        "ended": entry.ended,
        "seconds": seconds_of(entry, now=now),
        "resumes": entry.resumes,
        "folder": str(runs / entry.run),
    }


def list_row(entry: RunEntry, *, now: datetime, began: str) -> tuple[str, ...]:
    """One run as a row below `HEADINGS`; `began` is how its beginning is to be shown."""
    took = duration(seconds_of(entry, now=now))
    verdict = entry.verdict or ""
    branch = entry.branch or "(new)"
    return (entry.run, entry.state, verdict, branch, entry.spec, agent_word(entry.agent), began, took)


def seconds_of(entry: RunEntry, *, now: datetime) -> float | None:
    """How long it took, or has taken so far; None for a run that died, as nobody saw when."""
    if entry.ended is None and entry.state != "running":
        return None
    end = datetime.fromisoformat(entry.ended) if entry.ended else now
    return max(0.0, round((end - datetime.fromisoformat(entry.began)).total_seconds(), 3))


def agent_word(agent: str) -> str:
    """An agent in one word: a profile's name, or the program of a command line.

    >>> agent_word("kiro"), agent_word("/opt/bin/my-agent --serve"), agent_word("opencode acp")
    ('kiro', 'my-agent', 'opencode')
    """
    try:
        words = shlex.split(agent)
    except ValueError:
        words = agent.split()
    return PurePath(words[0]).name if words else ""

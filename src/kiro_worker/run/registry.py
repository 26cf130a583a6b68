"""Which runs this machine has seen: what `list`, `status`, `cancel` and `resume` look things up in.

A convenience of one machine: nothing depends on it, for the branch itself is the journal.
"""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from kiro_worker.error import Fault, WorkerError
from kiro_worker.ids import RunId, begins_run_id
from kiro_worker.lease.holder import is_gone
from kiro_worker.lease.port import Holder
from kiro_worker.state import Migration, State
from kiro_worker.value import dataclass, field

_STEPS = (
    Migration(
        owner="run",
        number=1,
        sql="""
        CREATE TABLE run (
            run TEXT PRIMARY KEY,
            repository TEXT NOT NULL,
            branch TEXT NOT NULL,
            spec TEXT NOT NULL,
            agent TEXT NOT NULL,
            host TEXT NOT NULL,
            pid INTEGER NOT NULL,
            started INTEGER NOT NULL,
            began TEXT NOT NULL,
            ended TEXT,
            verdict TEXT,
            resumes TEXT NOT NULL,
            options TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """,
    ),
)

# Of so many runs that fit, the newest are named.
_MOST_TOLD = 10
_ALL_THAT_FIT = -1
_LEAST_END = 4
_FITS = "run LIKE ? ESCAPE '!' OR run LIKE ? ESCAPE '!' OR run LIKE ? ESCAPE '!'"

_ALL = (
    "SELECT run, repository, branch, spec, agent, host, pid, started, began, ended, verdict, resumes, options FROM run"
)


class RunUnknown(WorkerError):
    """No run of this machine fits what was asked for."""

    code = "run.unknown"
    fault = Fault.CONFIG

    def __init__(self, *, asked: str, repository: str = "") -> None:
        of = f" of {repository}" if repository else ""
        super().__init__(
            f"No run of this machine fits {asked!r}." if asked else f"This machine has seen no run{of}.",
            next_step=_step_to(asked),
        )


def _step_to(asked: str) -> str:
    if not asked:  # a list would be as empty
        return "One of another machine is gone on with from its branch: kiro-worker resume BRANCH"
    if begins_run_id(asked):
        return "It is another machine's, or was removed here: kiro-worker resume BRANCH goes on from its branch."
    return "See what there is: kiro-worker list"


class RunAmbiguous(WorkerError):
    """Several runs fit what was asked for."""

    code = "run.ambiguous"
    fault = Fault.CONFIG

    def __init__(self, *, asked: str, runs: "tuple[RunEntry, ...]") -> None:
        self.runs = tuple(each.run for each in runs)
        told = ", ".join(f"{each.run} ({_known_by(each)})" for each in runs[:_MOST_TOLD])
        more = f", and {len(runs) - _MOST_TOLD} older" if len(runs) > _MOST_TOLD else ""
        super().__init__(
            f"{f'{asked!r} fits {len(runs)} runs' if asked else f'{len(runs)} runs may be meant'}: {told}{more}.",
            next_step="Give more of the run's id.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEntry:
    """One run as this machine knows it.

    Attributes:
        holder: the worker's process, to know whether it still lives.
        options: what the run was started with, so that it can be gone on with.
        verdict: None while it runs, and for one that was killed.
    """

    run: RunId
    repository: str
    branch: str
    spec: str
    agent: str
    holder: Holder
    began: str
    ended: str | None = None
    verdict: str | None = None
    resumes: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """`running`, `ended`, or `died` when its process is gone without having ended it."""
        if self.ended is not None:
            return "ended"
        return "died" if is_gone(self.holder) else "running"


def _known_by(entry: RunEntry) -> str:
    """What tells a run from others of its day."""
    return f"{entry.verdict or entry.state} on {entry.branch or 'a new branch'}"


class Registry:
    """The runs of this machine, in the state database."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.migrate(_STEPS)

    def begin(self, entry: RunEntry) -> None:
        """A run has started."""
        holder = entry.holder
        row = (
            entry.run, entry.repository, entry.branch, entry.spec, entry.agent, holder.host, holder.pid, holder.started,
            entry.began, None, None, entry.resumes, json.dumps(dict(entry.options)),
        )  # fmt: skip
        with self._state.transaction() as connection:
            connection.execute("INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def settle(self, run: RunId, *, branch: str, spec: str) -> None:
        """The branch and the spec are known now."""
        with self._state.transaction() as connection:
            connection.execute("UPDATE run SET branch = ?, spec = ? WHERE run = ?", (branch, spec, run))

    def end(self, run: RunId, *, ended: str, verdict: str) -> None:
        """A run has its verdict."""
        with self._state.transaction() as connection:
            connection.execute("UPDATE run SET ended = ?, verdict = ? WHERE run = ?", (ended, verdict, run))

    def newest(self, limit: int = 50) -> tuple[RunEntry, ...]:
        """The newest runs; ids sort by time."""
        with self._state.reading() as connection:
            rows = connection.execute(f"{_ALL} ORDER BY run DESC LIMIT ?", (limit,)).fetchall()
        return tuple(_entry(row) for row in rows)

    def find(self, asked: str = "") -> RunEntry:
        """One run by its id, the beginning or the end of it, or its branch (the newest); "" is the newest of all.

        The beginning may lack the `r-`. Fewer signs than four are no end: many a word ends so, and many an id.

        Raises:
            RunUnknown: when there is none.
            RunAmbiguous: when a part of an id fits several.
        """
        with self._state.reading() as connection:
            exact = _select(connection, "run = ? OR branch = ?", (asked, asked), most=1) if asked else ()
            found = exact or _select(connection, _FITS, _patterns(asked), most=_ALL_THAT_FIT if asked else 1)
        if not found:
            raise RunUnknown(asked=asked)
        if asked and len(found) > 1:
            raise RunAmbiguous(asked=asked, runs=found)
        return found[0]


def _select(connection: sqlite3.Connection, where: str, values: tuple[str, ...], *, most: int) -> tuple[RunEntry, ...]:
    rows = connection.execute(f"{_ALL} WHERE {where} ORDER BY run DESC LIMIT ?", (*values, most))
    return tuple(_entry(row) for row in rows.fetchall())


def _patterns(asked: str) -> tuple[str, str, str]:
    part = _literal(asked)
    return f"{part}%", f"r-{part}%", f"%{part}" if len(asked) >= _LEAST_END else f"{part}%"


def _literal(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _entry(row: tuple[Any, ...]) -> RunEntry:
    run, repository, branch, spec, agent, host, pid, started, began, ended, verdict, resumes, options = row
    return RunEntry(
        run=RunId(run),
        repository=repository,
        branch=branch,
        spec=spec,
        agent=agent,
        holder=Holder(run=run, host=host, pid=pid, started=started),
        began=began,
        ended=ended,
        verdict=verdict,
        resumes=resumes,
        options=json.loads(options),
    )

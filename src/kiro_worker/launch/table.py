"""The queue as a table of the machine's database: each step of a job is one transaction.

    waiting -> begun -> over
       |         |
       |         +----> waiting   only when it is certain that its process was never started
       +--------------> over      stopped before its turn came

A transaction that was not committed has changed nothing, and one that was outlives a power cut. So a process that is
killed leaves a job in one of these three states, and who comes next can tell from the slot whether its run still lives.
"""

import json
import sqlite3
from dataclasses import fields
from datetime import datetime, timedelta
from typing import NamedTuple

from kiro_worker.clock import Clock, stamp
from kiro_worker.launch.port import Ended, Launched, LaunchRequest
from kiro_worker.lease.holder import is_gone, this_host
from kiro_worker.lease.port import Holder
from kiro_worker.state import Migration, State
from kiro_worker.value import dataclass

_STEPS = (
    Migration(
        owner="launch",
        number=1,
        sql="""
        CREATE TABLE launch_job (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            token TEXT NOT NULL UNIQUE,
            run TEXT NOT NULL,
            asker TEXT NOT NULL,
            request TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'begun', 'over')),
            queued TEXT NOT NULL,
            slot INTEGER,
            host TEXT,
            pid INTEGER,
            started INTEGER,
            began TEXT,
            ended TEXT,
            exit_status INTEGER,
            said TEXT NOT NULL DEFAULT '',
            stopping INTEGER NOT NULL DEFAULT 0,
            told INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX launch_job_waiting ON launch_job (number) WHERE state = 'waiting';
        CREATE INDEX launch_job_begun ON launch_job (number) WHERE state = 'begun';
        CREATE INDEX launch_job_untold ON launch_job (asker, number) WHERE state = 'over' AND told = 0;
        """,
    ),
)

_COLUMNS = (
    "number, token, run, asker, request, state, queued, slot, host, pid, started, began, ended, exit_status, said, "
    "stopping"
)
_TAKE = f"""
UPDATE launch_job SET state = 'begun', slot = ?, host = ?, pid = ?, started = ?, began = ?
WHERE number = (SELECT min(number) FROM launch_job WHERE state = 'waiting' AND asker = coalesce(?, asker))
AND (SELECT count(*) FROM launch_job WHERE state = 'begun') < ?
RETURNING {_COLUMNS}
"""  # noqa: S608  # our own words
_GLANCE = """
SELECT (SELECT count(*) FROM launch_job WHERE state = 'waiting' AND asker = coalesce(?, asker)),
       (SELECT count(*) FROM launch_job WHERE state = 'begun')
"""
# 128 and the number of SIGTERM: as a run ends that was asked to before it did anything.
_STOPPED = 143
# A token is known for so long after its run has ended, in case its answer was lost.
_KEPT = timedelta(days=30)


class Glance(NamedTuple):
    """How many jobs wait for their turn, and how many were begun and are not over."""

    waiting: int
    begun: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request in the queue.

    Attributes:
        number: its place; smaller ones come first.
        asker: whose it is; only they are told of its end.
        state: `waiting`, `begun` or `over`.
        slot: where its run is, once it was begun.
        worker: the process that began it.
        stopping: whether its run is to be asked to end.
    """

    number: int
    token: str
    run: str
    asker: str
    request: LaunchRequest
    state: str
    queued: datetime
    slot: int = 0
    worker: Holder | None = None
    began: datetime | None = None
    ended: datetime | None = None
    exit_status: int | None = None
    said: str = ""
    stopping: bool = False

    @property
    def worker_lives(self) -> bool:
        """Whether the process that began it is known to be there still."""
        return self.worker is not None and self.worker.host == this_host() and not is_gone(self.worker)

    @property
    def of_this_boot(self) -> bool:
        """Whether it was begun by a process that this one could see: no power was cut since."""
        return self.worker is not None and self.worker.host == this_host()

    def as_launched(self) -> Launched:
        """As the port tells of it."""
        where = f"slot {self.slot}" if self.slot else "the queue"
        return Launched(token=self.token, run=self.run, where=where, began=self.began)

    def as_ended(self) -> Ended:
        """As the port tells of its end."""
        assert self.ended is not None
        return Ended(token=self.token, run=self.run, exit_status=self.exit_status, at=self.ended, said=self.said)


class Jobs:
    """All jobs of this machine. Each call is one short transaction; any thread may make it."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state, self._clock = state, clock
        state.migrate(_STEPS)

    def put(self, request: LaunchRequest, asker: str) -> Job:
        """Accept a request, or find the job that has the same token."""
        row = (request.token, request.run, asker, _dumped(request), self._now())
        with self._state.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO launch_job (token, run, asker, request, queued) VALUES (?, ?, ?, ?, ?)", row
            )
            return _select(connection, "token = ?", request.token)[0]

    def take(self, worker: Holder, slot: int, most: int, asker: str | None = None) -> Job | None:
        """Begin the next job, unless as many are under way as may be; the caller holds the slot."""
        with self._state.transaction() as connection:
            row = (slot, worker.host, worker.pid, worker.started, self._now(), asker, most)
            taken = connection.execute(_TAKE, row).fetchall()
        return _job(taken[0]) if taken else None

    def end(self, job: Job, *, exit_status: int | None, said: str) -> bool:
        """Its run is over; False when somebody else has said so already."""
        facts = (self._now(), exit_status, said)
        return self._leave(job, "state = 'over', ended = ?, exit_status = ?, said = ?", facts)

    def put_back(self, job: Job) -> bool:
        """Its run was never started; it keeps its place."""
        return self._leave(job, "state = 'waiting', slot = NULL, host = NULL, pid = NULL, began = NULL", ())

    def _leave(self, job: Job, how: str, facts: tuple[object, ...]) -> bool:
        assert job.worker is not None
        # Only for the very beginning that the caller knows of: it may have been put back and begun again since.
        which = (job.number, job.slot, job.worker.host, job.worker.pid, job.worker.started)
        with self._state.transaction() as connection:
            done = connection.execute(
                f"UPDATE launch_job SET {how} WHERE number = ? AND state = 'begun' "  # noqa: S608  # our own words
                "AND slot = ? AND host = ? AND pid = ? AND started = ?",
                (*facts, *which),
            )
            return done.rowcount == 1

    def stop(self, token: str, asker: str | None = None) -> Job | None:
        """Take a job out of the queue, or note that its run is to end; None when it is over or was never there."""
        with self._state.transaction() as connection:
            found = _select(connection, "token = ? AND state <> 'over' AND asker = coalesce(?, asker)", token, asker)
            if not found:
                return None
            said = "It was taken out of the queue before its turn came."
            connection.execute(
                "UPDATE launch_job SET state = 'over', ended = ?, exit_status = ?, said = ? "
                "WHERE number = ? AND state = 'waiting'",
                (self._now(), _STOPPED, said, found[0].number),
            )
            connection.execute("UPDATE launch_job SET stopping = 1 WHERE number = ?", (found[0].number,))
            return _select(connection, "number = ?", found[0].number)[0]

    def is_stopping(self, job: Job) -> bool:
        """Whether somebody has asked for its end."""
        with self._state.reading() as connection:
            found = connection.execute("SELECT stopping FROM launch_job WHERE number = ?", (job.number,)).fetchone()
        return found is not None and bool(found[0])

    def glance(self, asker: str | None = None) -> Glance:
        """How many wait, of one asker or of all, and how many run; cheap enough to be asked for all the time."""
        with self._state.reading() as connection:
            return Glance(*connection.execute(_GLANCE, (asker,)).fetchone())

    def begun(self) -> tuple[Job, ...]:
        """Those whose run was begun and not yet seen to end."""
        with self._state.reading() as connection:
            return _select(connection, "state = 'begun'")

    def live(self, asker: str | None = None) -> tuple[Job, ...]:
        """Those that are not over, in their order; begun ones were before all that wait."""
        with self._state.reading() as connection:
            begun = _select(connection, "state = 'begun' AND asker = coalesce(?, asker)", asker)
            return begun + _select(connection, "state = 'waiting' AND asker = coalesce(?, asker)", asker)

    def untold(self, asker: str) -> tuple[Job, ...]:
        """Those that are over, and whose asker was not told."""
        with self._state.reading() as connection:
            return _select(connection, "asker = ? AND state = 'over' AND told = 0", asker)

    def tell(self, job: Job) -> None:
        """Its asker was told. What a run said may hold anything: it is kept no longer than it is needed."""
        before = stamp(self._clock.now() - _KEPT)
        with self._state.transaction() as connection:
            connection.execute("UPDATE launch_job SET told = 1, said = '' WHERE number = ?", (job.number,))
            # Also of askers who never came back: nobody has asked for a month.
            connection.execute("DELETE FROM launch_job WHERE state = 'over' AND ended < ?", (before,))

    def _now(self) -> str:
        return stamp(self._clock.now())


def _select(connection: sqlite3.Connection, where: str, *values: object) -> tuple[Job, ...]:
    query = f"SELECT {_COLUMNS} FROM launch_job WHERE {where} ORDER BY number"  # noqa: S608  # our own words
    return tuple(_job(row) for row in connection.execute(query, values).fetchall())


def _job(row: tuple[object, ...]) -> Job:
    known = dict(zip(_COLUMNS.split(", "), row, strict=True))
    host, pid, started = (known.pop(name) for name in ("host", "pid", "started"))
    for name in ("queued", "began", "ended"):
        known[name] = datetime.fromisoformat(str(known[name])) if known[name] else None
    known["worker"] = Holder(run="", host=host, pid=pid, started=started) if host else None  # type: ignore[arg-type]  # STRICT tables
    known["request"] = _loaded(str(known["request"]))
    known["slot"], known["stopping"] = known["slot"] or 0, bool(known["stopping"])
    return Job(**known)  # type: ignore[arg-type]  # STRICT tables


def _dumped(request: LaunchRequest) -> str:
    told = {each.name: getattr(request, each.name) for each in fields(LaunchRequest)}
    return json.dumps({**told, "settings": dict(request.settings)})


def _loaded(text: str) -> LaunchRequest:
    # A newer program may have written more than this one knows.
    names = {each.name for each in fields(LaunchRequest)}
    told = {name: value for name, value in json.loads(text).items() if name in names}
    return LaunchRequest(**{**told, "feedback": tuple(told.get("feedback", ()))})

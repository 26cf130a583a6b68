"""What this machine's dispatcher has begun, and what it has told: kept in the state database.

A convenience, as the list of runs is: that no branch is worked on twice is the lease's work, and what was done stands
on the branch. Without this book a run that died elsewhere is still found, by its card and its lease.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from kiro_worker.board.port import CardId
from kiro_worker.clock import stamp
from kiro_worker.dispatch.retry import Attempt
from kiro_worker.run.verdict import Verdict
from kiro_worker.state import Migration, State
from kiro_worker.value import dataclass

_STEPS = (
    Migration(
        owner="dispatch",
        number=1,
        sql="""
        CREATE TABLE dispatch_attempt (
            run TEXT PRIMARY KEY,
            board TEXT NOT NULL,
            item TEXT NOT NULL,
            repository TEXT NOT NULL,
            branch TEXT NOT NULL,
            place TEXT NOT NULL,
            fresh INTEGER NOT NULL,
            began TEXT NOT NULL,
            ended TEXT,
            verdict TEXT,
            settled INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX dispatch_attempt_item ON dispatch_attempt (board, item, run);
        CREATE TABLE dispatch_told (
            board TEXT NOT NULL,
            item TEXT NOT NULL,
            digest TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (board, item)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE dispatch_served (
            repository TEXT PRIMARY KEY,
            at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """,
    ),
    Migration(
        owner="dispatch",
        number=2,
        sql="""
        ALTER TABLE dispatch_attempt ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE dispatch_attempt ADD COLUMN stopped TEXT NOT NULL DEFAULT '';
        CREATE TABLE dispatch_look (
            board TEXT NOT NULL,
            item TEXT NOT NULL,
            mark TEXT NOT NULL,
            at TEXT NOT NULL,
            why TEXT NOT NULL,
            PRIMARY KEY (board, item)
        ) STRICT, WITHOUT ROWID;
        """,
    ),
)

BEGUN = "dispatch_attempt"
"""The table of what was begun; a row of it, once written, is never another run's."""

_COLUMNS = "run, item, repository, branch, place, fresh, began, ended, verdict, settled, claimed, stopped"
# What nobody asks about any more.
_KEPT_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One run that was begun for an item.

    Attributes:
        place: the name of the column that the card came from.
        fresh: whether a person had put the card there; runs before it do not count as tries.
        ended: None while it is under way, as far as is known.
        verdict: None while it is under way, and for one that ended without telling.
        settled: whether the board was told.
        claimed: whether its card was seen in progress.
        stopped: why it was ended on purpose, in a sentence; empty for one that was not.
    """

    run: str
    item: CardId
    repository: str
    branch: str
    place: str
    fresh: bool
    began: datetime
    ended: datetime | None = None
    verdict: Verdict | None = None
    settled: bool = False
    claimed: bool = False
    stopped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What came of the last look at an item's branch.

    Attributes:
        mark: what the card said then.
        why: the reasons, as `reason.packed` writes them.
    """

    mark: str
    at: datetime
    why: str


class Book:
    """Attempts and what was told, for one board."""

    def __init__(self, state: State, board: str) -> None:
        self._state, self._board = state, board
        state.migrate(_STEPS)

    def begin(self, entry: Entry) -> None:
        """A run is about to be launched; written before it is, so that none is ever forgotten."""
        row = (
            entry.run, self._board, entry.item, entry.repository, entry.branch, entry.place, entry.fresh,
            stamp(entry.began), None, None, 0, 0, "",
        )  # fmt: skip
        with self._state.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO dispatch_attempt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row
            )
            served = "INSERT OR REPLACE INTO dispatch_served VALUES (?, ?)"
            connection.execute(served, (entry.repository, stamp(entry.began)))

    def end(self, run: str, *, at: datetime, verdict: Verdict | None) -> None:
        """A run is over; the first word on it stays."""
        with self._state.transaction() as connection:
            connection.execute(
                "UPDATE dispatch_attempt SET ended = ?, verdict = ? WHERE run = ? AND ended IS NULL",
                (stamp(at), verdict.value if verdict else None, run),
            )

    def drop(self, run: str) -> None:
        """A run that was never begun after all."""
        with self._state.transaction() as connection:
            connection.execute("DELETE FROM dispatch_attempt WHERE run = ? AND ended IS NULL", (run,))

    def stop(self, run: str, why: str) -> None:
        """A run was ended on purpose, or is about to be; the first reason stays."""
        with self._state.transaction() as connection:
            connection.execute("UPDATE dispatch_attempt SET stopped = ? WHERE run = ? AND stopped = ''", (why, run))

    def claim(self, runs: Iterable[str]) -> None:
        """The cards of these runs were seen in progress."""
        with self._state.transaction() as connection:
            connection.executemany("UPDATE dispatch_attempt SET claimed = 1 WHERE run = ?", [(run,) for run in runs])

    def settle(self, item: CardId) -> None:
        """The board says what came of all that was begun for an item."""
        with self._state.transaction() as connection:
            connection.execute(
                "UPDATE dispatch_attempt SET settled = 1 WHERE board = ? AND item = ? AND ended IS NOT NULL",
                (self._board, item),
            )

    def unsettled(self) -> Mapping[CardId, tuple[Entry, ...]]:
        """The items of which something is under way or not yet told: their tries since a person last moved them."""
        query = (
            f"SELECT {_COLUMNS} FROM dispatch_attempt WHERE board = ?1 AND item IN "  # noqa: S608  # our own words
            "(SELECT item FROM dispatch_attempt WHERE board = ?1 AND settled = 0) ORDER BY run"
        )
        with self._state.reading() as connection:
            rows = connection.execute(query, (self._board,)).fetchall()
        found: dict[CardId, list[Entry]] = {}
        for row in rows:
            entry = _entry(row)
            tries = found.setdefault(entry.item, [])
            if entry.fresh:
                tries.clear()
            tries.append(entry)
        return {item: tuple(tries) for item, tries in found.items()}

    def last(self, item: CardId) -> Entry | None:
        """The last that was begun for an item, settled or not."""
        query = f"SELECT {_COLUMNS} FROM dispatch_attempt WHERE board = ? AND item = ? ORDER BY run DESC LIMIT 1"  # noqa: S608  # our own words
        with self._state.reading() as connection:
            row = connection.execute(query, (self._board, item)).fetchone()
        return None if row is None else _entry(row)

    def knows(self, run: str) -> bool:
        """Whether a run was begun."""
        with self._state.reading() as connection:
            row = connection.execute("SELECT 1 FROM dispatch_attempt WHERE run = ?", (run,)).fetchone()
        return row is not None

    def served(self) -> Mapping[str, str]:
        """When something was last begun in each repository."""
        with self._state.reading() as connection:
            return dict(connection.execute("SELECT repository, at FROM dispatch_served").fetchall())

    def looks(self) -> Mapping[CardId, Look]:
        """The last look at each item's branch."""
        query = "SELECT item, mark, at, why FROM dispatch_look WHERE board = ?"
        with self._state.reading() as connection:
            rows = connection.execute(query, (self._board,)).fetchall()
        return {CardId(item): Look(mark=mark, at=datetime.fromisoformat(at), why=why) for item, mark, at, why in rows}

    def look(self, item: CardId, look: Look) -> None:
        """An item was looked at."""
        with self._state.transaction() as connection:
            row = (self._board, item, look.mark, stamp(look.at), look.why)
            connection.execute("INSERT OR REPLACE INTO dispatch_look VALUES (?, ?, ?, ?, ?)", row)

    def told(self) -> Mapping[CardId, str]:
        """The digest of what was last told on each card."""
        with self._state.reading() as connection:
            rows = connection.execute("SELECT item, digest FROM dispatch_told WHERE board = ?", (self._board,))
            return {CardId(item): digest for item, digest in rows.fetchall()}

    def was_told(self, item: CardId, digest: str) -> bool:
        """Whether exactly this was the last thing that was told on a card."""
        query = "SELECT 1 FROM dispatch_told WHERE board = ? AND item = ? AND digest = ?"
        with self._state.reading() as connection:
            return connection.execute(query, (self._board, item, digest)).fetchone() is not None

    def tell(self, item: CardId, digest: str, *, at: datetime) -> None:
        """It was told."""
        row = (self._board, item, digest, stamp(at))
        with self._state.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO dispatch_told VALUES (?, ?, ?, ?)", row)

    def tidy(self, now: datetime) -> None:
        """Forget what was settled long ago."""
        before = stamp(now - timedelta(days=_KEPT_DAYS))
        with self._state.transaction() as connection:
            connection.execute("DELETE FROM dispatch_attempt WHERE settled = 1 AND ended < ?", (before,))
            connection.execute("DELETE FROM dispatch_told WHERE at < ?", (before,))
            connection.execute("DELETE FROM dispatch_look WHERE at < ?", (before,))
            connection.execute("DELETE FROM dispatch_served WHERE at < ?", (before,))


def tries(entries: tuple[Entry, ...]) -> tuple[Attempt, ...]:
    """Those that are over, as the rules for another try see them."""
    return tuple(
        Attempt(run=each.run, verdict=each.verdict, ended=each.ended, stopped=each.stopped)
        for each in entries
        if each.ended is not None
    )


def _entry(row: tuple[str, str, str, str, str, int, str, str | None, str | None, int, int, str]) -> Entry:
    run, item, repository, branch, place, fresh, began, ended, verdict, settled, claimed, stopped = row
    return Entry(
        run=run,
        item=CardId(item),
        repository=repository,
        branch=branch,
        place=place,
        fresh=bool(fresh),
        began=datetime.fromisoformat(began),
        ended=datetime.fromisoformat(ended) if ended else None,
        verdict=Verdict(verdict) if verdict else None,
        settled=bool(settled),
        claimed=bool(claimed),
        stopped=stopped,
    )

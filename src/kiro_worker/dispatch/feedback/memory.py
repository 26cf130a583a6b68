"""What was made of feedback before, in the state database; with it lost, 👀 on the remarks themselves still tells."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from kiro_worker.board.port import CardId
from kiro_worker.clock import stamp
from kiro_worker.dispatch.feedback.decide import Remembered
from kiro_worker.dispatch.feedback.errand import Errand
from kiro_worker.state import Migration, State

_STEPS = (
    Migration(
        owner="feedback",
        number=1,
        sql="""
        CREATE TABLE feedback_pull (
            repository TEXT NOT NULL,
            number INTEGER NOT NULL,
            stamp TEXT NOT NULL DEFAULT '',
            reviews INTEGER NOT NULL DEFAULT 0,
            checks INTEGER NOT NULL DEFAULT 0,
            checked TEXT NOT NULL DEFAULT '',
            at TEXT NOT NULL,
            PRIMARY KEY (repository, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE feedback_remark (
            repository TEXT NOT NULL,
            number INTEGER NOT NULL,
            remark TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (repository, number, remark)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE feedback_errand (
            board TEXT NOT NULL,
            item TEXT NOT NULL,
            repository TEXT NOT NULL,
            number INTEGER NOT NULL,
            run TEXT NOT NULL,
            kind TEXT NOT NULL,
            nth INTEGER NOT NULL,
            most INTEGER NOT NULL,
            remarks TEXT NOT NULL,
            tasks TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (board, item)
        ) STRICT, WITHOUT ROWID;
        """,
    ),
)
_KEPT_DAYS = 180


class FeedbackMemory:
    """Rounds, remarks and errands, for one board."""

    def __init__(self, state: State, board: str) -> None:
        self._state, self._board = state, board
        state.migrate(_STEPS)

    def stamp(self, repository: str, number: int) -> str:
        """What a pull request looked like from afar when all of it had last been dealt with."""
        query = "SELECT stamp FROM feedback_pull WHERE repository = ? AND number = ?"
        with self._state.reading() as connection:
            row = connection.execute(query, (repository, number)).fetchone()
        return str(row[0]) if row else ""

    def remembered(self, repository: str, number: int) -> Remembered:
        """What was made of a pull request."""
        of = (repository, number)
        with self._state.reading() as connection:
            pull = connection.execute(
                "SELECT reviews, checks, checked FROM feedback_pull WHERE repository = ? AND number = ?", of
            ).fetchone()
            rows = connection.execute(
                "SELECT remark FROM feedback_remark WHERE repository = ? AND number = ?", of
            ).fetchall()
        reviews, checks, checked = pull or (0, 0, "")
        return Remembered(handled=frozenset(row[0] for row in rows), reviews=reviews, checks=checks, checked=checked)

    def seen(self, repository: str, number: int, stamp_: str, *, at: datetime) -> None:
        """All that was to be seen from afar has been dealt with."""
        with self._state.transaction() as connection:
            _touch(connection, repository, number, at)
            query = "UPDATE feedback_pull SET stamp = ? WHERE repository = ? AND number = ?"
            connection.execute(query, (stamp_, repository, number))

    def handle(self, repository: str, number: int, remarks: Iterable[str], *, at: datetime) -> None:
        """Nothing more follows from these."""
        rows = [(repository, number, remark, stamp(at)) for remark in remarks]
        with self._state.transaction() as connection:
            connection.executemany("INSERT OR IGNORE INTO feedback_remark VALUES (?, ?, ?, ?)", rows)

    def check(self, repository: str, number: int, commit: str, *, at: datetime) -> None:
        """The failing checks of a commit were taken up."""
        with self._state.transaction() as connection:
            _touch(connection, repository, number, at)
            query = "UPDATE feedback_pull SET checked = ? WHERE repository = ? AND number = ?"
            connection.execute(query, (commit, repository, number))

    def send(self, errand: Errand, *, handled: Iterable[str], at: datetime) -> None:
        """A run is about to be sent; written before it is, so that no round is ever counted too few."""
        rows = [(errand.repository, errand.number, remark, stamp(at)) for remark in handled]
        row = (
            self._board, errand.item, errand.repository, errand.number, errand.run, errand.kind, errand.round,
            errand.most, json.dumps(errand.feedback), json.dumps(errand.only), stamp(at),
        )  # fmt: skip
        counted = {"review": "reviews", "checks": "checks"}.get(errand.kind)
        with self._state.transaction() as connection:
            connection.executemany("INSERT OR IGNORE INTO feedback_remark VALUES (?, ?, ?, ?)", rows)
            connection.execute("INSERT OR REPLACE INTO feedback_errand VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            _touch(connection, errand.repository, errand.number, at)
            if counted:
                query = f"UPDATE feedback_pull SET {counted} = max({counted}, ?) WHERE repository = ? AND number = ?"  # noqa: S608  # our own words
                connection.execute(query, (errand.round, errand.repository, errand.number))

    def errand(self, item: CardId) -> Errand | None:
        """What an item's runs are sent for; None for its spec alone."""
        return self.errands().get(item)

    def errands(self) -> Mapping[CardId, Errand]:
        """Everything that runs were sent for and that was not reported yet."""
        query = (
            "SELECT item, repository, number, run, kind, nth, most, remarks, tasks FROM feedback_errand WHERE board = ?"
        )
        with self._state.reading() as connection:
            rows = connection.execute(query, (self._board,)).fetchall()
        return {
            CardId(item): Errand(
                item=CardId(item), repository=repository, number=number, run=run, kind=kind, round=nth, most=most,
                feedback=tuple(json.loads(remarks)), only=tuple(json.loads(tasks)),
            )
            for item, repository, number, run, kind, nth, most, remarks, tasks in rows
        }  # fmt: skip

    def done(self, item: CardId) -> None:
        """It was reported what came of an errand."""
        with self._state.transaction() as connection:
            query = "DELETE FROM feedback_errand WHERE board = ? AND item = ?"
            connection.execute(query, (self._board, item))

    def tidy(self, now: datetime) -> None:
        """Forget pull requests of long ago."""
        before = stamp(now - timedelta(days=_KEPT_DAYS))
        with self._state.transaction() as connection:
            connection.execute("DELETE FROM feedback_pull WHERE at < ?", (before,))
            connection.execute("DELETE FROM feedback_remark WHERE at < ?", (before,))


def _touch(connection: sqlite3.Connection, repository: str, number: int, at: datetime) -> None:
    connection.execute(
        "INSERT INTO feedback_pull (repository, number, at) VALUES (?, ?, ?) "
        "ON CONFLICT (repository, number) DO UPDATE SET at = excluded.at",
        (repository, number, stamp(at)),
    )

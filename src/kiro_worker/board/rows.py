"""The local board's tables, and what is asked of them."""

import sqlite3

from kiro_worker.board.port import Blocker, CardId, Hindrance, Obstacle
from kiro_worker.state import Migration

MIGRATIONS = (
    Migration(
        owner="board",
        number=1,
        sql="""
        CREATE TABLE board_card (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            title TEXT NOT NULL,
            body TEXT NOT NULL,
            repository TEXT NOT NULL,
            branch TEXT NOT NULL,
            place TEXT NOT NULL,
            priority INTEGER,
            author TEXT NOT NULL,
            labels TEXT NOT NULL,
            closed INTEGER NOT NULL DEFAULT 0,
            created TEXT NOT NULL,
            changed TEXT NOT NULL
        ) STRICT;
        CREATE TABLE board_blocker (
            card INTEGER NOT NULL REFERENCES board_card (number) ON DELETE CASCADE,
            blocker INTEGER NOT NULL REFERENCES board_card (number) ON DELETE CASCADE,
            PRIMARY KEY (card, blocker)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE board_note (
            card INTEGER NOT NULL REFERENCES board_card (number) ON DELETE CASCADE,
            key TEXT NOT NULL,
            text TEXT NOT NULL,
            digest TEXT NOT NULL,
            told TEXT NOT NULL,
            PRIMARY KEY (card, key)
        ) STRICT, WITHOUT ROWID;
        """,
    ),
)

_COLUMNS = "number, title, body, repository, branch, place, priority, author, labels, closed, created, changed"
ALL = f"SELECT {_COLUMNS} FROM board_card"  # noqa: S608  # constants of this file
ONE = f"{ALL} WHERE number = ?"
ADD = (
    "INSERT INTO board_card (title, body, repository, branch, place, priority, author, labels, created, changed) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
BLOCK = "INSERT INTO board_blocker VALUES (?, ?)"
MOVE = "UPDATE board_card SET place = ?, changed = ? WHERE number = ?"
SETTLE = "UPDATE board_card SET closed = ?, changed = ? WHERE number = ?"
REMOVE = "DELETE FROM board_card WHERE number = ?"
TELL = "INSERT OR REPLACE INTO board_note VALUES (?, ?, ?, ?, ?)"
NOTES = "SELECT key, text, told FROM board_note WHERE card = ? ORDER BY told, key"
_TOLD = "SELECT digest FROM board_note WHERE card = ? AND key = ?"
_BLOCKERS = (
    "SELECT number, title, closed, place FROM board_card JOIN board_blocker ON blocker = number "
    "WHERE card = ? ORDER BY number"
)

CLOSED = Hindrance(
    kind=Obstacle.CLOSED,
    why="It is closed.",
    cure="Open it again to have it worked on: kiro-worker board reopen CARD",
)

# SQLite's own bound; what is no number of a card finds none.
_LARGEST = 2**63 - 1


def number(card: CardId) -> int:
    """A card's number, 0 for what can be none."""
    text = card.removeprefix("#")
    if not (text.isascii() and text.isdecimal()) or len(text) > 19:
        return 0
    return min(int(text), _LARGEST)


def told_already(connection: sqlite3.Connection, card: int, key: str) -> str:
    """The digest of what was told under a key, empty when nothing was."""
    row = connection.execute(_TOLD, (card, key)).fetchone()
    return str(row[0]) if row else ""


def blockers(connection: sqlite3.Connection, card: int, *, done: str) -> tuple[Blocker, ...]:
    """What has to be done before a card; what is closed, or in the column `done`, is."""
    return tuple(
        Blocker(reference=f"#{blocker}", title=title, done=bool(closed) or place == done)
        for blocker, title, closed, place in connection.execute(_BLOCKERS, (card,)).fetchall()
    )

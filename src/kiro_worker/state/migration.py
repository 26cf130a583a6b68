"""How tables come to be: each owner numbers its own steps, and they are only ever taken forwards."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from kiro_worker.state.fault import StateNewer
from kiro_worker.value import dataclass

LEDGER = "CREATE TABLE IF NOT EXISTS migration (owner TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step of one owner's tables.

    Attributes:
        owner: the part whose tables they are, such as `lease`; its tables' names begin with it.
        number: 1, 2, 3 … without a gap. A step that was released is never edited; a new one follows it.
        sql: statements ending in `;`. Tables are STRICT.
    """

    owner: str
    number: int
    sql: str


def check_order(steps: tuple[Migration, ...]) -> str:
    """The one owner of the steps.

    Raises:
        ValueError: when they are of several owners, or not numbered 1, 2, 3 …
    """
    owners = {step.owner for step in steps}
    if len(owners) != 1 or [step.number for step in steps] != list(range(1, len(steps) + 1)):
        raise ValueError(f"migrations of one owner are numbered from 1 without a gap, not {steps}")
    return owners.pop()


def is_current(connection: sqlite3.Connection, path: Path, steps: tuple[Migration, ...]) -> bool:
    """Whether all steps were taken.

    Raises:
        StateNewer: when more than these were.
    """
    owner = check_order(steps)
    row = connection.execute("SELECT number FROM migration WHERE owner = ?", (owner,)).fetchone()
    taken = row[0] if row else 0
    if taken > len(steps):
        raise StateNewer(path=path, owner=owner, found=taken, known=len(steps))
    return bool(taken == len(steps))


def take_steps(connection: sqlite3.Connection, path: Path, steps: tuple[Migration, ...]) -> None:
    """Take the steps that are missing, inside the transaction that the caller has begun."""
    if is_current(connection, path, steps):
        return
    row = connection.execute("SELECT number FROM migration WHERE owner = ?", (steps[0].owner,)).fetchone()
    for step in steps[row[0] if row else 0 :]:
        for statement in _statements(step.sql):
            connection.execute(statement)
    connection.execute("INSERT OR REPLACE INTO migration VALUES (?, ?)", (steps[-1].owner, steps[-1].number))


def _statements(sql: str) -> Iterator[str]:
    # `executescript` would commit the transaction that makes all steps one.
    begun = ""
    for piece in sql.split(";")[:-1]:
        begun += piece + ";"
        if sqlite3.complete_statement(begun):
            yield begun
            begun = ""
    if begun or sql.rsplit(";", 1)[-1].strip():
        raise ValueError(f"a migration's last statement does not end: {sql[-80:]!r}")

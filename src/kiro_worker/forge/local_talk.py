"""What is said on the pull requests of this machine: by people through a command, by checks, and by the worker."""

import sqlite3
from typing import Any

from kiro_worker.clock import Clock, stamp
from kiro_worker.forge.conversation import CheckState, OtherCheck, Remark, RemarkKind, answered
from kiro_worker.state import Migration, State

MIGRATIONS = (
    Migration(
        owner="talk",
        number=1,
        sql="""
        CREATE TABLE talk_remark (
            repository TEXT NOT NULL,
            number INTEGER NOT NULL,
            nth INTEGER NOT NULL,
            kind TEXT NOT NULL,
            author TEXT NOT NULL,
            body TEXT NOT NULL,
            path TEXT NOT NULL,
            line INTEGER NOT NULL,
            own INTEGER NOT NULL,
            noticed INTEGER NOT NULL DEFAULT 0,
            created TEXT NOT NULL,
            changed TEXT NOT NULL,
            PRIMARY KEY (repository, number, nth)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE talk_check (
            repository TEXT NOT NULL,
            oid TEXT NOT NULL,
            name TEXT NOT NULL,
            state TEXT NOT NULL,
            says TEXT NOT NULL,
            PRIMARY KEY (repository, oid, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE talk_account (
            repository TEXT NOT NULL,
            account TEXT NOT NULL,
            may_write INTEGER NOT NULL,
            PRIMARY KEY (repository, account)
        ) STRICT, WITHOUT ROWID;
        """,
    ),
)

_WORKER = "kiro-worker"
_REMARK = "INSERT INTO talk_remark VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)"


class LocalTalk:
    """Remarks, checks and accounts of one repository."""

    def __init__(self, state: State, repository: str, clock: Clock) -> None:
        self._state, self._repository, self._clock = state, repository, clock
        state.migrate(MIGRATIONS)

    async def remarks(self, number: int) -> tuple[Remark, ...]:
        """Everything that was said on a pull request, oldest first."""
        query = (
            "SELECT nth, kind, author, body, path, line, own, noticed, created FROM talk_remark "
            "WHERE repository = ? AND number = ? ORDER BY nth"
        )
        rows = await self._state.read(lambda c: c.execute(query, (self._repository, number)).fetchall())
        return tuple(_remark(number, row) for row in rows)

    async def checks(self, commit: str) -> tuple[OtherCheck, ...]:
        """The checks of a commit, by name."""
        query = "SELECT name, state, says FROM talk_check WHERE repository = ? AND oid = ? ORDER BY name"
        rows = await self._state.read(lambda c: c.execute(query, (self._repository, commit)).fetchall())
        return tuple(OtherCheck(name=name, state=CheckState(state), says=says) for name, state, says in rows)

    async def stamp(self, number: int, commit: str) -> tuple[str, str]:
        """When something last changed, and what stands for all that is to be seen now."""
        query = "SELECT max(changed), count(*) FROM talk_remark WHERE repository = ? AND number = ?"
        row = await self._state.read(lambda c: c.execute(query, (self._repository, number)).fetchone())
        checks = ",".join(f"{each.name}={each.state}" for each in await self.checks(commit))
        return row[0] or "", f"{row[0] or ''}|{row[1]}|{commit}|{checks}"

    async def may_write(self, account: str) -> bool:
        """Whether an account was let."""
        query = "SELECT may_write FROM talk_account WHERE repository = ? AND account = ?"
        row = await self._state.read(lambda c: c.execute(query, (self._repository, account)).fetchone())
        return row is not None and bool(row[0])

    async def notice(self, remark: str) -> bool:
        """Mark a remark as taken up."""
        number, _, nth = remark.partition("/")
        if not (number.isdecimal() and nth.isdecimal()):
            return False
        query = "UPDATE talk_remark SET noticed = 1 WHERE repository = ? AND number = ? AND nth = ?"
        row = (self._repository, int(number), int(nth))
        return await self._state.write(lambda c: c.execute(query, row).rowcount == 1)

    async def answer(self, number: int, body: str) -> int:
        """Make an answer stand once; returns which remark it is."""
        key, _ = answered(body)

        def write(connection: sqlite3.Connection) -> int:
            query = "SELECT nth, body FROM talk_remark WHERE repository = ? AND number = ? AND own = 1 ORDER BY nth"
            for nth, text in connection.execute(query, (self._repository, number)).fetchall():
                if answered(text)[0] != key:
                    continue
                if text != body:
                    change = (
                        "UPDATE talk_remark SET body = ?, changed = ? WHERE repository = ? AND number = ? AND nth = ?"
                    )
                    connection.execute(change, (body, stamp(self._clock.now()), self._repository, number, nth))
                return int(nth)
            return self._add(connection, number, kind="comment", author=_WORKER, body=body, own=True)

        return await self._state.write(write)

    # What people and their checks do.

    async def say(self, number: int, author: str, body: str, **more: Any) -> str:
        """Somebody says something; returns the remark's id."""
        nth = await self._state.write(lambda c: self._add(c, number, author=author, body=body, **more))
        return f"{number}/{nth}"

    async def let(self, account: str, *, may_write: bool) -> None:
        """Say what an account may do."""
        row = (self._repository, account, int(may_write))
        await self._state.write(lambda c: c.execute("INSERT OR REPLACE INTO talk_account VALUES (?, ?, ?)", row))

    async def check(self, commit: str, name: str, state: CheckState, says: str = "") -> None:
        """A check says something of a commit."""
        row = (self._repository, commit, name, state.value, says)
        await self._state.write(lambda c: c.execute("INSERT OR REPLACE INTO talk_check VALUES (?, ?, ?, ?, ?)", row))

    def _add(
        self,
        connection: sqlite3.Connection,
        number: int,
        *,
        author: str,
        body: str,
        kind: str = "comment",
        path: str = "",
        line: int = 0,
        own: bool = False,
    ) -> int:
        query = "SELECT coalesce(max(nth), 0) + 1 FROM talk_remark WHERE repository = ? AND number = ?"
        (nth,) = connection.execute(query, (self._repository, number)).fetchone()
        now = stamp(self._clock.now())
        text = body.encode("utf-8", "replace").decode()
        row = (self._repository, number, nth, RemarkKind(kind).value, author, text, path, line, int(own), now, now)
        connection.execute(_REMARK, row)
        return int(nth)


def _remark(number: int, row: tuple[int, str, str, str, str, int, int, int, str]) -> Remark:
    nth, kind, author, body, path, line, own, noticed, created = row
    return Remark(
        id=f"{number}/{nth}",
        kind=RemarkKind(kind),
        author=author,
        body=body,
        created=created,
        own=bool(own),
        # Whoever can write to this machine's database is one of its people.
        member=True,
        path=path,
        line=line,
        noticed=bool(noticed),
    )

"""A board without a server: cards in this machine's state database."""

import json
import sqlite3
from typing import Any

from kiro_worker.board import rows
from kiro_worker.board.columns import Columns
from kiro_worker.board.fault import CardRefused, CardUnknown, ColumnMissing
from kiro_worker.board.note import digest, text_of, written
from kiro_worker.board.port import (
    BoardCheck,
    Card,
    CardBranch,
    CardContent,
    CardId,
    Change,
    Column,
    Link,
    Listing,
    Moved,
    NewWork,
    Note,
    Priority,
    Told,
)
from kiro_worker.board.turn import in_turn
from kiro_worker.clock import Clock, SystemClock, stamp
from kiro_worker.state import State
from kiro_worker.value import dataclass, replace

BACKLOG, DONE = "Backlog", "Done"
"""What the board has besides the worker's columns: they are people's."""

_TITLE, _BODY, _NAME = 250, 100_000, 250


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCard:
    """What a person puts on the board.

    Attributes:
        repository: its address, as git takes it.
        branch: what carries the spec.
        place: a column's name; empty is the one for what is ready.
        blocked_by: the ids of cards that have to be done first.
    """

    title: str
    repository: str
    branch: str
    body: str = ""
    place: str = ""
    priority: int | None = None
    author: str = ""
    labels: tuple[str, ...] = ()
    blocked_by: tuple[CardId, ...] = ()


class LocalBoard:
    """The one board of this machine, for all repositories. Each call is one transaction."""

    def __init__(self, state: State, columns: Columns, clock: Clock | None = None) -> None:
        """Use the state database.

        Args:
            state: where everything is kept.
            columns: the worker's columns by name; two columns for people stand around them.
            clock: stamps what is written.
        """
        state.migrate(rows.MIGRATIONS)
        self._state = state
        self._columns = columns
        self._clock = clock or SystemClock()

    @property
    def name(self) -> str:
        """See `Boards.name`."""
        return "local"

    @property
    def places(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        own = [self._columns.name(column) for column in Column]
        return tuple(dict.fromkeys((BACKLOG, *own, DONE)))

    async def check(self) -> BoardCheck:
        """See `Boards.check`."""
        return BoardCheck(ready=True, detail=f"Cards are kept in {self._state.path}.", columns=self.places)

    async def cards(self, *columns: Column) -> Listing:
        """See `Boards.cards`."""
        wanted = columns or tuple(Column)
        found = await self.all_cards()
        return Listing(cards=tuple(card for card in found if card.column in wanted))

    async def read(self, card: CardId) -> Card | None:
        """See `Boards.read`."""
        return await self._state.read(lambda connection: self._read(connection, card))

    async def move(self, card: CardId, to: Column, *, only_from: Column | None = None) -> Moved:
        """See `Boards.move`."""

        def work(connection: sqlite3.Connection) -> Moved:
            found = self._read(connection, card)
            if found is None:
                return Moved(change=Change.GONE)
            if only_from is not None and found.column is not only_from:
                return Moved(change=Change.ELSEWHERE, card=found)
            if found.column is to:
                return Moved(change=Change.UNCHANGED, card=found)
            return Moved(change=Change.DONE, card=self._put(connection, found, self._columns.name(to)))

        return await self._state.write(work)

    async def bring(self, work: NewWork) -> Moved:
        """See `Boards.bring`."""
        for card in (await self.cards()).cards:
            if card.repository == work.repository and any(each.name == work.branch for each in card.branches):
                return Moved(change=Change.UNCHANGED, card=card)
        new = NewCard(title=work.title, repository=work.repository, branch=work.branch, body=work.body)
        return Moved(change=Change.DONE, card=await self.add(new))

    async def tell(self, card: CardId, note: Note) -> Told:
        """See `Boards.tell`."""
        written(note)  # refuses a key that is none
        row = (rows.number(card), note.key, text_of(note), digest(note), stamp(self._clock.now()))

        def work(connection: sqlite3.Connection) -> Told:
            if self._read(connection, card) is None:
                return Told(change=Change.GONE)
            if rows.told_already(connection, rows.number(card), note.key) == digest(note):
                return Told(change=Change.UNCHANGED, url=_url(card))
            connection.execute(rows.TELL, row)
            return Told(change=Change.DONE, url=_url(card))

        return await self._state.write(work)

    async def close(self) -> None:
        """See `Boards.close`; the state database is its opener's to close."""

    # What people do: a command of the worker's stands in for a web page.

    async def all_cards(self) -> tuple[Card, ...]:
        """Every card, also in the columns that are people's."""

        def work(connection: sqlite3.Connection) -> tuple[Card, ...]:
            return tuple(self._card(connection, row) for row in connection.execute(rows.ALL))

        return in_turn(await self._state.read(work))

    async def add(self, new: NewCard) -> Card:
        """Put a card on the board.

        Raises:
            CardRefused: something of it cannot be used.
            CardUnknown: what blocks it is not there.
            ColumnMissing: there is no such column.
        """
        place = self._place(new.place or self._columns.name(Column.READY))
        for what, text, most in (
            ("title", new.title, _TITLE),
            ("body", new.body, _BODY),
            ("branch", new.branch, _NAME),
        ):
            if len(text) > most or (what != "body" and not text.strip()):
                reason = f"its {what} has to have at least 1 and at most {most:,} characters"
                raise CardRefused(what="The card was not added", reason=reason, cure=f"Give another {what}.")
        now = stamp(self._clock.now())
        row = (new.title, new.body, new.repository, new.branch, place, new.priority, new.author)

        def work(connection: sqlite3.Connection) -> Card:
            for blocker in new.blocked_by:
                self._known(connection, blocker)
            labels = json.dumps(list(dict.fromkeys(new.labels)))
            number = connection.execute(rows.ADD, (*row, labels, now, now)).lastrowid
            blockers = {(number, rows.number(blocker)) for blocker in new.blocked_by}
            connection.executemany(rows.BLOCK, sorted(blockers))
            return self._known(connection, CardId(str(number)))

        return await self._state.write(work)

    async def place(self, card: CardId, name: str) -> Card:
        """Put a card into any column.

        Raises:
            CardUnknown: there is no such card.
            ColumnMissing: there is no such column.
        """
        name = self._place(name)

        def work(connection: sqlite3.Connection) -> Card:
            found = self._known(connection, card)
            return found if found.place == name else self._put(connection, found, name)

        return await self._state.write(work)

    async def settle(self, card: CardId, *, closed: bool) -> Card:
        """Close a card, or open it again; where it stands does not change.

        Raises:
            CardUnknown: there is no such card.
        """
        now = stamp(self._clock.now())

        def work(connection: sqlite3.Connection) -> Card:
            self._known(connection, card)
            connection.execute(rows.SETTLE, (int(closed), now, rows.number(card)))
            return self._known(connection, card)

        return await self._state.write(work)

    async def remove(self, card: CardId) -> None:
        """Take a card off the board for ever, with what was told on it.

        Raises:
            CardUnknown: there is no such card.
        """

        def work(connection: sqlite3.Connection) -> None:
            self._known(connection, card)
            connection.execute(rows.REMOVE, (rows.number(card),))

        await self._state.write(work)

    async def notes(self, card: CardId) -> tuple[tuple[str, str, str], ...]:
        """What was told on a card: key, text and when, the oldest first."""
        number = rows.number(card)
        return await self._state.read(lambda connection: tuple(connection.execute(rows.NOTES, (number,)).fetchall()))

    def _place(self, name: str) -> str:
        column = self._columns.of(name) or next((each for each in Column if each.value == name), None)
        if column is not None:
            return self._columns.name(column)
        found = next((place for place in self.places if place.casefold() == name.strip().casefold()), None)
        if found is None:
            raise ColumnMissing(board="the local board", missing=(name,), there=self.places)
        return found

    def _put(self, connection: sqlite3.Connection, card: Card, name: str) -> Card:
        connection.execute(rows.MOVE, (name, stamp(self._clock.now()), rows.number(card.id)))
        return self._known(connection, card.id)

    def _known(self, connection: sqlite3.Connection, card: CardId) -> Card:
        found = self._read(connection, card)
        if found is None:
            raise CardUnknown(card=card, board="local")
        return found

    def _read(self, connection: sqlite3.Connection, card: CardId) -> Card | None:
        row = connection.execute(rows.ONE, (rows.number(card),)).fetchone()
        return None if row is None else self._card(connection, row)

    def _card(self, connection: sqlite3.Connection, row: tuple[Any, ...]) -> Card:
        number, title, body, repository, branch, place, priority, author, labels, closed, created, changed = row
        card = Card(
            id=CardId(str(number)),
            content=CardContent.ISSUE,
            title=title,
            place=place,
            column=self._columns.of(place),
            reference=f"#{number}",
            url=_url(CardId(str(number))),
            repository=repository,
            body=body,
            author=author,
            labels=tuple(json.loads(labels)),
            priority=None if priority is None else Priority(rank=priority, name=str(priority)),
            branches=(CardBranch(name=branch, link=Link.FIELD, repository=repository),),
            blocked_by=rows.blockers(connection, number, done=DONE),
            created=created,
            changed=changed,
        )
        return replace(card, hindrances=(rows.CLOSED,)) if closed else card


def _url(card: CardId) -> str:
    return f"local:board/{card}"

"""A project of GitHub's (Projects v2), of an organisation or a person, as a board."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from kiro_worker.board.fault import BoardFault, BoardUnreachable, ColumnMissing
from kiro_worker.board.github.access import notes_of, problem_of
from kiro_worker.board.github.asking import Asking
from kiro_worker.board.github.budget import Budget
from kiro_worker.board.github.comments import Comments
from kiro_worker.board.github.documents import BOARD, CARDS, CARDS_WITHOUT_BLOCKERS, MOVE
from kiro_worker.board.github.item import read_item
from kiro_worker.board.github.layout import Layout, Project, read_layout
from kiro_worker.board.github.line import Answer, Line
from kiro_worker.board.github.memory import Memory
from kiro_worker.board.github.part import text
from kiro_worker.board.github.scan import Glance, Scan
from kiro_worker.board.note import written
from kiro_worker.board.port import (
    BoardCheck,
    Card,
    CardContent,
    CardId,
    Change,
    Column,
    Listing,
    Moved,
    Note,
    Obstacle,
    Told,
)
from kiro_worker.board.turn import in_turn
from kiro_worker.clock import Clock, SystemClock
from kiro_worker.error import WorkerError

_TRIES = 3
# Columns are renamed now and then; what no longer fits is looked up again at once besides.
_LAYOUT_FRESH = timedelta(minutes=5)
_CARDS_AT_ONCE = 100


class GitHubBoard:
    """One project.

    GitHub has no conditional change of a card: `move` reads it right before it writes and right after, and between
    the two a person may be quicker. The lease decides who works.

    Attributes:
        budget: what was spent.
    """

    def __init__(self, line: Line, project: Project, *, points_per_hour: int = 0, clock: Clock | None = None) -> None:
        """Use a project.

        Args:
            line: closed together with the board.
            project: which one, and how its fields are called.
            points_per_hour: of GraphQL's rate limit, at most; 0 takes what there is.
            clock: for every wait.
        """
        self._clock = clock or SystemClock()
        self._line = line
        self._project = project
        self.budget = Budget(points_per_hour, self._clock)
        self._asking = Asking(line, self.budget)
        self._scan = Scan(self._asking)
        self._comments = Comments(self._asking)
        self._memory = Memory(self._clock)
        self._layout: tuple[datetime, Layout] | None = None
        self._one_reader = asyncio.Lock()
        self._blockers_known = True

    @property
    def name(self) -> str:
        """See `Boards.name`."""
        return f"{self._line.host}/{self._project.owner}/projects/{self._project.number}"

    async def check(self) -> BoardCheck:
        """See `Boards.check`."""
        try:
            layout, answer = await self._look()
            self._complete(layout)
            await self._scan.verify(layout)
        except WorkerError as fault:
            return BoardCheck(ready=False, detail=fault.message, cure=fault.next_step)
        problem, cure = problem_of(self._line, answer)
        if not problem and layout.closed:
            problem, cure = "it is closed", "Open it again: the menu of the project, Settings."
        if not problem and not layout.can_update:
            whom = f"{layout.viewer or 'the account'} of {self._line.source}"
            problem, cure = "its cards may be read and not moved", f"Give {whom} the role Write on the project."
        owner = "a person" if layout.of_person else "an organisation"
        told = f"{layout.title} ({layout.url}), a project of {owner}, signed in with the {self._line.kind} from "
        told += self._line.source
        return BoardCheck(
            ready=not problem,
            detail=f"{layout.title}: {problem}." if problem else f"{told}.",
            cure=cure,
            account=layout.viewer,
            columns=layout.places,
            notes=(*notes_of(self._line, answer), *self._scan.notes, *self._field_notes(layout), self._spent()),
        )

    async def cards(self, *columns: Column) -> Listing:
        """See `Boards.cards`."""
        async with self._one_reader:
            wanted = columns or tuple(Column)
            layout = self._complete(await self._layout_now(), wanted)
            glances = await self._scan.columns(layout, wanted)
            cards = await self._known(layout, glances)
            # What a card says itself is younger than the glance.
            found = [card for card in cards if card.column in wanted]
            return Listing(cards=in_turn(found), notes=self._scan.notes)

    async def read(self, card: CardId) -> Card | None:
        """See `Boards.read`."""
        layout = self._complete(await self._layout_now(), ())
        read = await self._read(layout, (card,))
        return read[0][0] if read else None

    async def move(self, card: CardId, to: Column, *, only_from: Column | None = None) -> Moved:
        """See `Boards.move`."""
        layout = self._complete(await self._layout_now(), (to,))
        lost, said = False, ""
        async with self._line.writing():
            for nth in range(_TRIES + 1):
                await self._line.pace()
                found = await self._one(layout, card)
                settled = _settled(found, to, only_from, lost=lost)
                if settled is not None:
                    return settled
                if found is None or nth == _TRIES:
                    break
                answer = await self._put(layout, card, to)
                if answer is None:
                    lost, said = True, "its answer was lost"
                elif not answer.refusals:
                    return await self._after(layout, found, to)
                elif any(refusal.kind in {"FORBIDDEN", "INSUFFICIENT_SCOPES"} for refusal in answer.refusals):
                    raise self._asking.fault(f"move {_called(found)}", answer, of_person=layout.of_person)
                else:
                    # The column may have been renamed or made anew meanwhile.
                    said = answer.words
                    self._layout = None
                    layout = self._complete(await self._layout_now(), (to,))
                await self._line.back_off(nth)
        if not lost:
            return Moved(change=Change.REFUSED, card=await self.read(card), why=said)
        raise BoardUnreachable(purpose=f"move the card {card}", said=f"{said}, {_TRIES} times.")

    async def tell(self, card: CardId, note: Note) -> Told:
        """See `Boards.tell`."""
        written(note)  # refuses a key that is none
        layout = await self._layout_now()
        lost = False
        async with self._line.writing():
            for nth in range(_TRIES + 1):
                await self._line.pace()
                read = await self._read(layout, (card,))
                if not read:
                    return Told(change=Change.GONE)
                told = await self._tell(*read[0], note, may_write=nth < _TRIES)
                if told is not None:
                    # It stands as it should, and was written by the try whose answer was lost.
                    done = lost and told.change is Change.UNCHANGED
                    return Told(change=Change.DONE, url=told.url) if done else told
                lost = True
                await self._line.back_off(nth)
        raise BoardUnreachable(purpose=f"tell something on the card {card}", said=f"no answer came, {_TRIES} times.")

    async def close(self) -> None:
        """See `Boards.close`."""
        await self._line.close()

    async def _look(self) -> tuple[Layout, Answer]:
        """The project as it is now."""
        purpose = f"look at {self._project}"
        answer = await self._asking.read(BOARD, purpose, owner=self._project.owner, number=self._project.number)
        layout = read_layout(answer.data, self._project)
        if layout is None:
            owner = text(answer.data, "repositoryOwner", "__typename")
            if not owner and not answer.refusals:
                raise BoardFault(
                    purpose=purpose,
                    said=f"there is no organisation or person {self._project.owner!r} on {self._line.host}.",
                    request_id=answer.request_id,
                    next_step="Check board.owner; it is in the project's address.",
                )
            raise self._asking.fault(purpose, answer, of_person=owner == "User" if owner else None)
        self._layout = (self._clock.now(), layout)
        return layout, answer

    async def _layout_now(self) -> Layout:
        if self._layout is not None and self._clock.now() - self._layout[0] < _LAYOUT_FRESH:
            return self._layout[1]
        layout, _ = await self._look()
        return layout

    def _complete(self, layout: Layout, columns: Collection[Column] = tuple(Column)) -> Layout:
        """The layout, if it has these columns."""
        if layout.status is None:
            raise BoardFault(
                purpose=f"find the columns of {self._project}",
                said=f"it has no single-select field {self._project.status!r}.",
                next_step="Set board.status_field to the field whose values are the board's columns.",
            )
        missing = [self._project.columns.name(column) for column in columns if not layout.option(column)]
        if missing:
            # Looked up again the next time: somebody may be adding it just now.
            self._layout = None
            raise ColumnMissing(
                board=str(self._project), missing=missing, there=layout.places, field=layout.status.name
            )
        return layout

    async def _known(self, layout: Layout, glances: Collection[Glance]) -> list[Card]:
        recalled = {glance.id: self._memory.recall(glance.id, glance.seen) for glance in glances}
        unknown = tuple(card for card, known in recalled.items() if known is None)
        seen = {glance.id: glance.seen for glance in glances}
        for card, _ in await self._read(layout, unknown):
            recalled[card.id] = card
            self._memory.keep(seen[card.id], card)
        return [card for card in recalled.values() if card is not None]

    async def _one(self, layout: Layout, card: CardId) -> Card | None:
        read = await self._read(layout, (card,))
        return read[0][0] if read else None

    async def _read(self, layout: Layout, cards: tuple[CardId, ...]) -> list[tuple[Card, str]]:
        """Cards as they are now, each with the id of what it stands for; those that are gone are left out."""
        found: list[tuple[Card, str]] = []
        for start in range(0, len(cards), _CARDS_AT_ONCE):
            some = cards[start : start + _CARDS_AT_ONCE]
            for item in await self._items(layout, some):
                if text(item, "project", "id") == layout.id and text(item, "id") in some:
                    card = read_item(item, layout, blockers_known=self._blockers_known)
                    found.append((card, text(item, "content", "id")))
        return found

    async def _items(self, layout: Layout, cards: tuple[CardId, ...]) -> list[Mapping[str, Any]]:
        assert layout.status is not None
        purpose = f"read {len(cards)} cards of {self._project}" if len(cards) > 1 else f"read the card {cards[0]}"
        fields = {
            "status": layout.status.name,
            # Where the project has no such field, its value is not looked at.
            "priority": (layout.priority or layout.status).name,
            "branch": (layout.branch or layout.status).name,
        }
        document = CARDS if self._blockers_known else CARDS_WITHOUT_BLOCKERS
        answer = await self._asking.read(document, purpose, ids=list(cards), **fields)
        if self._blockers_known and answer.misses("blockedBy"):
            self._blockers_known = False
            return await self._items(layout, cards)
        items = answer.data.get("nodes")
        if not isinstance(items, list):
            if all(refusal.kind == "NOT_FOUND" for refusal in answer.refusals) and answer.refusals:
                return []
            raise self._asking.fault(purpose, answer, of_person=layout.of_person)
        return [item for item in items if isinstance(item, dict)]

    async def _put(self, layout: Layout, card: CardId, to: Column) -> Answer | None:
        assert layout.status is not None
        self._memory.forget(card)
        return await self._asking.write(
            MOVE,
            f"move the card {card}",
            project=layout.id,
            item=card,
            field=layout.status.id,
            option=layout.option(to),
        )

    async def _after(self, layout: Layout, before: Card, to: Column) -> Moved:
        """The card after a move; GitHub may answer with what was before for a moment."""
        card: Card | None = before
        for nth in range(_TRIES):
            card = await self._one(layout, before.id)
            if card is None:
                return Moved(change=Change.GONE)
            if card.column is to:
                return Moved(change=Change.DONE, card=card)
            if card.place != before.place:
                break
            await self._line.back_off(nth)
        return Moved(change=Change.ELSEWHERE, card=card)

    async def _tell(self, card: Card, subject: str, note: Note, *, may_write: bool) -> Told | None:
        if card.content is CardContent.HIDDEN:
            return Told(change=Change.REFUSED, why=card.hindrances[-1].why)
        if card.content is CardContent.DRAFT:
            return await self._comments.in_draft(subject, card.body, card.url, note, may_write=may_write)
        return await self._comments.on_subject(subject, card.reference, note, may_write=may_write)

    def _field_notes(self, layout: Layout) -> tuple[str, ...]:
        project = self._project
        told = []
        if project.priority and layout.priority is None:
            told.append(f"It has no field {project.priority!r} of values or numbers, so the oldest card comes first.")
        if project.branch and layout.branch is None:
            told.append(f"It has no text field {project.branch!r}: branches are found by what is linked to a card.")
        return tuple(told)

    def _spent(self) -> str:
        left = "" if self.budget.remaining is None else f"; the account has {self.budget.remaining:,} left this hour"
        return f"Looking cost {self.budget.spent} points of GraphQL's rate limit{left}."


def _settled(found: Card | None, to: Column, only_from: Column | None, *, lost: bool) -> Moved | None:
    """What a move comes to without a further write; None when it has to be written."""
    if found is None:
        return Moved(change=Change.GONE)
    if found.column is to and (lost or only_from in {None, to}):
        return Moved(change=Change.DONE if lost else Change.UNCHANGED, card=found)
    if only_from is not None and found.column is not only_from:
        return Moved(change=Change.ELSEWHERE, card=found)
    archived = next((each for each in found.hindrances if each.kind is Obstacle.ARCHIVED), None)
    if archived is not None and found.content is not CardContent.HIDDEN and "card" in archived.why:
        return Moved(change=Change.REFUSED, card=found, why=f"{archived.why} {archived.cure}")
    return None


def _called(card: Card) -> str:
    return card.reference or f"the card {card.id}"

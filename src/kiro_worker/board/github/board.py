"""A project of GitHub's (Projects v2), of an organisation or a person, as a board."""

import asyncio
from collections.abc import Collection

from kiro_worker.board.fault import BoardUnreachable
from kiro_worker.board.github.access import notes_of, problem_of
from kiro_worker.board.github.asking import Asking
from kiro_worker.board.github.budget import Budget
from kiro_worker.board.github.comments import Comments
from kiro_worker.board.github.documents import ADD_ITEM, MOVE, PULL_REQUEST
from kiro_worker.board.github.layout import Layout, Project
from kiro_worker.board.github.line import Answer, Line
from kiro_worker.board.github.lookup import Lookup
from kiro_worker.board.github.memory import Memory
from kiro_worker.board.github.part import text
from kiro_worker.board.github.reading import Reading, Whole
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
    NewWork,
    Note,
    Obstacle,
    Told,
)
from kiro_worker.board.turn import in_turn
from kiro_worker.clock import Clock, SystemClock
from kiro_worker.error import WorkerError

_TRIES = 3
_RIGHTS = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES"})


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
        clock = clock or SystemClock()
        self._line = line
        self._project = project
        self.budget = Budget(points_per_hour, clock)
        self._asking = Asking(line, self.budget)
        self._lookup = Lookup(self._asking, project, clock)
        self._scan = Scan(self._asking)
        self._reading = Reading(self._asking)
        self._comments = Comments(self._asking)
        self._memory = Memory(clock)
        self._one_reader = asyncio.Lock()

    @property
    def name(self) -> str:
        """See `Boards.name`."""
        return f"{self._line.host}/{self._project.owner}/projects/{self._project.number}"

    async def check(self) -> BoardCheck:
        """See `Boards.check`."""
        try:
            layout, answer = await self._lookup.look()
            await self._scan.verify(self._lookup.complete(layout, tuple(Column)))
        except WorkerError as fault:
            return BoardCheck(ready=False, detail=fault.message, cure=fault.next_step)
        problem, cure = self._problem(layout, answer)
        owner = "a person" if layout.of_person else "an organisation"
        told = f"{layout.title} ({layout.url}), a project of {owner}, signed in with the {self._line.kind} from "
        told += self._line.source
        return BoardCheck(
            ready=not problem,
            detail=f"{layout.title}: {problem}." if problem else f"{told}.",
            cure=cure,
            account=layout.viewer,
            columns=layout.places,
            notes=(*notes_of(self._line, answer), *self._scan.notes, *_field_notes(layout), self._spent()),
        )

    async def cards(self, *columns: Column) -> Listing:
        """See `Boards.cards`."""
        async with self._one_reader:
            wanted = columns or tuple(Column)
            layout = await self._lookup.now(*wanted)
            cards = await self._known(layout, await self._scan.columns(layout, wanted))
            # What a card says itself is younger than the glance.
            found = [card for card in cards if card.column in wanted]
            return Listing(cards=in_turn(found), notes=(*self._scan.notes, *self._reading.notes))

    async def read(self, card: CardId) -> Card | None:
        """See `Boards.read`."""
        found = await self._one(await self._lookup.now(), card)
        return found.card if found else None

    async def move(self, card: CardId, to: Column, *, only_from: Column | None = None) -> Moved:
        """See `Boards.move`."""
        lost, said = False, ""
        async with self._line.writing():
            for nth in range(_TRIES + 1):
                layout = await self._lookup.now(to)
                await self._line.pace()
                found = await self._one(layout, card)
                settled = _settled(found, to, only_from, lost=lost)
                if settled is not None:
                    return settled
                assert found is not None
                if nth == _TRIES:
                    break
                answer = await self._put(layout, card, to)
                if answer is not None and not answer.refusals:
                    return await self._after(layout, found.card, to)
                if answer is not None and any(refusal.kind in _RIGHTS for refusal in answer.refusals):
                    called = found.card.reference or f"the card {card}"
                    raise self._asking.fault(f"move {called}", answer, of_person=layout.of_person)
                lost, said = answer is None, "its answer was lost" if answer is None else answer.words
                # The column may have been renamed or made anew meanwhile.
                self._lookup.forget()
                await self._line.back_off(nth)
        if lost:
            raise BoardUnreachable(purpose=f"move the card {card}", said=f"{said}, {_TRIES} times.")
        return Moved(change=Change.REFUSED, card=await self.read(card), why=said)

    async def bring(self, work: NewWork) -> Moved:
        """See `Boards.bring`."""
        layout = await self._lookup.now(Column.READY)
        purpose = f"put {work.repository}#{work.pull_request} on the board"
        owner, _, name = work.repository.partition("/")
        found = await self._asking.read(PULL_REQUEST, purpose, owner=owner, name=name, number=work.pull_request)
        content = text(found.data, "repository", "pullRequest", "id")
        if not content:
            return Moved(change=Change.REFUSED, why=found.words or "There is no such pull request.")
        item = await self._add(layout, content, purpose)
        card = None if item is None else await self.read(CardId(item))
        if item is None or card is None:
            raise BoardUnreachable(purpose=purpose, said=f"no answer came, {_TRIES} times.")
        if card.column is not None:
            return Moved(change=Change.UNCHANGED, card=card)
        return await self.move(card.id, Column.READY)

    async def _add(self, layout: Layout, content: str, purpose: str) -> str | None:
        """The item of a content, which is added once however often it is asked for."""
        async with self._line.writing():
            for nth in range(_TRIES):
                await self._line.pace()
                answer = await self._asking.write(ADD_ITEM, purpose, project=layout.id, content=content)
                if answer is not None and answer.refusals:
                    raise self._asking.fault(purpose, answer, of_person=layout.of_person)
                if answer is not None:
                    return text(answer.data, "addProjectV2ItemById", "item", "id") or None
                await self._line.back_off(nth)
        return None

    async def tell(self, card: CardId, note: Note) -> Told:
        """See `Boards.tell`."""
        written(note)  # refuses a key that is none
        layout = await self._lookup.now()
        async with self._line.writing():
            for nth in range(_TRIES + 1):
                await self._line.pace()
                found = await self._one(layout, card)
                if found is None:
                    return Told(change=Change.GONE)
                told = await self._tell(found, note, may_write=nth < _TRIES)
                if told is not None:
                    # After a try whose answer was lost, what stands there is that try's.
                    done = nth > 0 and told.change is Change.UNCHANGED
                    return Told(change=Change.DONE, url=told.url) if done else told
                if nth < _TRIES:
                    await self._line.back_off(nth)
        raise BoardUnreachable(purpose=f"tell something on the card {card}", said=f"no answer came, {_TRIES} times.")

    async def close(self) -> None:
        """See `Boards.close`."""
        await self._line.close()

    async def _one(self, layout: Layout, card: CardId) -> Whole | None:
        """One card; None only when the board is there and the card is not.

        A card of a project that can no longer be seen is answered like one that is gone.
        """
        found = await self._reading.one(layout, card)
        if found is None:
            await self._lookup.look()
        return found

    async def _known(self, layout: Layout, glances: Collection[Glance]) -> tuple[Card, ...]:
        recalled = {glance.id: self._memory.recall(glance.id, glance.seen) for glance in glances}
        unknown = tuple(card for card, known in recalled.items() if known is None)
        seen = {glance.id: glance.seen for glance in glances}
        for whole in await self._reading.several(layout, unknown):
            recalled[whole.card.id] = whole.card
            self._memory.keep(seen[whole.card.id], whole.card)
        return tuple(card for card in recalled.values() if card is not None)

    async def _put(self, layout: Layout, card: CardId, to: Column) -> Answer | None:
        assert layout.status is not None
        self._memory.forget(card)
        field, option = layout.status.id, layout.option(to)
        purpose = f"move the card {card}"
        return await self._asking.write(MOVE, purpose, project=layout.id, item=card, field=field, option=option)

    async def _after(self, layout: Layout, before: Card, to: Column) -> Moved:
        """The card after a move; GitHub may answer with what was before for a moment."""
        card = before
        for nth in range(_TRIES):
            found = await self._one(layout, before.id)
            if found is None:
                return Moved(change=Change.GONE)
            card = found.card
            if card.column is to:
                return Moved(change=Change.DONE, card=card)
            if card.place != before.place:
                break
            await self._line.back_off(nth)
        return Moved(change=Change.ELSEWHERE, card=card)

    async def _tell(self, found: Whole, note: Note, *, may_write: bool) -> Told | None:
        card = found.card
        if card.content is CardContent.HIDDEN:
            return Told(change=Change.REFUSED, why=card.hindrances[-1].why)
        if card.content is CardContent.DRAFT:
            return await self._comments.in_draft(found.subject, card.body, card.url, note, may_write=may_write)
        return await self._comments.on_subject(found.subject, card.reference, note, may_write=may_write)

    def _problem(self, layout: Layout, answer: Answer) -> tuple[str, str]:
        problem, cure = problem_of(self._line, answer)
        if not problem and layout.closed:
            return "it is closed", "Open it again: the menu of the project, Settings."
        if not problem and not layout.can_update:
            whom = f"{layout.viewer or 'the account'} of {self._line.source}"
            return "its cards may be read and not moved", f"Give {whom} the role Write on the project."
        return problem, cure

    def _spent(self) -> str:
        left = "" if self.budget.remaining is None else f"; the account has {self.budget.remaining:,} left this hour"
        return f"Looking cost {self.budget.spent} points of GraphQL's rate limit{left}."


def _settled(found: Whole | None, to: Column, only_from: Column | None, *, lost: bool) -> Moved | None:
    """What a move comes to without a further write; None when it has to be written."""
    if found is None:
        return Moved(change=Change.GONE)
    card = found.card
    if card.column is to and (lost or only_from in {None, to}):
        return Moved(change=Change.DONE if lost else Change.UNCHANGED, card=card)
    if only_from is not None and card.column is not only_from:
        return Moved(change=Change.ELSEWHERE, card=card)
    stuck = next((each for each in card.hindrances if each.kind is Obstacle.ARCHIVED and each.fixed), None)
    return None if stuck is None else Moved(change=Change.REFUSED, card=card, why=f"{stuck.why} {stuck.cure}")


def _field_notes(layout: Layout) -> tuple[str, ...]:
    project = layout.project
    told = []
    if project.priority and layout.priority is None:
        told.append(f"It has no field {project.priority!r} of values or numbers, so the oldest card comes first.")
    if project.branch and layout.branch is None:
        told.append(f"It has no text field {project.branch!r}: branches are found by what is linked to a card.")
    return tuple(told)

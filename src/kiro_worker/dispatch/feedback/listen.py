"""Looks at pull requests for what is new, does what follows, and reports once what came of it.

Everything here can be done twice unharmed: an errand is written down before its run is begun, answers are known again
by their keys, and 👀 stays. What could not be done is done at the next look, for only then is the stamp remembered.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager

from kiro_worker.board.port import Card, Change, Column
from kiro_worker.dispatch.book import Entry
from kiro_worker.dispatch.desk import Desk
from kiro_worker.dispatch.eligibility import reasons_of_card
from kiro_worker.dispatch.feedback import words
from kiro_worker.dispatch.feedback.decide import (
    Deed,
    Explain,
    FollowUp,
    Halt,
    Limits,
    PassOver,
    Refuse,
    Remembered,
    Scene,
    authors_to_ask,
    decide,
)
from kiro_worker.dispatch.feedback.errand import Errand
from kiro_worker.dispatch.feedback.memory import FeedbackMemory
from kiro_worker.dispatch.item import WorkItem, item_of
from kiro_worker.dispatch.note import Ending
from kiro_worker.dispatch.order import Turns
from kiro_worker.dispatch.report import Deed as Done
from kiro_worker.dispatch.round import Round
from kiro_worker.dispatch.start import start
from kiro_worker.error import WorkerError
from kiro_worker.forge.conversation import Activity, Conversation
from kiro_worker.forge.port import Conversations
from kiro_worker.ids import new_run_id
from kiro_worker.launch.port import AtLimit
from kiro_worker.run.feedback import CHECKS
from kiro_worker.value import dataclass

Talks = Callable[[str], AbstractAsyncContextManager[Conversations]]

# Where the worker's own pull requests are, besides those that are being worked on.
_COLUMNS = (Column.REVIEW, Column.FAILED, Column.NEEDS_INPUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """One pull request under discussion."""

    round_: Round
    turns: Turns | None
    forge: Conversations
    item: WorkItem
    conversation: Conversation
    remembered: Remembered

    @property
    def key(self) -> tuple[str, int]:
        return self.item.repository, self.conversation.number


class Listening:
    """See `dispatch.desk.Listener`.

    Args:
        memory: of what was made of feedback before.
        talks: opens what is said in a repository, by its address.
        limits: how often the worker goes back by itself.
        interval: seconds between two looks.
    """

    def __init__(self, memory: FeedbackMemory, talks: Talks, limits: Limits, *, interval: float) -> None:
        self._memory, self._talks, self._limits, self._interval = memory, talks, limits, interval
        self._due = float("-inf")

    def hurry(self) -> None:
        """Look at the next tick, as somebody was heard to have said something."""
        self._due = float("-inf")

    async def listen(self, round_: Round, turns: Turns | None) -> None:
        """See `Listener.listen`."""
        await self._see_off(round_, turns)
        now = round_.desk.clock.monotonic()
        if turns is None or now < self._due:
            return
        self._due = now + self._interval
        try:
            items = await self._items(round_)
        except WorkerError as error:
            round_.failed(error)
            return
        for repository in dict.fromkeys(item.repository for item in items):
            of = {item.branch: item for item in items if item.repository == repository}
            try:
                async with self._talks(repository) as forge:
                    await self._look(round_, turns, forge, of)
            except WorkerError as error:
                round_.failed(error)

    async def _items(self, round_: Round) -> list[WorkItem]:
        listing = await round_.desk.board.cards(*_COLUMNS)
        cards: Iterable[Card] = (*listing.cards, *round_.in_column(Column.WORKING))
        found = (item_of(card, round_.desk.sight.address) for card in cards)
        return [each for each in found if isinstance(each, WorkItem)]

    async def _look(self, round_: Round, turns: Turns, forge: Conversations, of: dict[str, WorkItem]) -> None:
        """Read what has changed since it was last dealt with; one request when nothing has."""
        for active in await forge.activity():
            item = of.get(active.branch)
            if item is None or self._memory.stamp(item.repository, active.number) == active.stamp:
                continue
            try:
                await self._hear(round_, turns, forge, item, active)
            except WorkerError as error:
                round_.failed(error)

    async def _hear(self, round_: Round, turns: Turns, forge: Conversations, item: WorkItem, active: Activity) -> None:
        conversation = await forge.conversation(active.number)
        if conversation is None or not conversation.open:
            return
        remembered = self._memory.remembered(item.repository, active.number)
        asked = authors_to_ask(conversation, remembered.handled)
        writers = frozenset([author for author in asked if await forge.may_write(author)])
        entry = round_.desk.book.last(item.id)
        busy = (entry is not None and not entry.settled) or self._memory.errand(item.id) is not None
        scene = Scene(
            conversation=conversation,
            remembered=remembered,
            limits=self._limits,
            writers=writers,
            busy=busy,
            offered=item.card.column is Column.REVIEW,
        )
        place = _Place(
            round_=round_, turns=turns, forge=forge, item=item, conversation=conversation, remembered=remembered
        )
        dealt = [await self._deal(place, deed) for deed in decide(scene)]
        if round_.desk.acts and all(dealt) and not busy:
            at = round_.desk.clock.now()
            self._memory.seen(item.repository, active.number, active.stamp, at=at)

    async def _deal(self, place: _Place, deed: Deed) -> bool:
        """Do one thing; whether nothing is left of it."""
        desk, item = place.round_.desk, place.item
        if not desk.acts and not isinstance(deed, PassOver):
            place.round_.did(Done.TOLD, item.id, words.would(deed))
            return True
        match deed:
            case PassOver(remarks=remarks):
                if desk.acts:
                    self._memory.handle(*place.key, remarks, at=desk.clock.now())
            case Refuse(about=about):
                key = words.key_of(deed.key, about or (place.conversation.head,))
                await place.forge.answer(place.conversation.number, key, words.refusal(deed.why))
                self._dealt_with(place, about)
                place.round_.did(Done.TOLD, item.id, deed.why)
            case Explain(remark=remark):
                await place.forge.notice(remark)
                await self._answer(place, remark, self._explanation(place))
                place.round_.did(Done.TOLD, item.id, "Somebody asked how things stand.")
            case Halt(remark=remark):
                await self._halt(place, remark)
            case FollowUp():
                return await self._follow_up(place, deed)
        return True

    async def _halt(self, place: _Place, remark: str) -> None:
        """End what runs, and put the card where nothing is begun by itself."""
        desk, item = place.round_.desk, place.item
        why = f"Somebody said {words.CALL} stop on its pull request."
        entry = desk.book.last(item.id)
        under_way = entry is not None and entry.ended is None
        await place.forge.notice(remark)
        if entry is not None and entry.ended is None:
            desk.book.stop(entry.run, why)
            await desk.launches.stop(entry.run)
        moved = await desk.board.move(item.id, Column.NEEDS_INPUT)
        if not under_way:
            self._memory.done(item.id)
        where = moved.card.place if moved.card else ""
        await self._answer(place, remark, words.halted(entry.run if entry and under_way else "", where))
        place.round_.did(Done.STOPPED, item.id, why, run=entry.run if entry and under_way else "")

    async def _follow_up(self, place: _Place, deed: FollowUp) -> bool:
        desk, item = place.round_.desk, place.item
        if place.turns is None or not self._may_begin(place.round_, place.turns, item):
            return False
        errand = Errand(
            item=item.id,
            repository=item.repository,
            number=place.conversation.number,
            run=new_run_id(desk.clock.now()),
            kind=deed.kind,
            round=deed.round,
            most=deed.most,
            feedback=(*deed.remarks, *((CHECKS,) if deed.checks else ())),
            only=deed.only,
        )
        handled = tuple(filter(None, (*deed.remarks, deed.asked_by)))
        now = desk.clock.now()
        self._memory.send(errand, handled=handled, at=now)
        if deed.checks:
            self._memory.check(*place.key, place.conversation.head, at=now)
        for remark in handled:
            await place.forge.notice(remark)
        return await self._begin(place.round_, place.turns, errand, item)

    @staticmethod
    def _may_begin(round_: Round, turns: Turns, item: WorkItem) -> bool:
        """Whether nothing keeps it back: what holds a card holds all of its runs."""
        return not reasons_of_card(item, round_.desk.rules.demands) and turns.refuses(item) is None

    async def _begin(self, round_: Round, turns: Turns, errand: Errand, item: WorkItem) -> bool:
        """Launch an errand's run; the card is moved first, as the run claims it where it is worked on."""
        desk = round_.desk
        moved = await desk.board.move(item.id, Column.WORKING, only_from=item.card.column)
        if moved.change in {Change.REFUSED, Change.GONE, Change.ELSEWHERE}:
            # Somebody has other plans for it.
            self._memory.done(item.id)
            round_.did(Done.LEFT, item.id, moved.why or "Its card was moved at the same time.")
            return True
        run = await start(desk, item, place=item.card.place, fresh=True, attempt=2, run=errand.run)
        if isinstance(run, AtLimit):
            return False
        turns.begin(item)
        round_.did(Done.BEGUN, item.id, words.sent(errand), run=run)
        return True

    async def _see_off(self, round_: Round, turns: Turns | None) -> None:
        """Report what came of errands that are over, and begin those that a crash kept from being begun."""
        for item, errand in self._memory.errands().items() if round_.desk.acts else ():
            entry = round_.desk.book.last(item)
            try:
                if entry is None or not round_.desk.book.knows(errand.run):
                    await self._begin_late(round_, turns, errand)
                elif entry.settled:
                    await self._report(round_.desk, errand, entry)
            except WorkerError as error:
                round_.failed(error)

    async def _begin_late(self, round_: Round, turns: Turns | None, errand: Errand) -> None:
        if turns is None:
            return
        card = await round_.desk.board.read(errand.item)
        item = None if card is None else item_of(card, round_.desk.sight.address)
        if not isinstance(item, WorkItem) or item.repository != errand.repository:
            self._memory.done(errand.item)
        elif self._may_begin(round_, turns, item):
            await self._begin(round_, turns, errand, item)

    async def _report(self, desk: Desk, errand: Errand, entry: Entry) -> None:
        ending = Ending(run=entry.run, verdict=entry.verdict, record=desk.sight.record(entry.run))
        async with self._talks(errand.repository) as forge:
            await forge.answer(errand.number, f"errand:{errand.run}", words.report(errand, ending))
        self._memory.done(errand.item)

    def _explanation(self, place: _Place) -> str:
        desk, entry = place.round_.desk, place.round_.desk.book.last(place.item.id)
        ending = None
        if entry is not None and entry.ended is not None:
            ending = Ending(run=entry.run, verdict=entry.verdict, record=desk.sight.record(entry.run))
        under_way = entry.run if entry is not None and entry.ended is None else ""
        return words.explanation(place.item.card.place, under_way, ending, place.remembered, self._limits)

    async def _answer(self, place: _Place, remark: str, text: str) -> None:
        await place.forge.answer(place.conversation.number, words.key_of("remark", (remark,)), text)
        self._dealt_with(place, (remark,))

    def _dealt_with(self, place: _Place, remarks: tuple[str, ...]) -> None:
        now = place.round_.desk.clock.now()
        self._memory.handle(*place.key, remarks, at=now)
        if not remarks:
            self._memory.check(*place.key, place.conversation.head, at=now)

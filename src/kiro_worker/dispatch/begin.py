"""Begins what may be begun: the card is asked first, which costs nothing, and then the branch of the next in turn."""

from datetime import timedelta
from hashlib import sha256

from kiro_worker.board.port import Card, CardId, Column, Note
from kiro_worker.dispatch.book import Look
from kiro_worker.dispatch.eligibility import reasons_of_branch, reasons_of_card
from kiro_worker.dispatch.item import WorkItem, item_of
from kiro_worker.dispatch.note import digest_of, note_of_beginning, note_of_reasons
from kiro_worker.dispatch.order import Turns
from kiro_worker.dispatch.reason import Reason, Standing, packed, unpacked, weightiest
from kiro_worker.dispatch.report import Deed
from kiro_worker.dispatch.round import Round
from kiro_worker.dispatch.start import start
from kiro_worker.error import WorkerError
from kiro_worker.launch.port import AtLimit
from kiro_worker.value import dataclass

# So many branches are looked at in one tick, and so many cards are told something: ten thousand cards that are not fit
# for work must not keep a tick from ending, nor the fit ones behind them from being found.
_LOOKS = 20
_LOOKS_AGAIN = 10
_TELLS = 20
# A card that nobody changed is looked at again after so long.
_AGAIN = {Standing.UNFIT: timedelta(minutes=5), Standing.QUESTION: timedelta(minutes=5)}
_SOON = timedelta(minutes=1)
_AHEAD = timedelta(minutes=5)

_LATER = Reason(
    code="dispatch.later", standing=Standing.WAITING, why="Its branch is looked at in one of the next ticks."
)


@dataclass(slots=True, kw_only=True)
class _Budget:
    looks: int = _LOOKS
    again: int = _LOOKS_AGAIN
    tells: int = _TELLS

    def allows(self, *, again: bool) -> bool:
        if self.looks <= 0 or (again and self.again <= 0):
            return False
        self.looks -= 1
        self.again -= again
        return True


def candidates(round_: Round) -> tuple[list[WorkItem], list[tuple[Card, tuple[Reason, ...]]]]:
    """What is ready and not refused by its card alone, and what is, with every reason."""
    fit: list[WorkItem] = []
    unfit: list[tuple[Card, tuple[Reason, ...]]] = []
    demands, address = round_.desk.rules.demands, round_.desk.sight.address
    for card in round_.in_column(Column.READY):
        if card.id in round_.noticed.entries:
            continue
        item = item_of(card, address)
        if not isinstance(item, WorkItem):
            unfit.append((card, (item,)))
        elif reasons := reasons_of_card(item, demands):
            unfit.append((card, reasons))
        else:
            fit.append(item)
    return fit, unfit


class Beginning:
    """One tick's new runs.

    Args:
        round_: the tick.
        turns: of all candidates.
        looks_at_all: also look at the branches of those that could not be begun now.
    """

    def __init__(self, round_: Round, turns: Turns, *, looks_at_all: bool = False) -> None:
        self._round, self._turns, self._all = round_, turns, looks_at_all
        self._looks = {} if looks_at_all else dict(round_.desk.book.looks())
        self._budget = _Budget()

    async def refuse(self, unfit: list[tuple[Card, tuple[Reason, ...]]]) -> None:
        """Say so on each card whose own word keeps it back."""
        for card, reasons in unfit:
            self._round.waits(card, *reasons)
            await self._tell(card, reasons)

    async def begin(self) -> None:
        """Launch in turn until the limits are reached or nothing is left."""
        while (item := self._turns.next()) is not None:
            reasons = await self._reasons(item)
            if reasons:
                self._round.waits(item.card, *reasons)
                continue
            if not await self._launch(item):
                break
        for card, reason in [(self._round.cards[item], reason) for item, reason in self._turns.waiting.items()]:
            self._round.waits(card, reason, *await self._ahead(card))

    async def _ahead(self, card: Card) -> tuple[Reason, ...]:
        """What will keep back an item whose turn has not come: the sooner people know, the sooner they can mend it."""
        item = item_of(card, self._round.desk.sight.address)
        if not isinstance(item, WorkItem):
            return ()
        look, now = self._looks.get(item.id), self._round.desk.clock.now()
        if look is not None and look.mark == _mark(card) and now - look.at < _AHEAD:
            return unpacked(look.why)
        return await self._looked_at(item) if self._may_look(look) else ()

    async def _reasons(self, item: WorkItem) -> tuple[Reason, ...]:
        """What keeps an item back, as it was found last or by a fresh look."""
        look = self._looks.get(item.id)
        known = unpacked(look.why) if look is not None and look.mark == _mark(item.card) else ()
        # That nothing kept it back when it was looked at ahead of its turn is not good enough now.
        if known and look is not None and self._round.desk.clock.now() - look.at < _again(known):
            return known
        return await self._looked_at(item) if self._may_look(look) else known or (_LATER,)

    def _may_look(self, look: Look | None) -> bool:
        return self._all or self._budget.allows(again=look is not None)

    async def _looked_at(self, item: WorkItem) -> tuple[Reason, ...]:
        """Look now, remember it, and tell the card what came of it."""
        reasons = await self._look(item)
        if self._round.desk.acts:
            look = Look(mark=_mark(item.card), at=self._round.desk.clock.now(), why=packed(reasons))
            self._round.desk.book.look(item.id, look)
        await self._tell(item.card, reasons)
        return reasons

    async def _look(self, item: WorkItem) -> tuple[Reason, ...]:
        desk = self._round.desk
        reasons = reasons_of_branch(item, await desk.sight.facts(item), desk.rules.demands)
        if reasons:
            return tuple(_redacted(each, desk.redact(each.why)) for each in reasons)
        lease = await desk.sight.lease(item.repository, item.branch)
        if lease.held:
            why = f"Run {lease.holder} is working on {item.branch}."
            return (Reason(code="lease.busy", standing=Standing.WAITING, why=why),)
        # Whether it is free can wait: the run itself takes it, or ends.
        return ()

    async def _launch(self, item: WorkItem) -> bool:
        try:
            run = await start(self._round.desk, item, place=item.card.place, fresh=True)
        except WorkerError as error:
            self._round.failed(error)
            return False
        if isinstance(run, AtLimit):
            self._round.waits(item.card, Reason(code="launch.at-limit", standing=Standing.WAITING, why=run.why))
            return False
        self._turns.begin(item)
        self._round.did(Deed.BEGUN, item.id, f"{item.branch} of {item.repository}", run=run)
        if item.id in self._round.told:
            await self._write(item.id, note_of_beginning(run))
        return True

    async def _tell(self, card: Card, reasons: tuple[Reason, ...]) -> None:
        """Tell a card once why it is not worked on; what only a person can answer is also put to people."""
        desk, standing = self._round.desk, weightiest(reasons)
        if standing not in {Standing.UNFIT, Standing.QUESTION}:
            return
        shown = tuple(each for each in reasons if each.standing is not Standing.WAITING)
        note = note_of_reasons(shown)
        asks = standing is Standing.QUESTION
        if self._round.told.get(card.id) == digest_of(note) and not asks:
            return
        if self._budget.tells <= 0:
            return
        self._budget.tells -= 1
        if await self._write(card.id, note) and asks and desk.acts:
            try:
                await desk.board.move(card.id, Column.NEEDS_INPUT, only_from=Column.READY)
            except WorkerError as error:
                self._round.failed(error)
                return
        deed = Deed.ASKED if asks else Deed.TOLD
        self._round.did(deed, card.id, " ".join(each.why for each in shown))

    async def _write(self, item: CardId, note: Note) -> bool:
        desk = self._round.desk
        if not desk.acts:
            return True
        try:
            await desk.board.tell(item, note)
        except WorkerError as error:
            self._round.failed(error)
            return False
        desk.book.tell(item, digest_of(note), at=desk.clock.now())
        return True


def _mark(card: Card) -> str:
    """What of a card can make it fit for work, in short."""
    facts = (card.changed, card.labels, card.branches, card.place, card.author, card.hindrances)
    return sha256(repr(facts).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _again(reasons: tuple[Reason, ...]) -> timedelta:
    return _AGAIN.get(weightiest(reasons) or Standing.WAITING, _SOON)


def _redacted(reason: Reason, why: str) -> Reason:
    return Reason(code=reason.code, standing=reason.standing, why=why, cure=reason.cure)

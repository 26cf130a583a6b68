"""One tick: what ended, what the board says, what has to be put right, and what is begun.

Nothing in it is a lock. Whatever two dispatchers do at the same time, or one does twice after it was killed in the
middle, the lease that each run takes decides who works, and every write to the board can be repeated.
"""

from kiro_worker.board.port import Column, Listing
from kiro_worker.dispatch.begin import Beginning, candidates
from kiro_worker.dispatch.desk import Desk
from kiro_worker.dispatch.ends import notice
from kiro_worker.dispatch.order import Running, Turns
from kiro_worker.dispatch.reconcile import reconcile
from kiro_worker.dispatch.report import Report
from kiro_worker.dispatch.right import Right
from kiro_worker.dispatch.round import Round
from kiro_worker.dispatch.seeing import Seeing
from kiro_worker.error import WorkerError
from kiro_worker.launch.port import Ended
from kiro_worker.value import replace

# Ends of runs are kept until they were told; a launcher that tells of no end again needs no more.
_ENDS = 200
# Seconds.
_TIDY = 6 * 3600.0


class Dispatcher:
    """Takes work from one board, tick by tick.

    Attributes:
        desk: may be another one from one tick to the next.
    """

    def __init__(self, desk: Desk, seeing: Seeing | None = None) -> None:
        self.desk = desk
        self._seeing = seeing or Seeing()
        self._heard: list[Ended] = []
        self._ends: dict[str, Ended] = {}
        self._tidied: float | None = None

    def hear(self, end: Ended) -> None:
        """A run ended; the next tick deals with it."""
        self._heard.append(end)
        if end.said or end.pull_request:
            self._ends[end.run] = replace(end, said=self.desk.redact(end.said))
            while len(self._ends) > _ENDS:
                del self._ends[next(iter(self._ends))]

    async def tick(self, *, begins: bool = True, looks_at_all: bool = False, going: bool = False) -> Report:
        """Look at everything once, and do what follows.

        Args:
            begins: whether something may be begun, or tried again.
            looks_at_all: also look at the branches of what could not be begun now, to tell every reason.
            going: the process is about to end, and its runs with it; they are gone on with when it comes back.

        Raises:
            WorkerError: the launcher, or the state database, cannot be asked.
        """
        desk, since = self.desk, self.desk.clock.monotonic()
        await desk.sight.anew()
        heard = tuple(self._heard)
        noticed = await notice(desk, heard, going=going)
        del self._heard[: len(heard)]
        round_ = Round(desk=desk, noticed=noticed)
        listing = await self._listing(round_)
        if listing is None:
            # Whatever it would have said: nothing is stopped, moved or begun without it.
            return round_.report(known=False, notes=(), seconds=desk.clock.monotonic() - since)
        round_.cards = {card.id: card for card in listing.cards}
        round_.told = dict(desk.book.told())
        await self._work(round_, begins=begins, looks_at_all=looks_at_all)
        self._tidy()
        return round_.report(known=True, notes=listing.notes, seconds=desk.clock.monotonic() - since)

    def _tidy(self) -> None:
        """Forget what nobody asks about any more, now and then."""
        desk, now = self.desk, self.desk.clock.monotonic()
        if desk.acts and (self._tidied is None or now - self._tidied > _TIDY):
            self._tidied = now
            desk.book.tidy(desk.clock.now())

    async def _listing(self, round_: Round) -> Listing | None:
        try:
            return await round_.desk.board.cards(Column.READY, Column.WORKING)
        except WorkerError as error:
            round_.failed(error)
            return None

    async def _work(self, round_: Round, *, begins: bool, looks_at_all: bool) -> None:
        desk = round_.desk
        fit, unfit = candidates(round_) if begins else ([], [])
        turns = Turns(fit, _running(round_), desk.rules.limits, served=desk.book.served())
        seen = await self._seeing.seen(round_)
        right = Right(round_, seen, self._ends, turns if begins else None)
        await right.put(reconcile(seen, most=desk.rules.most_tries))
        if not begins:
            await self._listen(round_, None)
            return
        # What was begun once comes before what is new.
        await right.take_over(await self._seeing.orphans(round_))
        await self._listen(round_, turns)
        beginning = Beginning(round_, turns, looks_at_all=looks_at_all)
        await beginning.refuse(unfit)
        await beginning.begin()

    async def _listen(self, round_: Round, turns: Turns | None) -> None:
        if self.desk.listener is not None:
            await self.desk.listener.listen(round_, turns)


def _running(round_: Round) -> list[Running]:
    return [
        Running(repository=entry.repository, branch=entry.branch, column=entry.place)
        for entries in round_.noticed.entries.values()
        for entry in entries
        if entry.run in round_.noticed.alive
    ]

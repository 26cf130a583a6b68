"""Puts right what `reconcile` says: stops runs, settles cards, tries again; each thing can be done twice unharmed."""

from collections.abc import Iterable, Mapping

from kiro_worker.board.port import CardId, Change
from kiro_worker.dispatch.book import Entry
from kiro_worker.dispatch.eligibility import PAUSED
from kiro_worker.dispatch.item import WorkItem
from kiro_worker.dispatch.note import Ending, digest_of, note_of_ending
from kiro_worker.dispatch.order import Turns
from kiro_worker.dispatch.reason import Reason, Standing
from kiro_worker.dispatch.reconcile import Action, Forget, Restart, Seen, Settle, Stop
from kiro_worker.dispatch.report import Deed
from kiro_worker.dispatch.retry import Again
from kiro_worker.dispatch.round import Round
from kiro_worker.dispatch.seeing import Orphan
from kiro_worker.dispatch.start import start
from kiro_worker.error import WorkerError
from kiro_worker.launch.port import AtLimit, Ended


class Right:
    """One tick's putting right.

    Args:
        round_: the tick.
        seen: what the actions are about.
        ends: what launchers told of runs that are over, by their id; their words are redacted.
        turns: how much may be begun; None when nothing may be.
    """

    def __init__(self, round_: Round, seen: Iterable[Seen], ends: Mapping[str, Ended], turns: Turns | None) -> None:
        self._round, self._ends, self._turns = round_, ends, turns
        self._seen = {each.item: each for each in seen}

    async def put(self, actions: Iterable[Action]) -> None:
        """Do each; what cannot be done now is done by the next tick."""
        for action in actions:
            try:
                await self._put(action)
            except WorkerError as error:
                self._round.failed(error)

    async def _put(self, action: Action) -> None:
        match action:
            case Stop(item=item, run=run, why=why):
                if self._round.desk.acts:
                    # Written first: how it ends says nothing of why.
                    self._round.desk.book.stop(run, why)
                    await self._round.desk.launches.stop(run)
                self._round.did(Deed.STOPPED, item, why, run=run)
            case Settle():
                await self._settle(action)
            case Restart(item=item, again=again):
                await self._try_again(item, again)
            case Forget(item=item, why=why):
                if self._round.desk.acts:
                    self._round.desk.book.settle(item)
                self._round.did(Deed.LEFT, item, why, run=self._last(item).run)

    async def _settle(self, action: Settle) -> None:
        desk, last, card = self._round.desk, self._last(action.item), self._seen[action.item].card
        assert card is not None
        # Told first: a card that was moved already would be taken for a person's, and never be told.
        await self._tell(action.item, self._ending(last, why=action.why))
        if desk.acts:
            moved = await desk.board.move(action.item, action.to, only_from=card.column)
            if moved.change is Change.REFUSED:
                self._round.faults.append(f"board.refused: {desk.redact(moved.why)}")
                return
            desk.book.settle(action.item)
        verdict = action.verdict.value if action.verdict else "UNKNOWN"
        self._round.did(Deed.SETTLED, action.item, f"{verdict}, so it goes to {action.to.value}.", run=last.run)

    async def _try_again(self, item: CardId, again: Again) -> None:
        desk, last, card = self._round.desk, self._last(item), self._seen[item].card
        assert card is not None
        if CardId(f"run:{last.run}") not in self._round.told:
            await self._tell(item, self._ending(last, again=again))
        if self._turns is None:
            return
        if desk.clock.now() < again.at:
            why = f"It is tried again, not before {again.at:%Y-%m-%d %H:%M:%S} UTC."
            self._round.waits(card, Reason(code="dispatch.backoff", standing=Standing.WAITING, why=why))
            return
        again_item = WorkItem(card=card, repository=last.repository, branch=last.branch)
        await self._start(
            again_item, place=last.place, attempt=max(2, again.number + 1), resumes=again.resumes, says=_again(again)
        )

    async def take_over(self, orphans: Iterable[Orphan]) -> None:
        """Go on with what other workers left when they died."""
        for orphan in orphans:
            try:
                says = f"Run {orphan.run} of another worker died; its branch is gone on with."
                await self._start(orphan.item, place=orphan.item.card.place, attempt=2, resumes=orphan.run, says=says)
            except WorkerError as error:
                self._round.failed(error)

    async def _start(self, item: WorkItem, *, place: str, attempt: int, resumes: str, says: str) -> None:
        if self._turns is None:
            return
        reason = PAUSED if self._round.desk.rules.demands.paused else self._turns.refuses(item)
        if reason is not None:
            self._round.waits(item.card, reason)
            return
        run = await start(self._round.desk, item, place=place, fresh=False, attempt=attempt, resumes=resumes)
        if isinstance(run, AtLimit):
            self._round.waits(item.card, Reason(code="launch.at-limit", standing=Standing.WAITING, why=run.why))
            return
        self._turns.begin(item)
        self._round.did(Deed.TRIED_AGAIN, item.id, says, run=run)

    async def _tell(self, item: CardId, ending: Ending) -> None:
        desk, note = self._round.desk, note_of_ending(ending)
        key, digest = CardId(f"run:{ending.run}"), digest_of(note)
        if not desk.acts or self._round.told.get(key) == digest:
            return
        await desk.board.tell(item, note)
        desk.book.tell(key, digest, at=desk.clock.now())

    def _ending(self, entry: Entry, *, why: str = "", again: Again | None = None) -> Ending:
        record = self._round.desk.sight.record(entry.run)
        end = self._ends.get(entry.run)
        return Ending(
            run=entry.run,
            verdict=entry.verdict,
            record=record,
            why=why,
            said=end.said if end else "",
            pull_request=end.pull_request if end else "",
            again=again,
        )

    def _last(self, item: CardId) -> Entry:
        return self._round.noticed.entries[item][-1]


def _again(again: Again) -> str:
    which = f"Try {again.number} of {again.most}" if again.number else "Another try"
    return f"{which} after the first."

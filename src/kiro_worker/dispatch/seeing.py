"""Looks at everything that is worked on, as far as the rules of `reconcile` need it, and not more often."""

from kiro_worker.board.port import Card, CardId, Column
from kiro_worker.dispatch.book import Entry, tries
from kiro_worker.dispatch.item import WorkItem, item_of
from kiro_worker.dispatch.reconcile import PullState, Seen
from kiro_worker.dispatch.round import Round
from kiro_worker.error import WorkerError
from kiro_worker.run.verdict import Verdict
from kiro_worker.value import dataclass

# Seconds between two looks at the branch and the pull request of a run that is under way.
_GLANCE = 120.0
# Seconds between two looks at the lease of a card in progress that nobody here began.
_STRANGE = 60.0


@dataclass(frozen=True, slots=True)
class _Glance:
    at: float
    branch: bool | None
    pull_request: PullState
    opened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """A card in progress whose run, of another worker, is dead: its lease died without being given back."""

    item: WorkItem
    run: str


class Seeing:
    """Remembers from tick to tick when it looked last."""

    def __init__(self, *, glance: float = _GLANCE, strange: float = _STRANGE) -> None:
        self._every, self._strange_every = glance, strange
        self._glances: dict[CardId, _Glance] = {}
        self._strangers: dict[CardId, float] = {}

    async def seen(self, round_: Round) -> list[Seen]:
        """Every item that something was begun for and that is not settled."""
        entries = round_.noticed.entries
        self._glances = {item: glance for item, glance in self._glances.items() if item in entries}
        found = [await self._seen(round_, item, entries[item]) for item in entries]
        fresh = [
            entries[each.item][-1].run
            for each in found
            if each.card is not None and each.card.column is Column.WORKING and not entries[each.item][-1].claimed
        ]
        if fresh and round_.desk.acts:
            round_.desk.book.claim(fresh)
        return found

    async def _seen(self, round_: Round, item: CardId, entries: tuple[Entry, ...]) -> Seen:
        last = entries[-1]
        known, card = await self._card(round_, item)
        under_way = last.ended is None
        glance = await self._glance(round_, last) if under_way else _Glance(0.0, True, PullState.NONE)
        # Who holds it matters only where nobody tells how the run ended, or that it lost it.
        asks = not under_way and last.verdict in {None, Verdict.LEASE_LOST}
        lease = (await round_.desk.sight.lease(last.repository, last.branch)).held if asks else None
        return Seen(
            item=item,
            known=known,
            card=card,
            branch=glance.branch,
            pull_request=glance.pull_request,
            run=last.run if under_way else "",
            claimed=last.claimed,
            lease=lease,
            attempts=tries(entries),
            settled=last.settled,
        )

    async def _card(self, round_: Round, item: CardId) -> tuple[bool, Card | None]:
        if item in round_.cards:
            return True, round_.cards[item]
        try:
            # It is in neither column any more; where it went decides.
            card = await round_.desk.board.read(item)
        except WorkerError as error:
            round_.failed(error)
            return False, None
        if card is not None:
            round_.others[item] = card
        return True, card

    async def _glance(self, round_: Round, entry: Entry) -> _Glance:
        sight, now = round_.desk.sight, round_.desk.clock.monotonic()
        before = self._glances.get(entry.item)
        if before is not None and now - before.at < self._every:
            return before
        pull = await sight.pull_request(entry.repository, entry.branch)
        # One that was over before this run is an earlier run's: only what was seen open can end under it.
        opened = pull is PullState.OPEN or (before is not None and before.opened)
        if not opened and pull in {PullState.MERGED, PullState.CLOSED}:
            pull = PullState.NONE
        branch = await sight.branch(entry.repository, entry.branch)
        glance = self._glances[entry.item] = _Glance(now, branch, pull, opened)
        return glance

    async def orphans(self, round_: Round) -> list[Orphan]:
        """Cards in progress that nobody here began, and whose run is dead.

        Only a lease that died shows that there was a run: a person who moves a card by hand leaves none.
        """
        found = []
        strangers = [card for card in round_.in_column(Column.WORKING) if card.id not in round_.noticed.entries]
        there = {card.id for card in strangers}
        self._strangers = {item: at for item, at in self._strangers.items() if item in there}
        now, sight = round_.desk.clock.monotonic(), round_.desk.sight
        for card in strangers:
            if now - self._strangers.get(card.id, -self._strange_every) < self._strange_every:
                continue
            self._strangers[card.id] = now
            item = item_of(card, sight.address)
            if not isinstance(item, WorkItem):
                continue
            lease = await sight.lease(item.repository, item.branch)
            if lease.held is not False or not lease.holder:
                continue
            run = sight.run(lease.holder)
            # One of this machine that was begun by hand, or for another card, is its person's.
            if run.state == "unknown" or run.item == card.id:
                found.append(Orphan(item=item, run=lease.holder))
        return found

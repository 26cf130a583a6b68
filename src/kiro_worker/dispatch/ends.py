"""Which runs are over, by what the launcher tells and by what this machine knows of them."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from kiro_worker.board.port import CardId
from kiro_worker.dispatch.book import Entry
from kiro_worker.dispatch.desk import Desk
from kiro_worker.launch.port import Ended
from kiro_worker.run.verdict import MEANINGS, Verdict
from kiro_worker.value import dataclass, replace

# From its launch until a run stands in the list of runs; a slow machine that is under load included.
_START = timedelta(seconds=60)

#: Why a run ended that nobody of ours had asked to.
CANCELLED = "It was cancelled. Put the card back into the column for what is ready to have it gone on with."

_VERDICTS: Mapping[int, Verdict] = {
    # The first of a status counts: DONE, not ALREADY_DONE, which only the record can tell.
    **{meaning.exit_status: verdict for verdict, meaning in reversed(tuple(MEANINGS.items()))},
    143: Verdict.INTERRUPTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """Items of which something is not yet settled.

    Attributes:
        entries: the tries of each since a person had a say; the last may be under way.
        alive: runs that are under way, or of which the contrary is not known.
    """

    entries: Mapping[CardId, tuple[Entry, ...]]
    alive: frozenset[str]


def verdict_of_status(status: int | None) -> Verdict | None:
    """The verdict that an exit status stands for; None for what no run of ours ends with.

    >>> verdict_of_status(31).value, verdict_of_status(143).value, verdict_of_status(1)
    ('BUSY', 'INTERRUPTED', None)
    """
    return None if status is None else _VERDICTS.get(status)


async def notice(desk: Desk, heard: Iterable[Ended], *, going: bool = False) -> Noticed:
    """Write the ends into the book; a launcher that cannot be asked declares nothing dead.

    Args:
        desk: with what.
        heard: what the launcher told.
        going: this dispatcher is itself about to end, and its runs with it.

    Raises:
        WorkerError: the launcher or the state database cannot be asked.
    """
    told = {end.run: end for end in heard}
    running = {each.run for each in await desk.launches.running()}
    entries = {
        item: tuple(_looked_at(desk, entry, told, running, going=going) for entry in tries)
        for item, tries in desk.book.unsettled().items()
    }
    alive = frozenset(entry.run for tries in entries.values() for entry in tries if entry.ended is None)
    return Noticed(entries=entries, alive=alive)


def _looked_at(desk: Desk, entry: Entry, told: Mapping[str, Ended], running: set[str], *, going: bool) -> Entry:
    """An entry as it stands now, with its end if that has come."""
    if entry.ended is not None or (entry.run in running and entry.run not in told):
        return entry
    seen, end = desk.sight.run(entry.run), told.get(entry.run)
    if end is not None:
        # What the run itself has written is the surer word.
        verdict = seen.verdict or verdict_of_status(end.exit_status)
        asked = verdict is Verdict.INTERRUPTED and end.exit_status is not None
        if asked and not entry.stopped and not going:
            # Its launcher saw it end and did not ask for it, so a person did: kiro-worker cancel, most likely.
            entry = replace(entry, stopped=CANCELLED)
            if desk.acts:
                desk.book.stop(entry.run, CANCELLED)
        return _ended(desk, entry, verdict)
    if seen.state == "ended":
        return _ended(desk, entry, seen.verdict)
    if seen.state == "died":
        return _ended(desk, entry, None)
    if seen.state == "running" or desk.clock.now() - entry.began < _START:
        return entry
    return _ended(desk, entry, None)


def _ended(desk: Desk, entry: Entry, verdict: Verdict | None) -> Entry:
    now = desk.clock.now()
    if desk.acts:
        desk.book.end(entry.run, at=now, verdict=verdict)
    return replace(entry, ended=now, verdict=verdict)

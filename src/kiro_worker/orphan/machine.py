"""Everything that is looked through on this machine, and on one remote if that is wanted."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.git import Git
from kiro_worker.launch.burial import bury
from kiro_worker.launch.slot import Slots
from kiro_worker.launch.table import Jobs
from kiro_worker.lease.sqlite import SqliteLeases
from kiro_worker.orphan.folders import Folders
from kiro_worker.orphan.leases import DeadLeases
from kiro_worker.orphan.living import Living
from kiro_worker.orphan.mirrors import OldMirrors
from kiro_worker.orphan.port import Finder, Kind
from kiro_worker.orphan.refs import LoneRefs
from kiro_worker.orphan.rubbish import Rubbish
from kiro_worker.orphan.sweep import Sweep, sweep
from kiro_worker.orphan.workspaces import OldWorkspaces
from kiro_worker.value import dataclass
from kiro_worker.workspace.trash import Trash

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_MONTH = timedelta(days=30)
# A failed run is looked at within days, and resumed sooner.
_WORKSPACE = timedelta(days=14)
_RUN = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asked for.

    Attributes:
        older: takes the place of the ages by which workspaces, mirrors, caches, runs and refs go; None keeps those.
        runs: also the files of runs.
        unpushed: also what holds commits that were not pushed.
        remote: where to look for refs without a branch, and git with what that wants to see; None looks nowhere.
    """

    older: timedelta | None = None
    runs: bool = False
    unpushed: bool = False
    remote: tuple[Git, str] | None = None


async def sweep_machine(shop: Workshop, wanted: Wanted, *, dry_run: bool) -> Sweep:
    """Look through all of it, and take away what may go unless that is only tried."""
    state = shop.machine.state
    trash = Trash(shop.children, state / "trash")
    rubbish = Rubbish(trash, state / "trash")
    jobs = Jobs(shop.state, shop.clock)
    if not dry_run:
        bury(jobs, Slots(state / "launch"))
    living = Living(state, shop.registry, jobs, shop.clock.now)
    finders = (rubbish, *_finders(shop, wanted, living, trash))
    return await sweep(finders, rubbish.empty, dry_run=dry_run)


def _finders(shop: Workshop, wanted: Wanted, living: Living, trash: Trash) -> Iterator[Finder]:
    """Who looks, in the order in which things depend on each other."""
    state = shop.machine.state

    def least(usual: timedelta) -> timedelta:
        # Below an hour a run may be about to begin in it.
        return usual if wanted.older is None else max(wanted.older, _HOUR)

    yield DeadLeases(SqliteLeases(shop.state, shop.clock), shop.clock)
    yield OldWorkspaces(shop.git, state, least(_WORKSPACE), trash.take, living=living, unpushed=wanted.unpushed)
    for kind, folder in ((Kind.HOME, "homes"), (Kind.GATE, "gates")):
        yield Folders(kind, state / folder, _HOUR, "Its run is over.", trash.take, living=living)
    yield OldMirrors(state, least(_MONTH), trash.take, living=living, unpushed=wanted.unpushed)
    yield from _files(state, trash.take, least)
    if wanted.runs:
        why = "It is long over; --runs was given."
        yield Folders(Kind.RUN, state / "runs", least(_RUN), why, trash.take, living=living)
    if wanted.remote is not None:
        git, url = wanted.remote
        yield LoneRefs(git, url, least(_RUN), shop.clock)


def _files(state: Path, discard: Callable[[Path], None], least: Callable[[timedelta], timedelta]) -> Iterator[Finder]:
    why = "It was being made when its worker was killed."
    yield Folders(Kind.MIRROR, state / "mirrors", _DAY, why, discard, pattern="*.git.new")
    why = "It could not be trusted and was set aside."
    yield Folders(Kind.QUARANTINE, state / "quarantine", least(_WORKSPACE), why, discard)
    for part in ("tests", "checks"):
        why = "Nothing was compared with it in a long time."
        yield Folders(Kind.BASE, state / "bases" / part, least(_MONTH), why, Path.unlink)
    why = "It was told long ago, or nobody is there who would ask."
    for part in ("launch", "inline"):
        yield Folders(Kind.LOG, state / part, _MONTH, why, Path.unlink, pattern="*.log")

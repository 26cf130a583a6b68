"""Copies of repositories that no run has asked for in a long time; a run that needs one again fetches it again."""

from collections.abc import Callable, Container
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from kiro_worker.orphan.age import age_of
from kiro_worker.orphan.folders import Folders
from kiro_worker.orphan.port import Kind, Orphan
from kiro_worker.orphan.workspaces import mirror_of
from kiro_worker.workspace.lock import MirrorBusy, SharedLock
from kiro_worker.workspace.mirror import KEPT

_PATIENCE = 5.0


class OldMirrors:
    """See `Finder`.

    Args:
        state: the worker's state directory.
        least: for how long nobody must have fetched into one.
        discard: takes a folder away, at once.
        living: runs whose mirror is never touched.
        unpushed: whether those also go that hold commits of runs that could not push them.
    """

    def __init__(
        self, state: Path, least: timedelta, discard: Callable[[Path], None], *, living: Container[str], unpushed: bool
    ) -> None:
        self._state, self._least, self._living, self._unpushed = state, least, living, unpushed
        self._folders = Folders(
            Kind.MIRROR,
            state / "mirrors",
            least,
            "No run has asked for it in a long time.",
            discard,
            pattern="*.git",
            spare=self._spare,
        )

    async def find(self) -> tuple[Orphan, ...]:
        """See `Finder.find`."""
        return tuple([orphan for orphan in await self._folders.find() if not self._used_lately(Path(orphan.what))])

    async def remove(self, orphan: Orphan) -> bool:
        """See `Finder.remove`."""
        path = Path(orphan.what)
        try:
            # Nobody fetches into it or clones it meanwhile, and whoever comes next finds that it is gone.
            async with SharedLock(path.with_suffix(".lock"), patience=_PATIENCE).exclusive():
                return not self._used_lately(path) and await self._folders.remove(orphan)
        except MirrorBusy:
            return False

    def _used_lately(self, path: Path) -> bool:
        with suppress(OSError):
            return age_of(path / "kiro-worker") < self._least
        return False

    def _spare(self, path: Path) -> str:
        with suppress(OSError):
            if any(mark.name in self._living for mark in (path / "kiro-worker/runs").iterdir()):
                return "A run that lives works with it."
        if path in self._lent():
            return "The working tree of a run that is over needs it; that goes first."
        if not self._unpushed and _keeps_commits(path):
            return "It holds commits of runs that could not push them; --unpushed takes it too."
        return ""

    def _lent(self) -> frozenset[Path]:
        lent = set()
        for own in (self._state / "workspaces").glob("*/git"):
            with suppress(OSError):
                lent.add(mirror_of(own))
        return frozenset(lent)


def _keeps_commits(path: Path) -> bool:
    with suppress(OSError):
        if any((path / KEPT).iterdir()):
            return True
    with suppress(OSError):
        return KEPT.encode() in (path / "packed-refs").read_bytes()
    return False

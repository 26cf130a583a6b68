"""Working trees of runs that are over: kept for some days, and longer where they hold commits that are nowhere else."""

import asyncio
from collections.abc import Callable, Container
from datetime import timedelta
from pathlib import Path

from kiro_worker.error import WorkerError
from kiro_worker.git import Git, object_id
from kiro_worker.orphan.folders import Folders
from kiro_worker.orphan.port import Kind, Orphan
from kiro_worker.value import replace
from kiro_worker.workspace.lock import Mark
from kiro_worker.workspace.mirror import KEPT

_WORK = "refs/heads/work"


class OldWorkspaces:
    """See `Finder`.

    Args:
        git: reads what a run committed; never what its agent did.
        state: the worker's state directory.
        least: how old they must be.
        discard: takes a folder away, at once.
        living: runs that are never touched.
        unpushed: whether those also go that hold commits of their own.
    """

    def __init__(
        self,
        git: Git,
        state: Path,
        least: timedelta,
        discard: Callable[[Path], None],
        *,
        living: Container[str],
        unpushed: bool,
    ) -> None:
        self._git, self._unpushed, self._living = git, unpushed, living
        self._folders = Folders(
            Kind.WORKSPACE, state / "workspaces", least, "Its run is over.", self._take, living=living
        )
        self._discard = discard

    async def find(self) -> tuple[Orphan, ...]:
        """See `Finder.find`."""
        return tuple([await self._judged(orphan) for orphan in await self._folders.find()])

    async def remove(self, orphan: Orphan) -> bool:
        """See `Finder.remove`."""
        return not (await self._judged(orphan)).spared and await self._folders.remove(orphan)

    async def _judged(self, orphan: Orphan) -> Orphan:
        if self._unpushed or not await self._holds_commits(Path(orphan.what) / "git"):
            return orphan
        return replace(orphan, spared="It holds commits that were not pushed; --unpushed takes it too.")

    async def _holds_commits(self, own: Path) -> bool:
        """Whether the worker's own git directory of a run knows a commit that its mirror has on no branch."""
        if not await asyncio.to_thread((own / _WORK).is_file):
            return False
        try:
            told = await self._git.run(("rev-parse", "--verify", _WORK), git_dir=own)
            tip = object_id(told.stdout.decode().strip())
            options = ("--count=1", f"--contains={tip}", "refs/heads", KEPT.rstrip("/"))
            kept = await self._git.run(("for-each-ref", *options), git_dir=mirror_of(own), accept=(0,))
        except (WorkerError, OSError):
            # The mirror is gone, or does not know the commit: nobody else has it, as far as can be told.
            return True
        return not kept.stdout.strip()

    def _take(self, folder: Path) -> None:
        """Throw it away with its mark held, so that nobody goes on with it meanwhile."""
        mark = Mark(folder / "alive")
        if not folder.is_dir() or not mark.take():
            return
        try:
            self._discard(folder)
        finally:
            mark.drop()


def mirror_of(own: Path) -> Path:
    """The mirror whose objects a run's git directory borrows.

    Raises:
        OSError: it names none.
    """
    return Path((own / "objects/info/alternates").read_text(encoding="utf-8").strip()).parent

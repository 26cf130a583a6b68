"""Each run's folder below the state directory: made, marked as long as its run lives, and saved once that is dead."""

import os
from pathlib import Path

from kiro_worker.error import WorkerError
from kiro_worker.git.fault import writing
from kiro_worker.workspace.fault import WorkspaceAlive
from kiro_worker.workspace.lock import Mark, is_held
from kiro_worker.workspace.mirror import Mirror
from kiro_worker.workspace.trash import Trash


class RunFolders:
    """All runs' folders.

    Args:
        path: where they lie.
        mirror: takes what a dead run committed.
        trash: takes folders that are done with.
    """

    def __init__(self, path: Path, mirror: Mirror, trash: Trash) -> None:
        self.path, self._mirror, self._trash = path, mirror, trash

    def is_alive(self, run: str) -> bool:
        """Whether a living process of this machine works for a run."""
        return is_held(self.path / run / "alive")

    async def make(self, run: str) -> tuple[Path, Mark]:
        """A fresh folder for a run; what a dead process left of the same run is saved, then moved aside.

        Raises:
            WorkspaceAlive: a living process works for it.
        """
        folder = self.path / run
        if folder.exists():
            if self.is_alive(run):
                raise WorkspaceAlive(run)
            if await self.save(run):
                self._trash.take(folder)
            else:
                folder.rename(folder.with_name(f"{run}-unsaved-{os.urandom(8).hex()}"))
        with writing(folder):
            # The isolation opens the way to the tree for an agent that runs as another user, when there is one.
            folder.mkdir(mode=0o700, parents=True)
        mark = Mark(folder / "alive")
        if not mark.take():
            raise WorkspaceAlive(run)
        return folder, mark

    async def save(self, run: str) -> bool:
        """Take what a dead run committed into the mirror; False when that cannot be done."""
        git_dir = self.path / run / "git"
        if not (git_dir / "refs/heads/work").exists():
            return True
        try:
            await self._mirror.keep(run, git_dir)
        except WorkerError:
            return False
        return True

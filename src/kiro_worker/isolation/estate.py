"""The part of the file system in which an account is given folders: the worker's state folder, and nothing else."""

import os
from pathlib import Path

from kiro_worker.isolation.ownership import give, show, take, take_all
from kiro_worker.isolation.port import Ground
from kiro_worker.process import Account


class Estate:
    """Gives folders below the state folder to one account, and closes them.

    Args:
        account: to whom.
        state: the worker's state folder.
        reached_by_name: whether the account goes through the folders above, which then have to let it.
    """

    def __init__(self, account: Account, state: Path, *, reached_by_name: bool) -> None:
        self.account, self._state, self._by_name = account, state, reached_by_name
        # Open to be looked into; what is given may lie in them.
        self._shown: set[Path] = set()

    def settle(self, ground: Ground) -> None:
        """Open a ground's folders; those first that are only shown, for what is given may lie in them."""
        for folder in self._ours(ground.readable):
            self._open_way(folder)
            self._shown.add(folder)
            show(folder)
        for folder in self._ours((ground.tree, *ground.writable)):
            self.lend(folder)

    def regain(self, ground: Ground) -> None:
        """Close them, from the inside out."""
        for folder in self._ours((*ground.writable, *ground.readable, ground.tree)):
            take(folder)

    def lend(self, folder: Path) -> None:
        """Open one folder."""
        for ours in self._ours((folder,)):
            self._open_way(ours)
            give(ours, self.account)

    def close(self, folder: Path) -> None:
        """Close one folder."""
        for ours in self._ours((folder,)):
            take(ours)

    def restore(self, ground: Ground) -> None:
        """Take everything in the tree back."""
        for tree in self._ours((ground.tree,)):
            take_all(tree, self.account)

    def _ours(self, folders: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(
            folder
            for folder in folders
            if folder != self._state and folder.is_relative_to(self._state) and ".." not in folder.parts
        )

    def _open_way(self, folder: Path) -> None:
        """Let the account go through the folders above one, and close what lies beside them in the state folder.

        Going through is not looking: no name in them is told.
        """
        if not self._by_name or not folder.is_dir():
            return
        for above in reversed(folder.parents):
            if not above.is_relative_to(self._state):
                continue
            if above == self._state:
                self._close_neighbours()
            told = above.stat()
            if told.st_uid == os.geteuid() and told.st_mode & 0o007 != 0o001 and above not in self._shown:
                above.chmod(told.st_mode & 0o770 | 0o001)

    def _close_neighbours(self) -> None:
        """Whoever may go through the state folder could else read what lies in it under a known name."""
        with os.scandir(self._state) as entries:
            for entry in entries:
                told = entry.stat(follow_symlinks=False)
                if told.st_mode & 0o006 and not entry.is_symlink():
                    os.chmod(entry.path, told.st_mode & (0o771 if entry.is_dir() else 0o770))  # noqa: PTH101  # a string

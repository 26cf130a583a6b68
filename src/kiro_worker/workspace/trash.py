"""Folders that are done with: moved aside at once, deleted later and gently.

Creating files is about ten times slower on ext4 for some seconds after many were deleted, so nothing is deleted
just before a workspace is made.
"""

import os
from contextlib import suppress
from pathlib import Path

from kiro_worker.git.fault import writing
from kiro_worker.process import Children, Command, Limits

# `rm` ends no sooner on a tree as deep or as closed as an agent can make one than any walk of ours would.
_GENTLY = ("nice", "-n", "19")


class Trash:
    """A folder on the same file system as what goes into it."""

    def __init__(self, children: Children, path: Path) -> None:
        self._children = children
        self._path = path

    def take(self, folder: Path) -> None:
        """Move a folder in; nothing happens when it is not there.

        Raises:
            NotWritable: the file system says no.
        """
        with writing(self._path):
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                folder.rename(self._path / f"{folder.name}-{os.urandom(8).hex()}")

    async def empty(self, seconds: float) -> None:
        """Delete what is in it, at low priority, for at most that long; what is left is left for another time."""
        entries = self._entries()
        if not entries:
            return
        await self._run("rm", "-rf", "--", *entries, seconds=seconds)
        if entries := self._entries():
            # An agent may have closed a folder against its owner.
            await self._run("chmod", "-R", "u+rwX", "--", *entries, seconds=seconds)
            await self._run("rm", "-rf", "--", *entries, seconds=seconds)

    def _entries(self) -> tuple[str, ...]:
        try:
            return tuple(sorted(entry.name for entry in self._path.iterdir()))
        except OSError:
            # Not there, or not to be read: nothing that emptying could help.
            return ()

    async def _run(self, *argv: str, seconds: float) -> None:
        command = Command(argv=(*_GENTLY, *argv), cwd=self._path, environment={"PATH": os.defpath, "LC_ALL": "C"})
        await self._children.run(command, Limits(wall=seconds, kept_output=4096), whole_tree=False, owned=True)

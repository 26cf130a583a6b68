"""What was thrown away and never deleted, because the worker that did it had no time or was killed."""

import asyncio
from pathlib import Path

from kiro_worker.orphan.age import age_of, size_of
from kiro_worker.orphan.port import Kind, Orphan
from kiro_worker.workspace.trash import Trash

# Deleting is slow on purpose; what is left is left for another time.
_PATIENCE = 900.0


class Rubbish:
    """See `Finder`; to be asked first, for the others throw away what they find.

    Args:
        trash: deletes.
        path: where it lies.
    """

    def __init__(self, trash: Trash, path: Path) -> None:
        self._trash, self._path = trash, path

    async def find(self) -> tuple[Orphan, ...]:
        """See `Finder.find`."""
        return await asyncio.to_thread(self._find)

    async def remove(self, orphan: Orphan) -> bool:
        """See `Finder.remove`."""
        await self.empty()
        return not Path(orphan.what).exists()

    async def empty(self) -> None:
        """Delete all there is."""
        await self._trash.empty(_PATIENCE)

    def _find(self) -> tuple[Orphan, ...]:
        found = []
        for entry in sorted(self._path.iterdir()) if self._path.is_dir() else ():
            try:
                age = age_of(entry)
            except OSError:
                continue
            why = "It was thrown away and not yet deleted."
            found.append(Orphan(kind=Kind.TRASH, what=str(entry), size=size_of(entry), age=age, why=why))
        return tuple(found)

"""What lies below the state directory under a run's name, or under none, and is too old for anybody to need it."""

import asyncio
from collections.abc import Callable, Container
from datetime import timedelta
from pathlib import Path

from kiro_worker.orphan.age import age_of, size_of
from kiro_worker.orphan.port import Kind, Orphan

Spare = Callable[[Path], str]


def _nothing(_: Path) -> str:
    return ""


class Folders:
    """Finds entries of one folder; see `Finder`.

    Args:
        kind: what they are.
        parent: where they lie.
        least: how old they must be.
        why: what is told of them.
        discard: takes them away, at once.
        living: names that are never touched, however old.
        pattern: which entries.
        spare: says of an entry why it must stay.
    """

    def __init__(
        self,
        kind: Kind,
        parent: Path,
        least: timedelta,
        why: str,
        discard: Callable[[Path], None],
        *,
        living: Container[str] = frozenset(),
        pattern: str = "*",
        spare: Spare = _nothing,
    ) -> None:
        self._kind, self._parent, self._least, self._why = kind, parent, least, why
        self._discard, self._living, self._pattern, self._spare = discard, living, pattern, spare

    async def find(self) -> tuple[Orphan, ...]:
        """See `Finder.find`."""
        return await asyncio.to_thread(self._find)

    async def remove(self, orphan: Orphan) -> bool:
        """See `Finder.remove`."""
        return await asyncio.to_thread(self._remove, Path(orphan.what))

    def _find(self) -> tuple[Orphan, ...]:
        try:
            entries = sorted(self._parent.glob(self._pattern))
        except OSError:
            return ()
        return tuple(found for entry in entries if (found := self._orphan(entry)) is not None)

    def _orphan(self, entry: Path) -> Orphan | None:
        try:
            age = age_of(entry)
        except OSError:
            return None
        # A link was not put here by the worker; where it leads is not the worker's either.
        if age < self._least or entry.is_symlink() or entry.name in self._living:
            return None
        return Orphan(
            kind=self._kind,
            what=str(entry),
            size=size_of(entry),
            age=age,
            why=self._why,
            spared=self._spare(entry),
        )

    def _remove(self, entry: Path) -> bool:
        found = self._orphan(entry)
        if found is None or found.spared:
            return False
        self._discard(entry)
        return True

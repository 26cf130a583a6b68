"""Finds all that was left behind, and takes away what may go."""

from collections.abc import Awaitable, Callable

from kiro_worker.error import WorkerError
from kiro_worker.orphan.port import Finder, Orphan
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What came of one sweep.

    Attributes:
        gone: what was taken away, or would have been.
        spared: what stays although it is old, with the reason.
        failed: what could not be looked for or taken away, in words.
    """

    gone: tuple[Orphan, ...]
    spared: tuple[Orphan, ...]
    failed: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes that it frees."""
        return sum(orphan.size for orphan in self.gone)


async def sweep(finders: tuple[Finder, ...], finish: Callable[[], Awaitable[None]], *, dry_run: bool) -> Sweep:
    """Ask each finder in turn; one that fails keeps none of the others.

    Args:
        finders: who looks.
        finish: deletes what they threw away.
        dry_run: whether everything stays.
    """
    gone: list[Orphan] = []
    spared: list[Orphan] = []
    failed: list[str] = []
    for finder in finders:
        try:
            for orphan in await finder.find():
                if orphan.spared:
                    spared.append(orphan)
                elif dry_run or await finder.remove(orphan):
                    gone.append(orphan)
        except WorkerError as error:
            failed.append(f"{error.code}: {error.message}")
    if not dry_run:
        await finish()
    return Sweep(gone=tuple(gone), spared=tuple(spared), failed=tuple(failed))

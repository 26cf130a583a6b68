"""A difference between two trees with its contents, as everything that judges a branch sees it."""

from collections.abc import Awaitable, Callable

from kiro_worker.changeset import MOST_BYTES, ChangedFile, How, Hunk
from kiro_worker.git.comparison import Difference
from kiro_worker.git.fault import ObjectTooLarge
from kiro_worker.git.object import SUBMODULE
from kiro_worker.ids import Oid
from kiro_worker.workspace.hazard import text_of

#: Reads a blob of the run's repository.
ReadBlob = Callable[[Oid], Awaitable[bytes | None]]


async def changed_file(difference: Difference, hunks: tuple[Hunk, ...], read: ReadBlob) -> ChangedFile:
    """One changed file; the contents of very large ones are left out, and nothing is read of other repositories."""
    try:
        before = await _content(difference.old_oid, difference.old_mode, read)
        after = await _content(difference.oid, difference.mode, read)
    except ObjectTooLarge:
        before, after, large = None, None, True
    else:
        large = any(content is not None and len(content) > MOST_BYTES for content in (before, after))
    return ChangedFile(
        path=text_of(difference.path),
        how=How(difference.letter),
        before=None if large else before,
        after=None if large else after,
        hunks=hunks,
        mode=difference.mode,
        old_mode=difference.old_mode,
        left_out=large,
    )


async def _content(oid: Oid, mode: int, read: ReadBlob) -> bytes | None:
    return await read(oid) if mode and mode != SUBMODULE else None

"""A bucket that is a folder, for sources of powers."""

from collections.abc import Sequence
from pathlib import Path

from kiro_worker.power.fault import SourceUnfit


class FolderObjects:
    """See `Objects`; keys are paths below a folder.

    Args:
        folder: what stands for the bucket.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def names(self, prefix: str) -> Sequence[str]:
        """See `Objects.names`."""
        keys = (path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*") if path.is_file())
        return sorted(key for key in keys if key.startswith(prefix))

    async def read(self, key: str, *, most: int) -> bytes | None:
        """See `Objects.read`."""
        path = self._folder / key
        if not path.is_file():
            return None
        content = path.read_bytes()
        if len(content) > most:
            raise SourceUnfit(key, f"it has more than {most} bytes")
        return content

"""Where a run's files are kept for people and machines."""

from pathlib import Path
from typing import Protocol

from kiro_worker.ids import RunId


class Artifacts(Protocol):
    """Keeps the files of runs. What is given was redacted before.

    Raises:
        WorkerError: from every method, when the store cannot be used or the run or the name cannot be kept.
    """

    async def keep(self, run: RunId, name: str, content: bytes | Path) -> str:
        """Keep one file under a relative name, replacing an earlier one whole; returns where a person finds it.

        A file given by its path may be of any size. Whoever reads, at whatever moment, and whatever is killed,
        finds the earlier content or the new one.
        """
        ...

    async def read(self, run: RunId, name: str) -> bytes | None:
        """A kept file, None when it is not there."""
        ...

    async def names(self, run: RunId) -> tuple[str, ...]:
        """What is kept of a run, sorted."""
        ...

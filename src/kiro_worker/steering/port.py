"""What a synchronization needs of powers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kiro_worker.power.lock import Locked


class Powers(Protocol):
    """Where the content of locked powers is to be had."""

    async def steering(self, locked: "Locked") -> Mapping[str, bytes]:
        """A power's steering files exactly as they are locked, by their path below `.kiro/steering/`.

        Raises:
            WorkerError: it cannot be had, or what is there is not what was locked.
        """
        ...

    async def earlier(self, locked: "Locked", sha256: str) -> bytes | None:
        """A file of the version that was synchronized last, by its hash; None when it is not to be had any more."""
        ...

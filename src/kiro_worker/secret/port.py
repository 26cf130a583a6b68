"""Secrets by name."""

from typing import Protocol

from kiro_worker.redact import Secret


class Secrets(Protocol):
    """Finds secrets. What is found is made known to the redactor before it is used anywhere."""

    async def find(self, name: str) -> Secret | None:
        """The secret of that name; None when there is none, or an empty one.

        Raises:
            WorkerError: it is there and cannot be used: unreadable, ambiguous, or open to others.
        """
        ...

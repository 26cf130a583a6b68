"""Every fault that ends or refuses a piece of work, as one tree.

* WorkerError            what happened, what was kept, what to do next, and a stable code
  + one subclass per fact, defined beside the code that finds the fact

A subclass sets `code` (stable, dotted, for machines and the docs) and `fault` (which part of the world it came
from; the run turns that into a verdict and an exit code). Facts go in; the sentences are made in the subclass.
Expected outcomes, such as a red test, are values and never raised.
"""

from enum import StrEnum
from typing import ClassVar


class Fault(StrEnum):
    """Where a fault came from; `run.verdict` maps each to one verdict and exit code."""

    CONFIG = "config"
    CREDENTIAL = "credential"
    GIT = "git"
    BRANCH_MOVED = "branch-moved"
    FORGE = "forge"
    AGENT = "agent"
    LEASE_LOST = "lease-lost"
    BUSY = "busy"
    NEEDS_INPUT = "needs-input"
    INTERRUPTED = "interrupted"
    INTERNAL = "internal"


class WorkerError(Exception):
    """A fault that a person is told about.

    Attributes:
        kept: what was saved, and where; empty when there was nothing to lose.
        next_step: what the reader can do now, as a command where one exists.
    """

    code: ClassVar[str] = "worker.error"
    fault: ClassVar[Fault] = Fault.INTERNAL

    def __init__(self, message: str, *, kept: str = "", next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.kept = kept
        self.next_step = next_step

    def lines(self) -> tuple[str, ...]:
        """The fault as a tired person should read it, one thought a line."""
        told = [f"{self.code}: {self.message}"]
        if self.kept:
            told.append(f"  kept: {self.kept}")
        if self.next_step:
            told.append(f"  next: {self.next_step}")
        return tuple(told)

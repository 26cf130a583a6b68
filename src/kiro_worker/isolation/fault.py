"""What can be wrong with an isolation.

* WorkerError
  + NotStarted
    - OutOfReach            a program lies where an isolated process does not get
  + IsolationMissing        the isolation that is asked for does not work here
"""

from pathlib import Path

from kiro_worker.error import Fault, WorkerError
from kiro_worker.process import Command, NotStarted


class OutOfReach(NotStarted):
    """A program lies where an isolated process does not get."""

    code = "isolation.out-of-reach"

    def __init__(self, command: Command, *, isolation: str, program: Path, barrier: str, cure: str) -> None:
        super().__init__(command, f"under isolation {isolation} {program} is out of reach: {barrier}")
        self.isolation, self.program = isolation, program
        self.next_step = cure


class IsolationMissing(WorkerError):
    """The isolation that is asked for does not work here."""

    code = "isolation.missing"
    fault = Fault.CONFIG

    def __init__(self, *, name: str, reason: str) -> None:
        self.name = name
        super().__init__(
            f"Isolation {name} does not work here: {reason}.",
            kept="Nothing was started.",
            next_step="Mend that, or let the strongest that works be taken: --isolation auto. "
            "kiro-worker doctor shows each.",
        )

"""A queue with stand-ins for its runs, as a place on the disk."""

import sys
from collections.abc import Mapping
from pathlib import Path

from kiro_worker.clock import SystemClock
from kiro_worker.launch.queue import QueueLaunches
from kiro_worker.launch.slot import Slots
from kiro_worker.launch.table import Jobs
from kiro_worker.state import State, open_state
from kiro_worker.testing.launch_contract import LaunchesContract

# A worker of the queue; what it starts are stand-ins.
WORKER = """
import asyncio, os, sys
from pathlib import Path
from kiro_worker.clock import SystemClock
from kiro_worker.launch.slot import Slots
from kiro_worker.launch.table import Jobs
from kiro_worker.launch.worker import Worker, heeding
from kiro_worker.process import Children
from kiro_worker.state import open_state

async def main(folder, most):
    clock = SystemClock()
    async with Children(clock) as children:
        worker = Worker(
            Jobs(open_state(folder / "state"), clock), Slots(folder / "launch"), children, clock,
            program=(sys.executable, str(folder / "stand_in.py")), environment=dict(os.environ), most=most,
            asker=sys.argv[3] if len(sys.argv) > 3 else None,
        )
        async with heeding(worker):
            await worker.work()

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
"""


class Place:
    """One machine's queue."""

    def __init__(self, folder: Path, most: int = 2) -> None:
        self.folder, self.most = folder, most
        LaunchesContract.program(folder)
        self.environment: Mapping[str, str] = LaunchesContract.environment(folder)
        self.clock, self.slots = SystemClock(), Slots(folder / "launch")
        self.worker = (sys.executable, "-c", WORKER, str(folder), str(most))
        self._states: list[State] = []

    def jobs(self) -> Jobs:
        """The table, opened anew."""
        self._states.append(open_state(self.folder / "state"))
        return Jobs(self._states[-1], self.clock)

    def open(self, asker: str = "board", worker: tuple[str, ...] | None = None) -> QueueLaunches:
        """A launcher, as a new process would have it."""
        return QueueLaunches(
            self.jobs(), self.slots, self.clock,
            asker=asker, worker=worker or (*self.worker, asker), environment=self.environment, most=self.most,
        )  # fmt: skip

    def starts(self, run: str) -> int:
        """How often a run was started."""
        return len(list((self.folder / "starts").glob(f"{run}.*")))

    def close(self) -> None:
        """Let go of the database."""
        for state in self._states:
            state.close()

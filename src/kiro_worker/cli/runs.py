"""What the verbs that look at runs share: the registry, and a run's own files."""

import contextlib
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from kiro_worker.bootstrap.machine import Machine, this_machine
from kiro_worker.error import Fault, WorkerError
from kiro_worker.receipt.chain import FILE_NAME, Event, lines_of, read_events
from kiro_worker.receipt.examine import ChainState, examine
from kiro_worker.run.registry import Registry, RunEntry
from kiro_worker.state import open_state


class FileMissing(WorkerError):
    """A run has not, or not yet, written what was asked for."""

    code = "run.file-missing"
    fault = Fault.CONFIG

    def __init__(self, *, run: str, name: str, state: str) -> None:
        why = {
            "running": "it is written at the end, and the run is still at work",
            "died": "it is written at the end, and the run was killed before",
        }.get(state, "it was removed, or never written")
        super().__init__(f"The run {run} has no {name}: {why}.", next_step=f"See what it did: kiro-worker logs {run}")


def run_argument(parser: ArgumentParser) -> None:
    """Which run."""
    parser.add_argument(
        "run", nargs="?", default="", help="its id, the beginning or the end of it, or its branch (the newest run)"
    )


@contextlib.contextmanager
def registry() -> Iterator[tuple[Machine, Registry]]:
    """This machine and the runs that it has seen."""
    machine = this_machine()
    state = open_state(machine.state)
    try:
        yield machine, Registry(state)
    finally:
        state.close()


def events_of(folder: Path) -> tuple[Event, ...]:
    """A run's receipt as far as it is there."""
    path = folder / FILE_NAME
    return tuple(read_events(path)) if path.exists() else ()


def receipt_fault(folder: Path, entry: RunEntry) -> str:
    """What is wrong with the chain of a run's receipt; one that is open is not wrong while the run has not ended."""
    path = folder / FILE_NAME
    if not path.exists():
        return f"{path} is not there"
    examined = examine(lines_of(path))
    if examined.state is ChainState.OPEN and entry.state == "ended":
        return f"line {examined.events + 1}, the closing line, is missing"
    return examined.fault

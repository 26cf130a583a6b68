"""`kiro-worker cancel`: stop a run of this machine; its work so far is committed and pushed first."""

import os
import signal
import sys
import time
from argparse import ArgumentParser, Namespace

from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.error import Fault, WorkerError
from kiro_worker.run.registry import Registry, RunAmbiguous, RunEntry
from kiro_worker.state import open_state

_PATIENCE = 300.0
_LOOK_EVERY = 0.2
# A run that is older than this many others does not run any more.
_LOOKED_AT = 500


class NotRunning(WorkerError):
    """The run is over already."""

    code = "cancel.not-running"
    fault = Fault.CONFIG

    def __init__(self, *, run: str, state: str, verdict: str | None) -> None:
        ended = f"it ended as {verdict}" if verdict else f"{state}: its process is gone"
        super().__init__(
            f"The run {run} does not run any more ({ended}).",
            next_step=f"See how it went: kiro-worker show {run}"
            if verdict
            else f"Go on with it: kiro-worker resume {run}",
        )


class NothingRuns(WorkerError):
    """No run was named, and none is there that could be meant."""

    code = "cancel.nothing-runs"
    fault = Fault.CONFIG

    def __init__(self) -> None:
        super().__init__("No run of this machine is running.", next_step="See how they ended: kiro-worker list")


class StillRunning(WorkerError):
    """The run was asked to stop and takes its time."""

    code = "cancel.still-running"
    fault = Fault.INTERNAL

    def __init__(self, *, run: str, pid: int) -> None:
        super().__init__(
            f"The run {run} was asked to stop {_PATIENCE:.0f} s ago and still runs.",
            next_step=f"Follow it (kiro-worker logs --follow {run}); as a last resort: kill -9 {pid}",
        )


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    parser.add_argument(
        "run", nargs="?", default="", help="its id, a part of it, or its branch (the only one that runs)"
    )
    parser.add_argument("--no-wait", action="store_true", help="ask it to stop and do not wait until it has")


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    state = open_state(this_machine().state)
    try:
        registry = Registry(state)
        entry = _meant(registry, given.run)
        if entry.state != "running":
            raise NotRunning(run=entry.run, state=entry.state, verdict=entry.verdict)
        os.kill(entry.holder.pid, signal.SIGTERM)
        print(f"{entry.run} on {entry.branch or 'a new branch'} was asked to stop.", file=sys.stderr)
        if not given.no_wait:
            print(f"It ended as {_wait(registry, entry)}.")
    finally:
        state.close()
    return 0


def _meant(registry: Registry, asked: str) -> RunEntry:
    """The one that runs, whatever began and ended since; which of several is never guessed."""
    running = [each for each in registry.newest(_LOOKED_AT) if each.state == "running" and _fits(each, asked)]
    if len(running) > 1:
        raise RunAmbiguous(asked=asked, runs=tuple(running))
    if not running and not asked:
        raise NothingRuns
    return running[0] if running else registry.find(asked)


def _fits(entry: RunEntry, asked: str) -> bool:
    return asked == entry.branch or entry.run.startswith((asked, f"r-{asked}")) or entry.run.endswith(asked)


def _wait(registry: Registry, entry: RunEntry) -> str:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        now = registry.find(entry.run)
        if now.state != "running":
            return now.verdict or "killed"
        time.sleep(_LOOK_EVERY)
    raise StillRunning(run=entry.run, pid=entry.holder.pid)

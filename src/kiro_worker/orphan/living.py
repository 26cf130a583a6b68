"""Which runs live on this machine: whoever is one of them keeps all that is its own."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from kiro_worker.launch.table import Jobs
from kiro_worker.lease.holder import is_gone
from kiro_worker.run.registry import Registry, RunEntry
from kiro_worker.workspace.lock import is_held

# Of a run on another boot, or in another container, nobody can tell whether its process lives; none takes that long.
_LONGEST = timedelta(days=14)
_MOST = 5_000


class Living:
    """Asked by a run's id; each time it looks again.

    Args:
        state: the worker's state directory.
        registry: the runs that this machine has seen.
        jobs: those that its queue has begun.
        now: the present.
    """

    def __init__(self, state: Path, registry: Registry, jobs: Jobs, now: Callable[[], datetime]) -> None:
        self._workspaces, self._registry, self._jobs, self._now = state / "workspaces", registry, jobs, now

    def __contains__(self, run: object) -> bool:
        """Whether a run may still be at work."""
        return isinstance(run, str) and (is_held(self._workspaces / run / "alive") or run in self.runs())

    def runs(self) -> frozenset[str]:
        """Those that the list of runs and the queue know of."""
        queued = {job.run for job in self._jobs.live()}
        return frozenset(queued | {entry.run for entry in self._registry.newest(_MOST) if self._may_live(entry)})

    def _may_live(self, entry: RunEntry) -> bool:
        if entry.ended is not None or is_gone(entry.holder):
            return False
        return self._now() - datetime.fromisoformat(entry.began) < _LONGEST

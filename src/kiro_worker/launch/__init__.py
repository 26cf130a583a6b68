"""Where a run happens: in this process's own child, from a queue on this machine, or elsewhere."""

from kiro_worker.launch.port import AtLimit, Ended, Launched, Launches, LaunchRequest

__all__ = ["AtLimit", "Ended", "LaunchRequest", "Launched", "Launches"]

"""What runs that were killed left outside their workspace: the agent's homes, the gates' environments and caches."""

import time
from pathlib import Path

from kiro_worker.workspace.lock import is_held

# A run holds its workspace from `prepare` on; before, it is younger than this.
_LEAST_AGE = 3600


def clear_leavings(state: Path, *, own: str) -> None:
    """Remove the folders of runs that no process works for any more; a copied model credential may lie in one."""
    before = time.time() - _LEAST_AGE
    for kind in ("homes", "gates"):
        parent = state / kind
        for folder in parent.iterdir() if parent.is_dir() else ():
            if folder.name == own or is_held(state / "workspaces" / folder.name / "alive"):
                continue
            if not folder.is_symlink() and folder.stat().st_mtime < before:
                from kiro_worker.folders import remove_what_can_be

                remove_what_can_be(folder)

"""Where a function may write: below /tmp alone, which is lost with its container."""

import os
from pathlib import Path


def folder_of(function: str) -> Path:
    """A function's own folder."""
    return Path(os.environ.get("TMPDIR") or "/tmp") / f"kiro-worker-{function}"  # noqa: S108  # nobody else is there

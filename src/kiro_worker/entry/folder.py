"""Where a function may write: below one folder alone, which is lost with its container."""

import tempfile
from pathlib import Path


def folder_of(function: str) -> Path:
    """A function's own folder."""
    return Path(tempfile.gettempdir()) / f"kiro-worker-{function}"

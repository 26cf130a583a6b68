"""Folders for what is looked at once and thrown away; those of workers that were killed go, too."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kiro_worker.git.fault import writing

# Longer than anything is looked at.
_OLD = 24 * 3600.0


@contextmanager
def scratch_folder(above: Path, prefix: str) -> Iterator[Path]:
    """A fresh folder that is gone afterwards.

    Raises:
        DiskFull, NotWritable: it cannot be made.
    """
    with writing(above):
        above.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(above)
        made = Path(tempfile.mkdtemp(prefix=prefix, dir=above))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _sweep(above: Path) -> None:
    before = time.time() - _OLD
    for each in above.iterdir():
        with suppress(OSError):
            if each.lstat().st_mtime < before:
                shutil.rmtree(each, ignore_errors=True)

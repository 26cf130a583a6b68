"""Test files are rewritten once for all processes of a run, each of which rewrites its share before it collects them all.

pytest rewrites each `assert` as it loads a test file, which takes longer than all else about collecting, and processes
that collect the same files side by side each rewrite every one. What pytest keeps of it spares them that.
"""

import sys
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

HERE = Path(__file__).parent


def share(config: pytest.Config) -> None:
    """Rewrite the share of this process, unless that was done before or Python is told to keep nothing."""
    worker = getattr(config, "workerinput", None)
    if worker is None or sys.dont_write_bytecode:
        return
    number, count = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    for path in sorted(HERE.rglob("test_*.py"))[number::count]:
        folder = rewrite.get_cache_dir(path)
        kept = folder / (path.stem + rewrite.PYC_TAIL)
        if rewrite._read_pyc(path, kept) is None and rewrite.try_makedirs(folder):
            told, code = rewrite._rewrite_test(path, config)
            rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, told, kept)

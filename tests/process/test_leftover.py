"""What a worker that is gone left behind is ended, in good order where it lets itself."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiro_worker.process import kernel
from kiro_worker.process.children import ENDS_ITSELF_VARIABLE, OWNER_VARIABLE
from kiro_worker.process.leftover import end_leftovers, leftovers

# No process has such a pid: the kernel's own limit is 2^22.
GONE = "4194999-1"


@contextlib.contextmanager
def left_by(owner: str, script: str, folder: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A shell with a worker's mark, which has said that it is ready."""
    environment = {"PATH": os.environ["PATH"], OWNER_VARIABLE: owner, **more}
    with subprocess.Popen(
        ("sh", "-c", f"{script}; echo ready; while :; do sleep 0.05; done"),
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield process
        finally:
            process.kill()


def test_what_ends_when_it_is_asked_is_asked_first(tmp_path):
    with left_by(GONE, "trap 'echo unlocked >told; exit 0' TERM", tmp_path) as process:
        assert process.pid in end_leftovers(grace=10)
        assert process.wait(5) == 0
    assert (tmp_path / "told").read_text() == "unlocked\n"


def test_what_does_not_want_to_end_is_killed(tmp_path):
    with left_by(GONE, "trap '' TERM", tmp_path) as process:
        began = time.monotonic()
        assert process.pid in end_leftovers(grace=0.2)
        assert process.wait(5) == -9
        assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("mark", ["living", "ends itself"])
def test_what_has_a_worker_or_ends_itself_is_left_alone(tmp_path, mark):
    living = f"{os.getpid()}-{kernel.birth(os.getpid())}"
    more = {ENDS_ITSELF_VARIABLE: "1"} if mark == "ends itself" else {}
    with left_by(GONE if more else living, ":", tmp_path, **more) as process:
        assert process.pid not in leftovers()
        assert process.pid not in end_leftovers(grace=0)
        assert process.poll() is None

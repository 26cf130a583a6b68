"""The room that is kept for a full disk, on a small file system of its own."""

import shutil
import subprocess
import sys

import pytest

from kiro_worker.state import open_state
from kiro_worker.state.room import FILE, give_room, keep_room

_CODE = """
import sys
from pathlib import Path
from kiro_worker.lease.holder import this_holder
from kiro_worker.run.registry import Registry, RunEntry
from kiro_worker.state import StateUnavailable, open_state
from kiro_worker.state.room import give_room
folder = Path(sys.argv[1])
state = open_state(folder)
runs = Registry(state)
facts = {"repository": "r", "branch": "b", "spec": "s", "agent": "a", "began": "2026-11-21T09:00:00.000Z"}
runs.begin(RunEntry(run="r-1", holder=this_holder("r-1"), **facts))
for size in (65536, 1):
    with (folder / f"filler{size}").open("wb", 0) as file:
        try:
            while file.write(b"x" * size):
                pass
        except OSError:
            pass
end = lambda: runs.end("r-1", ended="2026-11-21T09:01:00.000Z", verdict="INTERNAL")
try:
    for _ in range(100):
        end()
except StateUnavailable as full:
    print(full.reason.partition(" (")[0])
print(give_room(folder))
open_state(folder).close()
print((folder / "room").exists())
end()
print(runs.find("r-1").verdict)
"""


def test_what_a_full_disk_keeps_from_the_database_is_written_into_the_room_that_was_kept(tmp_path):
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare(1) to mount a small file system")
    script = 'mount -t tmpfs -o size=1m none "$2" && exec "$0" -c "$1" "$2"'
    command = ("unshare", "-rm", "sh", "-c", script, sys.executable, _CODE, str(tmp_path))
    over = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unshare" in over.stderr or "mount" in over.stderr:
        pytest.skip(f"this machine lets nobody mount: {over.stderr.strip()}")
    assert (over.stdout.split("\n"), over.stderr) == (["the disk is full", "True", "False", "INTERNAL", ""], "")


def test_the_room_is_kept_once_and_given_once(tmp_path):
    open_state(tmp_path).close()
    first = (tmp_path / FILE).stat()
    assert first.st_blocks * 512 >= first.st_size == 256 * 1024
    assert first.st_mode & 0o777 == 0o600
    open_state(tmp_path).close()
    assert (tmp_path / FILE).stat().st_ino == first.st_ino
    assert give_room(tmp_path)
    assert not give_room(tmp_path)


def test_a_folder_that_takes_no_file_has_no_room(tmp_path):
    keep_room(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []

import os
import time

import pytest

from kiro_worker.git.fault import NotWritable
from kiro_worker.power.source.scratch import scratch_folder


def test_a_folder_is_the_owner_s_alone_and_gone_afterwards(tmp_path):
    with scratch_folder(tmp_path / "scratch", "x-") as folder:
        (folder / "deep").mkdir()
        (folder / "deep/file").write_text("x")
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_what_a_killed_worker_left_is_taken_away_and_what_others_use_is_not(tmp_path):
    old, young = tmp_path / "scratch/old", tmp_path / "scratch/young"
    for each in (old, young):
        (each / "deep").mkdir(parents=True)
    day_before = time.time() - 2 * 24 * 3600
    os.utime(old, (day_before, day_before))
    with scratch_folder(tmp_path / "scratch", "x-"):
        pass
    assert (old.exists(), young.exists()) == (False, True)


def test_a_place_that_takes_no_folder_is_a_fault_with_a_name(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritable), scratch_folder(tmp_path / "file/scratch", "x-"):
        pass

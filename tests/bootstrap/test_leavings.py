import fcntl
import os
import time
from pathlib import Path

import pytest

from kiro_worker.bootstrap.leavings import clear_leavings


def left(state: Path, kind: str, run: str, *, hours: float) -> Path:
    folder = state / kind / run
    (folder / "inner").mkdir(parents=True)
    (folder / "inner/file").write_text("secret")
    (folder / "inner").chmod(0o500)
    then = time.time() - hours * 3600
    os.utime(folder, (then, then))
    return folder


@pytest.mark.parametrize("kind", ["homes", "gates"])
def test_what_a_killed_run_left_is_removed(tmp_path, kind):
    dead = left(tmp_path, kind, "r-dead", hours=2)
    clear_leavings(tmp_path, own="r-own")
    assert not dead.exists()


@pytest.mark.parametrize("kind", ["homes", "gates"])
def test_what_belongs_to_a_living_run_or_to_one_that_has_just_begun_stays(tmp_path, kind):
    own = left(tmp_path, kind, "r-own", hours=2)
    young = left(tmp_path, kind, "r-young", hours=0.1)
    alive = left(tmp_path, kind, "r-alive", hours=100)
    mark = tmp_path / "workspaces/r-alive/alive"
    mark.parent.mkdir(parents=True)
    with mark.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        clear_leavings(tmp_path, own="r-own")
        assert all(folder.exists() for folder in (own, young, alive))
    clear_leavings(tmp_path, own="r-own")
    assert not alive.exists()


def test_a_link_is_left_alone_and_an_empty_state_is_fine(tmp_path):
    clear_leavings(tmp_path, own="r-own")
    apart = left(tmp_path, "apart", "x", hours=2)
    (tmp_path / "homes").mkdir()
    (tmp_path / "homes/r-link").symlink_to(apart)
    clear_leavings(tmp_path, own="r-own")
    assert (apart / "inner/file").exists()

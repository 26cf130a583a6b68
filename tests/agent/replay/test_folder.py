import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.agent.replay.folder import Folder, Outside

_PARTS = st.lists(st.sampled_from(["..", ".", "a", "away", "back", "loop", "", "b.txt"]), min_size=1, max_size=6)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "inside/away").symlink_to(tmp_path / "outside")
    (tmp_path / "inside/back").symlink_to("../inside")
    return Folder(str(tmp_path / "inside"))


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "away/x", "a/../../x", ".", "", "back/../../x", "away/../../x"]
)
def test_nothing_outside_is_ever_named(folder, path):
    with pytest.raises(Outside, match="left alone"):
        folder.write(path, b"x", executable=None)


def test_a_place_inside_may_be_reached_by_any_of_its_names(folder):
    for path in ("a/b.txt", "./a/b.txt", "a/c/../b.txt", "back/a/b.txt", str(folder.root / "a/b.txt")):
        assert folder.place(path) == folder.root / "a/b.txt"


@given(parts=_PARTS, absolute=st.booleans())
def test_whatever_is_written_stays_inside(tmp_path_factory, parts, absolute):
    top = tmp_path_factory.mktemp("top")
    inside, outside = top / "inside", top / "outside"
    inside.mkdir()
    outside.mkdir()
    (inside / "away").symlink_to(outside)
    (inside / "back").symlink_to(".")
    (inside / "loop").symlink_to("loop")
    path = "/".join(parts)
    with contextlib.suppress(Outside, OSError):
        Folder(str(inside)).write(str(top / path) if absolute else path, b"x", executable=None)
    assert not list(outside.iterdir())
    assert sorted(top.iterdir()) == [inside, outside]


def test_a_link_is_replaced_and_never_written_through(folder, tmp_path):
    (tmp_path / "outside/secret").write_text("kept")
    (folder.root / "link").symlink_to(tmp_path / "outside/secret")
    folder.write("link", b"mine", executable=None)
    assert (tmp_path / "outside/secret").read_text() == "kept"
    assert (folder.root / "link").read_bytes() == b"mine"


def test_the_right_to_execute_is_set_for_readers_and_cleared_for_all(folder):
    folder.write("tool", b"#!/bin/sh\n", executable=None)
    (folder.root / "tool").chmod(0o640)
    folder.chmod("tool", executable=True)
    assert (folder.root / "tool").stat().st_mode & 0o777 == 0o750
    folder.write("tool", b"again", executable=None)
    assert (folder.root / "tool").stat().st_mode & 0o777 == 0o750
    folder.write("tool", b"again", executable=False)
    assert (folder.root / "tool").stat().st_mode & 0o777 == 0o640


def test_deleting_takes_the_folders_along_that_are_left_empty(folder):
    folder.write("a/b/c.txt", b"x", executable=None)
    folder.write("a/d.txt", b"x", executable=None)
    folder.delete("a/b/c.txt")
    assert sorted(path.name for path in Path(folder.root, "a").iterdir()) == ["d.txt"]
    folder.delete("a/d.txt")
    assert not (folder.root / "a").exists()


def test_a_link_is_made_and_made_anew(folder):
    folder.link("l/n", "one")
    folder.link("l/n", "../two")
    assert (folder.root / "l/n").readlink() == Path("../two")

"""Whatever tests leave behind can be removed."""

import os

import pytest

from kiro_worker.folders import remove, remove_what_can_be, walk
from kiro_worker.gate.trial import fresh


def deep(place, levels=3_000):
    """Folders in one another, more than calls nest and longer than any path may be."""
    place.mkdir()
    here = os.open(place, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=here)
        above, here = here, os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(above)
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=here))
    os.close(here)


@pytest.mark.parametrize("put", [os.mkfifo, os.mknod, deep, lambda place: None], ids=["pipe", "file", "deep", "none"])
@pytest.mark.parametrize("way", [remove, fresh, remove_what_can_be])
def test_whatever_stands_at_a_place_is_removed(tmp_path, put, way):
    place = tmp_path / "place"
    put(place)
    way(place)
    if way is fresh:
        assert list(place.iterdir()) == []
    else:
        assert not os.path.lexists(place)


def test_closed_folders_pipes_and_links_go_and_what_links_lead_to_stays(tmp_path):
    kept, place = tmp_path / "kept", tmp_path / "place"
    (kept / "below").mkdir(parents=True)
    (kept / "file").touch()
    (place / "a/b/c").mkdir(parents=True)
    (place / "a/b/c/file").touch()
    os.mkfifo(place / "a/pipe")
    for at in (place / "link", place / "a/link", place / "a/b/link"):
        at.symlink_to(kept)
    for folder in (place / "a/b/c", place / "a/b", place / "a", place):
        folder.chmod(0)
    remove(place)
    assert not os.path.lexists(place)
    assert sorted(each.name for each in kept.iterdir()) == ["below", "file"]


def test_a_link_at_the_place_itself_goes_alone(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "place").symlink_to(tmp_path / "kept")
    remove(tmp_path / "place")
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]


def test_a_walk_goes_from_the_top_down_and_where_it_is_let(tmp_path):
    for name in ("a/b", "c", "skipped/d"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a/file").touch()
    (tmp_path / "a/link").symlink_to(tmp_path / "c")
    (tmp_path / "c").chmod(0)
    seen = {}
    for folder, folders, others in walk(tmp_path):
        folders[:] = sorted(name for name in folders if name != "skipped")
        seen[folder.removeprefix(str(tmp_path))] = (list(folders), sorted(others))
    (tmp_path / "c").chmod(0o700)
    assert seen.pop("/c", ([], [])) == ([], [])  # only root may look into it
    assert seen == {"": (["a", "c"], []), "/a": (["b"], ["file", "link"]), "/a/b": ([], [])}


def test_a_walk_comes_back_from_more_folders_than_calls_nest(tmp_path):
    deep(tmp_path / "top", 1_500)
    assert len(list(walk(tmp_path / "top"))) > 1_200
    remove(tmp_path / "top")

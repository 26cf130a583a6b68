"""Whatever tests leave behind can be removed."""

import os

import pytest

from kiro_worker.gate.project import remove_whole
from kiro_worker.gate.removal import remove
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
@pytest.mark.parametrize("way", [remove, fresh, remove_whole])
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

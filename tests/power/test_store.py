import pytest

from kiro_worker.git.fault import NotWritable
from kiro_worker.power.lock import Locked, locked_power
from kiro_worker.power.store import PowerStore
from kiro_worker.power.validate import judge
from power.sample import built, entries

POWER = judge(entries(built())).power
LOCKED = locked_power(POWER, wanted=Locked(name="tea", source="x", version="1.0.0"))


def blob(store, path="steering/brew.md"):
    sha256 = LOCKED.files[path]
    return store._folder / sha256[:2] / sha256[2:]


def test_a_power_that_was_kept_is_had_again_without_its_source(store):
    store.keep(POWER.files)
    assert store.power(LOCKED) == POWER
    assert store.steering(LOCKED) == {"brew.md": built()["steering/brew.md"]}


def test_a_power_that_is_not_here_whole_is_not_here(store):
    assert store.power(LOCKED) is None
    store.keep(POWER.files)
    blob(store, "plugin.json").unlink()
    assert store.power(LOCKED) is None
    assert store.steering(LOCKED) is not None


def test_what_somebody_changed_is_not_taken_and_is_mended_by_the_next_one(store):
    store.keep(POWER.files)
    blob(store).write_bytes(b"Do as I say.\n")
    assert store.content(LOCKED.files["steering/brew.md"]) is None
    assert store.steering(LOCKED) is None
    store.keep(POWER.files)
    assert store.power(LOCKED) == POWER


def test_nobody_else_may_look_into_it_and_no_drafts_are_left(store):
    store.keep(POWER.files)
    assert blob(store).stat().st_mode & 0o077 == 0
    assert not list(store._folder.rglob(".*"))


def test_keeping_again_writes_nothing(store):
    store.keep(POWER.files)
    before = blob(store).stat().st_mtime_ns
    store.keep(POWER.files)
    assert blob(store).stat().st_mtime_ns == before


def test_a_place_that_takes_nothing_is_a_fault_with_a_name(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritable):
        PowerStore(tmp_path / "file" / "powers").keep(POWER.files)


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_written_through(store, tmp_path):
    blob(store).parent.mkdir(parents=True)
    blob(store).symlink_to(tmp_path / "elsewhere")
    store.keep(POWER.files)
    assert not (tmp_path / "elsewhere").exists()
    assert store.power(LOCKED) == POWER

"""A repository's powers: what the settings want, what the lock has, and what an update brings."""

import pytest

from kiro_worker.config.powers import PowerSetting
from kiro_worker.git.fault import NotWritable
from kiro_worker.power.fault import (
    ContentMoved,
    NoFittingVersion,
    PowerMissing,
    PowerRefused,
    PowerWanted,
    SourceUnfit,
)
from kiro_worker.power.lock import LOCK_PATH, Synced, read_lock
from kiro_worker.power.procure import Wish
from kiro_worker.power.shelf import Shelf
from kiro_worker.power.source.folder import FolderSource
from kiro_worker.power.source.git import GitSource, Wanted
from kiro_worker.testing.git_remote import BareRemote, link
from kiro_worker.value import replace
from power.sample import built, put

LOG = b"# Changelog\n\n## 2.0.0\n- Another pot.\n\n## 1.1.0\n- Colder water.\n\n## 1.0.0\n- First.\n"


class House:
    """A repository's folder and a source of powers beside it."""

    def __init__(self, folder, git, signatures, store):
        self.folder = folder / "repository"
        self.folder.mkdir()
        self.remote = BareRemote(folder / "tea.git")
        self.url = f"file://{self.remote.path}"
        self.asked = []
        self._made = (git, signatures, folder / "scratch", store)

    def shelf(self, *settings):
        git, signatures, scratch, store = self._made

        def source(wish):
            self.asked.append(wish.source)
            wanted = Wanted(name=wish.name, folder=wish.folder, key=wish.key)
            return GitSource(git, wish.source, wanted=wanted, signatures=signatures, scratch=scratch)

        return Shelf(self.folder, settings, store, source)

    def publish(self, version, text="", **more):
        commit = self.remote.commit(built(version, text or f"Text of {version}.", **{"CHANGELOG.md": LOG}, **more))
        self.remote.git("tag", "-f", f"v{version}", commit)
        return commit

    def wish(self, **more):
        return Wish(source=self.url, **more)

    def setting(self, **more):
        return PowerSetting(name="tea", source=self.url, **more)

    @property
    def lock(self):
        return read_lock((self.folder / LOCK_PATH).read_bytes())


@pytest.fixture
def house(tmp_path, git, signatures, store):
    return House(tmp_path, git, signatures, store)


async def test_a_power_is_installed_and_locked_with_the_range_that_was_given(house):
    house.publish("1.0.0")
    house.publish("2.0.0")
    found = await house.shelf().add(house.wish(range="^1"))
    (locked,) = house.lock.powers
    assert locked == found.locked
    assert (locked.name, locked.version, locked.range) == ("tea", "1.0.0", "^1")


async def test_a_refused_power_leaves_the_lock_as_it_was(house):
    house.publish("1.0.0")
    await house.shelf().add(house.wish())
    before = (house.folder / LOCK_PATH).read_bytes()
    commit = house.remote.commit({"steering/x.md": link("/etc/passwd")})
    house.remote.git("tag", "v1.5.0", commit)
    with pytest.raises(PowerRefused):
        await house.shelf().update()
    assert (house.folder / LOCK_PATH).read_bytes() == before


async def test_everything_that_the_settings_want_is_installed(house):
    house.publish("1.0.0")
    done = await house.shelf(house.setting(version="^1")).install()
    assert [(each.name, each.version, each.range) for each in done] == [("tea", "1.0.0", "^1")]


async def test_an_installed_version_stays_though_there_is_a_newer_one(house):
    house.publish("1.0.0")
    shelf = house.shelf(house.setting(version="^1"))
    await shelf.install()
    house.publish("1.1.0")
    house.asked.clear()
    assert [each.version for each in await shelf.install()] == ["1.0.0"]


async def test_what_is_installed_is_had_again_without_any_source(house):
    house.publish("1.0.0")
    shelf = house.shelf(house.setting())
    await shelf.install()
    (house.remote.path / "HEAD").unlink()
    assert [each.version for each in await shelf.install()] == ["1.0.0"]


async def test_a_range_that_does_not_take_the_locked_version_brings_another(house):
    house.publish("1.0.0")
    house.publish("2.0.0")
    await house.shelf(house.setting(version="^1")).install()
    assert [each.version for each in await house.shelf(house.setting(version="^2")).install()] == ["2.0.0"]
    assert [each.version for each in await house.shelf(house.setting(version="*")).install()] == ["2.0.0"]


async def test_an_update_brings_the_newest_that_fits_and_tells_what_changed(house):
    house.publish("1.0.0")
    await house.shelf().add(house.wish(range="^1"))
    house.publish("1.1.0")
    house.publish("2.0.0")
    (done,) = await house.shelf().update()
    assert (done.before.version, done.now.version, done.is_new) == ("1.0.0", "1.1.0", True)
    assert done.changes == "## 1.1.0\n- Colder water."
    assert house.lock.find("tea").version == "1.1.0"
    (again,) = await house.shelf().update()
    assert not again.is_new


async def test_an_update_keeps_what_was_synchronized_last(house):
    house.publish("1.0.0")
    shelf = house.shelf()
    found = await shelf.add(house.wish())
    synced = Synced(version="1.0.0", files={"brew.md": found.locked.files["steering/brew.md"]})
    shelf.save(shelf.lock.having(replace(found.locked, synced=synced)))
    house.publish("1.1.0")
    await shelf.update()
    assert house.lock.find("tea").synced == synced
    assert shelf.store.content(synced.files["brew.md"]) == found.power.find("steering/brew.md")


async def test_an_update_that_only_looks_changes_nothing(house):
    house.publish("1.0.0")
    await house.shelf().add(house.wish())
    house.publish("1.1.0")
    (done,) = await house.shelf().update(write=False)
    assert done.now.version == "1.1.0"
    assert house.lock.find("tea").version == "1.0.0"


async def test_an_older_version_is_never_taken_though_the_newer_one_is_gone(house):
    house.publish("1.0.0")
    house.publish("1.1.0")
    await house.shelf().add(house.wish())
    house.remote.git("tag", "-d", "v1.1.0")
    (done,) = await house.shelf().update()
    assert not done.is_new
    assert house.lock.find("tea").version == "1.1.0"


async def test_a_version_that_was_changed_behind_our_back_is_refused_unless_it_is_wanted_as_it_is(house):
    house.publish("1.0.0")
    await house.shelf().add(house.wish())
    house.publish("1.0.0", "Do as I say.")
    with pytest.raises(ContentMoved, match=r"tea 1\.0\.0 is not what it was"):
        await house.shelf().update()
    (done,) = await house.shelf().update(as_it_is=True)
    assert done.is_new
    assert house.lock.find("tea").files == done.now.files


async def test_a_folder_may_change_without_a_new_version(house, tmp_path, store):
    folder = put(tmp_path / "tea", built())
    shelf = Shelf(house.folder, (), store, lambda wish: FolderSource(folder, source=wish.source))
    await shelf.add(Wish(source="../tea"))
    put(tmp_path / "tea", built(text="Warm the cup."))
    (done,) = await shelf.update()
    assert (done.is_new, done.before.version, done.now.version) == (True, "1.0.0", "1.0.0")


async def test_how_a_power_stands_is_told_without_fetching_it(house):
    house.publish("1.0.0")
    await house.shelf().add(house.wish(range="^1"))
    house.publish("1.1.0")
    house.publish("2.0.0")
    house.publish("3.0.0-rc.1")
    (standing,) = await house.shelf().standings()
    assert (standing.fitting, standing.newest, standing.is_outdated) == ("1.1.0", "2.0.0", True)
    await house.shelf().update()
    (standing,) = await house.shelf().standings(["tea"])
    assert (standing.fitting, standing.is_outdated) == ("1.1.0", False)


async def test_without_versions_another_commit_is_newer(house):
    house.remote.commit(built("0.0.1", "One."))
    await house.shelf().add(house.wish())
    assert not (await house.shelf().standings())[0].is_outdated
    commit = house.remote.commit(built("0.0.1", "Two."))
    (standing,) = await house.shelf().standings()
    assert (standing.is_outdated, standing.commit) == (True, commit)
    (done,) = await house.shelf().update()
    assert (done.is_new, house.lock.find("tea").commit) == (True, commit)
    assert not (await house.shelf().standings())[0].is_outdated


async def test_the_settings_decide_about_a_power_that_they_name(house):
    house.publish("1.0.0")
    shelf = house.shelf(house.setting(version="^1"))
    with pytest.raises(PowerWanted, match="tea is named in"):
        await shelf.add(house.wish(range="^2 || ^1"))
    assert not (house.folder / LOCK_PATH).exists()
    await shelf.install()
    with pytest.raises(PowerWanted):
        shelf.remove("tea")


@pytest.mark.parametrize("key", ["ssh-dss " + "A" * 60, "0" * 41, "0 " * 21])
async def test_a_pinned_key_that_nothing_could_be_checked_with_takes_no_power(house, key):
    house.publish("1.0.0")
    shelf = house.shelf(house.setting(key=key))
    for asked in (shelf.install(), shelf.add(house.wish())):
        with pytest.raises(SourceUnfit, match="none that a signature could be checked with"):
            await asked
    assert not (house.folder / LOCK_PATH).exists()


async def test_a_power_is_removed_from_the_lock(house):
    house.publish("1.0.0")
    await house.shelf().add(house.wish())
    assert house.shelf().remove("tea").version == "1.0.0"
    assert house.lock.powers == ()
    with pytest.raises(PowerMissing, match="there is none"):
        house.shelf().remove("tea")


async def test_a_range_that_is_none_and_one_that_nothing_fits_are_told(house):
    house.publish("1.0.0")
    with pytest.raises(SourceUnfit, match="is no range of versions"):
        await house.shelf().add(house.wish(range="latest"))
    with pytest.raises(NoFittingVersion):
        await house.shelf(house.setting(version="^7")).install()


async def test_the_lock_is_not_written_through_a_link_and_not_twice(house, tmp_path):
    house.publish("1.0.0")
    (tmp_path / "elsewhere").mkdir()
    (house.folder / ".kiro").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotWritable, match="is a link"):
        await house.shelf().add(house.wish())
    assert not list((tmp_path / "elsewhere").iterdir())
    (house.folder / ".kiro").unlink()
    await house.shelf().add(house.wish())
    before = (house.folder / LOCK_PATH).stat()
    house.shelf().save(house.shelf().lock)
    assert (house.folder / LOCK_PATH).stat() == before
    assert [path.name for path in (house.folder / ".kiro").iterdir()] == ["power.lock"]

"""Locked powers come from the cache, else from their source, and only as they were locked."""

from pathlib import Path

import pytest

from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.standards import LockedPowers, git_for
from kiro_worker.bootstrap.workshop import workshop
from kiro_worker.config import Config
from kiro_worker.power.fault import ContentMoved, PowerRefused
from kiro_worker.power.lock import Locked, Synced
from kiro_worker.power.model import hash_of
from kiro_worker.power.procure import procure, wish_of
from kiro_worker.power.source.folder import FolderSource
from kiro_worker.power.store import PowerStore

PAGE = "---\nname: standards\ndescription: Ours.\nversion: {}\nkeywords: [git]\n---\n# Standards\n"


def write(folder: Path, version: str, text: str) -> None:
    (folder / "steering").mkdir(parents=True, exist_ok=True)
    (folder / "POWER.md").write_text(PAGE.format(version))
    (folder / "steering/git.md").write_text(text)


class Place:
    """A power in a folder, and machines that each have a cache of their own."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "standards"
        self.root = root
        self.asked = 0

    def source(self, wish) -> FolderSource:
        self.asked += 1
        return FolderSource(Path(wish.source), source=wish.source)

    def powers(self, machine: str) -> LockedPowers:
        store = PowerStore(self.root / machine)
        return LockedPowers(store, source_of=self.source, wish_of=lambda locked: wish_of(None, locked))

    async def lock(self, machine: str) -> Locked:
        wish = wish_of(None, Locked(name="standards", source=str(self.folder), version="1.0.0"))
        return (await procure(wish, self.source(wish), PowerStore(self.root / machine))).locked


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    write(made.folder, "1.0.0", "# Git\n")
    return made


async def test_what_is_in_the_cache_asks_no_source(place):
    locked = await place.lock("here")
    asked = place.asked
    assert await place.powers("here").steering(locked) == {"git.md": b"# Git\n"}
    assert place.asked == asked


async def test_another_machine_asks_the_source_once(place):
    locked = await place.lock("here")
    powers = place.powers("there")
    asked = place.asked
    for _ in range(2):
        assert await powers.steering(locked) == {"git.md": b"# Git\n"}
    assert place.asked == asked + 1


async def test_a_version_that_is_not_what_was_locked_is_refused(place):
    locked = await place.lock("here")
    write(place.folder, "1.0.0", "# Git\n\nAnd push to main.\n")
    with pytest.raises(ContentMoved):
        await place.powers("there").steering(locked)
    assert await place.powers("here").steering(locked) == {"git.md": b"# Git\n"}


async def test_the_file_that_was_synchronized_last_is_found_while_its_version_is_offered(place):
    first = await place.lock("here")
    before = Synced(version="1.0.0", files={"git.md": hash_of(b"# Git\n")})
    locked = Locked(name="standards", source=first.source, version="1.0.0", files=first.files, synced=before)
    assert await place.powers("here").earlier(locked, hash_of(b"# Git\n")) == b"# Git\n"
    assert await place.powers("there").earlier(locked, hash_of(b"# Git\n")) == b"# Git\n"
    write(place.folder, "2.0.0", "# Git 2\n")
    assert await place.powers("elsewhere").earlier(locked, hash_of(b"# Git\n")) is None


@pytest.mark.parametrize("trick", ["link", "program", "hook", "large"])
async def test_a_hostile_power_is_refused_and_nothing_of_it_is_kept(place, trick):
    locked = await place.lock("here")
    steering = place.folder / "steering"
    match trick:
        case "link":
            (steering / "passwd.md").symlink_to("/etc/passwd")
        case "program":
            (steering / "run.md").write_text("# Run\n")
            (steering / "run.md").chmod(0o755)
        case "hook":
            (place.folder / ".kiro/hooks").mkdir(parents=True)
            (place.folder / ".kiro/hooks/push.kiro.hook").write_text("{}\n")
        case "large":
            (steering / "large.md").write_bytes(b"x" * 3_000_000)
    with pytest.raises(PowerRefused):
        await place.powers("there").steering(locked)
    assert not list((place.root / "there").rglob("*"))


@pytest.mark.parametrize(
    ("source", "signs_in"),
    [
        ("https://github.com/acme/standards.git", True),
        ("git+https://github.com/acme/standards.git", True),
        ("https://github.com.evil.example/acme/standards.git", False),
        ("https://github.com:8443/acme/standards.git", False),
        ("http://github.com/acme/standards.git", False),
        ("git@github.com:acme/standards.git", False),
        ("../standards", False),
    ],
)
async def test_the_forge_s_token_goes_to_the_repository_s_own_host_alone(tmp_path, source, signs_in):
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GITHUB_TOKEN": "ghp_" + "x" * 36}
    async with workshop(this_machine(environment)) as shop:
        git = git_for(shop, Config(), "https://github.com/acme/shop.git", source)
        secrets = await git.secrets() if callable(git.secrets) else git.secrets
    assert bool(secrets) is signs_in

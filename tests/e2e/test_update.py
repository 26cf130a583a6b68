"""Updates of standards are told in one pull request for each repository."""

import json

import pytest

from e2e.standards import CODE, CONFLICT, GIT, ONE, OURS, TWO, Standards
from e2e.world import World
from kiro_worker.power.lock import LOCK_PATH, read_lock

BRANCH = "kiro-worker/standards"


@pytest.fixture
def standards(world) -> Standards:
    """Version 1.0.0, which the repository has, with a local region."""
    made = Standards(world.folder)
    old = made.publish("1.0.0", git=ONE, code="# Code\n\nShort.\n")
    lock = made.lock(old, "1.0.0", old, "1.0.0")
    world.spec(base={LOCK_PATH: lock, GIT: f"{ONE}\n{OURS}".encode(), CODE: b"# Code\n\nShort.\n"})
    return made


def update(world: World) -> dict:
    over = world.call("power", "update", "--pull-request", "--repository", world.remote.url, "--json")
    assert over.status == 0, over.err
    return json.loads(over.out)


def body(world: World, number: int = 1) -> dict:
    shown = world.call("pr", "show", str(number), "--repository", world.remote.url, "--json")
    assert shown.status == 0, shown.err
    return json.loads(shown.out)


def test_an_update_opens_one_pull_request_and_the_next_goes_into_it(world, standards):
    main = world.remote.tip("main")
    assert update(world)["pull_request"] is None
    assert world.remote.tip(BRANCH) is None

    standards.publish("1.1.0", git=TWO, code="# Code\n\nShort.\n")
    told = update(world)["pull_request"]
    assert (told["number"], told["change"], told["draft"]) == (1, "created", False)
    assert world.remote.tip("main") == main
    assert world.remote.read(GIT, BRANCH).decode() == f"{TWO}\n{OURS}"
    (locked,) = read_lock(world.remote.read(LOCK_PATH, BRANCH)).powers
    assert (locked.version, locked.synced.version) == ("1.1.0", "1.1.0")
    pull = body(world)
    assert pull["title"] == "Update standards: standards 1.1.0"
    for words in ("1.0.0 → 1.1.0", "What 1.1.0 brings.", "- modified: `.kiro/steering/git.md`"):
        assert words in pull["body"]
    assert "What 1.0.0 brings." not in pull["body"]
    head = world.remote.tip(BRANCH)
    assert update(world)["pull_request"]["change"] == "unchanged"
    assert world.remote.tip(BRANCH) == head

    standards.publish("1.2.0", git=TWO + "\nMore.\n", code="# Code\n\nShort.\n")
    world.remote.commit({"more.txt": b"x"}, branch="main")
    told = update(world)["pull_request"]
    assert (told["number"], told["change"]) == (1, "updated")
    pull = body(world)
    assert "1.0.0 → 1.2.0" in pull["body"]
    assert "What 1.1.0 brings." in pull["body"]
    assert world.remote.read("more.txt", BRANCH) == b"x"
    assert world.remote.read(GIT, BRANCH).decode() == f"{TWO}\nMore.\n\n{OURS}"


def test_an_update_that_a_person_has_to_settle_is_a_draft(world, standards):
    world.remote.commit({CODE: b"# Code\n\nVery short.\n"}, branch="main")
    standards.publish("1.1.0", git=ONE, code="# Code\n\nShort and plain.\n")
    told = update(world)["pull_request"]
    assert told["draft"] is True
    assert world.remote.read(CODE, BRANCH) == b"# Code\n\nVery short.\n"
    assert b"Short and plain." in world.remote.read(CONFLICT, BRANCH)
    assert "settle it, then delete .kiro/steering/code.conflict.md" in body(world)["body"]
    assert update(world)["pull_request"]["change"] == "unchanged"
    # A person settles it.
    world.remote.commit({CODE: b"# Code\n\nShort, plain.\n", CONFLICT: None}, branch=BRANCH)
    told = update(world)["pull_request"]
    assert (told["change"], told["draft"]) == ("updated", False)
    assert world.remote.read(CODE, BRANCH) == b"# Code\n\nShort, plain.\n"


def test_what_would_come_is_only_told_when_that_is_wanted(world, standards):
    standards.publish("1.1.0", git=TWO, code="# Code\n")
    world.remote.git("clone", "-q", world.remote.url, str(world.folder / "clone"))
    over = world.call("power", "update", "--notify", "-C", str(world.folder / "clone"))
    assert over.status == 0, over.err
    assert "1.0.0 -> 1.1.0" in over.out
    assert "What 1.1.0 brings." in over.out
    assert world.remote.tip(BRANCH) is None


def test_a_repository_without_powers_has_nothing_to_update(world):
    world.spec()
    assert update(world)["pull_request"] is None

import os
import subprocess
from pathlib import Path

import pytest

from kiro_worker.git import Git
from kiro_worker.process import Children
from kiro_worker.run.start import BranchDiverged, BranchUnpushed, Whence, address_of, find_source, look_around
from kiro_worker.testing.git_remote import BareRemote


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("~/shop.git", "/home/ada/shop.git"),
        ("shop.git", "/srv/shop.git"),
        ("../$HOME/shop.git", "/$HOME/shop.git"),
        ("https://forge.example/~ada/shop.git", "https://forge.example/~ada/shop.git"),
        ("git@forge.example:~/shop.git", "git@forge.example:~/shop.git"),
    ],
)
def test_the_home_folder_stands_for_itself_in_a_path_and_nothing_else_is_expanded(monkeypatch, given, address):
    monkeypatch.setenv("HOME", "/home/ada")
    assert address_of(given, Path("/srv")) == address


def commit(clone: Path) -> None:
    words = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "-q", "--allow-empty", "-m", "mine"]
    subprocess.run(["git", *words], cwd=clone, check=True)


def fetch(clone: Path) -> None:
    subprocess.run(["git", "fetch", "-q"], cwd=clone, check=True)


@pytest.fixture
def remote(tmp_path):
    remote = BareRemote(tmp_path / "remote.git")
    remote.commit({"a.txt": b"a\n"})
    remote.commit({"b.txt": b"b\n"}, branch="feature")
    return remote


@pytest.fixture
def clone(tmp_path, remote):
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", "feature", str(remote.path), str(folder)], check=True)
    return folder


async def source_of(clone, *, push=False):
    whence = Whence(folder=clone, remote="origin", push=push)
    async with Children() as children:
        git = Git(children, home=clone.parent / "git-home", environment=dict(os.environ))
        return await find_source(whence, git, await look_around(whence, git))


async def test_one_commit_that_only_the_clone_has_is_told_as_one(clone):
    commit(clone)
    with pytest.raises(BranchUnpushed, match="has 1 commit that origin does not have"):
        await source_of(clone)


async def test_what_only_the_clone_has_is_pushed_where_that_is_asked_for(clone):
    commit(clone)
    assert (await source_of(clone, push=True)).branch == "feature"
    assert (await source_of(clone)).branch == "feature"


@pytest.mark.parametrize("looked", [False, True], ids=["not-known-here", "known-here"])
@pytest.mark.parametrize("push", [False, True])
async def test_a_branch_that_went_two_ways_is_told_with_what_brings_them_together(remote, clone, looked, push):
    commit(clone)
    remote.commit({"c.txt": b"c\n"}, branch="feature")
    if looked:
        fetch(clone)
    if not looked and not push:
        # Nobody has asked the remote yet.
        with pytest.raises(BranchUnpushed):
            await source_of(clone)
        return
    with pytest.raises(BranchDiverged) as raised:
        await source_of(clone, push=push)
    assert raised.value.next_step == "git pull --rebase origin feature, then: kiro-worker run --push"

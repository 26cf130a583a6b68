import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from kiro_worker.git import Git
from kiro_worker.git.local import NotInClone, Upstream, look_at_clone
from kiro_worker.testing.git_remote import clean_environment


def person(folder: Path, *args: str, status: int = 0) -> str:
    over = subprocess.run(
        ("git", *args), cwd=folder, env=clean_environment(folder.parent), capture_output=True, text=True, check=False
    )
    assert over.returncode == status, over.stderr
    return over.stdout.strip()


@pytest.fixture
def clone(remote, tmp_path) -> Path:
    remote.commit({"a": b"1\n", ".kiro/specs/x/tasks.md": b"- [ ] 1\n"})
    person(tmp_path, "clone", "-q", remote.url, "clone")
    return tmp_path / "clone"


@pytest.fixture
def git(children, tmp_path, calls) -> Git:
    users = {**clean_environment(tmp_path), "HOME": str(tmp_path / "ada")}
    del users["XDG_CONFIG_HOME"]
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada/.gitconfig").write_text("[user]\n\tname = Ada L\n\temail = ada@example.org\n")
    return Git(children, home=tmp_path / "git-home", environment=users, observe=calls.append)


def everything(folder: Path) -> dict[str, str]:
    """Every file's content, mode and time; also of the `.git`."""
    told = {}
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        told[str(path)] = f"{content} {state.st_mode} {state.st_mtime_ns} {state.st_size}"
    return told


async def test_looking_touches_nothing(git, clone, calls):
    (clone / "a").write_text("changed\n")
    (clone / "staged").write_text("s")
    person(clone, "add", "staged")
    person(clone, "stash", "-q", "-u")
    (clone / "a").write_text("2\n")
    # The index's cached times are wrong now, and a plain `git status` would write them anew.
    os.utime(clone / ".kiro/specs/x/tasks.md", (1, 1))
    person(clone, "config", "core.fsmonitor", "true")
    before = everything(clone)
    await look_at_clone(git, clone / ".kiro", under=".kiro")
    assert everything(clone) == before
    assert len(calls) <= 3


async def test_a_clean_pushed_branch_is_told_so(git, clone, remote):
    told = await look_at_clone(git, clone / ".kiro/specs", under=".kiro/specs")
    assert (told.top, told.branch, told.head) == (clone.resolve(), "main", remote.tip())
    assert told.upstream == Upstream(name="origin/main", ahead=0, behind=0)
    assert (told.pushed, told.uncommitted, told.shallow) == (True, (), False)
    assert told.urls == {"origin": str(remote.path.resolve())}
    assert (told.user_name, told.user_email) == ("Ada L", "ada@example.org")


async def test_changes_under_the_spec_are_told_and_others_are_not(git, clone):
    (clone / "a").write_text("2\n")
    (clone / ".kiro/specs/x/tasks.md").write_text("- [x] 1\n")
    (clone / ".kiro/specs/x/new file.md").write_text("n")
    told = await look_at_clone(git, clone, under=".kiro/specs/x")
    assert set(told.uncommitted) == {".kiro/specs/x/tasks.md", ".kiro/specs/x/new file.md"}
    assert (await look_at_clone(git, clone)).uncommitted == ()


async def test_ahead_and_behind_are_counted(git, clone, remote):
    person(clone, "commit", "-q", "--allow-empty", "-m", "mine")
    remote.commit({"theirs": b"x"})
    person(clone, "fetch", "-q")
    told = await look_at_clone(git, clone)
    assert told.upstream == Upstream(name="origin/main", ahead=1, behind=1)
    assert not told.pushed


async def test_a_branch_that_was_never_pushed_has_no_upstream(git, clone):
    person(clone, "switch", "-q", "-c", "feature/new")
    told = await look_at_clone(git, clone)
    assert (told.branch, told.upstream, told.pushed) == ("feature/new", None, False)


async def test_an_upstream_that_is_gone_is_told(git, clone):
    person(clone, "update-ref", "-d", "refs/remotes/origin/main")
    assert (await look_at_clone(git, clone)).upstream == Upstream(name="origin/main", ahead=None, behind=None)


async def test_a_detached_head_is_no_branch(git, clone, remote):
    person(clone, "switch", "-q", "--detach")
    told = await look_at_clone(git, clone)
    assert (told.branch, told.head) == (None, remote.tip())


async def test_a_conflict_and_a_rename_are_uncommitted_changes(git, clone):
    person(clone, "switch", "-q", "-c", "other")
    (clone / ".kiro/specs/x/tasks.md").write_text("other\n")
    person(clone, "commit", "-qam", "other")
    person(clone, "switch", "-q", "main")
    (clone / ".kiro/specs/x/tasks.md").write_text("main\n")
    person(clone, "commit", "-qam", "main")
    person(clone, "merge", "other", status=1)
    assert (await look_at_clone(git, clone, under=".kiro")).uncommitted == (".kiro/specs/x/tasks.md",)


async def test_an_empty_clone_has_no_head(git, tmp_path):
    person(tmp_path, "init", "-q", "-b", "trunk", "empty")
    told = await look_at_clone(git, tmp_path / "empty", under="x")
    assert (told.branch, told.head, told.urls) == ("trunk", None, {})


async def test_credentials_in_the_remotes_address_are_parted_from_it(git, clone):
    person(clone, "remote", "set-url", "origin", "https://ada:hunter2@example.org/a.git")
    person(clone, "remote", "add", "up.stream", "git@example.org:a/b.git")
    person(clone, "remote", "add", "near", "../x/../remote.git")
    told = await look_at_clone(git, clone)
    assert told.urls == {
        "origin": "https://example.org/a.git",
        "up.stream": "git@example.org:a/b.git",
        "near": str(clone.resolve().parent / "remote.git"),
    }
    assert "hunter2" not in repr(told)
    assert set(told.secrets) == {"origin"}
    assert told.secrets["origin"]["GIT_CONFIG_VALUE_0"].startswith("Authorization: Basic ")


async def test_a_remote_with_two_addresses_is_fetched_from_the_first(git, clone, remote):
    person(clone, "remote", "set-url", "--add", "origin", "https://example.org/second.git")
    assert (await look_at_clone(git, clone)).urls == {"origin": str(remote.path.resolve())}


@pytest.mark.parametrize("where", ["plain", "bare", "inside"])
async def test_a_folder_that_is_in_no_working_tree_is_refused(git, clone, remote, tmp_path, where):
    (tmp_path / "plain").mkdir()
    folder = {"plain": tmp_path / "plain", "bare": remote.path, "inside": clone / ".git"}[where]
    with pytest.raises(NotInClone):
        await look_at_clone(git, folder)


async def test_a_broken_clone_is_told_in_gits_words(git, clone):
    (clone / ".git/config").write_text("[broken")
    with pytest.raises(Exception, match="bad config"):
        await look_at_clone(git, clone)


async def test_a_worktree_and_a_shallow_clone_are_clones_too(git, clone, remote, tmp_path):
    person(clone, "worktree", "add", "-q", "../tree", "-b", "side")
    assert (await look_at_clone(git, tmp_path / "tree")).branch == "side"
    remote.commit({"b": b"b"})
    person(tmp_path, "clone", "-q", "--depth=1", f"file://{remote.path}", "shallow")
    assert (await look_at_clone(git, tmp_path / "shallow")).shallow

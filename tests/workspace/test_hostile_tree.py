"""What an agent may leave behind, and that none of it runs, misleads or stops the worker."""

import asyncio
import os
import shutil
import time
from pathlib import Path

import pytest

from kiro_worker.git import Git
from kiro_worker.process import Limits
from kiro_worker.testing.git_remote import submodule
from kiro_worker.testing.workspace_contract import BRANCH, TEXT, agent_git, prepared, tip
from kiro_worker.workspace import Hazard, WorkspaceTampered


@pytest.fixture
def trap(tmp_path: Path):
    """A program that tells when it was run, whatever it is called as."""
    sprung = tmp_path / "sprung"
    program = tmp_path / "trap"
    program.write_text(f'#!/bin/sh\necho "$0 $@" >> {sprung}\ncat\n')
    program.chmod(0o755)
    yield program
    assert not sprung.exists(), f"the agent's program was run: {sprung.read_text()}"


def arm(repository: Path, trap: Path) -> None:
    """Let the next `git status` in a repository run a program, in each way its settings can ask for."""
    (repository / ".gitattributes").write_text("* filter=evil\n")
    (repository / "bait").write_text("one")
    agent_git(repository, "add", "-A")
    agent_git(repository, "commit", "-q", "-m", "inner")
    agent_git(repository, "config", "core.fsmonitor", str(trap))
    agent_git(repository, "config", "filter.evil.clean", str(trap))
    (repository / "bait").write_text("two")


def paths(changes) -> set[str]:
    return {change.path for change in changes}


async def test_no_setting_hook_or_filter_of_the_agents_clone_is_run(workspaces, trap, remote):
    workspace = await prepared(workspaces)
    clone = workspace.path / ".git"
    settings = {
        "core.fsmonitor": trap,
        "core.hooksPath": workspace.path / "hooks",
        "core.pager": trap,
        "core.editor": trap,
        "core.sshCommand": trap,
        "core.askPass": trap,
        "core.gitProxy": trap,
        "core.alternateRefsCommand": trap,
        "credential.helper": f"!{trap}",
        "diff.external": trap,
        "diff.evil.textconv": trap,
        "diff.evil.command": trap,
        "filter.evil.clean": trap,
        "filter.evil.smudge": trap,
        "filter.evil.process": trap,
        "merge.evil.driver": f"{trap} %A",
        "gpg.program": trap,
        "commit.gpgSign": "true",
        "uploadpack.packObjectsHook": trap,
        "include.path": workspace.path / "more-settings",
    }
    for name, value in settings.items():
        agent_git(workspace.path, "config", name, str(value))
    for folder in (clone / "hooks", workspace.path / "hooks"):
        folder.mkdir(exist_ok=True)
        for hook in (
            "pre-commit",
            "commit-msg",
            "post-commit",
            "pre-push",
            "post-index-change",
            "reference-transaction",
        ):
            shutil.copy(trap, folder / hook)
    (workspace.path / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
    (workspace.path / "src/app.py").write_text("changed\n")
    before = workspace.head
    changes = {change.path: change for change in await workspace.changes()}
    assert Hazard.FILTERED in changes["src/app.py"].hazards
    await workspace.restore(("src/app.py",))
    (workspace.path / "src/app.py").write_text("changed again\n")
    await workspace.changes()
    await workspace.commit(TEXT)
    await workspace.push()
    await workspace.diff(before)
    await workspace.relation()
    assert remote.read("src/app.py", BRANCH) == b"changed again\n"


async def test_a_settings_file_of_the_workers_home_is_not_believed(git: Git, workspaces):
    await prepared(workspaces)
    git.home.config.chmod(0o600)
    git.home.config.write_text("[core]\n\tfsmonitor = /bin/evil\n")
    with pytest.raises(Exception, match="must be an empty file"):
        await workspaces.snapshot(BRANCH, None)


@pytest.mark.parametrize("trick", ["file", "link", "missing", "empty", "garbage", "locked"])
async def test_whatever_becomes_of_the_agents_git_folder_the_work_is_committed(workspaces, tmp_path, trick, remote):
    workspace = await prepared(workspaces)
    clone = workspace.path / ".git"
    elsewhere = tmp_path / "elsewhere"
    if trick == "locked":
        (clone / "index.lock").touch()
        (clone / "HEAD.lock").touch()
    elif trick == "garbage":
        (clone / "index").write_bytes(b"garbage")
        (clone / "HEAD").write_bytes(b"garbage")
        (clone / "config").write_bytes(b"[garbage")
    else:
        clone.rename(elsewhere)
        if trick == "file":
            clone.write_text(f"gitdir: {elsewhere}\n")
        elif trick == "link":
            clone.symlink_to(elsewhere)
        elif trick == "empty":
            clone.mkdir()
    (workspace.path / "src/app.py").write_text("changed\n")
    assert paths(await workspace.changes()) == {"src/app.py"}
    head = await workspace.commit(TEXT)
    await workspace.push()
    assert tip(remote) == head
    await workspace.restore(("README.md",))


async def test_commits_of_the_agents_own_change_nothing_but_files(workspaces, remote):
    workspace = await prepared(workspaces)
    (workspace.path / "src/app.py").write_text("changed\n")
    agent_git(workspace.path, "add", "-A")
    agent_git(workspace.path, "commit", "-q", "-m", "the agent's own")
    agent_git(workspace.path, "switch", "-q", "-c", "another")
    assert paths(await workspace.changes()) == {"src/app.py"}
    await workspace.commit(TEXT)
    await workspace.push()
    assert remote.git("log", "-1", "--format=%s", BRANCH) == TEXT.subject


async def test_assume_unchanged_and_set_back_times_hide_no_change(workspaces):
    workspace = await prepared(workspaces)
    file = workspace.path / "src/app.py"
    agent_git(workspace.path, "update-index", "--assume-unchanged", "src/app.py")
    before = file.stat()
    file.write_text("print('hellO')\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert paths(await workspace.changes()) == {"src/app.py"}


async def test_an_attribute_hides_no_lines(workspaces):
    workspace = await prepared(workspaces)
    (workspace.path / ".gitattributes").write_text("*.py binary -diff\n")
    (workspace.path / "src/app.py").write_text("1\n2\n3\n")
    changes = {change.path: change for change in await workspace.changes()}
    assert changes["src/app.py"].added == 3


async def test_a_repository_that_the_agent_made_is_told_and_restored_away(workspaces):
    workspace = await prepared(workspaces)
    inner = workspace.path / "vendor/lib"
    inner.mkdir(parents=True)
    agent_git(inner, "init", "-q")
    (inner / "code.c").write_text("int x;\n")
    agent_git(inner, "add", "-A")
    agent_git(inner, "commit", "-q", "-m", "inner")
    (change,) = await workspace.changes()
    assert (change.path, change.mode, change.hazards) == ("vendor/lib", 0o160000, {Hazard.SUBMODULE})
    await workspace.restore(("vendor/lib",))
    assert not inner.exists()
    assert await workspace.changes() == ()


@pytest.mark.parametrize("before", [(), ("HEAD",), ("objects/a", "refs/a")])
async def test_a_repository_by_another_name_is_told_and_restored_away(workspaces, before):
    workspace = await prepared(workspaces)
    inner = workspace.path / "data/lib"
    if before:
        for name in before:
            (inner / name).parent.mkdir(parents=True, exist_ok=True)
            (inner / name).write_text("x")
        assert [change.hazards for change in await workspace.changes()] == [frozenset()] * len(before)
        await workspace.commit(TEXT)
    for name in ("HEAD", "config", "objects/a", "refs/heads/main"):
        (inner / name).parent.mkdir(parents=True, exist_ok=True)
        (inner / name).write_text("ref: refs/heads/main\n")
    (workspace.path / "data/library").write_text("x")
    changes = {change.path: change.hazards for change in await workspace.changes()}
    assert changes["data/library"] == frozenset()
    assert changes["data/lib/config"] == changes["data/lib/refs/heads/main"] == {Hazard.SUBMODULE}
    await workspace.restore(tuple(path for path, hazards in changes.items() if hazards))
    assert [change.path for change in await workspace.changes()] == ["data/library"]


async def test_a_repository_that_the_project_keeps_for_its_tests_may_be_added_to(workspaces, remote):
    remote.commit({f"fixture/{name}": b"x" for name in ("HEAD", "objects/a", "refs/a")}, branch=BRANCH)
    workspace = await prepared(workspaces)
    (workspace.path / "fixture/objects/b").write_text("x")
    assert [change.hazards for change in await workspace.changes()] == [frozenset()]


async def test_a_repository_without_a_commit_is_told_too_and_the_rest_is_committed(workspaces):
    workspace = await prepared(workspaces)
    for folder in ("empty-one", "deep/er/empty-two"):
        (workspace.path / folder).mkdir(parents=True)
        agent_git(workspace.path / folder, "init", "-q")
        (workspace.path / folder / "file").write_text("x")
    (workspace.path / "plain").write_text("x")
    changes = {change.path: change for change in await workspace.changes()}
    assert set(changes) == {"plain", "empty-one", "deep/er/empty-two"}
    assert all(changes[name].hazards == {Hazard.SUBMODULE} for name in ("empty-one", "deep/er/empty-two"))
    before = workspace.head
    await workspace.commit(TEXT)
    assert paths(await workspace.changed_since(before)) == {"plain"}


async def test_no_git_runs_in_a_submodule_that_the_agent_filled(workspaces, remote, trap):
    remote.commit(
        {"lib": submodule("1" * 40), ".gitmodules": b'[submodule "lib"]\n\tpath = lib\n\turl = ../lib\n'}, branch=BRANCH
    )
    workspace = await prepared(workspaces)
    assert list((workspace.path / "lib").iterdir()) == []
    assert await workspace.changes() == ()
    agent_git(workspace.path / "lib", "init", "-q")
    arm(workspace.path / "lib", trap)
    (change,) = await workspace.changes()
    assert (change.path, change.hazards, change.old_mode) == ("lib", {Hazard.SUBMODULE}, 0o160000)
    await workspace.restore(("lib",))
    assert list((workspace.path / "lib").iterdir()) == []
    assert await workspace.changes() == ()


async def test_the_repository_of_the_last_task_is_no_trap_in_the_next(workspaces, trap):
    workspace = await prepared(workspaces)
    inner = workspace.path / "inner"
    inner.mkdir()
    agent_git(inner, "init", "-q")
    arm(inner, trap)
    await workspace.changes()
    await workspace.commit(TEXT)
    assert paths(await workspace.changes()) == {"inner"}


async def test_a_submodule_that_is_taken_away_is_a_change(workspaces, remote):
    remote.commit({"lib": submodule("1" * 40)}, branch=BRANCH)
    workspace = await prepared(workspaces)
    (workspace.path / "lib").rmdir()
    (change,) = await workspace.changes()
    assert (change.path, change.kind, change.hazards) == ("lib", "D", {Hazard.SUBMODULE})


@pytest.mark.parametrize("name", ["git~1", ".GIT", "sub/.Git/config", ".g\u200cit"])
async def test_a_name_that_another_system_reads_as_git_is_refused(workspaces, name):
    workspace = await prepared(workspaces)
    file = workspace.path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    with pytest.raises(WorkspaceTampered, match="invalid path"):
        await workspace.changes()


async def test_a_pipe_in_place_of_a_settings_file_does_not_stop_the_worker_for_ever(git, make, state):
    git.limits = Limits(wall=1.0)
    workspace = await prepared(make(state))
    (workspace.path / ".gitignore").unlink()
    os.mkfifo(workspace.path / ".gitignore")
    with pytest.raises(WorkspaceTampered, match="named pipe"):
        await workspace.changes()


async def test_a_look_that_was_cut_short_can_be_taken_again(workspaces):
    workspace = await prepared(workspaces)
    (workspace.path / "a").write_text("a")
    index = workspace.path.parent / "git/index"
    index.with_suffix(".lock").touch()
    assert paths(await workspace.changes()) == {"a"}
    index.with_suffix(".lock").touch()
    await workspace.restore(("a",))
    assert await workspace.changes() == ()


async def test_pipes_and_sockets_beside_the_work_are_passed_over(workspaces):
    workspace = await prepared(workspaces)
    os.mkfifo(workspace.path / "pipe")
    (workspace.path / "a").write_text("a")
    assert paths(await workspace.changes()) == {"a"}


async def test_a_tree_whose_root_was_replaced_is_refused(workspaces, tmp_path):
    workspace = await prepared(workspaces)
    workspace.path.rename(tmp_path / "moved")
    with pytest.raises(WorkspaceTampered, match="root is gone"):
        await workspace.changes()
    workspace.path.symlink_to(tmp_path / "moved")
    with pytest.raises(WorkspaceTampered, match="root was replaced"):
        await workspace.changes()
    with pytest.raises(WorkspaceTampered):
        await workspace.restore(("README.md",))


async def test_a_pack_that_was_written_to_quarantines_the_mirror_and_the_next_run_works(workspaces, state, remote):
    workspace = await prepared(workspaces, "r-1")
    (pack, *_) = (workspace.path / ".git/objects/pack").glob("*.pack")
    assert pack.stat().st_nlink > 1, "the clone shares its packs, or this test shows nothing"
    times = pack.stat()
    pack.chmod(0o644)
    with pack.open("r+b") as file:
        file.seek(40)
        file.write(b"scribble")
    os.utime(pack, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(WorkspaceTampered, match=r"own objects were changed \(pack-"):
        await workspace.changes()
    assert len(list((state / "quarantine").iterdir())) == 1
    again = await prepared(workspaces, "r-2")
    assert again.fence == 2
    (again.path / "a").write_text("a")
    await again.changes()
    head = await again.commit(TEXT)
    await again.push()
    assert tip(remote) == head
    agent_git(next((state / "mirrors").glob("*.git")), "fsck", "--strict")


async def test_a_commit_looks_at_the_packs_too(workspaces):
    workspace = await prepared(workspaces)
    (index, *_) = (workspace.path / ".git/objects/pack").glob("*.idx")
    index.chmod(0o644)
    with index.open("r+b") as file:
        file.seek(1100)
        file.write(b"scribble")
    await workspace.write("a", b"a")
    with pytest.raises(WorkspaceTampered):
        await workspace.commit(TEXT)


async def test_a_changed_mode_or_another_link_of_a_pack_is_no_tampering(workspaces, tmp_path):
    workspace = await prepared(workspaces)
    for pack in (workspace.path / ".git/objects/pack").iterdir():
        pack.chmod(0o600)
        os.link(pack, tmp_path / pack.name)
    shutil.rmtree(workspace.path / ".git/objects")
    (workspace.path / "a").write_text("a")
    assert paths(await workspace.changes()) == {"a"}


async def test_a_run_that_died_after_tampering_is_found_out_by_the_next(make, state, remote):
    first = make(state)
    dead = await prepared(first, "r-1")
    (pack, *_) = (dead.path / ".git/objects/pack").glob("*.pack")
    pack.chmod(0o644)
    with pack.open("r+b") as file:
        file.seek(40)
        file.write(b"scribble")
    dead._on.mark.drop()
    again = await prepared(make(state), "r-2")
    assert len(list((state / "quarantine").iterdir())) == 1
    assert await again.changes() == ()


async def test_tampering_that_nobody_looked_for_is_found_at_the_end(workspaces, state):
    workspace = await prepared(workspaces)
    (pack, *_) = (workspace.path / ".git/objects/pack").glob("*.pack")
    pack.chmod(0o644)
    with pack.open("r+b") as file:
        file.write(b"scribble")
    await workspace.close(keep=False)
    assert len(list((state / "quarantine").iterdir())) == 1


async def test_no_other_user_gets_to_the_tree_until_an_isolation_opens_the_way(workspaces):
    workspace = await prepared(workspaces)
    folder = workspace.path.parent
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "git").stat().st_mode & 0o777 == 0o700


async def test_other_runs_of_a_mirror_that_was_set_aside_stop_too(workspaces):
    one, other = await prepared(workspaces, "r-1"), await prepared(workspaces, "r-2", branch="main")
    (pack, *_) = (one.path / ".git/objects/pack").glob("*.pack")
    pack.chmod(0o644)
    pack.write_bytes(b"gone")
    with pytest.raises(WorkspaceTampered):
        await one.changes()
    with pytest.raises(WorkspaceTampered, match="which is gone"):
        await other.changes()
    await workspaces.snapshot(None, None)
    with pytest.raises(WorkspaceTampered, match="another run found changed"):
        await other.changes()


@pytest.mark.parametrize("files", [1, 8000])
async def test_what_is_written_between_two_looks_in_the_same_second_is_seen(workspaces, remote, files):
    """Git takes a file for unchanged that has its size and times, unless it is as young as the index."""
    remote.commit({f"many/{number}": b"x" for number in range(files)}, branch=BRANCH)
    workspace = await prepared(workspaces)
    stage = workspace._on.stage
    while time.time() % 1 > 0.5:  # noqa: ASYNC110  # all of it has to fall into one second
        await asyncio.sleep(0.02)
    (workspace.path / "many/0").write_text("one")
    await stage._add(())
    (workspace.path / "many/0").write_text("two")
    # The second is over, so the index would be the younger one if it were written now.
    await asyncio.sleep(1.1 - time.time() % 1)
    await stage._written()
    await workspace.changes()
    await workspace.commit(TEXT)
    assert (await workspace.files(("many/0",)))["many/0"] == b"two"


async def test_a_path_of_more_folders_than_calls_nest_is_told_restored_and_left_out_of_a_commit(workspaces):
    workspace = await prepared(workspaces)
    place = os.open(workspace.path, os.O_RDONLY)
    for _ in range(1100):
        os.mkdir("d", dir_fd=place)
        inner = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=place))
    os.close(place)
    (change,) = await workspace.changes()
    assert change.path == "d/" * 1100 + "file"
    await workspace.restore((change.path,))
    await workspace.write("note", b"x")
    before = workspace.head
    await workspace.commit(TEXT)
    assert paths(await workspace.changed_since(before)) == {"note"}
    # Into the trash: who tidies up behind tests cannot go as deep.
    await workspace.close(keep=False)

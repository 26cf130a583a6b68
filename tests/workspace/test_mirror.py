"""The mirror: fetched once for all who ask, safe under a crowd, and nothing a living run needs is ever dropped."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kiro_worker.git import Git
from kiro_worker.testing.git_remote import BareRemote, clean_environment
from kiro_worker.testing.workspace_contract import BRANCH, TEXT, agent_git, prepared, tip
from kiro_worker.workspace import BranchMoved, Claim, FenceLost, Remote
from kiro_worker.workspace.git_workspaces import GitWorkspaces
from kiro_worker.workspace.mirror import Mirror, moment
from kiro_worker.workspace.upkeep import _repack, tidy


def mirror_of(state: Path) -> Path:
    (mirror,) = (state / "mirrors").glob("*.git")
    return mirror


def git_in(mirror: Path, *args: str) -> str:
    over = subprocess.run(
        ("git", *args), cwd=mirror, env=clean_environment(mirror), capture_output=True, text=True, check=False
    )
    assert over.returncode == 0, over.stderr
    return over.stdout


_WORKS = """
import asyncio, sys
from pathlib import Path
from kiro_worker.git import Git
from kiro_worker.process import Children
from kiro_worker.testing.workspace_contract import TEXT, prepared
from kiro_worker.workspace import Remote
from kiro_worker.workspace.git_workspaces import GitWorkspaces
async def main(url, state, number):
    async with Children() as children, GitWorkspaces(Git(children), Remote(url=url), Path(state)) as workspaces:
        workspace = await prepared(workspaces, f"r-{number}", branch=f"b{number}")
        (workspace.path / "x").write_text(number)
        await workspace.commit(TEXT)
        await workspace.push()
        await workspace.close(keep=False)
        print(workspace.head)
asyncio.run(main(*sys.argv[1:]))
"""

_FETCHES = """
import asyncio, sys
from pathlib import Path
from kiro_worker.git import Git
from kiro_worker.process import Children
from kiro_worker.workspace import Remote
from kiro_worker.workspace.git_workspaces import GitWorkspaces
async def main(url, state):
    async with Children() as children:
        await GitWorkspaces(Git(children), Remote(url=url), Path(state)).snapshot(None, None)
asyncio.run(main(*sys.argv[1:]))
"""


def worker(code: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen((sys.executable, "-c", code, *args), stdout=subprocess.PIPE, text=True)


def kill_as_soon_as_it_writes(process: subprocess.Popen[str], folder: Path) -> None:
    before = set(folder.iterdir())
    until = time.monotonic() + 30
    while set(folder.iterdir()) == before and time.monotonic() < until and process.poll() is None:
        time.sleep(0.001)
    process.kill()
    process.communicate()


def fetches(calls) -> int:
    return sum(call.args[0] == "fetch" and call.network for call in calls)


async def test_who_asks_at_the_same_time_shares_one_fetch(make, state, calls):
    await make(state).snapshot(BRANCH, None)
    calls.clear()
    await asyncio.gather(*(make(state).snapshot(BRANCH, None) for _ in range(8)))
    assert 1 <= fetches(calls) <= 2, "one that was under way already, and one for all the others"


async def test_who_asks_later_gets_a_later_answer(make, state, calls):
    one, other = make(state), make(state)
    await one.snapshot(BRANCH, None)
    await other.snapshot(BRANCH, None)
    assert fetches(calls) == 2


async def test_a_fetch_before_the_last_boot_is_no_answer(make, state, calls):
    await make(state).snapshot(BRANCH, None)
    (mirror_of(state) / "kiro-worker/fetched").write_text(f"another-boot {moment() + 1000}")
    await make(state).snapshot(BRANCH, None)
    assert fetches(calls) == 2


async def test_a_crowd_of_48_prepares_while_the_mirror_is_fetched_and_repacked(make, state, remote):
    for number in range(48):
        remote.git("update-ref", f"refs/heads/b{number}", tip(remote))
    owners = [make(state) for _ in range(6)]
    over = asyncio.Event()

    async def one(number: int) -> None:
        workspace = await prepared(owners[number % 6], f"r-{number}", branch=f"b{number}")
        (workspace.path / "done").write_text(str(number))
        await workspace.changes()
        head = await workspace.commit(TEXT)
        await workspace.push()
        assert tip(remote, f"b{number}") == head
        await workspace.close(keep=number % 2 == 0)

    async def disturb() -> None:
        mirror = owners[0]._mirror
        number = 0
        while not over.is_set():
            number += 1
            remote.commit({"n": b"%d" % number}, branch="busy", onto=tip(remote, "main"))
            await owners[number % 6].snapshot("busy", None)
            async with mirror.lock.exclusive():
                await _repack(mirror, owners[0]._folders.is_alive)
                mirror.ledger.note()

    async with asyncio.TaskGroup() as group:
        disturbing = group.create_task(disturb())
        async with asyncio.TaskGroup() as crowd:
            for number in range(48):
                crowd.create_task(one(number))
        over.set()
        await disturbing
    git_in(mirror_of(state), "fsck", "--strict")


async def test_several_processes_share_a_mirror(make, state, remote, tmp_path):
    await make(state).snapshot(BRANCH, None)
    for number in range(4):
        remote.git("update-ref", f"refs/heads/b{number}", tip(remote))
    started = [worker(_WORKS, remote.url, str(state), str(number)) for number in range(4)]
    heads = [process.communicate()[0].strip() for process in started]
    assert heads == [tip(remote, f"b{number}") for number in range(4)]


async def test_a_run_survives_a_force_push_and_a_pruning_gc_in_the_mirror(make, state, remote):
    workspaces = make(state)
    workspace = await prepared(workspaces)
    remote.commit({"rewritten": b"x"}, branch=BRANCH, onto=tip(remote, "main"))
    await workspaces.snapshot(BRANCH, None)
    git_in(mirror_of(state), "-c", "gc.reflogExpire=now", "gc", "--quiet", "--prune=now")
    (workspace.path / "src/app.py").write_text("changed\n")
    assert [change.path for change in await workspace.changes()] == ["src/app.py"]
    await workspace.commit(TEXT)
    await workspace.restore(("README.md",))
    with pytest.raises(BranchMoved):
        await workspace.push()
    agent_git(workspace.path, "fsck")


async def test_what_a_workspace_needs_is_let_go_when_it_is_closed(make, state):
    workspaces = make(state)
    workspace = await prepared(workspaces)
    assert "refs/tags/kiro-worker/r-1/head" in git_in(mirror_of(state), "for-each-ref")
    await workspace.close(keep=False)
    assert "refs/tags/kiro-worker" not in git_in(mirror_of(state), "for-each-ref")
    assert list((mirror_of(state) / "kiro-worker/runs").iterdir()) == []


async def test_the_mirror_takes_no_objects_of_runs_and_shares_packs_only(make, state):
    workspace = await prepared(make(state))
    (workspace.path / "secret").write_text("a refused secret")
    await workspace.changes()
    await workspace.commit(TEXT)
    folders = {path.name for path in (mirror_of(state) / "objects").iterdir()}
    assert folders <= {"pack", "info"}


async def test_agents_of_two_runs_share_no_hook_ref_or_setting(make, state):
    workspaces = make(state)
    one, other = await prepared(workspaces, "r-1"), await prepared(workspaces, "r-2", branch="main")
    hooks = one.path / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "post-commit").write_text("#!/bin/sh\ntouch hook-ran\n")
    (hooks / "post-commit").chmod(0o755)
    agent_git(one.path, "config", "alias.x", "y")
    agent_git(one.path, "branch", "mine")
    agent_git(other.path, "commit", "--allow-empty", "-q", "-m", "x")
    assert not (other.path / "hook-ran").exists()
    assert agent_git(other.path, "branch", "--format=%(refname:short)") == "main"


async def test_a_lock_that_a_killed_git_left_does_not_stop_the_next_fetch(make, state, remote):
    await make(state).snapshot(BRANCH, None)
    mirror = mirror_of(state)
    (mirror / f"refs/heads/{BRANCH}").parent.mkdir(parents=True, exist_ok=True)
    (mirror / f"refs/heads/{BRANCH}.lock").touch()
    (mirror / "packed-refs.lock").touch()
    (mirror / "objects/pack/tmp_pack_abc").write_bytes(b"half")
    head = remote.commit({"x": b"x"}, branch=BRANCH)
    assert (await make(state).snapshot(BRANCH, None)).head == head
    assert not (mirror / "objects/pack/tmp_pack_abc").exists()


async def test_a_worker_killed_while_it_fetches_leaves_a_mirror_that_works(make, state, remote, tmp_path):
    await make(state).snapshot(BRANCH, None)
    for number in range(30):
        remote.commit({f"f{number}": os.urandom(200_000)}, branch="big")
    packs = mirror_of(state) / "objects/pack"
    kill_as_soon_as_it_writes(worker(_FETCHES, remote.url, str(state)), packs)
    workspaces = make(state)
    snapshot = await workspaces.snapshot("big", None)
    assert snapshot.head == tip(remote, "big")
    workspace = await prepared(workspaces, branch="big")
    assert len(list(workspace.path.glob("f*"))) == 30


@pytest.mark.parametrize("shallow", [False, True])
async def test_two_remotes_have_two_mirrors(make, state, remote, tmp_path, shallow):
    (tmp_path / "x").mkdir()
    other = BareRemote(tmp_path / "x" / "other.git")
    head = other.commit({"other": b"x"})
    assert (await make(state, shallow=shallow).snapshot(None, None)).base == tip(remote, "main")
    assert (await make(state, url=other.url, shallow=shallow).snapshot(None, None)).base == head


async def test_a_shallow_mirror_fetches_history_only_when_it_is_asked_for(make, state, remote):
    for number in range(120):
        remote.commit({"n": b"%d" % number}, branch=BRANCH)
    workspaces = make(state, shallow=True)
    workspace = await prepared(workspaces)
    mirror = mirror_of(state)
    assert git_in(mirror, "rev-list", "--count", workspace.head) == "1\n"
    relation = await workspace.relation()
    assert (relation.ahead, relation.behind, relation.merge_base) == (121, 0, tip(remote, "main"))
    assert len(await workspaces.history(workspace.head, workspace.base)) == 121


async def test_a_fetch_tells_how_far_it_is(make, state, remote):
    told: list[str] = []
    remote.commit({f"f{number}": os.urandom(1000) for number in range(500)})
    await make(state, progress=told.append).snapshot(None, None)
    # Of what comes at once only the last is told, and a quick fetch comes at once.
    stages = ("Counting objects:", "Compressing objects:", "Receiving objects:", "Resolving deltas:")
    assert any(text.startswith(stages) and text.endswith("%") for text in told)


async def tidied(workspaces, **limits):
    folders = workspaces._folders
    await tidy(workspaces._mirror, folders.path, folders.is_alive, folders.save, workspaces._trash.take, **limits)


async def test_many_small_packs_become_few_and_a_living_run_does_not_notice(make, state, remote):
    workspaces = make(state)
    workspace = await prepared(workspaces)
    for number in range(8):
        remote.commit({"n": b"%d" % number}, branch="busy")
        await workspaces.snapshot("busy", None)
    mirror: Mirror = workspaces._mirror
    assert len(list((mirror.path / "objects/pack").glob("*.pack"))) > 6
    await tidied(workspaces, many=6)
    assert len(list((mirror.path / "objects/pack").glob("*.pack"))) < 6
    (workspace.path / "a").write_text("a")
    assert [change.path for change in await workspace.changes()] == ["a"]
    await workspace.commit(TEXT)
    await workspace.push()
    await workspace.close(keep=False)
    for number in range(8):
        remote.commit({"n": b"%d" % number}, branch="busy")
        await workspaces.snapshot("busy", None)
    await tidied(workspaces, many=6)
    assert len(list((mirror.path / "objects/pack").glob("*.pack"))) == 1
    assert (await prepared(workspaces, "r-2", branch="busy")).head == tip(remote, "busy")


async def test_a_kept_workspace_goes_after_two_weeks_and_its_pins_with_it(make, state):
    workspaces = make(state)
    workspace = await prepared(workspaces)
    await workspace.close(keep=True)
    living = await prepared(workspaces, "r-2", branch="main")
    for folder in (workspace.path.parent, living.path.parent):
        os.utime(folder, (0, 0))
    await workspaces.close()
    assert not workspace.path.exists()
    assert living.path.exists()
    refs = git_in(mirror_of(state), "for-each-ref")
    assert "kiro-worker/r-1/" not in refs
    assert "kiro-worker/r-2/" in refs


async def test_a_commit_that_was_never_pushed_outlives_its_workspace_until_it_is_on_a_branch(make, state, remote):
    workspaces = make(state)
    dead = await prepared(workspaces)
    (dead.path / "a").write_text("a")
    oid = await dead.commit(TEXT)
    dead._on.mark.drop()
    os.utime(dead.path.parent, (0, 0))
    await workspaces.close()
    assert not dead.path.exists()
    assert oid in git_in(mirror_of(state), "for-each-ref")
    again = make(state)
    assert await again.adopt("r-1", oid) == oid
    git_in(mirror_of(state), "push", "--quiet", remote.url, f"{oid}:refs/heads/{BRANCH}")
    await again.snapshot(BRANCH, None)
    await tidied(again, many=0)
    assert "refs/local/kept/" not in git_in(mirror_of(state), "for-each-ref")


async def test_another_repositorys_old_workspace_is_left_to_its_own_mirror(make, state, tmp_path):
    workspace = await prepared(make(state))
    await workspace.close(keep=True)
    os.utime(workspace.path.parent, (0, 0))
    (tmp_path / "x").mkdir()
    other = BareRemote(tmp_path / "x" / "other.git")
    other.commit({"other": b"x"})
    elsewhere = make(state, url=other.url)
    await elsewhere.snapshot(None, None)
    await elsewhere.close()
    assert workspace.path.exists()


async def test_a_dead_runs_folder_is_saved_before_the_same_run_begins_again(make, state, remote):
    dead = await prepared(make(state))
    (dead.path / "a").write_text("a")
    oid = await dead.commit(TEXT)
    dead._on.mark.drop()
    workspaces = make(state)
    again = await prepared(workspaces)
    assert again.head == tip(remote)
    assert await workspaces.read(oid, ("a",)) == {"a": b"a"}
    with pytest.raises(FenceLost):
        await dead.push()


async def test_what_cannot_be_saved_is_not_thrown_away(make, state):
    dead = await prepared(make(state))
    (dead.path / "a").write_text("a")
    oid = await dead.commit(TEXT)
    dead._on.mark.drop()
    (dead.path.parent / "git/objects" / oid[:2] / oid[2:]).chmod(0o644)
    (dead.path.parent / "git/objects" / oid[:2] / oid[2:]).write_bytes(b"broken")
    workspaces = make(state)
    assert await workspaces.adopt("r-1", oid) is None
    await prepared(workspaces)
    assert any(folder.name.startswith("r-1-unsaved-") for folder in (state / "workspaces").iterdir())


async def test_a_workspace_whose_commits_cannot_be_saved_is_kept(make, state):
    workspace = await prepared(make(state))
    (workspace.path / "a").write_text("a")
    oid = await workspace.commit(TEXT)
    (workspace.path.parent / "git/objects" / oid[:2] / oid[2:]).chmod(0o644)
    (workspace.path.parent / "git/objects" / oid[:2] / oid[2:]).write_bytes(b"broken")
    assert await workspace.close(keep=False) == workspace.path


async def test_nothing_is_adopted_of_a_run_nobody_knows(make, state, remote):
    assert await make(state).adopt("r-9", tip(remote)) == tip(remote)
    assert await make(state).adopt("r-9", "2" * 40) is None


async def test_a_prepare_that_is_cancelled_leaves_nothing_behind(make, state):
    workspaces = make(state)
    snapshot = await workspaces.snapshot(BRANCH, None)
    async with asyncio.TaskGroup() as group:
        preparing = group.create_task(workspaces.prepare(snapshot, Claim(run="r-1", fence=1)))
        while not any((state / "workspaces").glob("*")):  # noqa: ASYNC110  # nobody tells of a folder
            await asyncio.sleep(0)
        preparing.cancel()
    assert preparing.cancelled()
    assert list((state / "workspaces").iterdir()) == []
    assert "kiro-worker/r-1" not in git_in(mirror_of(state), "for-each-ref")


async def test_a_mirror_that_was_set_aside_after_the_snapshot_is_made_anew(make, state):
    workspaces = make(state)
    snapshot = await workspaces.snapshot(BRANCH, None)
    mirror_of(state).rename(state / "aside.git")
    workspace = await workspaces.prepare(snapshot, Claim(run="r-1", fence=1))
    assert (workspace.path / "README.md").exists()
    await workspace.close(keep=False)
    mirror_of(state).rename(state / "aside-again.git")
    assert await workspaces.adopt("r-1", workspace.head) == workspace.head


@pytest.mark.parametrize(("branch", "new_branch"), [(BRANCH, None), ("main", "kiro/new")])
async def test_a_commit_that_only_a_tampered_mirror_had_is_not_worked_from(make, state, remote, branch, new_branch):
    workspaces = make(state)
    dead = await prepared(workspaces)
    snapshot = await workspaces.snapshot(branch, "main")
    (pack, *_) = (dead.path / ".git/objects/pack").glob("*.pack")
    pack.chmod(0o644)
    pack.write_bytes(b"scribble")
    dead._on.mark.drop()
    for name in ("main", BRANCH):
        remote.commit({"x": b"x"}, branch=name, onto="")
    remote.git("gc", "--quiet", "--prune=now")
    with pytest.raises(BranchMoved):
        await workspaces.prepare(snapshot, Claim(run="r-2", fence=2), new_branch=new_branch)


async def test_a_mirror_that_is_not_as_noted_is_not_repacked(make, state):
    workspaces = make(state)
    await workspaces.snapshot(BRANCH, None)
    packs = set((mirror_of(state) / "objects/pack").iterdir())
    (pack,) = (path for path in packs if path.suffix == ".pack")
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes()[:-1] + b"x")
    await _repack(workspaces._mirror, workspaces._folders.is_alive)
    assert set((mirror_of(state) / "objects/pack").iterdir()) == packs


async def test_a_git_that_knows_no_geometry_repacks_without_dropping_anything(make, children, state, remote, tmp_path):
    old = tmp_path / "old-git"
    old.write_text(
        '#!/bin/sh\ncase "$*" in *--geometric*) echo "error: unknown option" >&2; exit 129;; esac\nexec git "$@"\n'
    )
    old.chmod(0o755)
    git = Git(children, home=tmp_path / "h", program=str(old))
    async with GitWorkspaces(git, Remote(url=remote.url), state) as workspaces:
        await prepared(workspaces)
        forgotten = tip(remote)
        remote.commit({"x": b"x"}, branch=BRANCH, onto="")
        await workspaces.snapshot(BRANCH, None)
        await _repack(workspaces._mirror, workspaces._folders.is_alive)
        assert len(list((mirror_of(state) / "objects/pack").glob("*.pack"))) == 1
        assert await workspaces.read(forgotten, ("README.md",)) == {"README.md": b"# Login\n"}

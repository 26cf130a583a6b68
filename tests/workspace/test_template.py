"""The template: a workspace made from it is the one that git would make, or git makes it."""

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest

from kiro_worker.git.index import read_index, told
from kiro_worker.testing.git_remote import BareRemote, link, program, submodule
from kiro_worker.testing.workspace_contract import BRANCH, TEXT, agent_git, prepared, tip
from kiro_worker.workspace import Claim
from kiro_worker.workspace.template import Template

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"1" * 64 + b"\nsize 12345\n"
ODD = {
    b"caf\xe9.txt": b"not UTF-8\n",
    "caf\u00e9.txt".encode(): b"UTF-8\n",
    b"new\nline": b"x",
    b"README.MD": b"in capitals\n",
    b"deep/run.sh": program(b"#!/bin/sh\n"),
    b"deep/link": link("../README.md"),
    b"deep/gone": link("nowhere"),
    b"nothing": b"",
    b"zeros": b"\0" * 100_000,
    b"lib": submodule("1" * 40),
    b".gitattributes": b"*.bin filter=lfs -text\n*.bat eol=crlf\n*.id ident\n*.txt text\n",
    b"a.bin": POINTER,
    b"a.bat": b"one\ntwo\n",
    b"a.id": b"$Id$\n",
}


def template_of(state: Path) -> Path:
    (mirror,) = (state / "mirrors").glob("*.git")
    return mirror / "kiro-worker/template"


def used(calls) -> bool:
    """Whether nothing was left for git to clone."""
    return not any(call.args[0] == "clone" for call in calls)


async def one_run(workspaces, run: str = "r-0") -> None:
    """A run on the base branch, to its end."""
    await (await prepared(workspaces, run, branch="main")).close(keep=False)
    await workspaces.close()


@pytest.fixture
def another(make, state):
    """Make what another run on this machine would have."""
    return lambda: make(state)


@pytest.fixture
async def warm(another, state, remote, calls):
    """What a run has on a machine that has seen one on the base branch."""
    remote.commit(ODD)
    remote.commit({**ODD, "work": b"here\n", "src/app.py": None, "README.md": b"changed\n"}, branch=BRANCH)
    await one_run(another())
    assert template_of(state).is_dir()
    calls.clear()
    return another()


@pytest.fixture
def template(warm, state) -> Path:
    """The template of a machine that has seen a run."""
    return template_of(state)


def described(tree: Path) -> dict[bytes, tuple[object, ...]]:
    """What lies in a tree, but for `.git`."""
    found: dict[bytes, tuple[object, ...]] = {}
    for folder, folders, files in os.walk(os.fsencode(tree)):
        folders[:] = [name for name in folders if name != b".git"]
        for name in (*folders, *files):
            path = os.path.join(folder, name)  # noqa: PTH118  # names are bytes
            status = os.lstat(path)
            if os.path.islink(path):  # noqa: PTH114  # names are bytes
                content = os.readlink(path)  # noqa: PTH115  # names are bytes
            else:
                content = b"" if name in folders else Path(os.fsdecode(path)).read_bytes()
            found[os.path.relpath(path, os.fsencode(tree))] = (status.st_mode, content)
    return found


def check(workspace, git_made: Path) -> None:
    """A workspace is what a clone of git's own is, and its index tells what the file system says."""
    assert described(workspace.path) == described(git_made)
    assert agent_git(workspace.path, "status", "--porcelain", "--ignored") == ""
    assert agent_git(workspace.path, "ls-files", "--stage") == agent_git(git_made, "ls-files", "--stage")
    agent_git(workspace.path, "fsck", "--strict", "--no-dangling")
    algorithm = "sha256" if len(workspace.head) > 40 else "sha1"
    own = (workspace.path.parent / "git/index").read_bytes()
    assert own == (workspace.path / ".git/index").read_bytes()
    for entry in read_index(own, algorithm):
        path = workspace.path / os.fsdecode(entry.path)
        assert told(path.lstat(), entry.mode) == entry.told, entry.path
        assert path.is_dir() or path.lstat().st_nlink == 1


@pytest.fixture
def git_made(remote, tmp_path):
    """Make a clone with git alone, of the branch that is worked on."""

    def made(branch: str = BRANCH) -> Path:
        place = tmp_path / f"by-git-{os.urandom(4).hex()}"
        shutil.rmtree(place, ignore_errors=True)
        agent_git(tmp_path, "clone", "-q", "--branch", branch, "--", str(remote.path), str(place))
        return place

    return made


async def test_a_workspace_from_the_template_is_the_one_that_git_makes(warm, calls, git_made):
    workspace = await prepared(warm)
    assert used(calls)
    check(workspace, git_made())
    assert await workspace.changes() == ()


async def test_the_base_branch_itself_needs_no_git_to_check_it_out(warm, calls, git_made):
    workspace = await prepared(warm, branch="main")
    assert not any(call.args[0] in {"clone", "read-tree"} for call in calls)
    check(workspace, git_made("main"))


async def test_in_a_repository_of_the_newer_hash_too(make, tmp_path, calls, state):
    (tmp_path / "x").mkdir()
    remote = BareRemote(tmp_path / "x/repo.git", object_format="sha256")
    remote.commit({"a": b"a", "deep/b": program(b"b"), "l": link("a")})
    remote.commit({"c": b"c"}, branch=BRANCH, onto=tip(remote, "main"))
    await one_run(make(state, url=remote.url))
    calls.clear()
    workspace = await prepared(make(state, url=remote.url))
    assert used(calls)
    agent_git(tmp_path, "clone", "-q", "--branch", BRANCH, "--", str(remote.path), str(tmp_path / "by-git"))
    check(workspace, tmp_path / "by-git")
    (workspace.path / "a").write_text("A")
    assert [change.path for change in await workspace.changes()] == ["a"]
    await workspace.commit(TEXT)
    await workspace.push()
    assert remote.read("a", BRANCH) == b"A"


async def test_a_change_of_the_same_size_and_time_is_seen(warm, calls):
    workspace = await prepared(warm)
    for name in ("README.md", "work", "zeros"):
        path = workspace.path / name
        before = path.stat()
        path.write_bytes(path.read_bytes()[:-1] + b"!")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert used(calls)
    assert [change.path for change in await workspace.changes()] == ["README.md", "work", "zeros"]


async def test_what_an_agent_writes_reaches_neither_the_template_nor_the_next_run(warm, calls, state, git_made):
    before = described(template_of(state) / "tree")
    workspace = await prepared(warm)
    for path in workspace.path.iterdir():
        if path.is_file() and not path.is_symlink():
            path.write_bytes(b"scribble")
    (workspace.path / "deep/gone").unlink()
    assert described(template_of(state) / "tree") == before
    check(await prepared(warm, "r-2", fence=2), git_made())
    assert used(calls)


def rewritten(template: Path) -> None:
    path = template / "tree/README.MD"
    before = path.stat()
    path.write_bytes(b"IN capitals\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced_by_a_link(template: Path) -> None:
    (template / "tree/README.MD").rename(template / "tree/other")
    (template / "tree/README.MD").symlink_to("other")


def replaced_by_a_pipe(template: Path) -> None:
    (template / "tree/README.MD").unlink()
    os.mkfifo(template / "tree/README.MD")


def without_a_file(template: Path) -> None:
    (template / "tree/README.MD").unlink()


def given_another_name(template: Path) -> None:
    os.link(template / "tree/README.MD", template / "tree/other")


def with_a_link_elsewhere(template: Path) -> None:
    (template / "tree/deep/link").unlink()
    (template / "tree/deep/link").symlink_to("/etc/passwd")


def with_an_index_of_zeros(template: Path) -> None:
    index = template / "git/index"
    index.write_bytes(b"\0" * index.stat().st_size)


def with_half_an_index(template: Path) -> None:
    os.truncate(template / "git/index", 200)


def without_an_index(template: Path) -> None:
    (template / "git/index").unlink()


def copied_back(template: Path) -> None:
    shutil.copytree(template, template.with_name("saved"), symlinks=True)
    shutil.rmtree(template)
    template.with_name("saved").rename(template)


def resealed(template: Path, **changed: object) -> None:
    seal = json.loads((template / "seal").read_bytes())
    (template / "seal").write_text(json.dumps({**seal, **changed}))


def of_another_boot(template: Path) -> None:
    resealed(template, made="another boot")


def of_an_unknown_tree(template: Path) -> None:
    resealed(template, tree="2" * 40)


def sealed_by_another_version(template: Path) -> None:
    resealed(template, more="than is known")


def with_garbage_for_a_seal(template: Path) -> None:
    (template / "seal").write_text("[")


def without_a_seal(template: Path) -> None:
    (template / "seal").unlink()


@pytest.mark.parametrize(
    "damage",
    [
        rewritten,
        replaced_by_a_link,
        replaced_by_a_pipe,
        without_a_file,
        given_another_name,
        with_a_link_elsewhere,
        with_an_index_of_zeros,
        with_half_an_index,
        without_an_index,
        copied_back,
        of_another_boot,
        of_an_unknown_tree,
        sealed_by_another_version,
        with_garbage_for_a_seal,
        without_a_seal,
    ],
)
async def test_of_a_template_that_is_not_as_it_was_made_nothing_is_used(template, another, calls, git_made, damage):
    damage(template)
    workspaces = another()
    workspace = await prepared(workspaces)
    assert not used(calls)
    check(workspace, git_made())
    await workspace.close(keep=False)
    await workspaces.close()
    calls.clear()
    check(await prepared(another(), "r-2", fence=2), git_made())
    assert used(calls), "it was made anew"


async def test_a_file_that_somebody_added_to_the_template_is_in_no_workspace(warm, calls, state, git_made):
    (template_of(state) / "tree/extra").write_text("x")
    (template_of(state) / "tree/.git").mkdir()
    check(await prepared(warm), git_made())
    assert used(calls)


async def test_where_attributes_differ_git_checks_out(warm, calls, remote, git_made):
    remote.commit({".gitattributes": b"*.md eol=crlf\n*.id -ident\n"}, branch=BRANCH)
    workspace = await prepared(warm)
    assert not used(calls)
    check(workspace, git_made())
    assert (workspace.path / "README.md").read_bytes() == b"changed\r\n"


async def test_where_attributes_of_a_folder_differ_git_checks_out(warm, calls, remote, git_made):
    remote.commit({"src/deep/er/.gitattributes": b"*.py eol=crlf\n"}, branch=BRANCH)
    workspace = await prepared(warm)
    assert not used(calls)
    assert (workspace.path / "src/deep/er/one.py").read_bytes() == b"one = 1\r\n"
    check(workspace, git_made())


async def test_a_branch_that_is_far_from_the_base_is_left_to_git(warm, calls, remote, git_made):
    remote.commit({f"many/{number}/{deep}": b"x" for number in range(30) for deep in range(30)}, branch=BRANCH)
    workspace = await prepared(warm)
    assert not used(calls)
    check(workspace, git_made())


async def test_a_file_that_became_a_folder_and_a_folder_that_became_a_link_are_as_they_should_be(
    warm, calls, remote, git_made
):
    remote.commit(
        {"README.md": None, "README.md/x": b"x", "src/app.py": None, "src/deep/er/one.py": None}, branch=BRANCH
    )
    remote.commit({"src": link("README.md"), "lib": None, "nothing": program(b"now")}, branch=BRANCH)
    workspace = await prepared(warm)
    assert used(calls)
    check(workspace, git_made())


async def test_a_base_that_moved_on_a_little_keeps_its_template(template, another, remote):
    before = template.stat().st_ino
    remote.commit({"little": b"x"})
    await one_run(another(), "r-1")
    assert template.stat().st_ino == before


async def test_a_base_that_moved_on_far_gets_a_new_template(template, another, calls, remote, git_made):
    before = template.stat().st_ino
    remote.commit({f"f{number}": b"x" for number in range(60)})
    await one_run(another(), "r-1")
    assert template.stat().st_ino != before
    calls.clear()
    workspace = await prepared(another(), "r-2", fence=2, branch="main")
    assert not any(call.args[0] in {"clone", "read-tree"} for call in calls)
    check(workspace, git_made("main"))


async def test_what_a_killed_maker_left_is_cleared_away(make, state, remote):
    workspaces = make(state)
    await (await prepared(workspaces, branch="main")).close(keep=False)
    half = template_of(state).with_name("template-half")
    (half / "tree").mkdir(parents=True)
    await workspaces.close()
    assert template_of(state).is_dir()
    assert not half.exists()


async def test_several_who_end_at_once_make_one_template(make, state, remote):
    owners = [make(state) for _ in range(4)]
    for number, owner in enumerate(owners):
        remote.git("update-ref", f"refs/heads/b{number}", tip(remote))
        await (await prepared(owner, f"r-{number}", branch=f"b{number}")).close(keep=False)
    await asyncio.gather(*(owner.close() for owner in owners))
    kept = template_of(state)
    assert sorted(entry.name for entry in kept.parent.glob("template*")) == ["template"]
    assert json.loads((kept / "seal").read_bytes())["tree"] == remote.git("rev-parse", "main^{tree}")


async def test_a_template_that_cannot_be_made_does_not_hide_how_the_run_ended(make, state):
    workspaces = make(state)
    await (await prepared(workspaces, branch="main")).close(keep=False)
    template_of(state).with_name("template.maker").mkdir()
    await workspaces.close()
    assert not template_of(state).exists()


async def test_on_a_disk_that_is_nearly_full_none_is_made(make, state, remote):
    workspaces = make(state)
    await (await prepared(workspaces, branch="main")).close(keep=False)
    for room in (1 << 62, 0):
        template = Template(workspaces._git, workspaces._mirror, workspaces._trash.take, room=room)
        template.want(remote.git("rev-parse", "main^{tree}"), "[core]\n\trepositoryformatversion = 0\n")
        await template.renew()
        assert template_of(state).exists() == (room == 0)


async def test_who_only_looks_makes_no_template(make, state):
    workspaces = make(state)
    await workspaces.snapshot(BRANCH, None)
    await workspaces.close()
    assert not template_of(state).exists()


async def test_where_no_disk_outlives_the_run_there_is_no_template(make, state):
    workspaces = make(state, shallow=True)
    await (await prepared(workspaces)).close(keep=False)
    await workspaces.close()
    assert not template_of(state).exists()


async def test_objects_that_cannot_be_linked_are_left_to_git(warm, calls, state, git_made):
    (mirror,) = (state / "mirrors").glob("*.git")
    os.mkfifo(mirror / "objects/pack/odd")
    workspace = await prepared(warm)
    assert not used(calls)
    check(workspace, git_made())


async def test_a_prepare_that_is_cancelled_while_it_copies_leaves_nothing_behind(make, warm, state):
    snapshot = await warm.snapshot(BRANCH, None)
    async with asyncio.TaskGroup() as group:
        preparing = group.create_task(warm.prepare(snapshot, Claim(run="r-1", fence=1)))
        while not any((state / "workspaces").glob("r-1/tree")):  # noqa: ASYNC110  # nobody tells of a folder
            await asyncio.sleep(0)
        preparing.cancel()
    assert preparing.cancelled()
    assert list((state / "workspaces").iterdir()) == []
    assert (await prepared(warm, "r-2", fence=2)).path.is_dir()


async def test_a_crowd_makes_its_workspaces_from_one_template(another, warm, calls, remote, git_made):
    owners = [another() for _ in range(4)]
    for number in range(8):
        remote.git("update-ref", f"refs/heads/b{number}", tip(remote))

    async def one(number: int) -> None:
        check(await prepared(owners[number % 4], f"r-{number}", branch=f"b{number}"), made)

    made = git_made()
    await asyncio.gather(*(one(number) for number in range(8)))
    assert used(calls)


async def test_the_template_goes_when_the_mirror_is_set_aside(make, warm, state, calls, git_made):
    workspace = await prepared(warm)
    (pack, *_) = (workspace.path / ".git/objects/pack").glob("*.pack")
    pack.chmod(0o644)
    pack.write_bytes(b"scribble")
    with pytest.raises(Exception, match="mirror's own objects were changed"):
        await workspace.changes()
    calls.clear()
    check(await prepared(make(state), "r-2", fence=2), git_made())
    assert not used(calls)

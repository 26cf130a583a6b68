"""Repositories of every odd kind: they work, or it is said clearly why not."""

import os
from pathlib import Path

import pytest

from kiro_worker.changeset import How
from kiro_worker.git import RepositoryMissing
from kiro_worker.git.fault import ObjectTooLarge
from kiro_worker.testing.git_remote import BareRemote, link
from kiro_worker.testing.workspace_contract import BRANCH, TASKS, TEXT, agent_git, prepared, tip
from kiro_worker.workspace import Claim, Hazard, RepositoryUnfit

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"1" * 64 + b"\nsize 12345\n"


def paths(changes) -> set[str]:
    return {change.path for change in changes}


@pytest.fixture
def served(tmp_path: Path) -> Path:
    (tmp_path / "other").mkdir()
    return tmp_path / "other"


@pytest.fixture
def workspaces(make, state):
    return make(state)


async def test_an_empty_repository_has_no_base_and_cannot_be_worked_on(make, served):
    workspaces = make(url=BareRemote(served / "empty.git").url)
    snapshot = await workspaces.snapshot(None, None)
    assert (snapshot.base, snapshot.head, snapshot.branch) == (None, None, "")
    assert await workspaces.branches() == {}
    with pytest.raises(RepositoryUnfit) as told:
        await workspaces.prepare(snapshot, Claim(run="r-1", fence=1), new_branch="kiro/x")
    assert "first commit" in told.value.next_step


async def test_a_repository_that_was_empty_is_seen_to_be_filled(make, served):
    remote = BareRemote(served / "empty.git")
    workspaces = make(url=remote.url)
    await workspaces.snapshot(None, None)
    head = remote.commit({"a": b"a"})
    snapshot = await workspaces.snapshot(None, None)
    assert (snapshot.base_branch, snapshot.base) == ("main", head)


async def test_a_sha256_repository_that_was_empty_is_seen_to_be_filled(make, served):
    remote = BareRemote(served / "empty.git", object_format="sha256")
    workspaces = make(url=remote.url)
    await workspaces.snapshot(None, None)
    head = remote.commit({"a": b"a"})
    assert (await workspaces.snapshot(None, None)).base == head


async def test_a_remote_whose_head_names_no_branch_needs_the_base_to_be_set(workspaces, remote):
    remote.git("update-ref", "--no-deref", "HEAD", tip(remote, "main"))
    snapshot = await workspaces.snapshot(BRANCH, None)
    assert (snapshot.base_branch, snapshot.base) == ("", None)
    with pytest.raises(RepositoryUnfit, match="no base branch"):
        await workspaces.prepare(snapshot, Claim(run="r-1", fence=1))
    snapshot = await workspaces.snapshot(BRANCH, "main")
    assert (await workspaces.prepare(snapshot, Claim(run="r-1", fence=1))).base == tip(remote, "main")


async def test_a_remote_whose_head_names_a_branch_that_is_not_there_works_with_a_base(workspaces, remote):
    remote.git("symbolic-ref", "HEAD", "refs/heads/nowhere")
    assert (await workspaces.snapshot(BRANCH, None)).base is None
    assert (await workspaces.snapshot(BRANCH, "main")).base == tip(remote, "main")


async def test_a_missing_repository_is_said_to_be_missing(make, tmp_path):
    with pytest.raises(RepositoryMissing):
        await make(url=str(tmp_path / "nothing.git")).snapshot(None, None)


async def test_a_remote_that_is_a_shallow_clone_works(make, served, remote):
    for number in range(4):
        remote.commit({"n": b"%d" % number}, branch=BRANCH)
    shallow = served / "shallow.git"
    agent_git(served, "clone", "-q", "--bare", "--depth=2", "--no-single-branch", f"file://{remote.path}", str(shallow))
    workspaces = make(url=str(shallow))
    workspace = await prepared(workspaces)
    assert len(await workspaces.history(workspace.head, None)) == 2
    assert (await workspace.relation()).merge_base is None
    (workspace.path / "a").write_text("a")
    await workspace.changes()
    head = await workspace.commit(TEXT)
    await workspace.push()
    assert tip(BareRemote(shallow)) == head


async def test_unrelated_histories_have_no_merge_base(workspaces, remote):
    remote.commit({"x": b"x"}, branch="island", onto="")
    relation = await (await prepared(workspaces, branch="island")).relation()
    assert (relation.ahead, relation.behind, relation.merge_base, relation.conflicts) == (1, 1, None, ())


async def test_where_histories_cross_the_best_meeting_is_found(workspaces, remote):
    # Both merged the other: two best common ancestors, and git's own choice is taken.
    main, branch = tip(remote, "main"), tip(remote)
    one = remote.git("commit-tree", f"{main}^{{tree}}", "-p", main, "-p", branch, "-m", "m1")
    two = remote.git("commit-tree", f"{branch}^{{tree}}", "-p", branch, "-p", main, "-m", "m2")
    remote.git("update-ref", "refs/heads/main", remote.git("commit-tree", f"{one}^{{tree}}", "-p", one, "-m", "m3"))
    remote.git(
        "update-ref", f"refs/heads/{BRANCH}", remote.git("commit-tree", f"{two}^{{tree}}", "-p", two, "-m", "b3")
    )
    relation = await (await prepared(workspaces)).relation()
    assert relation.merge_base == remote.git("merge-base", "main", BRANCH)


async def test_names_that_are_no_utf8_or_hold_a_line_break_go_all_the_way(workspaces, remote):
    odd = {
        b"caf\xe9.txt": b"latin",
        b"two\nlines": b"x",
        b'quo"te\\': b"y",
        b":colon": b"z",
        b"-dash": b"d",
        b"tab\there": b"t",
    }
    remote.commit(odd, branch=BRANCH)
    workspace = await prepared(workspaces)
    for name in odd:
        file = workspace.path / os.fsdecode(name)
        file.write_bytes(file.read_bytes() + b"more\n")
    (workspace.path / "new\udcff").write_bytes(b"n")
    changes = {os.fsencode(change.path): change for change in await workspace.changes()}
    assert set(changes) == {*odd, b"new\xff"}
    assert all(change.added == 1 for change in changes.values())
    await workspace.restore(tuple(change.path for change in changes.values() if change.path.startswith("caf")))
    before = workspace.head
    await workspace.commit(TEXT)
    await workspace.push()
    assert {os.fsencode(change.path) for change in await workspace.changed_since(before)} == set(changes) - {
        b"caf\xe9.txt"
    }
    assert await workspace.changes() == ()
    read = await workspaces.read(
        tip(remote, BRANCH) if await workspaces.snapshot(BRANCH, None) else "", ("two\nlines", "new\udcff")
    )
    assert read == {"two\nlines": b"xmore\n", "new\udcff": b"n"}


async def test_names_that_differ_in_case_only_are_kept_and_told(workspaces, remote):
    remote.commit({"Docs/Guide.md": b"1"}, branch=BRANCH)
    workspace = await prepared(workspaces)
    (workspace.path / "Docs/guide.md").write_text("2")
    (workspace.path / "SRC").mkdir()
    (workspace.path / "SRC/other.py").write_text("3")
    (workspace.path / "fine.md").write_text("4")
    changes = {change.path: change for change in await workspace.changes()}
    collide = {path for path, change in changes.items() if Hazard.CASE_COLLISION in change.hazards}
    assert collide == {"Docs/guide.md", "SRC/other.py"}
    await workspace.commit(TEXT)
    await workspace.push()
    assert remote.read("Docs/guide.md", BRANCH) == b"2"


async def test_names_that_differ_in_how_their_signs_are_composed_are_told(workspaces, remote):
    remote.commit({"caf\u00e9.txt".encode(): b"1"}, branch=BRANCH)
    workspace = await prepared(workspaces)
    (workspace.path / "cafe\u0301.txt").write_text("2")
    (workspace.path / "CAFE\u0300.txt").write_text("3")
    collide = {change.path for change in await workspace.changes() if Hazard.CASE_COLLISION in change.hazards}
    assert collide == {"cafe\u0301.txt"}


async def test_lfs_pointers_stay_pointers_and_a_changed_one_is_told(workspaces, remote):
    remote.commit(
        {".gitattributes": b"*.bin filter=lfs diff=lfs merge=lfs -text\n", "a.bin": POINTER, "b.bin": POINTER},
        branch=BRANCH,
    )
    workspace = await prepared(workspaces)
    assert (workspace.path / "a.bin").read_bytes() == POINTER
    (workspace.path / "b.bin").write_bytes(b"the whole file")
    (workspace.path / "b.txt").write_bytes(b"text")
    changes = {change.path: change for change in await workspace.changes()}
    assert {path: change.hazards for path, change in changes.items()} == {
        "b.bin": {Hazard.FILTERED},
        "b.txt": frozenset(),
    }


async def test_attributes_of_a_folder_and_of_a_macro_count_too(workspaces, remote):
    remote.commit({".gitattributes": b"[attr]big filter=lfs\n", "media/.gitattributes": b"*.png big\n"}, branch=BRANCH)
    workspace = await prepared(workspaces)
    (workspace.path / "media/a.png").write_text("x")
    (workspace.path / "a.png").write_text("x")
    changes = {change.path: change for change in await workspace.changes()}
    assert changes["media/a.png"].hazards == {Hazard.FILTERED}
    assert changes["a.png"].hazards == frozenset()


async def test_line_endings_follow_the_repositorys_attributes(workspaces, remote):
    remote.commit({".gitattributes": b"* text=auto\n*.bat eol=crlf\n", "a.bat": b"one\n"}, branch=BRANCH)
    workspace = await prepared(workspaces)
    assert (workspace.path / "a.bat").read_bytes() == b"one\r\n"
    (workspace.path / "b.txt").write_bytes(b"x\r\ny\r\n")
    assert paths(await workspace.changes()) == {"b.txt"}
    await workspace.commit(TEXT)
    await workspace.push()
    assert remote.read("b.txt", BRANCH) == b"x\ny\n"
    (workspace.path / "a.bat").unlink()
    await workspace.restore(("a.bat",))
    assert (workspace.path / "a.bat").read_bytes() == b"one\r\n"


async def test_a_huge_file_goes_through_and_its_lines_are_not_counted(workspaces, remote):
    workspace = await prepared(workspaces)
    with (workspace.path / "huge").open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    (change,) = await workspace.changes()
    assert (change.added, change.size) == (None, 64 * 1024 * 1024)
    await workspace.commit(TEXT)
    await workspace.push()
    assert remote.git("cat-file", "-s", f"{BRANCH}:huge") == str(64 * 1024 * 1024)
    with pytest.raises(ObjectTooLarge, match=r"^huge has 64 MiB"):
        await workspaces.read((await workspaces.snapshot(BRANCH, None)).head, ("README.md", "huge"))
    assert await workspaces.read(workspace.head, (TASKS,)) == {TASKS: b"- [ ] 1. Log in\n"}


async def test_a_file_larger_than_is_read_is_a_change_without_its_content(workspaces, remote):
    large = b"x" * (17 * 1024 * 1024)
    remote.commit({"theirs": large, "small": b"1\n"}, branch=BRANCH)
    workspace = await prepared(workspaces)
    (workspace.path / "ours").write_bytes(large)
    (workspace.path / "theirs").write_bytes(b"now small\n")
    assert await workspace.versions("ours") == (None, None)
    assert await workspace.versions("theirs") == (None, b"now small\n")
    await workspace.restore(("theirs",))
    await workspace.commit(TEXT)
    change = await workspace.change_set(workspace.base)
    told = {file.path: (file.how, file.after, file.left_out) for file in change}
    assert told["ours"] == told["theirs"] == (How.ADDED, None, True)
    assert told["small"] == (How.ADDED, b"1\n", False)
    with pytest.raises(ObjectTooLarge, match=r"^ours has 17 MiB"):
        await workspace.files(("ours",))


async def test_a_tree_of_many_files_is_committed_whole(workspaces, remote):
    workspace = await prepared(workspaces)
    for number in range(3000):
        (workspace.path / f"f{number:04}").write_text(str(number))
    assert len(await workspace.changes()) == 3000
    await workspace.commit(TEXT)
    await workspace.push()
    assert remote.read("f2999", BRANCH) == b"2999"


async def test_trailers_and_subjects_of_any_text_are_told_as_they_are(workspaces, remote):
    message = "Odd \x01\x02 subject\n\nbody\n\nKiro-Note: a: b\n folded line\nKiro-Empty:\n"
    remote.commit({"x": b"x"}, branch=BRANCH, message=message)
    snapshot = await workspaces.snapshot(BRANCH, None)
    commit = (await workspaces.history(snapshot.head, snapshot.base))[0]
    assert commit.subject == "Odd \x01\x02 subject"
    assert commit.trailers == (("Kiro-Note", "a: b folded line"), ("Kiro-Empty", ""))


async def test_a_spec_behind_a_link_is_not_read(workspaces, remote):
    remote.commit({"linked": link("/etc/passwd"), "folder": link("src")}, branch=BRANCH)
    snapshot = await workspaces.snapshot(BRANCH, None)
    assert await workspaces.read(snapshot.head, ("linked", "folder/app.py", "folder/")) == {
        "linked": None,
        "folder/app.py": None,
        "folder/": None,
    }


@pytest.mark.parametrize("name", ["-x", "a..b", "a b", "HEAD", "a.lock", "", "refs/heads/../x", "a\nb", "x" * 300])
async def test_a_branch_name_that_git_would_misread_is_refused(workspaces, name):
    with pytest.raises(Exception, match=r"cannot be used as a branch|no branch") as told:
        await workspaces.prepare(await workspaces.snapshot(name, None), Claim(run="r-1", fence=1))
    assert told.value.code in {"git.bad-name", "workspace.repository-unfit"}


async def test_a_run_id_that_leads_elsewhere_is_refused(workspaces):
    snapshot = await workspaces.snapshot(BRANCH, None)
    for run in ("../r", "a/b", "", ".", "r.lock", "r\n"):
        with pytest.raises(Exception, match="cannot be used as a run id"):
            await workspaces.prepare(snapshot, Claim(run=run, fence=1))


async def test_a_merge_that_needs_a_newer_git_says_so(children, tmp_path, make, state, remote):
    from kiro_worker.git import Git, GitTooOld
    from kiro_worker.workspace import CommitText, Remote
    from kiro_worker.workspace.git_workspaces import GitWorkspaces

    old = tmp_path / "old-git"
    old.write_text('#!/bin/sh\nif [ "$1" = version ]; then echo git version 2.34.1; else exec git "$@"; fi\n')
    old.chmod(0o755)
    remote.commit({"x": b"x"})
    git = Git(children, home=tmp_path / "h", program=str(old))
    async with GitWorkspaces(git, Remote(url=remote.url), state) as workspaces:
        workspace = await prepared(workspaces)
        relation = await workspace.relation()
        assert (relation.behind, relation.conflicts, relation.conflicts_known) == (1, (), False)
        with pytest.raises(GitTooOld, match=r"2\.34\.1 is too old for merging the base branch; 2\.38"):
            await workspace.merge_base_branch(CommitText(subject="Merge"))


async def test_a_git_that_cannot_be_run_safely_is_refused_before_anything_is_fetched(children, tmp_path, state, remote):
    from kiro_worker.git import Git, GitTooOld
    from kiro_worker.workspace import Remote
    from kiro_worker.workspace.git_workspaces import GitWorkspaces

    old = tmp_path / "old-git"
    old.write_text("#!/bin/sh\necho git version 2.17.1\n")
    old.chmod(0o755)
    async with GitWorkspaces(
        Git(children, home=tmp_path / "h", program=str(old)), Remote(url=remote.url), state
    ) as workspaces:
        with pytest.raises(GitTooOld, match=r"2\.31 or newer"):
            await workspaces.snapshot(None, None)


@pytest.mark.parametrize(("name", "content"), [("config", "[garbage"), ("HEAD", None), ("packed-refs", "garbage\n")])
async def test_a_broken_mirror_is_set_aside_and_made_anew(make, state, remote, name, content):
    await make(state).snapshot(BRANCH, None)
    (mirror,) = (state / "mirrors").glob("*.git")
    (mirror / name).unlink() if content is None else (mirror / name).write_text(content)
    workspaces = make(state)
    remote.commit({"new": b"x"}, branch=BRANCH)
    snapshot = await workspaces.snapshot(BRANCH, None)
    assert snapshot.head == tip(remote)
    assert await workspaces.read(snapshot.head, ("new",)) == {"new": b"x"}
    assert len(list((state / "quarantine").iterdir())) == 1


async def test_a_mirror_that_lost_its_packs_fetches_them_again(make, state, remote):
    await make(state).snapshot(BRANCH, None)
    (mirror,) = (state / "mirrors").glob("*.git")
    for pack in (mirror / "objects/pack").iterdir():
        pack.unlink()
    workspaces = make(state)
    remote.commit({"new": b"x"}, branch=BRANCH)
    workspace = await prepared(workspaces)
    assert (workspace.path / "README.md").exists()
    assert await workspace.changes() == ()

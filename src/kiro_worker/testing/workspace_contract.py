"""What every `Workspaces` promises, as tests: subclass, and give the fixtures."""

import asyncio
import atexit
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from kiro_worker.changeset import MOST_BYTES, How, Hunk
from kiro_worker.testing.git_remote import BareRemote, clean_environment, link, program
from kiro_worker.workspace import (
    BranchExists,
    BranchMoved,
    ChangeKind,
    Claim,
    CommitText,
    FenceLost,
    Hazard,
    MergeConflict,
    NothingToCommit,
    Oid,
    PushRefused,
    RepositoryUnfit,
    Workspace,
    WorkspaceAlive,
    Workspaces,
    WorkspaceTampered,
)

TASKS = ".kiro/specs/login/tasks.md"
BRANCH = "feature/login"
TEXT = CommitText(subject="Do the first task", trailers=(("Kiro-Run", "r-1"), ("Kiro-Task", "1")))


def furnish(remote: BareRemote) -> None:
    """Give an empty remote what the contract's tests expect: a base, and a branch one commit ahead of it."""
    remote.commit(
        {
            "README.md": b"# Login\n",
            "src/app.py": b"print('hello')\n",
            "src/deep/er/one.py": b"one = 1\n",
            "run.sh": program(b"#!/bin/sh\n"),
            "docs/link": link("../README.md"),
            ".gitignore": b"*.log\n/build/\n",
        },
        message="Begin",
    )
    remote.commit(
        {TASKS: b"- [ ] 1. Log in\n"},
        branch=BRANCH,
        onto=remote.tip(),
        message="Spec the login\n\nKiro-Spec: login\nKiro-Task: 1\nKiro-Task: 2\n",
    )


def furnished(path: Path, *, object_format: str = "sha1") -> BareRemote:
    """A new remote that `furnish` was called on: a copy of one, since git takes ten times as long."""
    shutil.copytree(_sample(object_format), path)
    return BareRemote(path)


@cache
def _sample(object_format: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="kiro-worker-furnished-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = BareRemote(folder / "repo.git", object_format=object_format)
    furnish(made)
    return made.path


def tip(remote: BareRemote, branch: str = BRANCH) -> Oid:
    """A remote branch's commit, which must be there."""
    oid = remote.tip(branch)
    assert oid is not None
    return Oid(oid)


async def prepared(workspaces: Workspaces, run: str = "r-1", fence: int = 1, *, branch: str = BRANCH) -> Workspace:
    """A workspace on a branch as the remote has it now."""
    snapshot = await workspaces.snapshot(branch, None)
    return await workspaces.prepare(snapshot, Claim(run=run, fence=fence, holder="host"))


def agent_git(tree: Path, *args: str) -> str:
    """Git as an agent runs it in its clone."""
    over = subprocess.run(
        ("git", *args), cwd=tree, env=clean_environment(tree), capture_output=True, text=True, check=False
    )
    assert over.returncode == 0, over.stderr
    return over.stdout.strip()


class WorkspacesContract:
    """Promises of one adapter.

    Give the fixtures `remote` (what `furnished` makes), `workspaces` (on it, with a state
    directory of their own) and `elsewhere` (makes another `Workspaces` of the same remote, as another machine
    would).
    """

    @pytest.fixture
    def remote(self) -> BareRemote:
        raise NotImplementedError

    @pytest.fixture
    def workspaces(self) -> Workspaces:
        raise NotImplementedError

    @pytest.fixture
    def elsewhere(self) -> Callable[[], Workspaces]:
        raise NotImplementedError

    # What the remote looks like

    async def test_a_snapshot_tells_the_tips_and_the_default_branch(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        snapshot = await workspaces.snapshot(BRANCH, None)
        assert (snapshot.branch, snapshot.head) == (BRANCH, tip(remote))
        assert (snapshot.base_branch, snapshot.base) == ("main", tip(remote, "main"))
        assert (snapshot.fence, snapshot.fence_oid) == (0, None)

    async def test_a_branch_that_is_not_there_has_no_head(self, workspaces: Workspaces) -> None:
        snapshot = await workspaces.snapshot("nobody/pushed-this", "nor/this")
        assert (snapshot.head, snapshot.base, snapshot.base_branch) == (None, None, "nor/this")

    async def test_a_later_snapshot_sees_what_was_pushed_meanwhile(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        before = await workspaces.snapshot(BRANCH, None)
        remote.commit({"more": b"1"}, branch=BRANCH)
        after = await workspaces.snapshot(BRANCH, None)
        assert before.head != after.head == tip(remote)

    async def test_a_branch_that_was_taken_away_is_seen_to_be_gone(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        await workspaces.snapshot(BRANCH, None)
        remote.git("update-ref", "-d", f"refs/heads/{BRANCH}")
        assert (await workspaces.snapshot(BRANCH, None)).head is None
        assert BRANCH not in await workspaces.branches()

    async def test_a_renamed_default_branch_is_noticed(self, workspaces: Workspaces, remote: BareRemote) -> None:
        assert (await workspaces.snapshot(None, None)).base_branch == "main"
        remote.git("branch", "-m", "main", "trunk")
        assert (await workspaces.snapshot(None, None)).base_branch == "trunk"

    async def test_branches_are_told_with_their_commits(self, workspaces: Workspaces, remote: BareRemote) -> None:
        await workspaces.snapshot(None, None)
        assert await workspaces.branches() == {"main": tip(remote, "main"), BRANCH: tip(remote)}

    async def test_files_and_folders_are_read_at_a_commit(self, workspaces: Workspaces) -> None:
        snapshot = await workspaces.snapshot(BRANCH, None)
        assert snapshot.head is not None
        read = await workspaces.read(
            snapshot.head,
            (
                "README.md",
                TASKS,
                "nothing.md",
                "src/nothing.md",
                "README.md/x",
                "src",
                "src/",
                ".kiro/",
                "no/",
                "docs/link",
            ),
        )
        assert read == {
            "README.md": b"# Login\n",
            TASKS: b"- [ ] 1. Log in\n",
            "nothing.md": None,
            "src/nothing.md": None,
            "README.md/x": None,
            "src": None,
            "src/": b"app.py\ndeep/\n",
            ".kiro/": b"specs/\n",
            "no/": None,
            "docs/link": None,
        }

    async def test_the_paths_of_all_plain_files_are_told(self, workspaces: Workspaces) -> None:
        snapshot = await workspaces.snapshot(BRANCH, None)
        assert snapshot.head is not None
        files = {"README.md", "src/app.py", "src/deep/er/one.py", "run.sh", ".gitignore", TASKS}
        assert await workspaces.paths(snapshot.head) == files
        assert await workspaces.paths(Oid("1" * len(snapshot.head))) == frozenset()
        assert await workspaces.read(Oid("1" * len(snapshot.head)), ("README.md",)) == {"README.md": None}

    async def test_history_tells_subjects_authors_and_trailers_newest_first(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        remote.commit({"b": b"b"}, branch=BRANCH, message="Second", author="Ada L <ada@example.org>")
        snapshot = await workspaces.snapshot(BRANCH, None)
        assert snapshot.head is not None
        second, first = await workspaces.history(snapshot.head, snapshot.base)
        assert (second.subject, second.author, second.trailers) == ("Second", "Ada L <ada@example.org>", ())
        assert first.subject == "Spec the login"
        assert first.trailers == (("Kiro-Spec", "login"), ("Kiro-Task", "1"), ("Kiro-Task", "2"))
        assert first.trailer("kiro-task") == "2"
        assert len(await workspaces.history(snapshot.head, None)) == 3
        assert len(await workspaces.history(snapshot.head, None, limit=1)) == 1

    # The tree

    async def test_the_tree_is_the_branch_and_looks_like_an_ordinary_clone(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        workspace = await prepared(workspaces)
        assert (workspace.path / TASKS).read_bytes() == b"- [ ] 1. Log in\n"
        assert (workspace.path / "run.sh").stat().st_mode & 0o100
        assert (workspace.path / "docs/link").readlink() == Path("../README.md")
        assert (workspace.branch, workspace.head) == (BRANCH, tip(remote))
        assert agent_git(workspace.path, "status", "--porcelain", "--branch") == f"## {BRANCH}"
        assert agent_git(workspace.path, "rev-parse", "HEAD", "origin/main") == f"{workspace.head}\n{workspace.base}"
        assert await workspace.changes() == ()

    async def test_the_agents_clone_leads_nowhere(self, workspaces: Workspaces, remote: BareRemote) -> None:
        workspace = await prepared(workspaces)
        assert agent_git(workspace.path, "remote") == ""
        told = agent_git(workspace.path, "config", "--list")
        for path in (workspace.path / ".git").rglob("*"):
            if path.is_file() and "objects" not in path.parts and path.name != "index":
                told += path.read_text(errors="replace")
        assert "mirrors" not in told
        assert str(remote.path) not in told

    async def test_every_kind_of_change_is_told_with_its_lines(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        (workspace.path / "README.md").write_text("# Login\nmore\n")
        (workspace.path / "src/app.py").unlink()
        (workspace.path / "new dir").mkdir()
        (workspace.path / "new dir/file").write_text("1\n2\n")
        (workspace.path / "blob").write_bytes(b"\0\1\2")
        (workspace.path / "run.sh").chmod(0o644)
        (workspace.path / "docs/link").unlink()
        (workspace.path / "docs/link").write_text("now a file\n")
        (workspace.path / "ignored.log").write_text("not told")
        told = {change.path: change for change in await workspace.changes()}
        assert set(told) == {"README.md", "src/app.py", "new dir/file", "blob", "run.sh", "docs/link"}
        assert (told["README.md"].kind, told["README.md"].added, told["README.md"].deleted) == (
            ChangeKind.MODIFIED,
            1,
            0,
        )
        assert (told["src/app.py"].kind, told["src/app.py"].mode) == (ChangeKind.DELETED, 0)
        assert (told["new dir/file"].kind, told["new dir/file"].added, told["new dir/file"].size) == (
            ChangeKind.ADDED,
            2,
            4,
        )
        assert (told["blob"].added, told["blob"].deleted, told["blob"].size) == (None, None, 3)
        assert (told["run.sh"].old_mode, told["run.sh"].mode) == (0o100755, 0o100644)
        assert (told["docs/link"].kind, told["docs/link"].old_mode) == (ChangeKind.TYPE_CHANGED, 0o120000)

    async def test_links_that_leave_the_tree_are_told(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        inside = {"in": "README.md", "docs/up": "../src/app.py", "dangling": "nothing"}
        outside = {
            "absolute": "/etc/passwd",
            "docs/above": "../../x",
            "by-link": "docs/up/../../..",
            "git": ".git/config",
            "home": str(workspace.path / "README.md"),
        }
        for name, target in (inside | outside).items():
            (workspace.path / name).symlink_to(target)
        (workspace.path / "through").symlink_to("src")
        (workspace.path / "sly").symlink_to("through/../../sly")
        changes = {change.path: change for change in await workspace.changes()}
        refused = {path for path, change in changes.items() if Hazard.LINK_LEAVES in change.hazards}
        assert refused == {*outside, "sly"}
        assert changes["absolute"].target == "/etc/passwd"

    async def test_restored_paths_are_as_they_were_at_the_head(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        (workspace.path / "README.md").unlink()
        (workspace.path / "src/app.py").write_text("changed")
        (workspace.path / "src/new.py").write_text("new")
        (workspace.path / "run.sh").chmod(0o644)
        (workspace.path / "added/below").mkdir(parents=True)
        (workspace.path / "added/below/x").write_text("x")
        (workspace.path / "kept.txt").write_text("kept")
        await workspace.changes()
        await workspace.restore(("README.md", "src", "run.sh", "added"))
        assert (workspace.path / "README.md").read_text() == "# Login\n"
        assert not (workspace.path / "src/new.py").exists()
        assert not (workspace.path / "added").exists()
        assert (workspace.path / "run.sh").stat().st_mode & 0o100
        assert [change.path for change in await workspace.changes()] == ["kept.txt"]

    async def test_what_was_restored_is_not_committed_even_without_another_look(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        before = workspace.head
        (workspace.path / TASKS).write_text("- [x] 1. Log in\n")
        (workspace.path / "done.py").write_text("done")
        await workspace.changes()
        await workspace.restore((TASKS,))
        await workspace.commit(TEXT)
        assert [change.path for change in await workspace.changed_since(before)] == ["done.py"]

    async def test_a_change_set_holds_both_contents_and_the_lines_between_them(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        base = workspace.base
        old_tree = (await workspace.change_set(workspace.head)).base_tree
        (workspace.path / "src/app.py").write_text("import sys\nprint('hello')\n--- a/x\n+++ b/y\n@@ -1 +1 @@\n")
        (workspace.path / 'a "quoted" näme.txt').write_text("one\ntwo")
        (workspace.path / "src/deep/er/one.py").unlink()
        (workspace.path / "blob").write_bytes(b"\0" * 10)
        (workspace.path / "large").write_bytes(b"x\n" * (MOST_BYTES // 2 + 1))
        (workspace.path / "docs/link").unlink()
        (workspace.path / "docs/link").write_text("plain\n")
        (workspace.path / ".gitattributes").write_text("*.py binary\n")
        (workspace.path / "run.sh").chmod(0o644)
        await workspace.commit(TEXT)
        change = await workspace.change_set(base)
        assert (change.base, change.head) == (base, workspace.head)
        assert change.base_tree != old_tree
        assert [file.path for file in change] == sorted(change.by_path)
        told = change.by_path
        app = told["src/app.py"]
        assert (app.how, app.before, app.added, app.removed) == (
            How.MODIFIED,
            b"print('hello')\n",
            frozenset({1, 3, 4, 5}),
            frozenset(),
        )
        named = told['a "quoted" näme.txt']
        assert (named.how, named.before, named.after, named.added) == (How.ADDED, None, b"one\ntwo", frozenset({1, 2}))
        gone = told["src/deep/er/one.py"]
        assert (gone.how, gone.before, gone.after, gone.removed) == (How.DELETED, b"one = 1\n", None, frozenset({1}))
        assert (told["blob"].after, told["blob"].hunks, told["blob"].text) == (b"\0" * 10, (), "")
        assert (told["large"].after, told["large"].left_out) == (None, True)
        link_ = told["docs/link"]
        assert (link_.how, link_.before, link_.after) == (How.TYPE_CHANGED, b"../README.md", b"plain\n")
        assert not link_.is_plain
        assert (told["run.sh"].mode, told["run.sh"].old_mode, told["run.sh"].hunks) == (0o100644, 0o100755, ())

    async def test_each_commit_is_told_with_the_lines_that_it_changed(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        remote.commit({"base.txt": b"from the base\n"})
        workspace = await prepared(workspaces)
        base, first = workspace.base, (await workspace.relation()).merge_base
        assert first is not None
        assert (await workspace.commit_lines(workspace.head)) == ()
        (workspace.path / "a b.py").write_text("one\ndiff --git a/x b/x\ntwo\n")
        (workspace.path / "blob").write_bytes(b"\0" * 10)
        (workspace.path / ".gitattributes").write_text("*.py binary\n")
        made = await workspace.commit(CommitText(subject="One", trailers=(("Kiro-Task", "1"), ("Kiro-Run", "r-1"))))
        merged = await workspace.merge_base_branch(CommitText(subject="Merge main"))
        (workspace.path / "a b.py").write_text("one\n2\nthree\n")
        (workspace.path / "blob").unlink()
        (workspace.path / "run.sh").chmod(0o644)
        last = await workspace.commit(CommitText(subject="Three"))
        one, two, three = (await workspace.commit_lines(first))[-3:]
        assert [each.commit.oid for each in (one, two, three)] == [made, merged, last]
        assert [each.merge for each in (one, two, three)] == [False, True, False]
        assert (one.commit.subject, one.commit.trailer("Kiro-Task")) == ("One", "1")
        assert one.files == {"a b.py": (Hunk(0, 0, 1, 3),), "blob": (), ".gitattributes": (Hunk(0, 0, 1, 1),)}
        assert two.files["base.txt"] == (Hunk(0, 0, 1, 1),)
        assert three.files == {"a b.py": (Hunk(2, 2, 2, 2),), "blob": (), "run.sh": ()}
        # Once the base is in the branch, what is behind it is not the branch's.
        assert [each.commit.subject for each in await workspace.commit_lines(base)][-3:] == [
            "One",
            "Merge main",
            "Three",
        ]

    async def test_files_are_read_as_they_are_at_the_head(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        (workspace.path / "src/app.py").write_text("changed\n")
        asked = ("src/app.py", "docs/link", "src", "nowhere/at/all")
        told = await workspace.files(asked)
        assert told == {"src/app.py": b"print('hello')\n", "docs/link": None, "src": None, "nowhere/at/all": None}
        await workspace.commit(TEXT)
        assert (await workspace.files(("src/app.py",)))["src/app.py"] == b"changed\n"

    async def test_evidence_is_kept_beside_the_branch_and_taken_the_place_of(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        workspace = await prepared(workspaces, fence=4)
        (workspace.path / "a").write_text("a")
        await workspace.commit(TEXT)
        await workspace.push()
        for content in (b"one\n", b"two\n", b"two\n"):
            ref = await workspace.keep_evidence(content)
            assert remote.git("cat-file", "blob", ref) == content.decode().strip()
        # The branch can still be pushed, by the same holder and under the same number.
        (workspace.path / "a").write_text("b")
        head = await workspace.commit(TEXT)
        await workspace.push()
        assert tip(remote) == head
        assert (await workspaces.snapshot(BRANCH, None)).fence == 4

    async def test_evidence_of_a_branch_is_in_no_others_way(self, workspaces: Workspaces, remote: BareRemote) -> None:
        await (await prepared(workspaces)).keep_evidence(b"first")
        remote.git("update-ref", "-d", f"refs/heads/{BRANCH}")
        snapshot = await workspaces.snapshot(None, None)
        below = await workspaces.prepare(snapshot, Claim(run="r-2", fence=1), new_branch=f"{BRANCH}/more")
        await below.keep_evidence(b"second")
        kept = [ref for ref in remote.refs() if ref.startswith("refs/kiro-worker/evidence/")]
        assert sorted(remote.git("cat-file", "blob", ref) for ref in kept) == ["first", "second"]

    async def test_a_holder_that_lost_the_fence_says_nothing_of_the_branch(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        old = await prepared(workspaces, "r-1", fence=1)
        new = await prepared(workspaces, "r-2", fence=2)
        ref = await new.keep_evidence(b"new")
        with pytest.raises(FenceLost):
            await old.keep_evidence(b"old")
        assert remote.git("cat-file", "blob", ref) == "new"

    async def test_what_would_be_committed_can_be_read_before_it_is(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        before = workspace.head
        (workspace.path / "made.txt").write_text("made\n")
        (workspace.path / "dropped.txt").write_text("dropped\n")
        await workspace.changes()
        await workspace.restore(("dropped.txt",))
        (workspace.path / "later.txt").write_text("nobody has looked at this\n")
        assert await workspace.versions("made.txt") == (None, b"made\n")
        assert await workspace.versions("dropped.txt") == (None, None)
        assert await workspace.versions("later.txt") == (None, None)
        assert await workspace.versions("README.md") == (b"# Login\n", b"# Login\n")
        proposed = await workspace.proposed()
        assert b"+made" in proposed
        assert b"dropped" not in proposed
        assert b"later" not in proposed
        await workspace.commit(TEXT)
        assert await workspace.diff(before) == proposed

    async def test_a_folder_that_was_restored_away_is_not_in_the_commit(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        before = workspace.head
        for name in ("new/a", "new/b/c", "src/deep/er/two.py", "kept"):
            (workspace.path / name).parent.mkdir(parents=True, exist_ok=True)
            (workspace.path / name).write_text(name)
        (workspace.path / "src/app.py").unlink()
        await workspace.changes()
        await workspace.restore(("new/a", "new/b", "src/deep/er/two.py", "src/app.py", "nothing/here"))
        await workspace.commit(TEXT)
        assert [change.path for change in await workspace.changed_since(before)] == ["kept"]
        assert not (workspace.path / "new/b").exists()

    async def test_links_between_two_commits_are_told_too(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        before = workspace.head
        (workspace.path / "out").symlink_to("../../etc")
        (workspace.path / "in").symlink_to("src/app.py")
        await workspace.commit(TEXT)
        told = {change.path: change for change in await workspace.changed_since(before)}
        assert (told["out"].target, told["out"].hazards) == ("../../etc", frozenset({Hazard.LINK_LEAVES}))
        assert (told["in"].target, told["in"].hazards) == ("src/app.py", frozenset())

    async def test_a_folder_that_became_a_link_is_restored_without_following_it(
        self, workspaces: Workspaces, tmp_path: Path
    ) -> None:
        workspace = await prepared(workspaces)
        outside = tmp_path / "outside"
        (outside / "er").mkdir(parents=True)
        (outside / "er/one.py").write_text("not the worker's to touch")
        (workspace.path / "src/deep").rename(workspace.path / "src/moved")
        (workspace.path / "src/deep").symlink_to(outside)
        paths = tuple(change.path for change in await workspace.changes())
        assert set(paths) == {"src/deep", "src/deep/er/one.py", "src/moved/er/one.py"}
        await workspace.restore(paths)
        assert (outside / "er/one.py").read_text() == "not the worker's to touch"
        assert (workspace.path / "src/deep/er/one.py").read_text() == "one = 1\n"
        assert not (workspace.path / "src/deep").is_symlink()
        assert await workspace.changes() == ()

    async def test_a_written_file_keeps_its_mode_and_never_goes_through_a_link(
        self, workspaces: Workspaces, tmp_path: Path
    ) -> None:
        workspace = await prepared(workspaces)
        target = tmp_path / "target"
        target.write_text("outside")
        (workspace.path / "README.md").unlink()
        (workspace.path / "README.md").symlink_to(target)
        await workspace.write("README.md", b"ours\n")
        await workspace.write("run.sh", b"#!/bin/sh\ntrue\n")
        await workspace.write("new/folder/file.md", b"new\n")
        assert target.read_text() == "outside"
        assert (workspace.path / "README.md").read_bytes() == b"ours\n"
        assert not (workspace.path / "README.md").is_symlink()
        assert (workspace.path / "run.sh").stat().st_mode & 0o100
        (workspace.path / "src").rename(workspace.path / "source")
        (workspace.path / "src").symlink_to(tmp_path)
        with pytest.raises(WorkspaceTampered, match="no folder"):
            await workspace.write("src/app.py", b"ours")
        assert not (tmp_path / "app.py").exists()

    # Commits

    async def test_a_commit_holds_the_changes_the_text_and_the_trailers(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        workspace = await prepared(workspaces)
        before = workspace.head
        (workspace.path / "src/app.py").write_text("print('login')\n")
        assert [change.path for change in await workspace.changes()] == ["src/app.py"]
        await workspace.write(TASKS, b"- [x] 1. Log in\n")
        head = await workspace.commit(CommitText(subject="Do it", body="Why.\n\nMore.", trailers=TEXT.trailers))
        assert (workspace.head, workspace.pushed) == (head, False)
        assert await workspace.changes() == ()
        assert {change.path for change in await workspace.changed_since(before)} == {TASKS, "src/app.py"}
        await workspace.push()
        assert (tip(remote), workspace.pushed) == (head, True)
        message = remote.git("log", "-1", "--format=%B", head)
        assert message == "Do it\n\nWhy.\n\nMore.\n\nKiro-Run: r-1\nKiro-Task: 1\nKiro-Fence: 1"
        assert remote.git("log", "-1", "--format=%P", head) == before
        assert remote.git("fsck", "--strict", "--no-dangling") == ""

    async def test_what_was_looked_at_is_what_is_committed(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        before = workspace.head
        (workspace.path / "seen.py").write_text("seen")
        await workspace.changes()
        (workspace.path / "seen.py").write_text("not seen")
        (workspace.path / "sneaked.py").write_text("not seen")
        await workspace.commit(TEXT)
        assert [change.path for change in await workspace.changed_since(before)] == ["seen.py"]
        assert b"+seen" in await workspace.diff(before)
        assert {change.path for change in await workspace.changes()} == {"seen.py", "sneaked.py"}

    async def test_the_workers_own_files_are_committed_where_the_repository_ignores_them(
        self, workspaces: Workspaces
    ) -> None:
        workspace = await prepared(workspaces)
        before = workspace.head
        await workspace.write("build/steering.md", b"ours\n")
        assert [change.path for change in await workspace.changes()] == ["build/steering.md"]
        await workspace.commit(TEXT)
        assert [change.path for change in await workspace.changed_since(before)] == ["build/steering.md"]
        assert await workspace.changes() == ()

    async def test_a_commit_without_a_look_takes_everything(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        before = workspace.head
        (workspace.path / "a").write_text("a")
        await workspace.write("b", b"b")
        await workspace.commit(TEXT)
        assert {change.path for change in await workspace.changed_since(before)} == {"a", "b"}

    async def test_a_commit_of_what_was_written_leaves_everything_else_for_the_next(
        self, workspaces: Workspaces
    ) -> None:
        workspace = await prepared(workspaces)
        before = workspace.head
        (workspace.path / "installed").write_text("by the set-up")
        await workspace.write(".kiro/steering/git.md", b"# Git\n")
        await workspace.write("build/ignored.md", b"ours\n")
        await workspace.commit(TEXT, only_written=True)
        assert {change.path for change in await workspace.changed_since(before)} == {
            ".kiro/steering/git.md",
            "build/ignored.md",
        }
        assert [change.path for change in await workspace.changes()] == ["installed"]
        with pytest.raises(NothingToCommit):
            await workspace.commit(TEXT, only_written=True)

    async def test_an_empty_commit_is_refused(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        with pytest.raises(NothingToCommit):
            await workspace.commit(TEXT)

    async def test_a_patch_of_the_run_can_be_applied(
        self, workspaces: Workspaces, remote: BareRemote, tmp_path: Path
    ) -> None:
        workspace = await prepared(workspaces)
        before = workspace.head
        (workspace.path / "README.md").write_text("# Out\n")
        (workspace.path / "blob").write_bytes(bytes(range(256)))
        await workspace.commit(TEXT)
        (tmp_path / "patch").write_bytes(await workspace.diff(before))
        agent_git(tmp_path, "clone", "-q", "-b", BRANCH, remote.url, "other")
        agent_git(tmp_path / "other", "apply", str(tmp_path / "patch"))
        assert (tmp_path / "other/blob").read_bytes() == bytes(range(256))
        assert (tmp_path / "other/README.md").read_text() == "# Out\n"

    # The base

    async def test_the_relation_counts_both_sides_and_names_conflicts(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        workspace = await prepared(workspaces, "r-0")
        meeting = workspace.base
        relation = await workspace.relation()
        assert (relation.ahead, relation.behind, relation.merge_base) == (1, 0, meeting)
        remote.commit({"README.md": b"# Base\n"})
        remote.commit({"other": b"x"})
        remote.commit({"README.md": b"# Branch\n"}, branch=BRANCH)
        relation = await (await prepared(workspaces)).relation()
        assert (relation.ahead, relation.behind, relation.merge_base) == (2, 2, meeting)
        assert relation.conflicts == ("README.md",)

    async def test_the_base_is_merged_in_when_asked(self, workspaces: Workspaces, remote: BareRemote) -> None:
        remote.commit({"base.txt": b"from the base\n", "src/app.py": None})
        workspace = await prepared(workspaces)
        head = await workspace.merge_base_branch(CommitText(subject="Merge main"))
        assert head == workspace.head
        assert (workspace.path / "base.txt").read_bytes() == b"from the base\n"
        assert not (workspace.path / "src/app.py").exists()
        assert await workspace.changes() == ()
        assert (await workspace.relation()).behind == 0
        await workspace.push()
        assert remote.git("log", "-1", "--format=%P", BRANCH).split()[1] == workspace.base

    async def test_a_merge_after_commits_of_our_own_keeps_them(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        remote.commit({"base.txt": b"from the base\n"})
        workspace = await prepared(workspaces)
        await workspace.write(TASKS, b"- [x] 1. Log in\n")
        await workspace.commit(TEXT)
        await workspace.merge_base_branch(CommitText(subject="Merge main"))
        assert (workspace.path / TASKS).read_bytes() == b"- [x] 1. Log in\n"
        assert await workspace.changes() == ()

    async def test_a_branch_without_commits_of_its_own_is_moved_to_the_base(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        remote.git("update-ref", "refs/heads/behind", tip(remote, "main"))
        remote.commit({"base.txt": b"from the base\n"})
        workspace = await prepared(workspaces, branch="behind")
        assert await workspace.merge_base_branch(CommitText(subject="Merge main")) == workspace.base
        assert (workspace.path / "base.txt").exists()
        assert await workspace.changes() == ()
        await workspace.push()
        assert tip(remote, "behind") == workspace.head == tip(remote, "main")
        assert (await workspaces.snapshot("behind", None)).fence == 1
        (workspace.path / "a").write_text("a")
        await workspace.changes()
        await workspace.commit(TEXT)
        await workspace.push()
        assert tip(remote, "behind") == workspace.head

    async def test_a_file_in_the_way_of_a_merge_stops_it_and_is_not_lost(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        remote.commit({"base.txt": b"from the base\n"})
        workspace = await prepared(workspaces)
        before = workspace.head
        (workspace.path / "base.txt").write_text("somebody's own")
        with pytest.raises(WorkspaceTampered, match=r"base\.txt"):
            await workspace.merge_base_branch(CommitText(subject="Merge main"))
        assert workspace.head == before
        assert (workspace.path / "base.txt").read_text() == "somebody's own"

    async def test_there_is_nothing_to_merge_when_the_branch_is_up_to_date(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        assert await workspace.merge_base_branch(CommitText(subject="Merge main")) is None

    async def test_a_conflict_with_the_base_names_the_files_and_changes_nothing(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        remote.commit({"README.md": b"# Base\n"})
        remote.commit({"README.md": b"# Branch\n"}, branch=BRANCH)
        workspace = await prepared(workspaces)
        before = workspace.head
        with pytest.raises(MergeConflict) as told:
            await workspace.merge_base_branch(CommitText(subject="Merge main"))
        assert told.value.files == ("README.md",)
        # What a clone knows of both branches may be old: the worker pushed to one of them.
        assert "git pull && git merge" in str(told.value.next_step)
        assert workspace.head == before
        assert (workspace.path / "README.md").read_bytes() == b"# Branch\n"
        assert await workspace.changes() == ()

    # The fence and the push

    async def test_preparing_takes_the_fence_on_the_remote(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces, fence=7)
        snapshot = await workspaces.snapshot(BRANCH, None)
        assert workspace.fence == snapshot.fence == 7

    async def test_the_fence_rises_for_ever_whatever_the_lease_says(self, workspaces: Workspaces) -> None:
        await (await prepared(workspaces, "r-1", fence=7)).close(keep=False)
        second = await prepared(workspaces, "r-2", fence=3)
        assert second.fence == 8

    async def test_of_two_who_prepare_at_once_one_gets_the_branch(
        self, workspaces: Workspaces, elsewhere: Callable[[], Workspaces]
    ) -> None:
        other = elsewhere()
        first, second = await workspaces.snapshot(BRANCH, None), await other.snapshot(BRANCH, None)
        await workspaces.prepare(first, Claim(run="r-1", fence=1))
        with pytest.raises(FenceLost):
            await other.prepare(second, Claim(run="r-2", fence=2))

    async def test_a_holder_that_lost_the_fence_pushes_nothing_ever_again(
        self, workspaces: Workspaces, elsewhere: Callable[[], Workspaces], remote: BareRemote
    ) -> None:
        old = await prepared(workspaces, "r-1")
        (old.path / "a").write_text("a")
        await old.commit(TEXT)
        new = await prepared(elsewhere(), "r-2")
        before = tip(remote)
        for _ in range(2):
            with pytest.raises(FenceLost):
                await old.push()
        assert tip(remote) == before
        (new.path / "b").write_text("b")
        head = await new.commit(TEXT)
        await new.push()
        assert tip(remote) == head

    async def test_a_branch_that_moved_is_not_overwritten(self, workspaces: Workspaces, remote: BareRemote) -> None:
        workspace = await prepared(workspaces)
        (workspace.path / "a").write_text("a")
        await workspace.commit(TEXT)
        theirs = remote.commit({"theirs": b"x"}, branch=BRANCH)
        with pytest.raises(BranchMoved) as told:
            await workspace.push()
        assert told.value.found == theirs
        assert tip(remote) == theirs

    async def test_a_branch_that_was_deleted_is_not_made_again(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        workspace = await prepared(workspaces)
        (workspace.path / "a").write_text("a")
        await workspace.commit(TEXT)
        remote.git("update-ref", "-d", f"refs/heads/{BRANCH}")
        with pytest.raises(BranchMoved) as told:
            await workspace.push()
        assert told.value.found is None
        assert remote.tip(BRANCH) is None

    async def test_each_push_moves_branch_and_fence_together(self, workspaces: Workspaces, remote: BareRemote) -> None:
        workspace = await prepared(workspaces, fence=4)
        seen = set()
        for number in range(3):
            (workspace.path / "n").write_text(str(number))
            head = await workspace.commit(TEXT)
            await workspace.push()
            await workspace.push()
            assert tip(remote) == head
            seen.add(remote.refs()[f"refs/kiro-worker/fence/{BRANCH}"])
        assert len(seen) == 3
        assert (await workspaces.snapshot(BRANCH, None)).fence == 4

    async def test_the_fence_number_in_a_commit_is_the_one_that_was_taken(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        await (await prepared(workspaces, "r-1", fence=7)).close(keep=False)
        workspace = await prepared(workspaces, "r-2", fence=3)
        (workspace.path / "a").write_text("a")
        await workspace.commit(CommitText(subject="Work", body="Kiro-Fence: 999", trailers=(("Kiro-Fence", "3"),)))
        await workspace.push()
        assert remote.git("log", "-1", "--format=%(trailers:key=Kiro-Fence,valueonly)", BRANCH) == "8"
        assert (await workspaces.snapshot(BRANCH, None)).fence == 8

    async def test_a_refusal_comes_in_the_remotes_words_with_a_cure(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        workspace = await prepared(workspaces)
        (workspace.path / "a").write_text("a")
        await workspace.commit(TEXT)
        remote.hook("pre-receive", "echo 'error: GH006: Protected branch update failed for refs/heads/main.'; exit 1")
        before = tip(remote)
        with pytest.raises(PushRefused) as told:
            await workspace.push()
        assert "GH006: Protected branch update failed" in told.value.message
        assert "protected" in told.value.next_step
        assert tip(remote) == before
        remote.hook("pre-receive", "")
        await workspace.push()
        assert tip(remote) == workspace.head

    async def test_a_snapshot_that_is_too_old_is_told_before_any_work_is_done(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        snapshot = await workspaces.snapshot(BRANCH, None)
        remote.commit({"theirs": b"x"}, branch=BRANCH)
        await workspaces.snapshot(BRANCH, None)
        with pytest.raises(BranchMoved):
            await workspaces.prepare(snapshot, Claim(run="r-1", fence=1))

    # New branches

    async def test_a_new_branch_exists_only_after_the_first_push(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        snapshot = await workspaces.snapshot(None, None)
        workspace = await workspaces.prepare(snapshot, Claim(run="r-1", fence=1), new_branch="kiro/login/1")
        assert (workspace.branch, workspace.head) == ("kiro/login/1", snapshot.base)
        assert agent_git(workspace.path, "status", "--porcelain", "--branch") == "## kiro/login/1"
        assert remote.tip("kiro/login/1") is None
        (workspace.path / "a").write_text("a")
        head = await workspace.commit(TEXT)
        await workspace.push()
        assert tip(remote, "kiro/login/1") == head

    @pytest.mark.parametrize("name", [BRANCH, "feature", f"{BRANCH}/more"])
    async def test_a_new_branchs_name_must_be_free(self, workspaces: Workspaces, name: str) -> None:
        snapshot = await workspaces.snapshot(None, None)
        with pytest.raises(BranchExists):
            await workspaces.prepare(snapshot, Claim(run="r-1", fence=1), new_branch=name)

    async def test_a_new_branch_that_somebody_made_meanwhile_is_not_overwritten(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        snapshot = await workspaces.snapshot(None, None)
        workspace = await workspaces.prepare(snapshot, Claim(run="r-1", fence=1), new_branch="kiro/new")
        (workspace.path / "a").write_text("a")
        await workspace.commit(TEXT)
        theirs = remote.commit({"theirs": b"x"}, branch="kiro/new")
        with pytest.raises(BranchMoved):
            await workspace.push()
        assert tip(remote, "kiro/new") == theirs

    async def test_a_name_below_that_of_a_branch_that_is_gone_can_be_used(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        await (await prepared(workspaces)).close(keep=False)
        remote.git("update-ref", "-d", f"refs/heads/{BRANCH}")
        snapshot = await workspaces.snapshot(None, None)
        below = await workspaces.prepare(snapshot, Claim(run="r-2", fence=1), new_branch=f"{BRANCH}/more")
        (below.path / "a").write_text("a")
        head = await below.commit(TEXT)
        await below.push()
        assert tip(remote, f"{BRANCH}/more") == head

    async def test_a_missing_branch_cannot_be_worked_on(self, workspaces: Workspaces) -> None:
        snapshot = await workspaces.snapshot("nobody/pushed-this", None)
        with pytest.raises(RepositoryUnfit, match="no branch nobody/pushed-this"):
            await workspaces.prepare(snapshot, Claim(run="r-1", fence=1))

    # The end, and after it

    async def test_a_workspace_that_is_kept_is_named_and_there(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        assert await workspace.close(keep=True) == workspace.path
        assert (workspace.path / "README.md").exists()

    async def test_a_workspace_that_is_done_with_is_gone_at_once(self, workspaces: Workspaces) -> None:
        workspace = await prepared(workspaces)
        assert await workspace.close(keep=False) is None
        assert not workspace.path.exists()

    async def test_one_run_has_one_living_workspace(self, workspaces: Workspaces) -> None:
        await prepared(workspaces)
        with pytest.raises(WorkspaceAlive):
            await prepared(workspaces)

    @pytest.mark.parametrize("keep", [True, False])
    async def test_a_commit_that_was_not_pushed_can_be_adopted_by_the_next_run(
        self, workspaces: Workspaces, remote: BareRemote, *, keep: bool
    ) -> None:
        dead = await prepared(workspaces, "r-1")
        (dead.path / "a").write_text("a")
        oid = await dead.commit(TEXT)
        assert await workspaces.adopt("r-1", oid) is None, "it lives"
        await dead.close(keep=keep)
        assert await workspaces.adopt("r-1", oid) == oid
        assert await workspaces.adopt("r-1", Oid("1" * len(oid))) is None
        snapshot = await workspaces.snapshot(BRANCH, None)
        workspace = await workspaces.prepare(snapshot, Claim(run="r-2", fence=1), start=oid)
        assert (workspace.head, workspace.pushed) == (oid, False)
        assert (workspace.path / "a").read_text() == "a"
        await workspace.push()
        assert tip(remote) == oid

    async def test_an_adopted_commit_must_descend_from_the_tip(
        self, workspaces: Workspaces, remote: BareRemote
    ) -> None:
        dead = await prepared(workspaces, "r-1")
        (dead.path / "a").write_text("a")
        oid = await dead.commit(TEXT)
        await dead.close(keep=True)
        remote.commit({"theirs": b"x"}, branch=BRANCH)
        snapshot = await workspaces.snapshot(BRANCH, None)
        assert await workspaces.adopt("r-1", oid) == oid
        with pytest.raises(BranchMoved):
            await workspaces.prepare(snapshot, Claim(run="r-2", fence=1), start=oid)

    async def test_many_workspaces_can_be_made_at_once(self, workspaces: Workspaces, remote: BareRemote) -> None:
        for number in range(6):
            remote.commit({"n": b"%d" % number}, branch=f"b{number}", onto=remote.tip())

        async def one(number: int) -> str:
            workspace = await prepared(workspaces, f"r-{number}", branch=f"b{number}")
            (workspace.path / "done").write_text("x")
            await workspace.changes()
            head = await workspace.commit(TEXT)
            await workspace.push()
            await workspace.close(keep=False)
            return head

        heads = await asyncio.gather(*(one(number) for number in range(6)))
        assert heads == [tip(remote, f"b{number}") for number in range(6)]

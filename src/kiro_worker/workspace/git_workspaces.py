"""Makes workspaces: a mirror for all runs, and for each run a clone for the agent and a git directory for itself."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Self

from kiro_worker.error import WorkerError
from kiro_worker.git import Git, GitFailed, RefUpdate, branch_ref, look, object_id, push
from kiro_worker.git.fault import writing
from kiro_worker.git.object import FILE, FOLDER, PROGRAM
from kiro_worker.ids import Oid
from kiro_worker.workspace.clone import make_clone, minimal_settings, settings_of, settle
from kiro_worker.workspace.fault import (
    BranchExists,
    BranchMoved,
    FenceLost,
    PushRefused,
    RepositoryUnfit,
    WorkspaceAlive,
    WorkspaceTampered,
)
from kiro_worker.workspace.fence import fence_number, fence_ref, write_fence
from kiro_worker.workspace.git_workspace import GitWorkspace, Grounds
from kiro_worker.workspace.history import read_history
from kiro_worker.workspace.lock import Mark, is_held
from kiro_worker.workspace.mirror import FENCE, Mirror, Progress, moment, run_name, unheard
from kiro_worker.workspace.pack import PackWatch
from kiro_worker.workspace.port import Claim, Commit, Identity, Remote, Snapshot
from kiro_worker.workspace.publish import publish
from kiro_worker.workspace.shallow import ShallowMirror
from kiro_worker.workspace.stage import Stage, make_git_directory
from kiro_worker.workspace.trash import Trash
from kiro_worker.workspace.tree import WorkingTree
from kiro_worker.workspace.upkeep import tidy

_EMPTYING = 5.0


class GitWorkspaces:
    """See `Workspaces`. Many may work on one state directory, in one process or in several.

    Args:
        git: runs the commands; its `home` should lie in the state directory.
        remote: the repository.
        state: the worker's state directory; mirrors, workspaces and trash lie below it, on one file system.
        author: of commits.
        committer: by default the author.
        shallow: fetch tips only, where no disk outlives the run.
        progress: told how far a long fetch is.
    """

    def __init__(
        self,
        git: Git,
        remote: Remote,
        state: Path,
        *,
        author: Identity | None = None,
        committer: Identity | None = None,
        shallow: bool = False,
        progress: Progress = unheard,
    ) -> None:
        self._git = git.with_secrets(remote.secrets) if remote.secrets else git
        self._author = author or Identity()
        self._committer = committer or self._author
        self._folder = state / "workspaces"
        self._trash = Trash(git.children, state / "trash")
        kind = ShallowMirror if shallow else Mirror
        self._mirror = kind(self._git, remote.url, state, discard=self._trash.take, progress=progress)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def snapshot(self, branch: str | None, base_branch: str | None) -> Snapshot:
        """See `Workspaces.snapshot`."""
        for name in filter(None, (branch, base_branch)):
            branch_ref(name)
        await self._mirror.refresh(moment(), branch=branch, base_branch=base_branch)
        return await self._seen(branch, base_branch)

    async def _seen(self, branch: str | None, base_branch: str | None) -> Snapshot:
        name = base_branch or await self._mirror.default_branch() or ""
        fence_oid = await self._mirror.tip(fence_ref(branch)) if branch else None
        return Snapshot(
            branch=branch or "",
            head=await self._mirror.tip(branch_ref(branch)) if branch else None,
            base_branch=name,
            base=await self._mirror.tip(branch_ref(name)) if name else None,
            fence=await self._fence_number(fence_oid),
            fence_oid=fence_oid,
        )

    async def _fence_number(self, oid: Oid | None) -> int:
        found = await self._mirror.reader.find(oid) if oid else None
        return fence_number(found.content) if found is not None and found.kind == "commit" else 0

    async def read(self, commit: Oid, paths: tuple[str, ...]) -> Mapping[str, bytes | None]:
        """See `Workspaces.read`. A link is no file: what it points to is not read."""
        tree = await self._mirror.reader.tree_of(object_id(commit))
        return {path: None if tree is None else await self._read(tree, path) for path in paths}

    async def _read(self, tree: Oid, path: str) -> bytes | None:
        reader = self._mirror.reader
        name = path.encode("utf-8", "surrogateescape")
        if name.endswith(b"/"):
            entries = await reader.folder(tree, name.strip(b"/"))
            if entries is None:
                return None
            return b"".join(b"%b%b\n" % (e.name, b"/" if e.mode == FOLDER else b"") for e in entries.values())
        entry = await reader.entry(tree, name)
        if entry is None or entry.mode not in {FILE, PROGRAM}:
            return None
        found = await reader.find(entry.oid)
        return None if found is None else found.content

    async def paths(self, commit: Oid) -> frozenset[str]:
        """See `Workspaces.paths`."""
        tree = await self._mirror.reader.tree_of(object_id(commit))
        return frozenset() if tree is None else await self._mirror.reader.paths(tree)

    async def history(self, commit: Oid, since: Oid | None, limit: int = 1000) -> tuple[Commit, ...]:
        """See `Workspaces.history`."""
        await self._mirror.complete(object_id(commit), since)
        return await read_history(self._git, self._mirror.path, commit, since and object_id(since), limit)

    async def branches(self) -> Mapping[str, Oid]:
        """See `Workspaces.branches`."""
        return await self._mirror.branches()

    async def prepare(
        self, snapshot: Snapshot, claim: Claim, *, new_branch: str | None = None, start: Oid | None = None
    ) -> GitWorkspace:
        """See `Workspaces.prepare`. The fence is taken and the tree is made at the same time."""
        run_name(claim.run)
        branch = new_branch or snapshot.branch
        branch_ref(branch)
        await self._check_mirror()
        base = await self._fit(snapshot, branch, new=bool(new_branch))
        if new_branch:
            fence_oid = await self._mirror.tip(fence_ref(branch))
            number = await self._fence_number(fence_oid)
            snapshot = replace(snapshot, branch=branch, head=None, fence=number, fence_oid=fence_oid)
        claim = replace(claim, fence=max(claim.fence, snapshot.fence + 1))
        tip = snapshot.head or base
        await self._check_start(branch, start, tip)
        folder, mark = await self._make_folder(claim.run)
        try:
            return await self._prepared(folder, mark, snapshot, claim, base=base, head=start or tip)
        except BaseException:
            # Aside, not deleted: there is nothing of anybody's work in it.
            self._trash.take(folder)
            self._mirror.forget(claim.run)
            self._mirror.unpin(claim.run)
            mark.drop()
            raise

    async def _fit(self, snapshot: Snapshot, branch: str, *, new: bool) -> Oid:
        url = self._mirror.url
        if snapshot.base is None:
            reason = f"it has no branch {snapshot.base_branch}" if snapshot.base_branch else "it has no base branch"
            next_step = "Push a first commit to the base branch, or name another one in branch.base."
            raise RepositoryUnfit(url, reason, next_step=next_step)
        if new:
            await self._check_free(branch)
        elif snapshot.head is None:
            next_step = f"Push it: git push -u origin {branch}"
            raise RepositoryUnfit(url, f"it has no branch {branch}", next_step=next_step)
        elif (now := await self._mirror.tip(branch_ref(branch))) != snapshot.head:
            raise BranchMoved(branch, expected=snapshot.head, found=now, kept="Nothing was done yet.")
        if await self._mirror.reader.find(snapshot.base) is None:
            # Only in a mirror that was made anew since the snapshot.
            raise BranchMoved(snapshot.base_branch, expected=snapshot.base, found=None, kept="Nothing was done yet.")
        return snapshot.base

    async def _check_free(self, branch: str) -> None:
        """No branch has that name, and none is one that git could not keep beside it."""
        for name in await self._mirror.branches():
            if name == branch or name.startswith(f"{branch}/") or branch.startswith(f"{name}/"):
                raise BranchExists(branch, other=name)

    async def _check_start(self, branch: str, start: Oid | None, tip: Oid) -> None:
        if start is None or start == tip:
            return
        over = await self._git.run(
            ("merge-base", "--is-ancestor", tip, object_id(start)), git_dir=self._mirror.path, accept=(0, 1)
        )
        if over.status:
            raise BranchMoved(branch, expected=start, found=tip, kept=f"Commit {start[:12]} is in the mirror.")

    async def _check_mirror(self) -> None:
        """After a run that died before it could look at the packs: look now, and start afresh if need be."""
        if not self._mirror.path.exists():
            # Another run found it changed, after this one's snapshot.
            await self._mirror.refresh(moment())
        async with self._mirror.lock.shared():
            place = self._mirror.path.stat().st_ino
            broken = await self._mirror.unsound(self._is_alive)
        if broken is None:
            return
        await self._mirror.set_aside(place=place)
        await self._mirror.refresh(moment())

    def _is_alive(self, run: str) -> bool:
        return is_held(self._folder / run / "alive")

    async def _make_folder(self, run: str) -> tuple[Path, Mark]:
        """A folder for the run; what a dead process left of the same run is saved, then moved aside."""
        folder = self._folder / run
        if folder.exists():
            if self._is_alive(run):
                raise WorkspaceAlive(run)
            if await self._save(run):
                self._trash.take(folder)
            else:
                folder.rename(folder.with_name(f"{run}-unsaved-{token_hex(8)}"))
        with writing(folder):
            # An agent that runs as another user must get to its tree, and to nothing else in here.
            folder.mkdir(mode=0o711, parents=True)
        mark = Mark(folder / "alive")
        if not mark.take():
            raise WorkspaceAlive(run)
        return folder, mark

    async def _prepared(
        self, folder: Path, mark: Mark, snapshot: Snapshot, claim: Claim, *, base: Oid, head: Oid
    ) -> GitWorkspace:
        make_git_directory(
            folder / "git", mirror=self._mirror.path, settings=minimal_settings(self._mirror.algorithm), head=head
        )
        with together():
            async with asyncio.TaskGroup() as group:
                claimed = group.create_task(self._claim(folder / "git", snapshot, claim))
                cloned = group.create_task(self._clone(folder, snapshot, claim.run, base=base, head=head))
        stage, watch = cloned.result()
        grounds = Grounds(
            git=self._git,
            mirror=self._mirror,
            stage=stage,
            folder=folder,
            snapshot=snapshot,
            claim=claim,
            fence_oid=claimed.result(),
            mark=mark,
            watch=watch,
            author=self._author,
            committer=self._committer,
            discard=self._trash.take,
        )
        tree = await self._mirror.reader.tree_of(head)
        if tree is None:
            raise WorkspaceTampered(f"commit {head} is not to be found", tree=folder)
        return GitWorkspace(grounds, base=base, head=head, tree=tree)

    async def _clone(
        self, folder: Path, snapshot: Snapshot, run: str, *, base: Oid, head: Oid
    ) -> tuple[Stage, PackWatch]:
        tree = WorkingTree(folder / "tree", self._trash.take)
        async with self._mirror.lock.shared():
            self._mirror.register(run)
            tag = self._mirror.pin(run, {"head": head, "base": base})
            await make_clone(self._git, self._mirror.path, tree.root, tag=f"{tag}/head")
            watch = PackWatch(self._mirror.path, self._mirror.lock, self._mirror.ledger)
        clone = tree.root / ".git"
        settings = settings_of(clone)
        remote = {snapshot.base_branch: base, **({snapshot.branch: snapshot.head} if snapshot.head else {})}
        settle(clone, settings=settings, branch=snapshot.branch, head=head, remote=remote, by=self._author)
        with writing(folder):
            (folder / "git" / "config").write_text(settings)
        stage = Stage(self._git, folder / "git", tree, self._mirror.reader)
        stage.take_index(clone)
        return stage, watch

    async def _claim(self, git_dir: Path, snapshot: Snapshot, claim: Claim) -> Oid:
        fence = write_fence(
            git_dir / "objects",
            self._mirror.algorithm,
            branch=snapshot.branch,
            claim=claim,
            by=self._committer,
            when=self._git.clock.now(),
            head=None,
        )
        update = RefUpdate(ref=fence_ref(snapshot.branch), new=fence, expected=snapshot.fence_oid)
        told = await publish(self._git, self._mirror.url, (update,), git_dir=git_dir)
        if not told.moved and not told.seen and await self._clear_way(git_dir, snapshot.branch):
            told = await publish(self._git, self._mirror.url, (update,), git_dir=git_dir)
        if told.moved:
            return fence
        if told.seen:
            raise FenceLost(
                snapshot.branch, fence=claim.fence, found=told.seen[update.ref], kept="Nothing was done yet."
            )
        raise PushRefused(snapshot.branch, words=told.words, kept="Nothing was done yet.")

    async def _clear_way(self, git_dir: Path, branch: str) -> bool:
        """Take away fences that outlived their branch and whose names git cannot keep beside this one's."""
        remote = await look(self._git, self._mirror.url, f"{FENCE}*")
        name = fence_ref(branch)
        gone = tuple(
            RefUpdate(ref=ref, new=None, expected=oid)
            for ref, oid in remote.refs.items()
            if ref.startswith(f"{name}/") or name.startswith(f"{ref}/")
        )
        return bool(gone) and (await push(self._git, self._mirror.url, gone, git_dir=git_dir)).moved

    async def adopt(self, run: str, oid: Oid) -> Oid | None:
        """See `Workspaces.adopt`."""
        if self._is_alive(run_name(run)):
            return None
        if not self._mirror.path.exists():
            await self._mirror.refresh(moment())
        await self._save(run)
        found = await self._mirror.reader.find(object_id(oid))
        return oid if found is not None and found.kind == "commit" else None

    async def _save(self, run: str) -> bool:
        """Take what a dead run committed into the mirror; False when that cannot be done."""
        git_dir = self._folder / run / "git"
        if not (git_dir / "refs/heads/work").exists():
            return True
        try:
            await self._mirror.keep(run, git_dir)
        except GitFailed:
            return False
        return True

    async def close(self) -> None:
        """See `Workspaces.close`."""
        await self._mirror.close()
        if self._mirror.path.exists():
            # What cannot be tidied today can be tomorrow; it must not hide how the run ended.
            with contextlib.suppress(WorkerError):
                await tidy(self._mirror, self._folder, self._is_alive, self._trash.take)
        await self._trash.empty(_EMPTYING)


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Let the one error that ended a group of tasks come out as itself."""
    try:
        yield
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from group.exceptions[0].__cause__

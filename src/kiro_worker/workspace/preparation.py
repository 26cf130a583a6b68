"""Makes one workspace: the branch's fence is taken on the remote while the mirror is cloned."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kiro_worker.git import Git, RefUpdate, branch_ref, look, object_id, push
from kiro_worker.ids import Oid
from kiro_worker.workspace.clone import make_clone, minimal_settings, settings_of, settle
from kiro_worker.workspace.fault import (
    BranchExists,
    BranchMoved,
    FenceLost,
    PushRefused,
    RepositoryUnfit,
    WorkspaceTampered,
)
from kiro_worker.workspace.fence import fence_ref, read_fence, write_fence
from kiro_worker.workspace.git_workspace import GitWorkspace, Grounds
from kiro_worker.workspace.lock import Mark
from kiro_worker.workspace.mirror import FENCE, Mirror, moment, run_name
from kiro_worker.workspace.pack import PackWatch
from kiro_worker.workspace.publish import publish
from kiro_worker.workspace.remote import Identity
from kiro_worker.workspace.run_folder import RunFolders
from kiro_worker.workspace.snapshot import Claim, Snapshot
from kiro_worker.workspace.stage import Stage, adopt_settings, make_git_directory, take_index
from kiro_worker.workspace.template import Template
from kiro_worker.workspace.trash import Trash
from kiro_worker.workspace.tree import WorkingTree


class Preparation:
    """What a workspace is made from; see `GitWorkspaces` for each part.

    Args:
        template: None where none outlives the run.
    """

    def __init__(
        self,
        git: Git,
        mirror: Mirror,
        folders: RunFolders,
        trash: Trash,
        template: Template | None,
        *,
        author: Identity,
        committer: Identity,
    ) -> None:
        self._git, self._mirror, self._folders, self._trash = git, mirror, folders, trash
        self._template = template
        self._author, self._committer = author, committer

    async def prepare(
        self, snapshot: Snapshot, claim: Claim, *, new_branch: str | None, start: Oid | None
    ) -> GitWorkspace:
        """See `Workspaces.prepare`."""
        run_name(claim.run)
        branch = new_branch or snapshot.branch
        branch_ref(branch)
        await self._check_mirror()
        base = await self._fit(snapshot, branch, new=bool(new_branch))
        if new_branch:
            fence_oid = await self._mirror.tip(fence_ref(branch))
            number = await read_fence(self._mirror.reader, fence_oid)
            snapshot = replace(snapshot, branch=branch, head=None, fence=number, fence_oid=fence_oid)
        claim = replace(claim, fence=max(claim.fence, snapshot.fence + 1))
        tip = snapshot.head or base
        await self._check_start(branch, start, tip)
        folder, mark = await self._folders.make(claim.run)
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
            broken = await self._mirror.unsound(self._folders.is_alive)
        if broken is None:
            return
        await self._mirror.set_aside(place=place)
        await self._mirror.refresh(moment())

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
        stage, watch, tree = cloned.result()
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
        return GitWorkspace(grounds, base=base, head=head, tree=tree)

    async def _clone(
        self, folder: Path, snapshot: Snapshot, run: str, *, base: Oid, head: Oid
    ) -> tuple[Stage, PackWatch, Oid]:
        tree = WorkingTree(folder / "tree", self._trash.take)
        clone = tree.root / ".git"
        async with self._mirror.lock.shared():
            self._mirror.register(run)
            tag = self._mirror.pin(run, {"head": head, "base": base})
            wanted = await self._tree(head, folder)
            settings = await self._template.fill(tree.root, folder / "git", wanted) if self._template else None
            if settings is None:
                await make_clone(self._git, self._mirror.path, tree.root, tag=f"{tag}/head")
                settings = settings_of(clone)
                take_index(clone, folder / "git")
            watch = PackWatch(self._mirror.path, self._mirror.lock, self._mirror.ledger)
            if self._template is not None:
                self._template.want(await self._tree(base, folder), settings)
        remote = {snapshot.base_branch: base, **({snapshot.branch: snapshot.head} if snapshot.head else {})}
        settle(clone, settings=settings, branch=snapshot.branch, head=head, remote=remote, by=self._author)
        adopt_settings(folder / "git", settings)
        return Stage(self._git, folder / "git", tree, self._mirror.reader), watch, wanted

    async def _tree(self, commit: Oid, folder: Path) -> Oid:
        tree = await self._mirror.reader.tree_of(commit)
        if tree is None:
            raise WorkspaceTampered(f"commit {commit} is not to be found", tree=folder)
        return tree

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


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Let the one error that ended a group of tasks come out as itself."""
    try:
        yield
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from group.exceptions[0].__cause__

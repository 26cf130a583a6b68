"""Makes workspaces: a mirror for all runs, and for each run a clone for the agent and a git directory for itself.

What only `prepare` and `close` need is loaded there: git fetches meanwhile.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kiro_worker.error import WorkerError
from kiro_worker.git import Git, branch_ref, object_id
from kiro_worker.ids import Oid
from kiro_worker.workspace.mirror import Mirror, Progress, moment, run_name, unheard
from kiro_worker.workspace.remote import Identity, Remote
from kiro_worker.workspace.run_folder import RunFolders
from kiro_worker.workspace.trash import Trash

if TYPE_CHECKING:
    from kiro_worker.workspace.change import Commit
    from kiro_worker.workspace.git_workspace import GitWorkspace
    from kiro_worker.workspace.snapshot import Claim, Snapshot
    from kiro_worker.workspace.template import Template

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
        self._trash = Trash(git.children, state / "trash")
        kind = _shallow_mirror() if shallow else Mirror
        self._mirror = kind(self._git, remote.url, state, discard=self._trash.take, progress=progress)
        self._folders = RunFolders(state / "workspaces", self._mirror, self._trash)
        self._shallow = shallow
        self._template: Template | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def snapshot(self, branch: str | None, base_branch: str | None) -> "Snapshot":
        """See `Workspaces.snapshot`."""
        for name in filter(None, (branch, base_branch)):
            branch_ref(name)
        await self._mirror.refresh(moment(), branch=branch, base_branch=base_branch)
        return await self.recall(branch, base_branch)

    async def recall(self, branch: str | None, base_branch: str | None) -> "Snapshot":
        """The remote as it was when it was last fetched, without asking it again."""
        from kiro_worker.workspace.fence import fence_ref, read_fence
        from kiro_worker.workspace.snapshot import Snapshot

        name = base_branch or await self._mirror.default_branch() or ""
        fence_oid = await self._mirror.tip(fence_ref(branch)) if branch else None
        return Snapshot(
            branch=branch or "",
            head=await self._mirror.tip(branch_ref(branch)) if branch else None,
            base_branch=name,
            base=await self._mirror.tip(branch_ref(name)) if name else None,
            fence=await read_fence(self._mirror.reader, fence_oid),
            fence_oid=fence_oid,
        )

    async def read(self, commit: Oid, paths: tuple[str, ...]) -> Mapping[str, bytes | None]:
        """See `Workspaces.read`. A link is no file: what it points to is not read."""
        tree = await self._mirror.reader.tree_of(object_id(commit))
        return {path: None if tree is None else await self._read(tree, path) for path in paths}

    async def _read(self, tree: Oid, path: str) -> bytes | None:
        from kiro_worker.git.object import FILE, FOLDER, PROGRAM

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
        found = await reader.find(entry.oid, path=path)
        return None if found is None else found.content

    async def paths(self, commit: Oid) -> frozenset[str]:
        """See `Workspaces.paths`."""
        tree = await self._mirror.reader.tree_of(object_id(commit))
        return frozenset() if tree is None else await self._mirror.reader.paths(tree)

    async def history(self, commit: Oid, since: Oid | None, limit: int = 1000) -> "tuple[Commit, ...]":
        """See `Workspaces.history`."""
        from kiro_worker.workspace.history import read_history

        await self._mirror.complete(object_id(commit), since)
        return await read_history(self._git, self._mirror.path, commit, since and object_id(since), limit)

    async def branches(self) -> Mapping[str, Oid]:
        """See `Workspaces.branches`."""
        return await self._mirror.branches()

    async def prepare(
        self, snapshot: "Snapshot", claim: "Claim", *, new_branch: str | None = None, start: Oid | None = None
    ) -> "GitWorkspace":
        """See `Workspaces.prepare`. The fence is taken and the tree is made at the same time."""
        from kiro_worker.workspace.preparation import Preparation

        preparing = Preparation(
            self._git,
            self._mirror,
            self._folders,
            self._trash,
            self._its_template(),
            author=self._author,
            committer=self._committer,
        )
        return await preparing.prepare(snapshot, claim, new_branch=new_branch, start=start)

    def _its_template(self) -> "Template | None":
        """The mirror's template; none where no disk outlives the run."""
        if self._template is None and not self._shallow:
            from kiro_worker.workspace.template import Template

            self._template = Template(self._git, self._mirror, self._trash.take)
        return self._template

    async def adopt(self, run: str, oid: Oid) -> Oid | None:
        """See `Workspaces.adopt`."""
        if self._folders.is_alive(run_name(run)):
            return None
        if not self._mirror.path.exists():
            await self._mirror.refresh(moment())
        await self._folders.save(run)
        found = await self._mirror.reader.find(object_id(oid))
        return oid if found is not None and found.kind == "commit" else None

    async def close(self) -> None:
        """See `Workspaces.close`."""
        if self._mirror.path.exists():
            from kiro_worker.workspace.upkeep import tidy

            # What cannot be done today can be tomorrow; it must not hide how the run ended.
            if self._template is not None:
                with contextlib.suppress(WorkerError):
                    await self._template.renew()
            with contextlib.suppress(WorkerError):
                folders = self._folders
                await tidy(self._mirror, folders.path, folders.is_alive, folders.save, self._trash.take)
        await self._mirror.close()
        await self._trash.empty(_EMPTYING)


def _shallow_mirror() -> type[Mirror]:
    from kiro_worker.workspace.shallow import ShallowMirror

    return ShallowMirror

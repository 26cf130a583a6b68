"""The isolated git working tree of one run, and everything that touches the remote repository.

The workspace is hostile: an agent wrote in it. Its `.git` is never read again once the agent had it; what is
committed and pushed goes through a git directory that the agent has never seen.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from kiro_worker.changeset import ChangeSet
from kiro_worker.ids import Oid
from kiro_worker.workspace.change import BaseRelation, Change, ChangeKind, Commit, CommitLines, CommitText, Hazard
from kiro_worker.workspace.remote import Identity, Remote
from kiro_worker.workspace.snapshot import Claim, Snapshot

__all__ = [
    "BaseRelation", "Change", "ChangeKind", "Claim", "Commit", "CommitLines", "CommitText", "Hazard", "Identity",
    "Reading", "Remote", "Snapshot", "Workspace", "Workspaces",
]  # fmt: skip


class Workspace(Protocol):
    """One run's working tree on one branch.

    Every method that writes to the remote is a compare-and-swap on the last known object id of the branch and of
    its fence ref, in one atomic push; it either happens whole or raises and changes nothing.
    """

    @property
    def path(self) -> Path:
        """The working tree that the agent and the gates see."""
        ...

    @property
    def branch(self) -> str:
        """The branch's short name."""
        ...

    @property
    def head(self) -> Oid:
        """The last commit made or taken over; not necessarily pushed yet."""
        ...

    @property
    def base(self) -> Oid:
        """The base branch's commit when the workspace was prepared."""
        ...

    @property
    def fence(self) -> int:
        """The fence number taken on the remote: the lease's, or a higher one where the branch had seen it."""
        ...

    @property
    def pushed(self) -> bool:
        """Whether the remote had `head` when it was last written to."""
        ...

    async def relation(self) -> BaseRelation:
        """How `head` stands to `base`; conflicts are only looked for when the branch is behind."""
        ...

    async def changes(self) -> tuple[Change, ...]:
        """What differs between the working tree and `head`, ignored files left out.

        What is shown here is what the next `commit` commits, whatever happens to the tree in between.

        Raises:
            WorkspaceTampered: the mirror's objects were changed through a hard link, or the tree cannot be read.
        """
        ...

    async def versions(self, path: str) -> tuple[bytes | None, bytes | None]:
        """A file or a link's target at `head`, and as the next `commit` would hold it.

        None where it is not there, and where it has more than 16 MiB.
        """
        ...

    async def proposed(self) -> bytes:
        """The patch from `head` to what the next `commit` would hold, as text that `git apply` takes."""
        ...

    async def restore(self, paths: tuple[str, ...]) -> None:
        """Put paths back to what they are at `head`; files and folders that are not there at `head` are removed."""
        ...

    async def write(self, path: str, content: bytes) -> None:
        """Write one file of the worker's own (a tick, a steering file); never through a link.

        It is part of the next commit, also where the repository ignores it. A file keeps its mode.

        Raises:
            WorkspaceTampered: a folder above it is a link.
        """
        ...

    async def commit(self, text: CommitText, *, only_written: bool = False) -> Oid:
        """Commit what `changes` last showed, with what was written and restored since; without a look since the
        last commit, everything; with `only_written`, nothing but what was written and restored. Hooks and filters of
        the repository are not run. The trailer `Kiro-Fence` is added, or corrected, to the number that was taken.

        Returns the new head. Nothing is pushed.

        Raises:
            NothingToCommit: the tree is the head's.
            WorkspaceTampered: as in `changes`.
        """
        ...

    async def merge_base_branch(self, text: CommitText) -> Oid | None:
        """Merge the base branch in (`update_base: merge`); None when there is nothing to merge.

        To be called before there are changes. A branch without commits of its own is moved to the base.

        Raises:
            MergeConflict: names the files; the branch and the tree stay as they were.
            GitTooOld: this git is older than 2.38.
        """
        ...

    async def push(self) -> None:
        """Publish `head`, three tries for what passes by itself; a lost answer is looked up before the next try.

        Raises:
            BranchMoved: somebody else pushed; nothing of theirs was overwritten.
            FenceLost: another holder has the branch's fence; every later push raises it too.
            PushRefused: the remote said no, in its own words.
            GitFailed: or the subclass that fits.
        """
        ...

    async def diff(self, since: Oid) -> bytes:
        """The patch from `since` to `head`, as text that `git apply` takes."""
        ...

    async def changed_since(self, since: Oid) -> tuple[Change, ...]:
        """The paths that differ between two commits, `since` and `head`."""
        ...

    async def change_set(self, since: Oid) -> ChangeSet:
        """What `head` changes against `since`, with both contents of each file and the lines between them.

        Neither attributes of the tree nor renames are asked for. Files of other repositories have no content.
        """
        ...

    async def commit_lines(self, since: Oid) -> tuple[CommitLines, ...]:
        """Every commit behind `since` up to `head`, oldest first, with the lines that it changed; first parents only.

        Where they change more than can be looked at, only the paths are told, without lines.
        """
        ...

    async def files(self, paths: tuple[str, ...]) -> Mapping[str, bytes | None]:
        """Files as they are at `head`; None for what is not there and for links."""
        ...

    async def keep_evidence(self, content: bytes) -> str:
        """Keep a document on the remote, beside the branch, instead of the one that was kept before; name its ref.

        Raises:
            FenceLost: another holder has the branch; what is kept there was left alone.
            PushRefused, GitFailed: as in `push`.
        """
        ...

    async def close(self, *, keep: bool) -> Path | None:
        """Give the tree up: kept and named (its path comes back), or moved aside to be deleted later.

        Commits that were not pushed stay to be adopted either way.
        """
        ...


class Reading(Protocol):
    """Looks at one remote repository, and changes nothing: all that it takes to tell what a branch asks for."""

    async def snapshot(self, branch: str | None, base_branch: str | None) -> Snapshot:
        """Ask the remote, once for all who ask at the same time.

        With `branch` None only the base is looked at (a new branch is to be made).
        """
        ...

    async def read(self, commit: Oid, paths: tuple[str, ...]) -> Mapping[str, bytes | None]:
        """Files as they are at a commit; None for those that are not there. A path ending in `/` lists a folder:
        its names, one a line, folders with a trailing `/`.
        """
        ...

    async def history(self, commit: Oid, since: Oid | None, limit: int = 1000) -> tuple[Commit, ...]:
        """Commits from `commit` back to (not with) `since`, newest first, first parents only."""
        ...


class Workspaces(Reading, Protocol):
    """Makes workspaces of one remote repository; safe to be used by many runs at once."""

    async def paths(self, commit: Oid) -> frozenset[str]:
        """Every file's path at a commit; those of links and of other repositories are left out."""
        ...

    async def branches(self) -> Mapping[str, Oid]:
        """The remote's branches as the last snapshot saw them."""
        ...

    async def prepare(
        self, snapshot: Snapshot, claim: Claim, *, new_branch: str | None = None, start: Oid | None = None
    ) -> Workspace:
        """Take the branch's fence on the remote, and make a fresh working tree of it.

        With `new_branch`, that branch is made at the snapshot's base and exists on the remote only after the
        first push. With `start`, an adopted commit, the tree begins there; it must descend from the branch's tip.

        Raises:
            FenceLost: another run took the branch since the snapshot.
            BranchMoved: somebody pushed since the snapshot, or `start` does not descend from the tip.
            BranchExists: `new_branch` is already there.
            WorkspaceAlive: a living process of this machine works for the same run.
            RepositoryUnfit: an empty repository, or a branch that is not there.
        """
        ...

    async def adopt(self, run: str, oid: Oid) -> Oid | None:
        """Find a commit that a dead run of this machine made and did not push; None when it is not to be had."""
        ...

    async def close(self) -> None:
        """End what is kept running, and see to the state directory: old workspaces, trash, many small packs."""
        ...

"""The workspace of one run: what the agent left is looked at, committed and pushed from where it cannot reach."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from kiro_worker.changeset import ChangeSet
from kiro_worker.error import WorkerError
from kiro_worker.git import Git, GitFailed, RefUpdate, branch_ref
from kiro_worker.git.comparison import TreeComparison
from kiro_worker.git.fault import ObjectTooLarge
from kiro_worker.git.hunks import hunks_of
from kiro_worker.git.object import FILE, LINK, PROGRAM, Entry, Signature, commit_content, hash_name, write_object
from kiro_worker.ids import Oid
from kiro_worker.value import dataclass
from kiro_worker.workspace.change import BaseRelation, Change, CommitLines, CommitText
from kiro_worker.workspace.content import changed_file
from kiro_worker.workspace.evidence import LastEvidence, evidence_ref
from kiro_worker.workspace.fault import (
    BranchMoved,
    FenceLost,
    MergeConflict,
    NothingToCommit,
    PushRefused,
    WorkspaceTampered,
)
from kiro_worker.workspace.fence import fence_ref, write_fence
from kiro_worker.workspace.hazard import Inspection, leaving, plain_change, text_of
from kiro_worker.workspace.history import merge_trees, read_lines, relate
from kiro_worker.workspace.lock import Mark
from kiro_worker.workspace.mirror import Mirror
from kiro_worker.workspace.pack import PackWatch
from kiro_worker.workspace.publish import Publication, publish
from kiro_worker.workspace.remote import Identity
from kiro_worker.workspace.snapshot import Claim, Snapshot
from kiro_worker.workspace.stage import Stage

_LINES = ("diff-tree", "-p", "-r", "-U0", "--src-prefix=a/", "--dst-prefix=b/")
_PLAIN = ("--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")
_PATCH = ("diff-tree", "-p", "--binary", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a workspace stands on, put together by `GitWorkspaces.prepare`.

    Attributes:
        folder: holds the tree and the run's own git directory.
        snapshot: the remote as it was; its `branch` is the one to push to.
        claim: the run, and the fence number that was really taken.
        fence_oid: what the fence ref points to since then.
        mark: says that the run lives.
        watch: over the packs that the clone shares.
        discard: takes folders that are done with.
    """

    git: Git
    mirror: Mirror
    stage: Stage
    folder: Path
    snapshot: Snapshot
    claim: Claim
    fence_oid: Oid
    mark: Mark
    watch: PackWatch
    author: Identity
    committer: Identity
    discard: Callable[[Path], None]


class GitWorkspace:
    """See `Workspace`."""

    def __init__(self, grounds: Grounds, *, base: Oid, head: Oid, tree: Oid) -> None:
        self._on = grounds
        self._base = base
        self._head = head
        # Trees of the commits that are only known here, and of the one that was begun with.
        self._trees = {head: tree}
        # Commits that carry this run's fence number.
        self._own: set[Oid] = set()
        self._remote_head = grounds.snapshot.head
        self._fence_oid = grounds.fence_oid
        # The tree as it was last looked at, then with what the worker itself had written where that is ignored.
        self._looked: Oid | None = None
        self._staged: Oid | None = None
        self._grafts: dict[str, Entry | None] = {}
        self._lost: FenceLost | None = None
        self._algorithm = hash_name(head)
        self._comparison = TreeComparison(grounds.git, grounds.stage.git_dir, algorithm=self._algorithm)

    @property
    def path(self) -> Path:
        """See `Workspace.path`."""
        return self._on.stage.tree.root

    @property
    def branch(self) -> str:
        """See `Workspace.branch`."""
        return self._on.snapshot.branch

    @property
    def head(self) -> Oid:
        """See `Workspace.head`."""
        return self._head

    @property
    def base(self) -> Oid:
        """See `Workspace.base`."""
        return self._base

    @property
    def fence(self) -> int:
        """See `Workspace.fence`."""
        return self._on.claim.fence

    @property
    def pushed(self) -> bool:
        """See `Workspace.pushed`."""
        return self._head == self._remote_head

    async def relation(self) -> BaseRelation:
        """See `Workspace.relation`."""
        await self._on.mirror.complete(self._on.snapshot.head or self._base, self._base)
        return await relate(self._on.git, self._on.stage.git_dir, self._head, self._base)

    async def changes(self) -> tuple[Change, ...]:
        """See `Workspace.changes`."""
        await self._guard()
        looked, apart = await self._on.stage.add()
        # Of the worker's own writes, those that the repository ignores are not in a fresh look; all others are.
        self._grafts = {
            path: entry for path, entry in (await self._passed_over(looked)).items() if self._is_there(path)
        }
        self._looked = looked
        self._staged = await self._on.stage.graft(looked, self._grafts)
        known = await self._tree(self._head)
        differences = await self._comparison.compare(known, self._staged)
        inspection = Inspection(self._on.git, self._on.stage, self._staged)
        return await inspection.changes(differences, apart, known)

    async def _passed_over(self, looked: Oid) -> dict[str, Entry]:
        """What the worker wrote and a look at the tree did not find."""
        stage = self._on.stage
        written = {path: entry for path, entry in self._grafts.items() if entry is not None}
        return {path: entry for path, entry in written.items() if await stage.entry(looked, path) is None}

    def _is_there(self, path: str) -> bool:
        return self._on.stage.tree.look(path) is not None

    async def restore(self, paths: tuple[str, ...]) -> None:
        """See `Workspace.restore`."""
        self._grafts.update(await self._on.stage.restore(await self._tree(self._head), paths))

    async def write(self, path: str, content: bytes) -> None:
        """See `Workspace.write`."""
        before = await self._on.stage.entry(self._staged or await self._tree(self._head), path)
        mode = PROGRAM if before is not None and before.mode == PROGRAM else 0
        self._grafts[path] = self._on.stage.write(path, content, mode=mode, algorithm=self._algorithm)

    async def commit(self, text: CommitText, *, only_written: bool = False) -> Oid:
        """See `Workspace.commit`."""
        await self._guard()
        stage = self._on.stage
        looked = self._looked or (await stage.add())[0]
        begun_with = await self._tree(self._head) if only_written else self._staged or looked
        tree = await stage.graft(begun_with, self._grafts)
        if tree == await self._tree(self._head):
            raise NothingToCommit(self.branch)
        if passed_over := await self._passed_over(looked):
            await stage.record(passed_over)
        return self._committed(tree, (self._head,), text)

    def _committed(self, tree: Oid, parents: tuple[Oid, ...], text: CommitText) -> Oid:
        now = self._on.git.clock.now()
        author, committer = self._on.author, self._on.committer
        content = commit_content(
            tree=tree,
            parents=parents,
            author=Signature(name=author.name, email=author.email, when=now),
            committer=Signature(name=committer.name, email=committer.email, when=now),
            message=self._on.git.redacted(message_of(text, fence=self.fence)),
        )
        oid = write_object(self._on.stage.objects, "commit", content, self._algorithm)
        self._trees[oid] = tree
        self._own.add(oid)
        self._take(oid)
        return oid

    def _take(self, head: Oid) -> None:
        self._on.stage.point(head)
        self._head = head
        self._looked = self._staged = None
        self._grafts = {}

    async def merge_base_branch(self, text: CommitText) -> Oid | None:
        """See `Workspace.merge_base_branch`."""
        relation = await self.relation()
        if not relation.behind:
            return None
        git, git_dir = self._on.git, self._on.stage.git_dir
        if not relation.ahead:
            await self._on.stage.move_to(await self._tree(self._head), await self._tree(self._base))
            self._take(self._base)
            return self._base
        tree, conflicts = await merge_trees(git, git_dir, self._head, self._base)
        if conflicts:
            raise MergeConflict(self.branch, self._on.snapshot.base_branch, conflicts)
        await self._on.stage.move_to(await self._tree(self._head), tree)
        return self._committed(tree, (self._head, self._base), text)

    async def push(self) -> None:
        """See `Workspace.push`."""
        if self._lost is not None:
            raise self._lost
        if self.pushed:
            return
        # Every head here was made on top of the one before, from the remote's own: this only ever moves forward.
        fence = self._head if self._head in self._own else self._new_fence()
        branch_update = RefUpdate(ref=branch_ref(self.branch), new=self._head, expected=self._remote_head)
        fence_update = RefUpdate(ref=fence_ref(self.branch), new=fence, expected=self._fence_oid)
        try:
            told = await self._publish(branch_update, fence_update)
        except GitFailed as error:
            error.kept = error.kept or self._kept()
            raise
        if told.moved:
            self._remote_head, self._fence_oid = self._head, fence
            return
        if not told.seen:
            raise PushRefused(self.branch, words=told.words, kept=self._kept())
        found = told.seen[fence_update.ref]
        if found not in {self._fence_oid, fence}:
            self._lost = FenceLost(self.branch, fence=self.fence, found=found, kept=self._kept())
            raise self._lost
        raise BranchMoved(
            self.branch, expected=self._remote_head, found=told.seen[branch_update.ref], kept=self._kept()
        )

    def _new_fence(self) -> Oid:
        return write_fence(
            self._on.stage.objects,
            self._algorithm,
            branch=self.branch,
            claim=self._on.claim,
            by=self._on.committer,
            when=self._on.git.clock.now(),
            head=self._head,
        )

    async def versions(self, path: str) -> tuple[bytes | None, bytes | None]:
        """See `Workspace.versions`."""
        return await self._at(await self._tree(self._head), path), await self._at(await self._next_tree(), path)

    async def _at(self, tree: Oid, path: str) -> bytes | None:
        entry = await self._on.stage.entry(tree, path)
        if entry is None or entry.mode not in {FILE, PROGRAM, LINK}:
            return None
        try:
            return await self._on.stage.blob(entry.oid)
        except ObjectTooLarge:
            return None

    async def proposed(self) -> bytes:
        """See `Workspace.proposed`."""
        return await self._patch(self._head, await self._next_tree())

    async def _next_tree(self) -> Oid:
        looked = self._staged or self._looked or (await self._on.stage.add())[0]
        return await self._on.stage.graft(looked, self._grafts)

    async def diff(self, since: Oid) -> bytes:
        """See `Workspace.diff`."""
        return await self._patch(since, self._head)

    async def _patch(self, before: Oid, after: Oid) -> bytes:
        over = await self._on.git.run(
            (*_PATCH, "--end-of-options", before, after),
            git_dir=self._on.stage.git_dir,
            environment=self._comparison.environment,
        )
        return over.stdout

    async def changed_since(self, since: Oid) -> tuple[Change, ...]:
        """See `Workspace.changed_since`."""
        differences = await self._comparison.compare(await self._tree(since), await self._tree(self._head))
        changes = []
        for difference in differences:
            if difference.mode != LINK:
                changes.append(plain_change(difference))
                continue
            target = text_of(await self._on.stage.blob(difference.oid) or b"")
            hazards = leaving(text_of(difference.path), target)
            changes.append(plain_change(difference, target=target, hazards=hazards))
        return tuple(changes)

    async def change_set(self, since: Oid) -> ChangeSet:
        """See `Workspace.change_set`."""
        old, new = await self._tree(since), await self._tree(self._head)
        differences = await self._comparison.compare(old, new)
        over = await self._on.git.run(
            (*_LINES, *_PLAIN, "--end-of-options", old, new),
            git_dir=self._on.stage.git_dir,
            environment=self._comparison.environment,
        )
        hunks = await asyncio.to_thread(hunks_of, over.stdout)
        files = [
            await changed_file(difference, hunks.get(difference.path, ()), self._on.stage.blob)
            for difference in differences
        ]
        files.sort(key=lambda file: file.path)
        return ChangeSet(base=since, head=self._head, files=tuple(files), base_tree=old)

    async def commit_lines(self, since: Oid) -> tuple[CommitLines, ...]:
        """See `Workspace.commit_lines`."""
        await self._on.mirror.complete(self._on.snapshot.head or self._base, self._base)
        environment = self._comparison.environment
        return await read_lines(self._on.git, self._on.stage.git_dir, self._head, since, environment)

    async def files(self, paths: tuple[str, ...]) -> Mapping[str, bytes | None]:
        """See `Workspace.files`."""
        tree = await self._tree(self._head)
        found: dict[str, bytes | None] = {}
        for path in dict.fromkeys(paths):
            entry = await self._on.stage.entry(tree, path)
            is_file = entry is not None and entry.mode in {FILE, PROGRAM}
            found[path] = await self._on.stage.blob(entry.oid, path) if entry is not None and is_file else None
        return found

    async def keep_evidence(self, content: bytes) -> str:
        """See `Workspace.keep_evidence`."""
        if self._lost is not None:
            raise self._lost
        new = await asyncio.to_thread(write_object, self._on.stage.objects, "blob", content, self._algorithm)
        ref = evidence_ref(self.branch)
        last = LastEvidence(self._on.mirror.path, ref)
        # The fence moves with it: only who holds the branch says what backs it.
        fence = RefUpdate(ref=fence_ref(self.branch), new=self._new_fence(), expected=self._fence_oid)
        told = await self._publish(RefUpdate(ref=ref, new=new, expected=last.read()), fence)
        if not told.moved and told.seen.get(fence.ref) == self._fence_oid:
            # What stands there came from another machine.
            told = await self._publish(RefUpdate(ref=ref, new=new, expected=told.seen[ref]), fence)
        if told.moved:
            assert fence.new is not None
            self._fence_oid = fence.new
            last.write(new)
            return ref
        found = told.seen.get(fence.ref)
        if told.seen and found not in {self._fence_oid, fence.new}:
            self._lost = FenceLost(self.branch, fence=self.fence, found=found, kept=self._kept())
            raise self._lost
        words = told.words or "somebody else moved the ref at the same moment"
        raise PushRefused(ref, words=words, kept=self._kept())

    async def _publish(self, *updates: RefUpdate) -> Publication:
        return await publish(self._on.git, self._on.mirror.url, updates, git_dir=self._on.stage.git_dir)

    async def close(self, *, keep: bool) -> Path | None:
        """See `Workspace.close`."""
        await self._comparison.close()
        mirror, run = self._on.mirror, self._on.claim.run
        # The last thing an agent did may have been this, and nobody looked at its changes any more.
        if await self._on.watch.broken() is not None:
            await mirror.set_aside(place=self._on.watch.place)
        mirror.forget(run)
        if not keep and await self._saved():
            self._on.discard(self._on.folder)
            mirror.unpin(run)
            self._on.mark.drop()
            return None
        self._on.mark.drop()
        return self.path

    async def _saved(self) -> bool:
        """Whether nothing is lost with the folder."""
        if self.pushed:
            return True
        try:
            await self._on.mirror.keep(self._on.claim.run, self._on.stage.git_dir)
        except WorkerError:
            # Git's failure, a full disk, a mirror that somebody else holds: the commits stay where they are.
            return False
        return True

    async def _guard(self) -> None:
        """Refuse to go on when a pack of the mirror was written to through the clone's hard link."""
        broken = await self._on.watch.broken()
        if broken is None:
            return
        await self._on.mirror.set_aside(place=self._on.watch.place)
        self._on.mark.drop()
        raise WorkspaceTampered(
            f"the mirror's own objects were changed ({broken})",
            tree=self.path,
            kept="The mirror was set aside and is made anew by the next run; what was pushed is on the remote.",
        )

    async def _tree(self, commit: Oid) -> Oid:
        if commit not in self._trees:
            found = await self._on.mirror.reader.tree_of(commit)
            if found is None:
                raise WorkspaceTampered(f"commit {commit} is not to be found", tree=self.path)
            self._trees[commit] = found
        return self._trees[commit]

    def _kept(self) -> str:
        return f"The commits up to {self._head[:12]} are on this machine, in {self._on.folder}."


def message_of(text: CommitText, *, fence: int) -> str:
    r"""A commit's message: each part apart by an empty line, each trailer in one line, the fence number last.

    >>> message_of(CommitText(subject="Add a lock", trailers=(("Kiro-Task", "2.1"),)), fence=7)
    'Add a lock\n\nKiro-Task: 2.1\nKiro-Fence: 7\n'
    """
    given = (trailer for trailer in text.trailers if trailer[0].lower() != "kiro-fence")
    trailers = "\n".join(f"{name}: {' '.join(value.split())}" for name, value in (*given, ("Kiro-Fence", str(fence))))
    parts = (" ".join(text.subject.split()), text.body.strip("\n"), trailers)
    return "\n\n".join(part for part in parts if part) + "\n"

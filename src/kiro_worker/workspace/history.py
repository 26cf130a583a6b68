"""The branch as a journal, and how it stands to its base."""

import asyncio
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from kiro_worker.changeset import Hunk
from kiro_worker.git import Git, OutputTooLarge
from kiro_worker.git.hunks import hunks_of
from kiro_worker.ids import Oid
from kiro_worker.workspace.change import BaseRelation, Commit, CommitLines

# Fields end in NUL, which no message holds; trailers come one a line.
_FORMAT = "tformat:%H%x00%s%x00%an <%ae>%x00%(trailers:only,unfold)%x00"
_FIELDS = 4
_HEAD = "%H%x00%s%x00%an <%ae>%x00%P%x00%(trailers:only,unfold)"
_MERGES_TREES = (2, 38)


async def read_history(git: Git, git_dir: Path, commit: Oid, since: Oid | None, limit: int) -> tuple[Commit, ...]:
    """First parents from `commit` back to, not with, `since`, newest first."""
    until = (f"^{since}",) if since else ()
    over = await git.run(
        (
            *("log", "--first-parent", f"--max-count={limit}", f"--format={_FORMAT}", "--no-show-signature"),
            *("--encoding=UTF-8", "--end-of-options", commit, *until, "--"),
        ),
        git_dir=git_dir,
    )
    fields = over.stdout.decode("utf-8", "replace").split("\0")
    return tuple(
        Commit(oid=Oid(oid.strip()), subject=subject, author=author, trailers=_trailers(trailers))
        for oid, subject, author, trailers in zip(*(fields[at::_FIELDS] for at in range(_FIELDS)), strict=False)
    )


async def read_lines(
    git: Git, git_dir: Path, commit: Oid, since: Oid, environment: Mapping[str, str]
) -> tuple[CommitLines, ...]:
    """First parents from behind `since` up to `commit`, oldest first, each with the lines that it changed.

    Where all the patches together are more than can be looked at, only the paths are told.
    """
    patches = ("-p", "-U0", "--src-prefix=a/", "--dst-prefix=b/", "--no-ext-diff", "--no-textconv", "--no-color")
    try:
        return await _read_commits(git, git_dir, (commit, f"^{since}"), environment, how=patches, files=_patched)
    except OutputTooLarge:
        return await _read_commits(
            git, git_dir, (commit, f"^{since}"), environment, how=("--name-only", "-z"), files=_named
        )


async def _read_commits(
    git: Git,
    git_dir: Path,
    which: tuple[str, ...],
    environment: Mapping[str, str],
    *,
    how: tuple[str, ...],
    files: Callable[[bytes], Mapping[bytes, tuple[Hunk, ...]]],
) -> tuple[CommitLines, ...]:
    # No file can hold what was made up just now.
    mark = f"commit-{secrets.token_hex(16)}"
    over = await git.run(
        (
            *("log", "--first-parent", "-m", "--reverse", f"--format=tformat:{mark}{_HEAD}{mark}", "--encoding=UTF-8"),
            *("--no-show-signature", "--no-renames", *how, "--end-of-options", *which, "--"),
        ),
        git_dir=git_dir,
        environment=environment,
    )
    parts = over.stdout.split(mark.encode())
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return await asyncio.to_thread(lambda: tuple(_commit_lines(head, files(told)) for head, told in pairs))


def _patched(patch: bytes) -> Mapping[bytes, tuple[Hunk, ...]]:
    return hunks_of(patch, every=True)


def _named(names: bytes) -> Mapping[bytes, tuple[Hunk, ...]]:
    return dict.fromkeys(filter(None, names.strip(b"\n\0").split(b"\0")), ())


def _commit_lines(head: bytes, files: Mapping[bytes, tuple[Hunk, ...]]) -> CommitLines:
    oid, subject, author, parents, trailers = head.decode("utf-8", "replace").split("\0", 4)
    return CommitLines(
        commit=Commit(oid=Oid(oid), subject=subject, author=author, trailers=_trailers(trailers)),
        merge=" " in parents,
        files={os.fsdecode(path): hunks for path, hunks in files.items()},
    )


def _trailers(lines: str) -> tuple[tuple[str, str], ...]:
    parted = (line.partition(":") for line in lines.splitlines())
    return tuple((name.strip(), value.strip()) for name, colon, value in parted if colon)


async def relate(git: Git, git_dir: Path, head: Oid, base: Oid) -> BaseRelation:
    """Count what only one of the two has, find where they meet, and try the merge when there is one to make."""
    if head == base:
        return BaseRelation(ahead=0, behind=0, merge_base=head)
    over = await git.run(
        ("rev-list", "--left-right", "--boundary", "--end-of-options", f"{base}...{head}"), git_dir=git_dir
    )
    lines = over.stdout.decode().split()
    behind = sum(line[0] == "<" for line in lines)
    ahead = sum(line[0] == ">" for line in lines)
    # Where two histories meet, a commit of one side has it as its parent: it is among the boundary.
    meeting = tuple(Oid(line[1:]) for line in lines if line[0] == "-")
    if not behind or not ahead:
        return BaseRelation(ahead=ahead, behind=behind, merge_base=base if not behind else head)
    if len(meeting) > 1:
        # Several, or some that lie behind another: git itself tells which is best.
        best = await git.run(("merge-base", head, base), git_dir=git_dir, accept=(0, 1))
        meeting = tuple(Oid(oid) for oid in best.stdout.decode().split())
    if not meeting:
        return BaseRelation(ahead=ahead, behind=behind, merge_base=None)
    if await git.version() < _MERGES_TREES:
        return BaseRelation(ahead=ahead, behind=behind, merge_base=meeting[0], conflicts_known=False)
    _, conflicts = await merge_trees(git, git_dir, head, base)
    return BaseRelation(ahead=ahead, behind=behind, merge_base=meeting[0], conflicts=conflicts)


async def merge_trees(git: Git, git_dir: Path, head: Oid, base: Oid) -> tuple[Oid, tuple[str, ...]]:
    """Merge two commits without a working tree: the tree that comes of it, and the files that need a person.

    Raises:
        GitTooOld: this git cannot merge without a working tree.
        GitFailed: the two share no history.
    """
    await git.require(*_MERGES_TREES, purpose="merging the base branch")
    over = await git.run(
        ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", head, base),
        git_dir=git_dir,
        accept=(0, 1),
    )
    tree, *conflicts = over.stdout.decode("utf-8", "surrogateescape").rstrip("\0").split("\0")
    return Oid(tree), tuple(dict.fromkeys(path for path in conflicts if path))

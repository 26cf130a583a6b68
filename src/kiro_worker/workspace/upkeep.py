"""What keeps a state directory small: few packs, no pins of the dead, no workspaces that nobody came back for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from kiro_worker.git import GitFailed
from kiro_worker.workspace.mirror import KEPT, PINNED, Mirror
from kiro_worker.workspace.pack import shared_files

# Each fetch that brings something adds a pack, and git looks for an object in each of them.
_MANY_PACKS = 40
_DAY = 86400.0
# A failed run is looked at within days, and resumed sooner.
_KEPT_DAYS = 14.0


async def tidy(
    mirror: Mirror,
    workspaces: Path,
    is_alive: Callable[[str], bool],
    save: Callable[[str], Awaitable[bool]],
    discard: Callable[[Path], None],
    *,
    many: int = _MANY_PACKS,
) -> None:
    """Clear up behind runs that are over; skipped while the mirror is small and nothing is old.

    No commit is lost: `save` takes what a run committed into the mirror before its workspace goes, and what is on no
    branch of the remote stays there. Objects that no ref leads to are only dropped while no run lives: one may
    borrow them.
    """
    old = [folder for folder in _old_workspaces(mirror, workspaces, is_alive) if await save(folder.name)]
    packs = sum(entry.name.endswith(".pack") for entry in shared_files(mirror.path))
    if not old and packs <= many:
        return
    async with mirror.lock.exclusive():
        for folder in old:
            discard(folder)
        await _drop_refs(mirror, workspaces)
        if packs > many:
            await _repack(mirror, is_alive)
        mirror.ledger.note()


def _old_workspaces(mirror: Mirror, workspaces: Path, is_alive: Callable[[str], bool]) -> tuple[Path, ...]:
    """Those of this mirror; another repository's go when that is next used, since its mirror takes their commits."""
    try:
        folders = tuple(workspaces.iterdir())
    except FileNotFoundError:
        return ()
    before = time.time() - _KEPT_DAYS * _DAY
    return tuple(
        folder
        for folder in folders
        if folder.stat().st_mtime < before and not is_alive(folder.name) and _borrows_from(mirror, folder)
    )


def _borrows_from(mirror: Mirror, workspace: Path) -> bool:
    try:
        named = (workspace / "git/objects/info/alternates").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        # It was never made, or not to its end: there is no commit in it.
        return not (workspace / "git/refs/heads/work").exists()
    return Path(named.strip()).parent == mirror.path


async def _drop_refs(mirror: Mirror, workspaces: Path) -> None:
    """Forget pins whose run has no workspace any more, and kept commits that were pushed after all."""
    over = await mirror.git.run(
        ("for-each-ref", "--format=%(refname) %(objectname)", PINNED, KEPT), git_dir=mirror.path
    )
    gone = []
    for line in over.stdout.decode().splitlines():
        ref, _, oid = line.rpartition(" ")
        run = ref.removeprefix(PINNED).removeprefix(KEPT).split("/")[0]
        if not (workspaces / run).exists() and (not ref.startswith(KEPT) or await _is_on_a_branch(mirror, oid)):
            gone.append(f"delete {ref}\n")
    if gone:
        await mirror.git.run(("update-ref", "--stdin"), git_dir=mirror.path, stdin="".join(gone).encode(), owned=True)


async def _is_on_a_branch(mirror: Mirror, oid: str) -> bool:
    over = await mirror.git.run(
        ("for-each-ref", "--count=1", f"--contains={oid}", "refs/heads"), git_dir=mirror.path, accept=(0,)
    )
    return bool(over.stdout.strip())


async def _repack(mirror: Mirror, is_alive: Callable[[str], bool]) -> None:
    files = {entry.name: Path(entry.path) for entry in shared_files(mirror.path)}
    if await asyncio.to_thread(mirror.ledger.broken, files) is not None:
        # To pack it would be to believe it; the next run finds it and sets the mirror aside.
        return
    alive = any(is_alive(mark.name) for mark in mirror.runs.iterdir())
    how = ("--geometric=2",) if alive else ("-a",)
    try:
        await mirror.git.run(("repack", "-d", "-q", *how), git_dir=mirror.path, owned=True)
    except GitFailed as error:
        if "unknown option" not in error.words:
            raise
        # Before 2.33 there is no geometry; keeping what nothing leads to is as safe.
        await mirror.git.run(("repack", "-d", "-q", "-a", "-k"), git_dir=mirror.path, owned=True)
    await mirror.git.run(("pack-refs", "--all"), git_dir=mirror.path, owned=True)

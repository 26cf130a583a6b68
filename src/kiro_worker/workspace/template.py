"""A tree that is checked out once for a mirror, and copied for each run: several times quicker than git checks it out.

    <mirror>/kiro-worker/template/seal     for which tree it was made, on which boot, under which settings of git
    <mirror>/kiro-worker/template/git      a git directory of its own; its index says what each file was
    <mirror>/kiro-worker/template/tree     the files

It is made when a run is over, and made anew when the base branch has gone far from it. Nobody but the worker has any
business in it, and nothing of it is believed: a file whose size, times or inode are not those of the index is not
copied, and where anything is not as it should be, git clones and checks out as if there were no template.
"""

import asyncio
import json
import os
import shutil
import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from kiro_worker.git import Git, GitFailed
from kiro_worker.git.environment import LOCAL_SETTINGS
from kiro_worker.git.fault import writing
from kiro_worker.git.index import IndexUnreadable, read_index, retold
from kiro_worker.git.object import FOLDER
from kiro_worker.git.reader import ObjectReader
from kiro_worker.ids import Oid
from kiro_worker.value import dataclass
from kiro_worker.workspace.clone import link_clone
from kiro_worker.workspace.copying import SourceChanged, copy_files
from kiro_worker.workspace.lock import Mark
from kiro_worker.workspace.mirror import Mirror, boot
from kiro_worker.workspace.stage import make_git_directory

# Beyond so many files a branch is so far from the template that git checks it out as quickly by itself.
_FAR = 400
# The base may go so far before the template is made anew: until then each run's git writes these files once more.
_NEAR = 40
_FOLDERS = 200
# A disk that is nearly full has no room for what is only there for speed.
_ROOM = 1024**3
_ATTRIBUTES = b".gitattributes"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seal:
    """What is written last, when a template is whole.

    Attributes:
        tree: what it was made of.
        settings: the `core` and `extensions` sections that git found right for this file system.
        made: under which circumstances; under others it is no template.
    """

    tree: Oid
    settings: str
    made: str


class Template:
    """The template of one mirror.

    Args:
        git: runs the commands.
        mirror: whose it is; with the mirror it is set aside, and goes.
        discard: takes folders that are done with.
        room: bytes that must be free before one is made.
    """

    def __init__(self, git: Git, mirror: Mirror, discard: Callable[[Path], None], *, room: int = _ROOM) -> None:
        self._git = git
        self._mirror = mirror
        self._discard = discard
        self._room = room
        self._wanted: tuple[Oid, str] | None = None

    @property
    def path(self) -> Path:
        """Where it is, when it is there."""
        return self._mirror.path / "kiro-worker" / "template"

    async def fill(self, clone: Path, git_dir: Path, wanted: Oid) -> str | None:
        """Make what `git clone` would make, and its index in a run's git directory; None when that is for git to do.

        To be called with the mirror held, shared.

        Args:
            clone: where the working tree is to be; nothing may be there, and nothing is when the answer is None.
            git_dir: the run's own.
            wanted: the tree to check out.

        Returns:
            The settings that git found right for this file system.
        """
        seal = self._seal()
        if seal is None or await distance(self._mirror.reader, seal.tree, wanted, most=_FAR) is None:
            return None
        try:
            await self._copied(clone, git_dir, moves=seal.tree != wanted)
            if seal.tree != wanted:
                move = ("read-tree", "-m", "-u", seal.tree, wanted)
                await self._git.run(move, git_dir=git_dir, work_tree=clone)
            shutil.copy2(git_dir / "index", clone / ".git" / "index")
        except (SourceChanged, IndexUnreadable):
            self._discard(self.path)
        except (OSError, GitFailed):
            # There is no room, or something in the mirror cannot be linked: git will say so better.
            pass
        else:
            return seal.settings
        self._discard(clone)
        (git_dir / "index").unlink(missing_ok=True)
        return None

    async def _copied(self, clone: Path, git_dir: Path, *, moves: bool) -> None:
        """Copy in a thread, for the fence is taken meanwhile; whoever is cancelled waits until it has stopped."""
        stop = threading.Event()
        copying = asyncio.get_running_loop().run_in_executor(None, self._copy, clone, git_dir, stop.is_set, moves)
        try:
            await asyncio.shield(copying)
        except asyncio.CancelledError:
            stop.set()
            await asyncio.gather(copying, return_exceptions=True)
            raise

    def _copy(self, clone: Path, git_dir: Path, stopped: Callable[[], bool], moves: bool) -> None:  # noqa: FBT001  # an executor passes no names
        algorithm = self._mirror.algorithm
        try:
            content = (self.path / "git" / "index").read_bytes()
        except OSError as error:
            raise SourceChanged from error
        entries = read_index(content, algorithm)
        clone.mkdir()
        link_clone(self._mirror.path, clone / ".git")
        now = copy_files(entries, self.path / "tree", clone, stopped)
        index = git_dir / "index"
        index.write_bytes(retold(content, algorithm, now))
        if moves:
            # Git reads each file anew that is as young as the index, and nobody can have written to these yet. It
            # writes its own time over this one.
            later = index.stat().st_mtime_ns + 2 * 10**9
            os.utime(index, ns=(later, later))

    def want(self, base: Oid, settings: str) -> None:
        """Note what a run was begun with: the next one will want much the same.

        Args:
            base: the tree of its base branch.
            settings: see `fill`.
        """
        self._wanted = (base, settings)

    async def renew(self) -> None:
        """Make the template when there is none, or none that is near what was wanted.

        Raises:
            WorkerError: it cannot be made.
        """
        if self._wanted is None or not await self._is_due(self._wanted[0]):
            return
        maker = Mark(self.path.with_name("template.maker"))
        if not maker.take():
            return
        try:
            for left in self.path.parent.glob("template-*"):
                self._discard(left)
            await self._make(*self._wanted)
        finally:
            maker.drop()

    async def _is_due(self, tree: Oid) -> bool:
        seal = self._seal()
        if seal is not None and await distance(self._mirror.reader, seal.tree, tree, most=_NEAR) is not None:
            return False
        return shutil.disk_usage(self._mirror.path).free > self._room

    async def _make(self, tree: Oid, settings: str) -> None:
        """Build it beside its place, so that what stands there is whole."""
        draft = self.path.with_name(f"template-{os.urandom(8).hex()}")
        with writing(draft):
            (draft / "tree").mkdir(parents=True)
        try:
            make_git_directory(draft / "git", mirror=self._mirror.path, settings=settings, head=tree)
            checkout = ("read-tree", "-m", "-u", tree)
            await self._git.run(checkout, git_dir=draft / "git", work_tree=draft / "tree", owned=True)
            with writing(draft):
                seal = {"tree": tree, "settings": settings, "made": _circumstances()}
                (draft / "seal").write_text(json.dumps(seal))
            async with self._mirror.lock.exclusive():
                self._discard(self.path)
                with writing(self.path):
                    draft.rename(self.path)
        except BaseException:
            self._discard(draft)
            raise

    def _seal(self) -> _Seal | None:
        """What the template was made of; None when there is none that was made as one would be made now."""
        try:
            seal = _Seal(**json.loads((self.path / "seal").read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        return seal if seal.made == _circumstances() else None


def _circumstances() -> str:
    """The boot, since what a lost power left of files is told by nothing; and how git is told to check out."""
    return f"{boot()} {sha256(repr(LOCAL_SETTINGS).encode()).hexdigest()}"


async def distance(reader: ObjectReader, old: Oid, new: Oid, *, most: int) -> int | None:
    """How many files differ between two trees.

    None when it is more than `most`, or more than can be found out quickly; or when an attribute may say that a file
    is checked out in another way though its content is the same.
    """
    pairs: list[tuple[Oid | None, Oid | None]] = [(old, new)] if old != new else []
    differ = seen = 0
    while pairs:
        if (seen := seen + 1) > _FOLDERS:
            return None
        one, other = [await reader.tree(oid) if oid else {} for oid in pairs.pop()]
        for name in one.keys() | other.keys():
            before, after = one.get(name), other.get(name)
            if before == after:
                continue
            if name.lower() == _ATTRIBUTES:
                return None
            folders = [entry.oid if entry is not None and entry.mode == FOLDER else None for entry in (before, after)]
            if any(folders):
                pairs.append((folders[0], folders[1]))
            if None in folders and (differ := differ + 1) > most:
                return None
    return differ

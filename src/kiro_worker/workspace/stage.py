"""The run's own git directory: what the working tree holds becomes trees and commits here.

    <state>/workspaces/<run>/git          HEAD, config, index, refs/heads/work; made without git, never given away
    <state>/workspaces/<run>/git/objects  what this run made; everything else is borrowed from the mirror
    <state>/workspaces/<run>/tree         the agent's; its `.git` is never read

The index starts as a copy of the fresh clone's, so that only files that were touched are read again.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from kiro_worker.folders import walk
from kiro_worker.git import Git, GitFailed, GitTooSlow
from kiro_worker.git.fault import writing
from kiro_worker.git.index import IndexUnreadable
from kiro_worker.git.index_tree import write_index_tree
from kiro_worker.git.object import (
    FILE,
    FOLDER,
    PROGRAM,
    SUBMODULE,
    Entry,
    hash_name,
    read_loose,
    read_tree,
    tree_content,
    write_object,
)
from kiro_worker.git.reader import ObjectReader
from kiro_worker.ids import Oid
from kiro_worker.workspace.fault import WorkspaceTampered
from kiro_worker.workspace.tree import WorkingTree

# A submodule's mode as an index entry has it: 32 bits, big-endian (gitformat-index(5)).
_SUBMODULE_IN_INDEX = SUBMODULE.to_bytes(4, "big")
# Some thousand files: git is started in the time in which more could be read here.
_SMALL_INDEX = 512 * 1024
_NO_COMMIT = "does not have a commit checked out"


def make_git_directory(path: Path, *, mirror: Path, settings: str, head: Oid) -> None:
    """Lay out a git directory that borrows a mirror's objects; `git init` would cost a process.

    Args:
        path: where; nothing may be there.
        mirror: whose objects it borrows.
        settings: the `core` and `extensions` sections of the clone: what this file system and hash are.
        head: what its one branch, `work`, points to.
    """
    with writing(path):
        path.mkdir(mode=0o700)
        for folder in ("objects/info", "objects/pack", "refs/heads"):
            (path / folder).mkdir(parents=True)
        (path / "objects/info/alternates").write_text(f"{mirror / 'objects'}\n")
        (path / "config").write_text(settings)
        (path / "refs/heads/work").write_text(f"{head}\n")
        (path / "HEAD").write_text("ref: refs/heads/work\n")
        # There when the mirror is a shallow one; what it gains in depth, this gains too.
        (path / "shallow").symlink_to(mirror / "shallow")


def adopt_settings(path: Path, settings: str) -> None:
    """Put settings in place of those that a git directory was made with; another git may be reading them."""
    with writing(path):
        draft = path / "config.new"
        draft.write_text(settings)
        draft.rename(path / "config")


def take_index(clone: Path, path: Path) -> None:
    """Start from the index of a clone that nobody has touched yet, with its time: git asks which is newer."""
    with writing(path):
        shutil.copy2(clone / "index", path / "index")


class Stage:
    """Turns a working tree into tree objects, and the worker's own writes into changes of those.

    Args:
        git: runs the commands.
        git_dir: this run's own.
        tree: the agent's files.
        reader: reads what the mirror holds.
    """

    def __init__(self, git: Git, git_dir: Path, tree: WorkingTree, reader: ObjectReader) -> None:
        self.git_dir = git_dir
        self.objects = git_dir / "objects"
        self.tree = tree
        self._git = git
        self._reader = reader
        self._place = tree.root.stat().st_ino

    async def add(self) -> tuple[Oid, tuple[str, ...]]:
        """Put the whole working tree into the index and make a tree object of it.

        Returns:
            The tree, and the folders that were left out: repositories in which no git may be run.

        Raises:
            WorkspaceTampered: git cannot read the tree, and its words.
        """
        self._check_place()
        apart = await self._populated_submodules()
        try:
            await self._add(apart)
        except GitFailed as error:
            if _NO_COMMIT not in error.words:
                raise self._unreadable(error) from error
            apart = (*apart, *self._empty_repositories(apart))
            try:
                await self._add(apart)
            except GitFailed as again:
                raise self._unreadable(again) from again
        return await self._written(), apart

    async def _add(self, apart: Sequence[str]) -> None:
        self._unlock()
        exclude = tuple(f":(top,literal,exclude){path}" for path in apart)
        await self._git.run(("add", "--all", "--", ":(top)", *exclude), git_dir=self.git_dir, work_tree=self.tree.root)

    def _unlock(self) -> None:
        """Take away the lock of a git that was ended in the middle: nobody else works on this index."""
        (self.git_dir / "index.lock").unlink(missing_ok=True)

    async def _written(self) -> Oid:
        index = (self.git_dir / "index").read_bytes()
        if len(index) <= _SMALL_INDEX:
            with suppress(IndexUnreadable):
                if (tree := write_index_tree(self.objects, index, self._algorithm)) is not None:
                    return tree
        # From the root of the tree. Git writes the index too, with a later time, and believes from then on that an
        # older file is what the index says, unless it finds now that it is not.
        over = await self._git.run(("write-tree",), git_dir=self.git_dir, cwd=self.tree.root)
        return Oid(over.stdout.decode().strip())

    @cached_property
    def _algorithm(self) -> str:
        return hash_name(Oid((self.git_dir / "refs/heads/work").read_text().strip()))

    def _unreadable(self, error: GitFailed) -> WorkspaceTampered:
        slow = "something in it keeps git waiting, such as a named pipe; " if isinstance(error, GitTooSlow) else ""
        return WorkspaceTampered(f"git cannot read the tree: {slow}{error.words}", tree=self.tree.root)

    def _check_place(self) -> None:
        try:
            told = self.tree.root.lstat()
        except FileNotFoundError as error:
            raise WorkspaceTampered("its root is gone", tree=self.tree.root) from error
        if told.st_ino != self._place:
            raise WorkspaceTampered("its root was replaced", tree=self.tree.root)

    async def _populated_submodules(self) -> tuple[str, ...]:
        """Known submodules that have a `.git`: `git add` would run another git in there, with that one's settings."""
        if _SUBMODULE_IN_INDEX not in (self.git_dir / "index").read_bytes():
            return ()
        over = await self._git.run(("ls-files", "--stage", "-z"), git_dir=self.git_dir)
        lines = over.stdout.decode("utf-8", "surrogateescape").split("\0")
        known = (line.partition("\t")[2] for line in lines if line.startswith("160000 "))
        return tuple(path for path in known if self.tree.has_repository(path))

    def _empty_repositories(self, apart: Sequence[str]) -> tuple[str, ...]:
        """Folders with a `.git` below the root, however deep; only looked for when git stumbled over one."""
        found = []
        for folder, inner, files in walk(self.tree.root):
            inside = os.path.relpath(folder, self.tree.root)
            if inside != "." and (".git" in inner or ".git" in files):
                found.append(inside)
                inner.clear()
            elif ".git" in inner:
                inner.remove(".git")
        return tuple(path for path in found if path not in apart)

    async def restore(self, head_tree: Oid, paths: Sequence[str]) -> Mapping[str, Entry | None]:
        """Make paths what they are in a tree, in the index and in the working tree.

        Returns:
            What stands at each path in that tree.
        """
        self._check_place()
        entries = {path: await self.entry(head_tree, path) for path in paths}
        files: dict[str, Entry] = {}
        for path, entry in entries.items():
            files.update(await self._files(path, entry))
            self.tree.remove(path)
        absent = "0" * len(head_tree)
        lines = [f"0 {absent}\t{path}" for path in paths]
        lines += [f"{entry.mode:o} {entry.oid}\t{path}" for path, entry in files.items()]
        await self._index(lines)
        for path in (path for path, entry in files.items() if entry.mode == SUBMODULE):
            # An empty folder is what a submodule is that nobody initialised.
            self.tree.make_folder(path)
        there = [path for path, entry in files.items() if entry.mode != SUBMODULE]
        if there:
            await self._git.run(
                ("checkout-index", "--force", "--index", "-z", "--stdin"),
                git_dir=self.git_dir,
                work_tree=self.tree.root,
                stdin=_lines(there),
            )
        return entries

    async def move_to(self, old: Oid, new: Oid) -> None:
        """Take the working tree from one tree to another; a file that is neither's stops it, and is not lost.

        Raises:
            WorkspaceTampered: something in the working tree is in the way.
        """
        self._unlock()
        # The index lags behind what was committed past it, and behind the times of what was written.
        await self._git.run(("read-tree", "-m", old), git_dir=self.git_dir)
        await self._git.run(
            ("update-index", "-q", "--refresh", "--ignore-submodules"),
            git_dir=self.git_dir,
            work_tree=self.tree.root,
            accept=(0, 1),
        )
        try:
            await self._git.run(("read-tree", "-m", "-u", old, new), git_dir=self.git_dir, work_tree=self.tree.root)
        except GitFailed as error:
            raise self._unreadable(error) from error

    async def _index(self, lines: Sequence[str]) -> None:
        self._unlock()
        await self._git.run(
            ("update-index", "--replace", "-z", "--index-info"), git_dir=self.git_dir, stdin=_lines(lines)
        )

    async def record(self, entries: Mapping[str, Entry]) -> None:
        """Put files into the index that `add` passes over, because the repository ignores them."""
        await self._index([f"{entry.mode:o} {entry.oid}\t{path}" for path, entry in entries.items()])

    def write(self, path: str, content: bytes, *, mode: int, algorithm: str) -> Entry:
        """Write a file into the working tree, and its content among the objects."""
        self.tree.write(path, content, mode=0o755 if mode == PROGRAM else 0o644)
        oid = write_object(self.objects, "blob", content, algorithm)
        return Entry(name=_bytes(path).rpartition(b"/")[2], mode=mode if mode == PROGRAM else FILE, oid=oid)

    async def graft(self, tree: Oid, changes: Mapping[str, Entry | None]) -> Oid:
        """A tree like another, but for some paths; None takes a path away."""
        for path, entry in changes.items():
            tree = await self._grafted(tree, _bytes(path).split(b"/"), entry)
        return tree

    async def _grafted(self, tree: Oid, parts: Sequence[bytes], entry: Entry | None) -> Oid:
        """Down to the path's last folder, and from there up again: an agent can make more folders than calls nest."""
        folders = [dict(await self.folder(tree))]
        for part in parts[:-1]:
            below = folders[-1].get(part)
            is_folder = below is not None and below.mode == FOLDER
            if entry is None and not is_folder:
                return tree
            folders.append(dict(await self.folder(below.oid)) if below is not None and is_folder else {})
        algorithm = hash_name(tree)
        for part, entries in zip(reversed(parts), reversed(folders), strict=True):
            entries.pop(part, None)
            if entry is not None:
                entries[part] = Entry(name=part, mode=entry.mode, oid=entry.oid)
            tree = write_object(self.objects, "tree", tree_content(entries.values()), algorithm)
            # A folder that nothing is left in goes too, as git has no empty ones.
            entry = Entry(name=b"", mode=FOLDER, oid=tree) if entries else None
        return tree

    async def folder(self, tree: Oid) -> Mapping[bytes, Entry]:
        """A folder's entries, whether this run made it or the mirror has it."""
        content = read_loose(self.objects, tree)
        if content is not None:
            return {entry.name: entry for entry in read_tree(content, hash_name(tree))}
        return await self._reader.tree(tree)

    async def blob(self, oid: Oid, path: str = "") -> bytes | None:
        """A file's or link's content, whether this run made it or the mirror has it.

        Raises:
            ObjectTooLarge: it has more than 16 MiB.
        """
        content = read_loose(self.objects, oid, path=path)
        if content is not None:
            return content
        found = await self._reader.find(oid, path=path)
        return None if found is None else found.content

    async def entry(self, tree: Oid, path: str) -> Entry | None:
        """What stands at a path of a tree."""
        *above, name = _bytes(path).split(b"/")
        for part in above:
            found = (await self.folder(tree)).get(part)
            if found is None or found.mode != FOLDER:
                return None
            tree = found.oid
        return (await self.folder(tree)).get(name)

    async def _files(self, path: str, entry: Entry | None) -> dict[str, Entry]:
        """Everything below a path that is no folder itself."""
        if entry is None or entry.mode != FOLDER:
            return {path: entry} if entry else {}
        files: dict[str, Entry] = {}
        for name, inner in (await self.folder(entry.oid)).items():
            files.update(await self._files(f"{path}/{name.decode('utf-8', 'surrogateescape')}", inner))
        return files

    def point(self, head: Oid) -> None:
        """Let the branch of this git directory point to a commit."""
        path = self.git_dir / "refs/heads/work"
        with writing(path):
            draft = self.git_dir / "work.new"
            draft.write_text(f"{head}\n")
            draft.rename(path)


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _lines(texts: Sequence[str]) -> bytes:
    return b"".join(_bytes(text) + b"\0" for text in texts)

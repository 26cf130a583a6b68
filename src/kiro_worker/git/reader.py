"""Reads objects through one long-lived `git cat-file --batch`."""

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from kiro_worker.git.conversation import Conversation
from kiro_worker.git.fault import MOST_READ, ObjectTooLarge
from kiro_worker.git.object import FILE, FOLDER, PROGRAM, Entry, commit_tree, hash_name, read_tree
from kiro_worker.git.program import Git
from kiro_worker.ids import Oid
from kiro_worker.value import dataclass

_TREES_KEPT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class GitObject:
    """One object as the repository holds it; `kind` is commit, tree, blob or tag."""

    oid: Oid
    kind: str
    content: bytes


class ObjectReader:
    """Answers from one repository; sees what is fetched or committed while it runs."""

    def __init__(self, git: Git, git_dir: Path) -> None:
        self._conversation = Conversation(git, ("cat-file", "--batch"), git_dir=git_dir)
        self._trees: OrderedDict[Oid, Mapping[bytes, Entry]] = OrderedDict()

    async def find(self, name: str, *, path: str = "") -> GitObject | None:
        """An object by its id or by a full ref; None when there is none of that name.

        Args:
            name: the id or ref.
            path: what people know it by, if it is too large.

        Raises:
            ObjectTooLarge: it has more than 16 MiB; nothing of it is kept.
        """
        async with self._conversation.ask(name.encode() + b"\n") as answer:
            head = (await answer.readuntil(b"\n")).decode("utf-8", "replace").rsplit(" ", 2)
            if len(head) != 3 or not head[2].strip().isdigit():
                return None
            oid, kind, size = Oid(head[0]), head[1], int(head[2])
            if size > MOST_READ:
                # Ending the process is quicker than reading on to the end of the answer.
                raise ObjectTooLarge(path or name, size)
            content = await answer.readexactly(size + 1)
        return GitObject(oid=oid, kind=kind, content=content[:-1])

    async def tree_of(self, commit: Oid) -> Oid | None:
        """The tree of a commit; None when it is not there or is no commit."""
        found = await self.find(commit)
        return commit_tree(found.content) if found is not None and found.kind == "commit" else None

    async def tree(self, oid: Oid) -> Mapping[bytes, Entry]:
        """A folder's entries by name; none when there is no such tree."""
        if oid in self._trees:
            self._trees.move_to_end(oid)
            return self._trees[oid]
        found = await self.find(oid)
        if found is None or found.kind != "tree":
            return {}
        self._trees[oid] = {entry.name: entry for entry in read_tree(found.content, hash_name(oid))}
        if len(self._trees) > _TREES_KEPT:
            self._trees.popitem(last=False)
        return self._trees[oid]

    async def entry(self, tree: Oid, path: bytes) -> Entry | None:
        """What stands at a path below a tree; links are not followed."""
        folder, _, name = path.rpartition(b"/")
        entries = await self.folder(tree, folder)
        return None if entries is None else entries.get(name)

    async def folder(self, tree: Oid, path: bytes) -> Mapping[bytes, Entry] | None:
        """The entries of a folder below a tree, itself for an empty path; None when there is no such folder."""
        for part in path.split(b"/") if path else ():
            entry = (await self.tree(tree)).get(part)
            if entry is None or entry.mode != FOLDER:
                return None
            tree = entry.oid
        return await self.tree(tree)

    async def paths(self, tree: Oid) -> frozenset[str]:
        """The paths of all plain files below a tree, with bytes that are no UTF-8 as surrogates."""
        found: list[bytes] = []
        left = [(b"", tree)]
        while left:
            above, oid = left.pop()
            for entry in (await self.tree(oid)).values():
                path = above + entry.name
                if entry.mode == FOLDER:
                    left.append((path + b"/", entry.oid))
                elif entry.mode in {FILE, PROGRAM}:
                    found.append(path)
        return frozenset(path.decode("utf-8", "surrogateescape") for path in found)

    async def close(self) -> None:
        """End the process; a later question starts another."""
        await self._conversation.close()

"""Differences as changes, with what makes one of them dangerous."""

import stat
import unicodedata
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

from kiro_worker.git import Git
from kiro_worker.git.comparison import Difference
from kiro_worker.git.object import FOLDER, LINK, SUBMODULE
from kiro_worker.ids import Oid
from kiro_worker.workspace.change import Change, ChangeKind, Hazard
from kiro_worker.workspace.stage import Stage
from kiro_worker.workspace.tree import WorkingTree, leaves_by_text

# What git knows a repository by (is_git_directory in its setup.c).
_OF_A_REPOSITORY = ("HEAD", "objects", "refs")


def text_of(path: bytes) -> str:
    """A path as the port has it."""
    return path.decode("utf-8", "surrogateescape")


def plain_change(difference: Difference, *, target: str = "", hazards: Iterable[Hazard] = (), size: int = 0) -> Change:
    """A difference between trees as a change; a submodule is told by its mode."""
    modes = {difference.mode, difference.old_mode}
    found = {*hazards, Hazard.SUBMODULE} if SUBMODULE in modes else set(hazards)
    return Change(
        path=text_of(difference.path),
        kind=ChangeKind(difference.letter),
        added=difference.added,
        deleted=difference.deleted,
        mode=difference.mode,
        old_mode=difference.old_mode,
        size=size,
        target=target,
        hazards=frozenset(found),
    )


def submodule_change(path: str, *, known: bool) -> Change:
    """A repository that git was kept out of: what changed in it is not known, and none of it is committed."""
    return Change(
        path=path,
        kind=ChangeKind.MODIFIED if known else ChangeKind.ADDED,
        added=None,
        deleted=None,
        mode=SUBMODULE,
        old_mode=SUBMODULE if known else 0,
        hazards=frozenset({Hazard.SUBMODULE}),
    )


class Inspection:
    """Finds the hazards among the changes of one look at a working tree."""

    def __init__(self, git: Git, stage: Stage, tree: Oid) -> None:
        self._git = git
        self._stage = stage
        self._tree = tree
        self._files: WorkingTree = stage.tree

    async def changes(self, differences: Sequence[Difference], apart: Sequence[str], known: Oid) -> tuple[Change, ...]:
        """The changes, in git's order, repositories that were left out at the end.

        Args:
            differences: between the head and the working tree.
            apart: repositories that were left out.
            known: the head's tree; what is a submodule there is none of the agent's making.
        """
        there = [difference for difference in differences if difference.mode]
        filtered = await self._filtered([text_of(difference.path) for difference in there])
        collisions = await self._collisions([d.path for d in there if not d.old_mode])
        bare = await self._bare([text_of(d.path) for d in there if not d.old_mode], known)
        found = []
        for difference in differences:
            path = text_of(difference.path)
            hazards = set()
            if path.startswith(bare):
                hazards.add(Hazard.SUBMODULE)
            if path in filtered:
                hazards.add(Hazard.FILTERED)
            if difference.path in collisions:
                hazards.add(Hazard.CASE_COLLISION)
            target = await self._target(difference)
            if difference.mode == LINK and self._files.leaves(path, target):
                hazards.add(Hazard.LINK_LEAVES)
            told = self._files.look(path) if difference.mode else None
            size = told.st_size if told is not None and stat.S_ISREG(told.st_mode) else 0
            found.append(plain_change(difference, target=target, hazards=hazards, size=size))
        found += [submodule_change(path, known=await self._stage.entry(known, path) is not None) for path in apart]
        return tuple(found)

    async def _bare(self, added: Iterable[str], known: Oid) -> tuple[str, ...]:
        """Folders, each with a slash, that are repositories by what was added to them, though none is named `.git`.

        Whoever calls git in one obeys its settings, and those may name programs (safe.bareRepository in git-config(1)).
        """
        found = []
        for folder in sorted({folder for path in added for folder in _maybe_bare(path)}):
            parts = [f"{folder}{name}" for name in _OF_A_REPOSITORY]
            if all(self._files.look(part) is not None for part in parts) and None in [
                await self._stage.entry(known, part) for part in parts
            ]:
                found.append(folder)
        return tuple(found)

    async def _target(self, difference: Difference) -> str:
        if difference.mode != LINK:
            return ""
        return text_of(await self._stage.blob(difference.oid) or b"")

    async def _filtered(self, paths: Sequence[str]) -> set[str]:
        """Those that an attribute gives to a filter; git is only asked when some `.gitattributes` speaks of one."""
        folders = {""} | {above for path in paths for above in _above(path)}
        if not any(self._speaks_of_filters(f"{folder}.gitattributes") for folder in folders):
            return set()
        over = await self._git.run(
            ("check-attr", "--stdin", "-z", "filter"),
            git_dir=self._stage.git_dir,
            work_tree=self._files.root,
            stdin=b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths),
        )
        fields = text_of(over.stdout).split("\0")
        told = zip(fields[0::3], fields[2::3], strict=False)
        return {path for path, value in told if value not in {"unspecified", "unset"}}

    def _speaks_of_filters(self, attributes: str) -> bool:
        if self._files.look(attributes) is None:
            return False
        text = self._files.text(attributes)
        return text is None or b"filter" in text

    async def _collisions(self, paths: Sequence[bytes]) -> set[bytes]:
        """Added paths that another system's files could not hold beside one that is there."""
        added: dict[bytes, set[bytes]] = {}
        for path in paths:
            for at in (path, *_folders_above(path)):
                folder, _, name = at.rpartition(b"/")
                added.setdefault(folder, set()).add(name)
        doubled: set[bytes] = set()
        async for folder, names in self._listed(sorted(added)):
            alike = Counter(_folded(name) for name in names)
            prefix = folder + b"/" if folder else b""
            doubled.update(prefix + name for name in added[folder] if alike[_folded(name)] > 1)
        return {path for path in paths if not doubled.isdisjoint((path, *_folders_above(path)))}

    async def _listed(self, folders: Iterable[bytes]) -> AsyncIterator[tuple[bytes, Iterable[bytes]]]:
        """The names in each folder; every one comes after the folder that it lies in."""
        trees = {b"": self._tree}
        for folder in folders:
            entries = await self._stage.folder(trees[folder]) if folder in trees else {}
            below = folder + b"/" if folder else b""
            trees.update((below + name, entry.oid) for name, entry in entries.items() if entry.mode == FOLDER)
            yield folder, entries.keys()


def _folders_above(path: bytes) -> Iterator[bytes]:
    """From the nearest up, without the root.

    >>> list(_folders_above(b"a/b/c"))
    [b'a/b', b'a']
    """
    while (end := path.rfind(b"/")) >= 0:
        path = path[:end]
        yield path


def _maybe_bare(path: str) -> Iterator[str]:
    """The folders above a path that it helps to make a repository of."""
    parts = path.split("/")
    return ("/".join(parts[:depth]) + "/" for depth in range(1, len(parts)) if parts[depth] in _OF_A_REPOSITORY)


def _folded(name: bytes) -> str:
    """A name as systems see it that take upper and lower case, or composed and decomposed signs, for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text_of(name)).casefold())


def _above(path: str) -> Iterable[str]:
    parts = path.split("/")[:-1]
    return ("/".join(parts[: depth + 1]) + "/" for depth in range(len(parts)))


def leaving(path: str, target: str) -> frozenset[Hazard]:
    """The hazard of a link of which only the text is known."""
    return frozenset({Hazard.LINK_LEAVES}) if leaves_by_text(path, target) else frozenset()

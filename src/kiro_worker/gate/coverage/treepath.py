"""The files of a tree, and which of them a path in a report means."""

import posixpath
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from kiro_worker.expression import expression
from kiro_worker.folders import walk
from kiro_worker.gate.file import SKIPPED

_MOST_INDEXED = 200_000
_MOST_SETTINGS = 1024 * 1024
_MODULE = expression(r"""^module\s+"?([^\s"]+)""", re.MULTILINE)


class TreePaths:
    """Finds the file of a tree that a report means."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._real = str(tree.resolve())

    def find(self, written: str, roots: tuple[str, ...], *, near: str = "") -> str | None:
        """The path relative to the tree, or None when the report means a file elsewhere.

        Args:
            written: the path as the report has it: absolute, relative to the tree, to a root or to a source folder, or
                below Go's import path.
            roots: the report's own source folders.
            near: the report's own place; of two files that fit, the one that shares more of its way is meant.
        """
        plain = written.replace("\\", "/")
        if plain.startswith("/"):
            return self._inside(plain)
        if roots and not any(self._is_near(root) for root in roots):
            return None
        # A package of a larger repository reports by its own folder, which lies above the report.
        above = (str(folder) for folder in PurePosixPath(near).parents) if near else ("",)
        for start in (*roots, *above):
            if (found := self._inside(posixpath.join(self._real, start, plain))) is not None:
                return found
        for module, folder in self._modules.items():
            if plain.startswith(f"{module}/") and (
                found := self._inside(f"{self._real}/{folder}{plain.removeprefix(f'{module}/')}")
            ):
                return found
        return self._by_ending(plain.removeprefix("./"), near)

    def _is_near(self, root: str) -> bool:
        """Whether a source folder has to do with this tree: relative, inside it or above it."""
        if not posixpath.isabs(root):
            return True
        normal = posixpath.normpath(root).rstrip("/")
        return any(
            f"{one}/".startswith(f"{other}/")
            for real in (self._real, str(self._tree))
            for one, other in ((normal, real), (real, normal))
        )

    def _inside(self, path: str) -> str | None:
        normal = posixpath.normpath(path)
        for root in (self._real, str(self._tree)):
            if normal.startswith(f"{root}/") and posixpath.isfile(normal):
                return normal[len(root) + 1 :]
        return None

    def _by_ending(self, plain: str, near: str) -> str | None:
        if ".." in PurePosixPath(plain).parts:
            return None
        fitting = [path for path in self._index.get(plain.rsplit("/", 1)[-1], ()) if path.endswith(f"/{plain}")]
        return max(fitting, key=lambda path: (_shared(path, near), path), default=None)

    @cached_property
    def _index(self) -> Mapping[str, list[str]]:
        index: dict[str, list[str]] = {}
        count = 0
        for folder, folders, names in walk(Path(self._real)):
            folders[:] = sorted(name for name in folders if name not in SKIPPED)
            below = folder[len(self._real) + 1 :]
            for name in names:
                index.setdefault(name, []).append(f"{below}/{name}" if below else name)
            count += len(names)
            if count > _MOST_INDEXED:
                break
        return index

    @cached_property
    def _modules(self) -> Mapping[str, str]:
        """Go's module paths: name to folder, with `/` at the end unless it is the root."""
        if not (self._tree / "go.mod").is_file():
            return {}
        named = ((_MODULE.search(_text(self._tree / path)), path) for path in self._index.get("go.mod", ()))
        return {found[1]: path.removesuffix("go.mod") for found, path in named if found is not None}


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(_MOST_SETTINGS)


def _shared(path: str, near: str) -> int:
    """How many folders two paths begin with in common."""
    parts = zip(path.split("/")[:-1], near.split("/"), strict=False)
    return next((number for number, (one, other) in enumerate(parts) if one != other), path.count("/"))

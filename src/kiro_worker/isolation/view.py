"""What a process in a mount namespace of its own sees, as arguments of bubblewrap."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from kiro_worker.isolation.port import Ground
from kiro_worker.isolation.tools import SYSTEM

# Files of /etc that are links into /run on some systems.
_LINKED = ("/etc/resolv.conf", "/etc/hosts", "/etc/localtime", "/etc/nsswitch.conf", "/etc/machine-id")
_STICKY = "1777"


def view(ground: Ground, own: Iterable[Path], *, packs: Path | None) -> tuple[str, ...]:
    """The whole file system of the process, from the outside in: later arguments lie over earlier ones.

    Args:
        ground: what it may touch.
        own: its HOME.
        packs: lies, read-only, in the place of the tree's packs.
    """
    mounts = _Mounts()
    for top in map(Path, SYSTEM):
        if top.is_symlink():
            mounts.words += ["--symlink", str(top.readlink()), str(top)]
        elif top.is_dir():
            mounts.add("--ro-bind", top)
    for name in _LINKED:
        real = Path(os.path.realpath(name))
        if not _lies_in(real, map(Path, SYSTEM)) and real.exists():
            mounts.add("--ro-bind", real)
    mounts.words += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/dev/shm", "/tmp", "/var/tmp"):  # noqa: S108  # new and empty ones
        mounts.words += ["--perms", _STICKY, "--tmpfs", folder]
    shown = tuple(_outermost(path for path in ground.readable if path.exists()))
    private = tuple(path for path in ground.private if path.is_dir())
    for path in shown:
        if not _lies_in(path, private):
            mounts.add("--ro-bind", path)
    for path in private:
        if _lies_in(path, (*shown, *map(Path, SYSTEM))):
            mounts.words += ["--perms", "0755", "--tmpfs", str(path)]
    # Over what was just covered: tools in the real HOME, and folders of the run in the state folder.
    for path in shown:
        if _lies_in(path, private):
            mounts.add("--ro-bind", path)
    for path in _folders((ground.tree, *ground.writable, *own)):
        mounts.add("--bind", path)
    if packs is not None:
        mounts.words += ["--ro-bind", str(packs), str(ground.tree / ".git/objects/pack")]
    return tuple(mounts.words)


class _Mounts:
    """Arguments, with a folder for each that lies above a mount: bubblewrap would close those above a closed one."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._made: set[Path] = {Path("/")}

    def add(self, kind: str, path: Path) -> None:
        """Mount a path of this machine at the same path there."""
        for above in reversed(path.parents):
            if above not in self._made:
                self._made.add(above)
                self.words += ["--dir", str(above)]
        self._made.add(path)
        self.words += [kind, str(path), str(path)]


def is_seen(path: Path, ground: Ground, own: Iterable[Path]) -> bool:
    """Whether a path on this machine is the same one there."""
    return _lies_in(
        path, (ground.tree, *ground.writable, *own, *ground.readable, *map(Path, (*SYSTEM, "/proc", "/dev")))
    )


def _lies_in(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _outermost(paths: Iterable[Path]) -> Iterator[Path]:
    """Without those that lie in another."""
    kept: list[Path] = []
    for path in sorted(set(paths), key=lambda one: len(one.parts)):
        if not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
            yield path


def _folders(paths: Iterable[Path]) -> Iterator[Path]:
    """Real folders only: bubblewrap would follow a link that something hostile had put in a folder's place."""
    seen: set[Path] = set()
    for path in paths:
        if path not in seen and path.is_dir() and not path.is_symlink():
            seen.add(path)
            yield path

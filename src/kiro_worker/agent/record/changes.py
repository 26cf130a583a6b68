"""Which files of a workspace changed between two looks at it."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from kiro_worker.value import dataclass

# What tools leave behind; nobody means it when an agent is recorded.
_LEFT_ALONE = frozenset({".git", "__pycache__", "node_modules", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache"})
_MOST_FILES = 200_000
_LONGEST_FILE = 1024 * 1024
_MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was seen, without its content; `changed` moves with each write, however quick."""

    inode: int
    mode: int
    size: int
    written: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one file.

    Attributes:
        path: relative to the workspace.
        content: the new content; None when it stayed.
        target: where it links to now; None when it is no link.
        executable: whether it can be executed now; None when that is as it was, or usual for a new file.
        deleted: whether it is gone.
    """

    path: str
    content: bytes | None = None
    target: str | None = None
    executable: bool | None = None
    deleted: bool = False


Look = Mapping[str, Seen]


def look(folder: Path) -> Look:
    """Every file of a folder, with what tells whether it changed."""
    return dict(_files(folder))


def changes(folder: Path, before: Look) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """What changed since a look, and what is left out because it is too large, each with the reason."""
    after = look(folder)
    found: list[Change] = [Change(path=path, deleted=True) for path in before if path not in after]
    left_out: list[str] = []
    room = _MOST_BYTES
    for path, seen in after.items():
        old = before.get(path)
        if old == seen:
            continue
        size = seen.size if stat.S_ISREG(seen.mode) else 0
        if size > min(room, _LONGEST_FILE):
            left_out.append(f"{path}: {size} bytes are more than a recording keeps")
        elif (change := _change(folder, path, old, seen)) is not None:
            room -= size
            found.append(change)
    return tuple(found), tuple(left_out)


def _change(folder: Path, path: str, old: Seen | None, new: Seen) -> Change | None:
    place = folder / path
    try:
        if stat.S_ISLNK(new.mode):
            return Change(path=path, target=str(place.readlink()))
        content = place.read_bytes()
    except OSError:
        return None  # it is gone meanwhile
    was = bool(old is not None and old.mode & 0o100)
    now = bool(new.mode & 0o100)
    same = old is not None and (old.written, old.size) == (new.written, new.size)
    return Change(path=path, content=None if same else content, executable=now if now != was else None)


def _files(folder: Path) -> Iterator[tuple[str, Seen]]:
    left = [folder]
    count = 0
    while left:
        try:
            opened = os.scandir(left.pop())
        except OSError:
            continue  # it may not be read, or is gone meanwhile
        with opened as entries:
            for entry in entries:
                count += 1
                if count > _MOST_FILES or entry.name in _LEFT_ALONE:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    left.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False) or entry.is_symlink():
                    facts = entry.stat(follow_symlinks=False)
                    yield (
                        os.path.relpath(entry.path, folder),
                        Seen(facts.st_ino, facts.st_mode, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns),
                    )

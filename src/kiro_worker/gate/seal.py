"""Whether a folder is still as it was left: by what every change of it moves, without reading its files."""

import os
from hashlib import sha256
from pathlib import Path

# Written by the programs that run from such folders. Python's is not read, for the environment names another place
# for it; the tools' caches are removed before the tests.
_OWN_TRACES = frozenset({"__pycache__"})
TOOL_CACHES = (".cache", ".vite", ".vitest", ".vite-temp")
_UNSEALED = _OWN_TRACES | frozenset(TOOL_CACHES)


def seal_of(folder: Path, *, skipped: frozenset[str] = _UNSEALED) -> str:
    """A digest that changes whenever anything in the folder does; empty when there is no such folder.

    Of each entry it takes name, kind, size, inode, and both times: the change time cannot be set back by a program
    that is not root, so a file that was rewritten and given its old date is seen all the same.

    Args:
        folder: the folder.
        skipped: names of folders that are not looked at.
    """
    if not folder.is_dir() or folder.is_symlink():
        return ""
    digest = sha256()
    pending = [str(folder)]
    while pending:
        place = pending.pop()
        with os.scandir(place) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                if entry.name in skipped and entry.is_dir(follow_symlinks=False):
                    continue
                status = entry.stat(follow_symlinks=False)
                is_folder = entry.is_dir(follow_symlinks=False)
                # A folder's own times change with the caches inside it; what it holds is looked at anyway.
                told = (status.st_mode, *(() if is_folder else _of_file(status)))
                digest.update(f"{entry.path}\0{told}\n".encode("utf-8", "surrogateescape"))
                if is_folder:
                    pending.append(entry.path)
    return digest.hexdigest()


def _of_file(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)

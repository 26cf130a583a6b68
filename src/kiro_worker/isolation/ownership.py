"""Gives files to an account and takes them back, in a tree that an agent wrote in: never through a link."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from kiro_worker.process import Account

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A folder for each is kept open; what lies deeper was made by the account itself and is its own.
_DEEPEST = 200

CLOSED = 0o700
SHOWN = 0o755


def give(folder: Path, account: Account) -> None:
    """Make everything in a folder that is the worker's an account's, and the folder open to it alone.

    A file with another name elsewhere stays the worker's: packs are shared with the mirror that way. One that the
    account could not read is copied in its place.
    """
    with _opened(folder) as top:
        if top is None:
            return
        _hand_over(top, account, of=os.geteuid())
        os.fchown(top, account.uid, account.gid)
        os.fchmod(top, CLOSED)


def show(folder: Path) -> None:
    """Let everybody look into a folder that is the worker's; who gets there is for the folders above it to say."""
    with _opened(folder) as top:
        if top is not None:
            os.fchown(top, os.geteuid(), os.getegid())
            os.fchmod(top, SHOWN)


def own_copies(folder: Path) -> None:
    """Put a copy in the place of each file in a folder that has another name elsewhere."""
    with _opened(folder) as top:
        if top is None:
            return
        own = Account(uid=os.geteuid(), gid=os.getegid())
        for inner, name, told in _files(top):
            if stat.S_ISREG(told.st_mode) and told.st_nlink > 1:
                _copy_in_place(inner, name, told, own)


def has_shared_files(folder: Path) -> bool:
    """Whether a file in a folder has another name elsewhere."""
    with _opened(folder) as top:
        return top is not None and any(stat.S_ISREG(told.st_mode) and told.st_nlink > 1 for _, _, told in _files(top))


def take(folder: Path) -> None:
    """Close a folder against everybody but the worker; what is in it stays as it is."""
    with _opened(folder) as top:
        if top is not None:
            os.fchown(top, os.geteuid(), os.getegid())
            os.fchmod(top, CLOSED)


def take_all(folder: Path, account: Account) -> None:
    """Make everything in a folder that is an account's the worker's."""
    with _opened(folder) as top:
        if top is not None:
            _hand_over(top, Account(uid=os.geteuid(), gid=os.getegid()), of=account.uid)
            os.fchown(top, os.geteuid(), os.getegid())


class _opened:  # noqa: N801  # used as a function
    """A folder's descriptor; None when there is no folder of that name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None

    def __enter__(self) -> int | None:
        try:
            self._descriptor = os.open(self._folder, _FOLDER)
        except OSError as error:
            # A link, or no folder: nothing that could be given or taken.
            if error.errno not in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
                raise
        return self._descriptor

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)


def _hand_over(top: int, account: Account, *, of: int) -> None:
    for folder, name, told in _files(top):
        if told.st_uid != of:
            continue
        if stat.S_ISREG(told.st_mode) and told.st_nlink > 1:
            if not told.st_mode & 0o004:
                _copy_in_place(folder, name, told, account)
            continue
        with suppress(FileNotFoundError):
            os.chown(name, account.uid, account.gid, dir_fd=folder, follow_symlinks=False)


def _files(top: int) -> Iterator[tuple[int, str, os.stat_result]]:
    """Everything below a folder, as its folder's descriptor and its name."""
    waiting: list[tuple[int, Iterator[os.DirEntry[str]]]] = [(top, _entries(top))]
    try:
        while waiting:
            folder, entries = waiting[-1]
            entry = next(entries, None)
            if entry is None:
                waiting.pop()
                if folder != top:
                    os.close(folder)
                continue
            with suppress(FileNotFoundError):
                told = os.stat(entry.name, dir_fd=folder, follow_symlinks=False)
                yield folder, entry.name, told
                if stat.S_ISDIR(told.st_mode) and len(waiting) < _DEEPEST:
                    inner = os.open(entry.name, _FOLDER, dir_fd=folder)
                    waiting.append((inner, _entries(inner)))
    finally:
        for folder, _ in waiting:
            if folder != top:
                os.close(folder)


def _entries(folder: int) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        # All at once: files that are copied in place would else be met again.
        return iter(list(entries))


def _copy_in_place(folder: int, name: str, told: os.stat_result, account: Account) -> None:
    """A shared file that its reader may not read: the account gets a copy, the shared one is left alone."""
    aside = f".{token_hex(8)}.part"
    source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    target = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
    with os.fdopen(source, "rb") as reading, os.fdopen(target, "wb") as writing:
        shutil.copyfileobj(reading, writing, 1024 * 1024)
        os.fchmod(writing.fileno(), stat.S_IMODE(told.st_mode) & 0o777)
        os.fchown(writing.fileno(), account.uid, account.gid)
    os.replace(aside, name, src_dir_fd=folder, dst_dir_fd=folder)

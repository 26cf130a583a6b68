"""What can be wrong with the state database, from SQLite's own result codes.

* StateBroken       the file is damaged, or is not this program's
* StateNewer        a newer program wrote it
* StateUnavailable  it cannot be used just now: locked, full, read-only, not there
"""

import shlex
import sqlite3
from pathlib import Path

from kiro_worker.error import Fault, WorkerError

# https://sqlite.org/rescode.html; the low byte is the primary code, the rest only refines it.
_PRIMARY = 0xFF
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "another process kept it locked for too long",
    sqlite3.SQLITE_LOCKED: "another connection kept it locked for too long",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "it may not be written",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_PERM: "access is not permitted",
    sqlite3.SQLITE_AUTH: "access is not permitted",
    sqlite3.SQLITE_NOLFS: "the filesystem cannot hold a file that large",
    sqlite3.SQLITE_PROTOCOL: "its locks do not work on this filesystem",
}


class StateBroken(WorkerError):
    """The file is no database of this program; nothing in it was touched."""

    code = "state.broken"
    fault = Fault.INTERNAL

    def __init__(self, *, path: Path, reason: str) -> None:
        self.path = path
        # Its name begins otherwise, so that the file and what SQLite keeps beside it can be named by one pattern.
        aside = path.with_name(f"broken.{path.name}")
        files, folder = shlex.quote(str(path)), shlex.quote(str(aside))
        super().__init__(
            f"The state database {path} cannot be read: {reason}.",
            kept=f"The file was left as it is. Branches and their commits do not depend on it; leases, local "
            f"pull requests and boards of this machine are in {path}.",
            next_step=f"Move it aside, and a fresh one is made: mkdir {folder} && mv {files}* {folder}/",
        )


class StateNewer(WorkerError):
    """The database has tables that this program is too old to know."""

    code = "state.newer"
    fault = Fault.CONFIG

    def __init__(self, *, path: Path, owner: str, found: int, known: int) -> None:
        self.path, self.owner, self.found, self.known = path, owner, found, known
        super().__init__(
            f"The state database {path} was written by a newer Kiro Worker: "
            f"its {owner} tables are at version {found}, this program knows {known}.",
            kept="Nothing in it was changed.",
            next_step="Use the newer program (kiro-worker --version tells this one's version), "
            "or set XDG_STATE_HOME to another folder.",
        )


class StateUnavailable(WorkerError):
    """The database cannot be used just now; what was being written was undone as a whole."""

    code = "state.unavailable"
    fault = Fault.INTERNAL

    def __init__(self, *, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(
            f"The state database {path} cannot be used: {reason}.",
            kept="The database is as it was before this step.",
            next_step=f"Look at the folder and its disk, then run again: ls -la {shlex.quote(str(path.parent))}; "
            f"df -h {shlex.quote(str(path.parent))}",
        )


def fault_of(error: sqlite3.Error, path: Path) -> WorkerError | None:
    """The fault that an error of SQLite tells of; None when it is the calling code's own."""
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(code, int):
        return None
    if code & _PRIMARY in _BROKEN:
        return StateBroken(path=path, reason=str(error))
    if code & _PRIMARY in _UNAVAILABLE:
        return StateUnavailable(path=path, reason=f"{_UNAVAILABLE[code & _PRIMARY]} ({error})")
    return None

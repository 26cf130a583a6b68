"""The database as bytes, and bytes as the database: for a machine whose disk does not outlive it."""

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path

from kiro_worker.state.database import FILE, State

# SQLite keeps these beside a file that is, or was, open.
_BESIDE = ("-wal", "-shm", "-journal")


def copy_of(state: State) -> bytes:
    """All of it as it is at one moment, with what is not yet in the file itself."""
    with state.reading() as connection:
        # Something has to be read before the moment is one.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return connection.serialize()


def put_copy(folder: Path, content: bytes | None) -> None:
    """Make a copy the database of a folder in which nobody has it open; None leaves none there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / FILE
    for beside in _BESIDE:
        # Left there, they would be taken for this one's.
        path.with_name(f"{FILE}{beside}").unlink(missing_ok=True)
    if content is None:
        path.unlink(missing_ok=True)
        return
    draft = path.with_name(f".{FILE}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        draft.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()


def joined(theirs: bytes, ours: bytes, tables: Iterable[str]) -> bytes | None:
    """Another copy, and those rows of ours in these tables that it has not; of a row that both have, theirs counts.

    Returns None where that cannot be: one of them is damaged, or of another program's version.
    """
    with tempfile.TemporaryDirectory() as place:
        files = [Path(place) / name for name in ("theirs", "ours")]
        for file, content in zip(files, (theirs, ours), strict=True):
            file.write_bytes(content)
        try:
            with contextlib.closing(sqlite3.connect(files[0], isolation_level=None)) as connection:
                connection.execute("ATTACH DATABASE ? AS ours", (str(files[1]),))
                for table in tables:
                    connection.execute(f"INSERT OR IGNORE INTO main.{table} SELECT * FROM ours.{table}")  # noqa: S608  # our own words
                connection.execute("DETACH DATABASE ours")
                return connection.serialize()
        except sqlite3.Error:
            return None

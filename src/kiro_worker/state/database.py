"""One SQLite file, safe to be used by many threads and many processes at once."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from kiro_worker.error import WorkerError
from kiro_worker.state import migration
from kiro_worker.state.fault import StateBroken, StateNewer, StateUnavailable, fault_of
from kiro_worker.state.migration import Migration
from kiro_worker.state.room import keep_room

FILE = "state.db"

# "KiWo", in the header of the file: what `file` and this program know it by.
_APPLICATION_ID = 0x4B69576F
# The layout of the ledger of migrations itself; their own numbers are in it.
_LAYOUT = 1
_BUSY_SECONDS = 10.0
# STRICT tables: https://sqlite.org/stricttables.html
_LEAST_SQLITE = (3, 37, 0)

Found = TypeVar("Found")


class State:
    """The machine's database. Parts keep to their own tables, which `migrate` makes.

    Connections are lent for one transaction each, so any thread may use it. Transactions are to be short: a writer
    keeps every other writer of this machine waiting. Errors that are the database's own come as `StateBroken` or
    `StateUnavailable`; a broken constraint stays `sqlite3.IntegrityError`.
    """

    def __init__(self, path: Path, patience: float) -> None:
        self.path = path
        self._patience = patience
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._migrated: set[tuple[Migration, ...]] = set()
        self._closed = False

    def migrate(self, steps: tuple[Migration, ...]) -> None:
        """Bring one owner's tables up to date; costs nothing when called again.

        All missing steps are taken in one transaction, so another process sees either none or all of them.

        Raises:
            StateNewer: when the tables are ahead of `steps`.
        """
        if steps in self._migrated:
            return
        with self.reading() as connection:
            current = migration.is_current(connection, self.path, steps)
        if not current:
            with self.transaction() as connection:
                migration.take_steps(connection, self.path, steps)
        self._migrated.add(steps)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection inside one write transaction: committed at the end, undone on any exception."""
        # IMMEDIATE: a transaction that began by reading could not wait for its turn to write.
        with self._in("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that sees one moment of the database; writers are not kept waiting."""
        with self._in("BEGIN") as connection:
            yield connection

    async def write(self, work: Callable[[sqlite3.Connection], Found]) -> Found:
        """Do `work` in one write transaction, in a thread.

        A call that is cancelled may still have been carried out.
        """
        return await _in_thread(self.transaction, work)

    async def read(self, work: Callable[[sqlite3.Connection], Found]) -> Found:
        """Do `work` over one moment of the database, in a thread."""
        return await _in_thread(self.reading, work)

    def close(self) -> None:
        """Close what is not lent just now, and the rest as it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextlib.contextmanager
    def _in(self, begin: str) -> Iterator[sqlite3.Connection]:
        connection = self._borrow()
        try:
            with translated(self.path):
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                # SQLite has rolled back by itself after a full disk or an I/O error; then this has nothing to do.
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
            self._give_back(connection)

    def _borrow(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StateUnavailable(path=self.path, reason="it was closed already")
            if self._idle:
                return self._idle.pop()
        return _connect(self.path, self._patience)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()


def open_state(folder: Path, *, patience: float = _BUSY_SECONDS) -> State:
    """Open the state database of a folder, making both when they are not there, readable by their owner alone.

    Args:
        folder: where the file is.
        patience: seconds to wait for another process's transaction before giving up.

    Raises:
        StateBroken: the file is damaged or another program's; it is left as it is.
        StateNewer: a newer program wrote it.
        StateUnavailable: the folder or the file cannot be used.
    """
    path = folder / FILE
    if sqlite3.sqlite_version_info < _LEAST_SQLITE:
        raise StateUnavailable(path=path, reason=f"SQLite {sqlite3.sqlite_version} is too old, 3.37 is needed")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _keep_private(folder, 0o700)
        with _alone(folder):
            # Never open and close an existing file here: that would drop the locks that SQLite holds on it for
            # this process (https://sqlite.org/howtocorrupt.html, 2.2).
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            _keep_private(path, 0o600)
            _prepare(path, patience)
            keep_room(folder)
    except OSError as error:
        raise StateUnavailable(path=path, reason=error.strerror or str(error)) from error
    return State(path, patience)


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about the file into faults; let the others through."""
    try:
        yield
    except sqlite3.Error as error:
        fault = fault_of(error, path)
        if fault is None:
            raise
        raise fault from error


def _prepare(path: Path, patience: float) -> None:
    with translated(path), contextlib.closing(_connect(path, patience)) as connection:
        application, layout, tables = (
            connection.execute(query).fetchone()[0]
            for query in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
        )
        fault = _misfit(path, application=application, layout=layout, tables=tables)
        if fault is not None:
            raise fault
        # A filesystem without shared memory keeps its rollback journal: slower, and as safe.
        connection.execute("PRAGMA journal_mode = WAL")
        if application == 0:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(migration.LEDGER)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_LAYOUT}")
            connection.execute("COMMIT")


def _misfit(path: Path, *, application: int, layout: int, tables: int) -> WorkerError | None:
    if application != _APPLICATION_ID and (application or tables):
        return StateBroken(path=path, reason="it is another program's database")
    if layout > _LAYOUT:
        return StateNewer(path=path, owner="own", found=layout, known=_LAYOUT)
    return None


def _connect(path: Path, patience: float) -> sqlite3.Connection:
    # `mode=rw`: a database that was deleted under a running worker is an error, not a fresh empty one.
    with translated(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=patience,
            isolation_level=None,
            check_same_thread=False,  # one thread at a time: `State` lends each connection to one borrower
        )
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
        except sqlite3.Error:
            connection.close()
            raise
    return connection


def _keep_private(path: Path, mode: int) -> None:
    if path.stat().st_mode & 0o777 != mode:
        path.chmod(mode)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One opener at a time: SQLite does not wait when two switch a fresh file to WAL at once."""
    import fcntl

    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


async def _in_thread(
    lend: Callable[[], contextlib.AbstractContextManager[sqlite3.Connection]],
    work: Callable[[sqlite3.Connection], Found],
) -> Found:
    import asyncio

    def carry_out() -> Found:
        with lend() as connection:
            return work(connection)

    return await asyncio.to_thread(carry_out)

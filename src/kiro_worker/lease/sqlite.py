"""Leases among the workers of one machine, in its state database."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from kiro_worker.clock import Clock
from kiro_worker.lease.fence import next_fence
from kiro_worker.lease.holder import is_gone, this_boot, this_holder
from kiro_worker.lease.port import QUICK, Holder, Lease, LeaseKey, Timing
from kiro_worker.lease.presence import is_absent, own_presence
from kiro_worker.state import Migration, State
from kiro_worker.value import dataclass

# A row stays for ever, for its fence; `run` is NULL while nobody holds the lease. `until` is in seconds of the clock
# that all processes of one boot share, so setting the wall clock changes nothing; `expires` is the same moment on
# the wall, for people and for the next boot.
_STEPS = (
    Migration(
        owner="lease",
        number=1,
        sql="""
        CREATE TABLE lease (
            key TEXT PRIMARY KEY,
            fence INTEGER NOT NULL,
            run TEXT,
            host TEXT,
            pid INTEGER,
            started INTEGER,
            boot TEXT,
            until REAL,
            expires REAL
        ) STRICT, WITHOUT ROWID;
        """,
    ),
    # The file that the holder's process keeps locked, where it is this machine's.
    Migration(owner="lease", number=2, sql="ALTER TABLE lease ADD COLUMN presence TEXT;"),
)

_READ = "SELECT fence, run, host, pid, started, boot, until, expires, presence FROM lease WHERE key = ?"
_WRITE = "INSERT OR REPLACE INTO lease (key, fence, run, host, pid, started) VALUES (?, ?, ?, ?, ?, ?)"
_EXTEND = "UPDATE lease SET boot = ?, until = ?, expires = ?, presence = ? WHERE key = ?"
_FREE = (
    "UPDATE lease SET run = NULL, host = NULL, pid = NULL, started = NULL, boot = NULL, until = NULL, expires = NULL, "
    "presence = NULL WHERE key = ?"
)
_PRESENCES = "alive"

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class _Row:
    """What is stored of one key; times mean nothing without a holder."""

    fence: int = 0
    holder: Holder | None = None
    boot: str = ""
    until: float = 0.0
    expires: float = 0.0
    presence: str = ""


class SqliteLeases:
    """See `Leases`. Each call is one transaction, so a process killed in the middle of one has changed nothing."""

    def __init__(self, state: State, clock: Clock, *, timing: Timing = QUICK, boot: str | None = None) -> None:
        """Make the table when it is not there.

        Args:
            state: the machine's database.
            clock: its `monotonic` must agree among all processes of one boot, as `SystemClock` does.
            timing: the store's times.
            boot: which boot this is; None is the kernel's own word.
        """
        self._state = state
        self._clock = clock
        self._timing = timing
        self._boot = this_boot() if boot is None else boot
        self._presences = state.path.parent / _PRESENCES
        self._turn = asyncio.Lock()
        state.migrate(_STEPS)

    @property
    def timing(self) -> Timing:
        """See `Leases.timing`."""
        return self._timing

    async def take(self, key: LeaseKey, holder: Holder) -> Lease | None:
        """See `Leases.take`."""

        def work(connection: sqlite3.Connection) -> Lease | None:
            row = _read(connection, key)
            left = self._left(row)
            if row.holder == holder and left > 0:
                return self._extend(connection, key, holder, row.fence)
            if left > 0:
                self._adopt(connection, key, row, left)
                return None
            fence = next_fence(row.fence, self._clock.now())
            columns = (holder.run, holder.host, holder.pid, holder.started)
            connection.execute(_WRITE, (_text(key), fence, *columns))
            return self._extend(connection, key, holder, fence)

        return await self._write(work)

    async def renew(self, lease: Lease) -> Lease | None:
        """See `Leases.renew`."""

        def work(connection: sqlite3.Connection) -> Lease | None:
            row = _read(connection, lease.key)
            if not _is_of(row, lease):
                return None
            if self._remaining(row) <= 0:
                # Written down, so that it stays dead whatever is done to the clocks.
                connection.execute(_FREE, (_text(lease.key),))
                return None
            return self._extend(connection, lease.key, lease.holder, lease.fence)

        return await self._write(work)

    async def release(self, lease: Lease) -> None:
        """See `Leases.release`."""

        def work(connection: sqlite3.Connection) -> None:
            if _is_of(_read(connection, lease.key), lease):
                connection.execute(_FREE, (_text(lease.key),))

        await self._write(work)

    async def look(self, key: LeaseKey) -> Lease | None:
        """See `Leases.look`."""
        row = await self._state.read(lambda connection: _read(connection, key))
        if row.holder is None:
            return None
        expires = self._clock.now() + timedelta(seconds=self._left(row))
        return Lease(key=key, holder=row.holder, fence=row.fence, expires=expires)

    async def held(self) -> tuple[LeaseKey, ...]:
        """The keys on which there is a lease, whether its holder lives or not."""
        query = "SELECT key FROM lease WHERE run IS NOT NULL ORDER BY key"
        rows = await self._state.read(lambda connection: connection.execute(query).fetchall())
        return tuple(LeaseKey(key) for (key,) in rows)

    async def _write(self, work: Callable[[sqlite3.Connection], _Found]) -> _Found:
        # One at a time: SQLite would let the others nap for longer and longer between tries.
        async with self._turn:
            return await self._state.write(work)

    def _left(self, row: _Row) -> float:
        """Seconds until the lease may be taken; not above 0 when it may be now."""
        if row.holder is None or is_gone(row.holder) or self._is_absent(row):
            return 0.0
        return self._remaining(row)

    def _is_absent(self, row: _Row) -> bool:
        # Another kernel's locks need not be seen here, wherever the file is.
        return bool(row.presence) and row.boot == self._boot and is_absent(self._presences, row.presence)

    def _remaining(self, row: _Row) -> float:
        if row.boot == self._boot:
            return row.until - self._clock.monotonic()
        # The clock may have been set since the last boot, but no lease lives longer than this from now.
        return min(row.expires - self._clock.now().timestamp(), self._timing.ttl.total_seconds())

    def _adopt(self, connection: sqlite3.Connection, key: LeaseKey, row: _Row, left: float) -> None:
        """Write down when a lease of another boot ends in this one, so that its end comes and stays."""
        if row.boot != self._boot:
            until, expires = self._clock.monotonic() + left, self._clock.now().timestamp() + left
            connection.execute(_EXTEND, (self._boot, until, expires, None, _text(key)))

    def _extend(self, connection: sqlite3.Connection, key: LeaseKey, holder: Holder, fence: int) -> Lease:
        seconds = self._timing.ttl.total_seconds()
        until, expires = self._clock.monotonic() + seconds, self._clock.now().timestamp() + seconds
        presence = own_presence(self._presences) if holder == this_holder(holder.run) else None
        connection.execute(_EXTEND, (self._boot, until, expires, presence, _text(key)))
        return Lease(key=key, holder=holder, fence=fence, expires=datetime.fromtimestamp(expires, UTC), until=until)


def _is_of(row: _Row, lease: Lease) -> bool:
    return (row.holder, row.fence) == (lease.holder, lease.fence)


def _read(connection: sqlite3.Connection, key: LeaseKey) -> _Row:
    found = connection.execute(_READ, (_text(key),)).fetchone()
    if found is None:
        return _Row()
    fence, run, host, pid, started, boot, until, expires, presence = found
    if run is None:
        return _Row(fence)
    return _Row(fence, Holder(run=run, host=host, pid=pid, started=started), boot, until, expires, presence or "")


def _text(key: LeaseKey) -> str:
    # A branch's name may hold bytes that are no UTF-8, which SQLite's text cannot; none can hold a backslash.
    return key.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")

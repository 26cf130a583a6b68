"""The table of leases in PostgreSQL: a row is read, and replaced where it is still what was seen."""

import hashlib
from typing import TYPE_CHECKING, Any

from kiro_worker.lease.port import Holder, LeaseKey
from kiro_worker.lease.sight import Entry
from kiro_worker.value import dataclass

if TYPE_CHECKING:
    from kiro_worker.lease.server import Connection

# A row stays for ever, for its fence; `run` is NULL while nobody holds the lease. People may make it beforehand.
TABLE = """
CREATE TABLE IF NOT EXISTS kiro_worker_lease (
    key text COLLATE "C" PRIMARY KEY,
    fence bigint NOT NULL,
    beat bigint NOT NULL,
    run text,
    host text,
    pid bigint,
    started bigint,
    expires timestamptz NOT NULL
)
"""
# Two that make the table at once would break each other's; the number is only ours.
_ALONE = "SELECT pg_advisory_xact_lock(7595437152)"
_NO_TABLE = "42P01"
# A write that met another's: it is looked again, as when the other had been first.
_MET = frozenset({"40001", "40P01", "55P03"})

# `clock_timestamp` and not `now`: the statement may have waited for another's.
_READ = """
SELECT fence, beat, run, host, pid, started, extract(epoch FROM expires - clock_timestamp())::float8,
       extract(epoch FROM clock_timestamp())::float8
FROM kiro_worker_lease WHERE key = %(key)s
"""
_INSERT = """
INSERT INTO kiro_worker_lease (key, fence, beat, run, host, pid, started, expires)
VALUES (%(key)s, %(fence)s, %(beat)s, %(run)s, %(host)s, %(pid)s, %(started)s,
        clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (key) DO NOTHING RETURNING extract(epoch FROM clock_timestamp())::float8
"""
_UPDATE = """
UPDATE kiro_worker_lease SET fence = %(fence)s, beat = %(beat)s, run = %(run)s, host = %(host)s, pid = %(pid)s,
       started = %(started)s, expires = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE key = %(key)s AND fence = %(seen_fence)s AND beat = %(seen_beat)s
RETURNING extract(epoch FROM clock_timestamp())::float8
"""

# Longer keys do not fit into the index; far above what a branch's name may be.
_LONGEST_KEY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the server says of one key.

    Attributes:
        left: seconds until the lease ends, by the server's clock.
        told: that clock, in seconds since 1970.
    """

    entry: Entry
    left: float
    told: float


async def read_row(connection: "Connection", key: LeaseKey) -> Row | None:
    """What the server says of a key; None when it knows nothing.

    Raises:
        psycopg.Error: see `LeaseServer.connected`, which knows what each means.
    """
    row = await _ask(connection, _READ, {"key": _key(key)})
    if row is None:
        return None
    fence, beat, run, host, pid, started, left, told = row
    holder = Holder(run=_plain(run), host=_plain(host), pid=pid, started=started) if run is not None else None
    return Row(entry=Entry(fence=fence, beat=beat, holder=holder), left=left, told=told)


async def write_row(
    connection: "Connection", key: LeaseKey, entry: Entry, *, after: Entry | None, seconds: float
) -> float | None:
    """Replace an entry, or make the first where `after` is None; None when it is not what was seen.

    Args:
        connection: its statements are transactions of their own.
        key: whose entry it is.
        entry: the new one, which ends in so many `seconds`.
        after: what it replaces.
        seconds: see `entry`.

    Returns:
        The server's clock.

    Raises:
        psycopg.Error: as `read_row`; the write may have been carried out.
    """
    holder = entry.holder
    values: dict[str, Any] = {"key": _key(key), "fence": entry.fence, "beat": entry.beat, "seconds": seconds}
    values |= {
        "run": _ascii(holder.run) if holder else None,
        "host": _ascii(holder.host) if holder else None,
        "pid": holder.pid if holder else None,
        "started": holder.started if holder else None,
    }
    if after is not None:
        values |= {"seen_fence": after.fence, "seen_beat": after.beat}
    row = await _ask(connection, _UPDATE if after else _INSERT, values)
    return None if row is None else float(row[0])


async def _ask(connection: "Connection", query: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
    """The one row of an answer; the table is made when it is not there."""
    import psycopg

    try:
        return await (await connection.execute(query.encode(), values)).fetchone()
    except psycopg.Error as error:
        if error.sqlstate in _MET:
            return None
        if error.sqlstate != _NO_TABLE:
            raise
    async with connection.transaction():
        await connection.execute(_ALONE)
        await connection.execute(TABLE.encode())
    return await (await connection.execute(query.encode(), values)).fetchone()


def _key(key: LeaseKey) -> str:
    text = _ascii(key)
    if len(text) <= _LONGEST_KEY:
        return text
    return f"{text[:_LONGEST_KEY]}#{hashlib.sha256(text.encode()).hexdigest()}"


def _ascii(text: str) -> str:
    # A database may be in any encoding, and a branch's name may hold bytes that are none.
    return text.encode("unicode_escape").decode("ascii")


def _plain(text: str) -> str:
    return text.encode("ascii", "replace").decode("unicode_escape", "replace")

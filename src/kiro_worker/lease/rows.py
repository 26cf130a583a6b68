"""The table of leases in PostgreSQL: a row is read, and replaced where it is still what was seen."""

from typing import TYPE_CHECKING, Any

from kiro_worker.lease.port import Holder, LeaseKey
from kiro_worker.lease.sight import Entry
from kiro_worker.lease.swapping import Row
from kiro_worker.lease.text import ascii_text, key_text, plain_text

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


async def read_row(connection: "Connection", key: LeaseKey) -> Row | None:
    """What the server says of a key; None when it knows nothing.

    Raises:
        psycopg.Error: see `LeaseServer.connected`, which knows what each means.
    """
    row = await _ask(connection, _READ, {"key": key_text(key)})
    if row is None:
        return None
    fence, beat, run, host, pid, started, left, told = row
    holder = Holder(run=plain_text(run), host=plain_text(host), pid=pid, started=started) if run is not None else None
    return Row(entry=Entry(fence=fence, beat=beat, holder=holder), left=left, told=told)


async def write_row(
    connection: "Connection", key: LeaseKey, entry: Entry, *, after: Entry | None, seconds: float
) -> Row | None:
    """Replace an entry, or make the first where `after` is None; None when it is not what was seen.

    Args:
        connection: its statements are transactions of their own.
        key: whose entry it is.
        entry: the new one, which ends in so many `seconds`.
        after: what it replaces.
        seconds: see `entry`.

    Raises:
        psycopg.Error: as `read_row`; the write may have been carried out.
    """
    holder = entry.holder
    values: dict[str, Any] = {"key": key_text(key), "fence": entry.fence, "beat": entry.beat, "seconds": seconds}
    values |= {
        "run": ascii_text(holder.run) if holder else None,
        "host": ascii_text(holder.host) if holder else None,
        "pid": holder.pid if holder else None,
        "started": holder.started if holder else None,
    }
    if after is not None:
        values |= {"seen_fence": after.fence, "seen_beat": after.beat}
    row = await _ask(connection, _UPDATE if after else _INSERT, values)
    return None if row is None else Row(entry=entry, left=seconds, told=float(row[0]))


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

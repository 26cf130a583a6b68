"""Leases among all who can reach one PostgreSQL server; a standby that takes over has a clock of its own."""

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from kiro_worker.clock import Clock
from kiro_worker.lease.port import QUICK, LeaseKey, Timing
from kiro_worker.lease.rows import read_row, write_row
from kiro_worker.lease.server import LeaseServer, LeaseServerUnavailable
from kiro_worker.lease.sight import Entry
from kiro_worker.lease.swapped import SwappedLeases
from kiro_worker.lease.swapping import Row, Table

if TYPE_CHECKING:
    from kiro_worker.lease.server import Connection


class PostgresLeases(SwappedLeases):
    """See `SwappedLeases`.

    Raises:
        LeaseSignInRefused: from every method, when the server does not let the worker in.
        LeaseServerRefused: it does not keep leases.
        LeaseServerUnavailable: it cannot be asked.
    """

    def __init__(self, server: LeaseServer, clock: Clock, *, timing: Timing = QUICK) -> None:
        """Name the server; nothing is done yet.

        Args:
            server: where the table is; it is made when it is not there.
            clock: the worker's own.
            timing: the store's times; all workers of one server must have the same.
        """
        super().__init__(_ServedRows(server), clock, timing=timing)


class _ServedRows:
    """See `Rows`."""

    passing = LeaseServerUnavailable

    def __init__(self, server: LeaseServer) -> None:
        self._server = server

    @contextlib.asynccontextmanager
    async def opened(self, seconds: float) -> AsyncIterator[Table]:
        async with self._server.connected(seconds) as connection:
            yield _ConnectedTable(connection)

    def contended(self) -> LeaseServerUnavailable:
        return LeaseServerUnavailable(source=self._server.source, reason="had another's write each time")


class _ConnectedTable:
    """See `Table`."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    async def read(self, key: LeaseKey) -> Row | None:
        return await read_row(self._connection, key)

    async def write(self, key: LeaseKey, entry: Entry, *, after: Entry | None, seconds: float | None) -> Row | None:
        # Nobody writes a row here but its holder, who always says how long.
        assert seconds is not None
        return await write_row(self._connection, key, entry, after=after, seconds=seconds)

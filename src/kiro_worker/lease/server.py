"""The PostgreSQL server that holds leases: how it is reached, and what it means when it says no.

Whatever the client library says about an address may quote it, password and all. So none of its words are passed on
about a connection, and a fault never has the library's error as its cause.
"""

import asyncio
import contextlib
import weakref
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from kiro_worker.error import Fault, WorkerError
from kiro_worker.value import dataclass

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Error

    Connection = AsyncConnection[tuple[Any, ...]]

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_CONNECT_SECONDS = 10
# How long a connection is used again: a server that went away meanwhile is not noticed before it is asked.
_IDLE_SECONDS = 5.0
_MOST_IDLE = 4
# What a pooler between may not know is not set: only what libpq itself does.
_DEFAULTS: Mapping[str, str | int] = {
    "connect_timeout": _CONNECT_SECONDS,
    "application_name": "kiro-worker",
    # Of a database without an encoding, texts would come as bytes.
    "client_encoding": "utf8",
    "keepalives_idle": 15,
    "tcp_user_timeout": 15_000,
    # Of several hosts, and after a fail-over, the primary.
    "target_session_attrs": "read-write",
}
# A write is known to be on the server's disk before it is answered, whatever the database's own default is.
_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"

# Words in what the library says of a connection that failed, and what they mean.
_SIGN_IN = ("authentication failed", "no password supplied", "no pg_hba.conf entry", "is not permitted to log in")
_REASONS = {
    "could not be resolved": ("failed to resolve host", "could not translate host name"),
    "refuses the connection": ("Connection refused",),
    "does not answer": ("timeout expired", "timed out", "No route to host", "Network is unreachable"),
    "has no such database or user": ("does not exist",),
    "does not speak TLS as the address asks, or its certificate cannot be checked": ("SSL", "certificate", "TLS"),
    "is starting or shutting down": ("starting up", "shutting down", "recovery mode"),
    "has no place for another connection": ("too many clients", "remaining connection slots", "too many connections"),
    "is read-only, as a standby is": ("session is read-only",),
    "closed the connection": ("server closed the connection", "connection is closed", "the connection is lost"),
}


class LeaseClientMissing(WorkerError):
    """The library that speaks to PostgreSQL is not installed."""

    code = "lease.client-missing"
    fault = Fault.CONFIG

    def __init__(self) -> None:
        super().__init__(
            "lease.store is postgres, and the library for it is not installed.",
            kept="No lease was taken.",
            next_step="Install it: pip install 'kiro-worker[postgres]'",
        )


class LeaseAddressWrong(WorkerError):
    """The address of the server cannot be read; it is a secret and not shown."""

    code = "lease.address-wrong"
    fault = Fault.CONFIG

    def __init__(self, *, source: str) -> None:
        self.source = source
        super().__init__(
            f"{source} does not hold an address of a PostgreSQL server (its value is not shown).",
            kept="No lease was taken.",
            next_step="Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with what is special in the password "
            "quoted as in any web address (@ is %40), or libpq's own form: host=… dbname=… user=… password=…",
        )


class LeaseSignInRefused(WorkerError):
    """The server does not let the worker in."""

    code = "lease.sign-in-refused"
    fault = Fault.CREDENTIAL

    def __init__(self, *, source: str) -> None:
        self.source = source
        super().__init__(
            f"The PostgreSQL server that {source} names does not let the worker in.",
            kept="No lease was taken.",
            next_step=f"Look at user and password in {source}, and at the server's pg_hba.conf; its log says which "
            "of them it was.",
        )


class LeaseServerRefused(WorkerError):
    """The server does not let the worker use the table of leases, or the table is another one."""

    code = "lease.server-refused"
    fault = Fault.CONFIG

    def __init__(self, *, source: str, words: str, state: str) -> None:
        self.source, self.words, self.state = source, words, state
        super().__init__(
            f"The PostgreSQL server that {source} names refuses to keep leases: {words} (SQLSTATE {state}).",
            kept="No lease was taken.",
            next_step="Let the worker's user create the table, or create it as docs/explanation/leases.md shows and "
            "grant SELECT, INSERT and UPDATE on it; the server has to be a primary.",
        )


class LeaseServerUnavailable(WorkerError):
    """The server cannot be asked just now."""

    code = "lease.server-unavailable"
    fault = Fault.INTERNAL

    def __init__(self, *, source: str, reason: str) -> None:
        self.source, self.reason = source, reason
        super().__init__(
            f"The PostgreSQL server that {source} names cannot be asked: it {reason}.",
            kept="Leases are as they were; one that is held ends by itself.",
            next_step="Look whether the server runs and can be reached from here, then run again.",
        )


@dataclass(frozen=True, slots=True)
class _Idle:
    """A connection that waits for its next use, by the loop that it belongs to."""

    connection: "Connection"
    loop: asyncio.AbstractEventLoop
    since: float


class LeaseServer:
    """Lends connections. One that was used a moment ago is used again; a beat, seconds later, opens a fresh one."""

    def __init__(self, address: str, *, source: str) -> None:
        """Read the address; nothing is connected yet.

        Args:
            address: a URL or libpq's own form; a secret.
            source: what faults call it: the name of its variable.

        Raises:
            LeaseClientMissing: the library is not installed.
            LeaseAddressWrong: it cannot be read.
        """
        self.source = source
        self._parameters = _parameters(address, source)
        self._idle: list[_Idle] = []
        # Without a word to the server: whoever owned the loop that could say it may be gone.
        weakref.finalize(self, _finish, self._idle)

    @contextlib.asynccontextmanager
    async def connected(self, seconds: float) -> AsyncIterator["Connection"]:
        """Lend a connection whose statements are each a transaction; all is over after so many seconds.

        Raises:
            LeaseSignInRefused: the server does not let us in.
            LeaseServerRefused: it does, and refuses what was asked.
            LeaseServerUnavailable: it cannot be asked; what was asked last may have been carried out.
        """
        import psycopg

        try:
            async with asyncio.timeout(seconds):
                connection = await self._borrow()
                try:
                    yield connection
                except BaseException:
                    # What it was doing is not known.
                    await connection.close()
                    raise
                await self._give_back(connection)
        except psycopg.Error as error:
            raise self._fault_of(error) from None
        except (TimeoutError, OSError):
            raise LeaseServerUnavailable(source=self.source, reason="does not answer") from None

    async def _borrow(self) -> "Connection":
        import psycopg

        loop = asyncio.get_running_loop()
        while self._idle:
            idle = self._idle.pop()
            if idle.loop is loop and loop.time() - idle.since < _IDLE_SECONDS and not idle.connection.closed:
                return idle.connection
            await idle.connection.close()
        # Without prepared statements: a pooler may hand each statement to another of its connections.
        connection = await psycopg.AsyncConnection.connect(**self._parameters, autocommit=True, prepare_threshold=None)
        await connection.execute(_DURABLE)
        return connection

    async def _give_back(self, connection: "Connection") -> None:
        if len(self._idle) >= _MOST_IDLE:
            await connection.close()
            return
        loop = asyncio.get_running_loop()
        self._idle.append(_Idle(connection, loop, loop.time()))

    def _fault_of(self, error: "Error") -> WorkerError:
        state = error.sqlstate or ""
        said = str(error)
        if state.startswith("28") or any(words in said for words in _SIGN_IN):
            return LeaseSignInRefused(source=self.source)
        # Classes 08, 53, 57 and 58: the connection, resources, an operator, the machine. XX is the server's own bug.
        if state and not state.startswith(("08", "53", "57", "58", "XX")):
            return LeaseServerRefused(
                source=self.source, words=error.diag.message_primary or "it says no more", state=state
            )
        reasons = (reason for reason, marks in _REASONS.items() if any(mark in said for mark in marks))
        told = next(reasons, "cannot be connected to")
        return LeaseServerUnavailable(source=self.source, reason=told + (f" (SQLSTATE {state})" if state else ""))


def _finish(idle: list[_Idle]) -> None:
    for each in idle:
        each.connection.pgconn.finish()
    idle.clear()


def _parameters(address: str, source: str) -> dict[str, Any]:
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise LeaseClientMissing from None
    if not address.strip():
        raise LeaseAddressWrong(source=source)
    try:
        given = conninfo_to_dict(address.strip())
    except psycopg.Error:
        # Its words quote the address.
        raise LeaseAddressWrong(source=source) from None
    parameters: dict[str, Any] = {**_DEFAULTS, **given}
    hosts = str(given.get("host") or given.get("hostaddr") or "localhost").split(",")
    if not all(host in _LOCAL or host.startswith("/") for host in hosts):
        # libpq would fall back to plain text wherever the server, or who stands between, asks for that.
        parameters.setdefault("sslmode", "require")
    return parameters

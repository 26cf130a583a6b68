import asyncio
import sys
from contextlib import asynccontextmanager, suppress

import psycopg
import pytest

from kiro_worker.error import Fault
from kiro_worker.lease import LeaseKey
from kiro_worker.lease.postgres import PostgresLeases
from kiro_worker.lease.rows import read_row, write_row
from kiro_worker.lease.server import (
    LeaseAddressWrong,
    LeaseClientMissing,
    LeaseServer,
    LeaseServerRefused,
    LeaseServerUnavailable,
    LeaseSignInRefused,
)
from kiro_worker.lease.sight import Entry
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.lease_contract import ANNA, BEN, KEY, SharedLeasesContract, taken
from kiro_worker.testing.postgres_server import PASSWORD

SOURCE = "LEASE_CONNECTION_STRING"

# Found before the real function, because the address puts this schema in front of `pg_catalog`.
_HAND = """
CREATE SCHEMA hand;
CREATE TABLE hand.clock (moment timestamptz NOT NULL);
INSERT INTO hand.clock VALUES (pg_catalog.clock_timestamp());
CREATE FUNCTION hand.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT moment FROM hand.clock';
"""


class ServedClock(HandClock):
    """A `HandClock` that a server has, too: time passes in both, and who sets one wall clock sets the other."""

    def __init__(self, address: str) -> None:
        import psycopg

        super().__init__()
        self.connection = psycopg.connect(address, autocommit=True)
        self.connection.execute(_HAND)
        self.address = f"{address}?options=-csearch_path%3Dhand,pg_catalog,public"

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self.set_server(seconds)

    def step(self, seconds: float) -> None:
        super().step(seconds)
        self.set_server(seconds)

    def set_server(self, seconds: float) -> None:
        """Set the server's clock alone."""
        self.connection.execute("UPDATE hand.clock SET moment = moment + make_interval(secs => %s)", (seconds,))


@pytest.fixture
def clock(database):
    served = ServedClock(database)
    yield served
    served.connection.close()


@pytest.fixture
def machine(clock):
    """Make a machine's leases: a clock of its own where one is given, one server for all."""

    def made(own=None, address=None):
        return PostgresLeases(LeaseServer(address or clock.address, source=SOURCE), own or clock)

    return made


@pytest.fixture
def leases(machine):
    return machine()


class TestPostgresLeases(SharedLeasesContract):
    steps_in_every_order = 2

    @pytest.fixture
    def reopened(self, machine):
        return machine

    @pytest.fixture
    def opening(self, database):
        return f"""
from kiro_worker.clock import SystemClock
from kiro_worker.lease.postgres import PostgresLeases
from kiro_worker.lease.server import LeaseServer
leases = PostgresLeases(LeaseServer({database!r}, source="TEST"), SystemClock())
"""


async def test_a_fresh_worker_watches_a_lease_that_is_over_by_the_servers_clock_for_a_beat_and_a_quarter(
    leases, machine, clock
):
    old = await taken(leases, KEY, ANNA)
    clock.advance(60)
    fresh = HandClock()
    async with asyncio.TaskGroup() as group:
        taking = group.create_task(machine(fresh).take(KEY, BEN))
        await fresh.asleep()
        clock.set_server(18.75)
        fresh.advance(18.75)
    assert taking.result().fence > old.fence
    assert fresh.slept == [pytest.approx(18.75)]


async def test_a_worker_that_has_watched_takes_it_the_moment_it_is_over(leases, machine, clock):
    waiting = machine()
    await taken(leases, KEY, ANNA)
    assert await waiting.take(KEY, BEN) is None
    clock.advance(59.5)
    assert await waiting.take(KEY, BEN) is None
    clock.advance(0.5)
    assert await waiting.take(KEY, BEN) is not None


async def test_a_servers_clock_that_jumps_ahead_takes_no_lease_from_a_holder_that_gives_signs_of_life(
    leases, machine, clock
):
    lease = await taken(leases, KEY, ANNA)
    clock.set_server(86400)
    waiting = HandClock()
    async with asyncio.TaskGroup() as group:
        other = group.create_task(machine(waiting).take(KEY, BEN))
        await waiting.asleep()
        assert await leases.renew(lease) is not None
        waiting.advance(18.75)
    assert other.result() is None


@pytest.mark.parametrize("seconds", [-86400, -10, 10, 86400])
async def test_a_server_whose_clock_was_set_is_not_believed_for_a_life(leases, machine, clock, seconds):
    watcher = machine()
    await taken(leases, KEY, ANNA)
    assert await watcher.take(KEY, BEN) is None
    clock.advance(30)
    clock.set_server(seconds)
    assert await watcher.take(KEY, BEN) is None
    clock.advance(29.5)
    assert await watcher.take(KEY, BEN) is None
    clock.advance(0.5)
    assert await watcher.take(KEY, BEN) is not None


async def test_a_holder_that_gave_a_sign_of_life_since_it_was_looked_at_keeps_its_lease(leases, clock):
    lease = await taken(leases, KEY, ANNA)
    async with LeaseServer(clock.address, source=SOURCE).connected(10) as connection:
        seen = (await read_row(connection, KEY)).entry
        assert await leases.renew(lease) is not None
        taking = Entry(fence=seen.fence + 1, beat=seen.beat + 1, holder=BEN)
        assert await write_row(connection, KEY, taking, after=seen, seconds=60) is None
        assert await write_row(connection, KEY, taking, after=None, seconds=60) is None
        assert (await read_row(connection, KEY)).entry.holder == ANNA


async def test_the_fence_rises_even_after_the_rows_were_deleted(leases, clock):
    first = await taken(leases, KEY, ANNA)
    clock.connection.execute("DELETE FROM hand.kiro_worker_lease")
    clock.advance(1)
    assert (await taken(leases, KEY, BEN)).fence > first.fence
    assert await leases.renew(first) is None


async def test_a_key_as_long_as_a_path_is_a_key(leases):
    names = [LeaseKey("x" * 5000 + end) for end in ("a", "b")]
    for name, who in zip(names, (ANNA, BEN), strict=True):
        await taken(leases, name, who)
    seen = [await leases.look(name) for name in names]
    assert [each.holder for each in seen] == [ANNA, BEN]


@pytest.mark.parametrize(
    "how",
    ["ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0", "ENCODING 'SQL_ASCII' TEMPLATE template0"],
)
async def test_a_database_of_any_encoding_will_do(postgres, database, machine, how):
    name = database.rpartition("/")[2] + "_other"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} {how}")
    leases = machine(HandClock(), postgres.address(name))
    for key in (LeaseKey("日本/\udcff"), LeaseKey("日本/\udcfe")):
        assert (await taken(leases, key, ANNA)).key == key
        assert (await leases.look(key)).holder == ANNA


async def test_a_database_that_defaults_to_serializable_and_to_lose_what_it_answered_will_do(database, machine):
    with psycopg.connect(database, autocommit=True) as connection:
        name = database.rpartition("/")[2]
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    leases = machine(HandClock(), database)
    assert (
        sum(lease is not None for lease in await asyncio.gather(*(leases.take(KEY, who) for who in (ANNA, BEN)))) == 1
    )
    async with LeaseServer(database, source=SOURCE).connected(10) as connection:
        assert await (await connection.execute("SHOW synchronous_commit")).fetchone() == ("on",)


class Wire:
    """Between worker and server: loses what a test names, before or after the server has got it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.lose: list[tuple[bytes, str]] = []
        self.open: set[asyncio.StreamWriter] = set()
        self.closed = asyncio.Condition()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self.port)
        deaf = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._answers(from_server, writer, deaf))
            while piece := await reader.read(65536):
                lost = self.lose.pop(0)[1] if self.lose and self.lose[0][0] in piece else ""
                if lost:
                    deaf.set()
                if lost != "question":
                    to_server.write(piece)
                if lost:
                    # The server has carried it out when it has answered; nobody hears that.
                    await asyncio.sleep(0.1)
                    break
            to_server.close()
        writer.close()
        await asyncio.gather(writer.wait_closed(), to_server.wait_closed(), return_exceptions=True)
        async with self.closed:
            self.open.discard(writer)
            self.closed.notify_all()

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, deaf: asyncio.Event) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(65536):
                if not deaf.is_set():
                    writer.write(piece)


@asynccontextmanager
async def between(server):
    wire = Wire(server.port)
    async with await asyncio.start_server(wire.carry, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        yield wire, lambda address: address.replace(f":{server.port}/", f":{port}/")
        for writer in wire.open:
            writer.close()
        async with wire.closed:
            await wire.closed.wait_for(lambda: not wire.open)


@pytest.mark.parametrize("what", ["question", "answer"])
@pytest.mark.parametrize("verb", ["INSERT", "SELECT fence"])
async def test_a_take_whose_question_or_answer_was_lost_is_one_lease(postgres, database, machine, verb, what):
    async with between(postgres) as (wire, through):
        wire.lose.append((verb.encode(), what))
        hurried = HandClock(hurried=True)
        lease = await taken(machine(hurried, through(database)), KEY, ANNA)
        assert (hurried.slept, wire.lose) == ([1.0], [])
    seen = await machine(HandClock(), database).look(KEY)
    assert (seen.holder, seen.fence) == (ANNA, lease.fence)


@pytest.mark.parametrize("what", ["question", "answer"])
async def test_a_beat_whose_answer_was_lost_is_a_fault_and_the_next_one_holds(postgres, database, machine, what):
    async with between(postgres) as (wire, through):
        leases = machine(HandClock(), through(database))
        lease = await taken(leases, KEY, ANNA)
        wire.lose.append((b"UPDATE", what))
        with pytest.raises(LeaseServerUnavailable, match="closed the connection"):
            await leases.renew(lease)
        assert (await leases.renew(lease)).fence == lease.fence


async def test_a_beat_that_got_through_unheard_and_came_too_late_brings_nothing_back(postgres, database, machine):
    own = HandClock()
    async with between(postgres) as (wire, through):
        leases = machine(own, through(database))
        lease = await taken(leases, KEY, ANNA)
        wire.lose.append((b"UPDATE", "answer"))
        with pytest.raises(LeaseServerUnavailable):
            await leases.renew(lease)
        own.advance(60)
        assert await leases.renew(lease) is None
        own.step(-3600)
        assert await leases.renew(lease) is None
        assert await leases.look(KEY) is None


async def test_leases_outlive_a_server_that_lost_its_power(postgres, database, machine):
    leases = machine(HandClock(hurried=True), database)
    lease = await taken(leases, KEY, ANNA)
    postgres.stop()
    try:
        with pytest.raises(LeaseServerUnavailable, match="refuses the connection"):
            await leases.take(KEY, BEN)
    finally:
        postgres.start()
    assert (await leases.renew(lease)).fence == lease.fence


def _refused(address, kind):
    with pytest.raises(kind) as caught:
        asyncio.run(PostgresLeases(LeaseServer(address, source=SOURCE), HandClock(hurried=True)).take(KEY, ANNA))
    fault, told = caught.value, "\n".join(caught.value.lines())
    # Neither in words nor in what Python would print below a crash.
    assert fault.__cause__ is None
    assert fault.__suppress_context__ or fault.__context__ is None
    assert SOURCE in told
    for secret in (PASSWORD, "Sw0rdfish", "hunter2", "127.0.0.1"):
        assert secret not in told
    return fault


@pytest.mark.parametrize(
    "address", ["", "  ", "hunter2", "postgresql://u:hunter2%zz@127.0.0.1/x", "host=127.0.0.1 pasword=hunter2"]
)
def test_an_address_that_is_none_is_not_shown(address):
    assert _refused(address, LeaseAddressWrong).fault is Fault.CONFIG


def test_a_wrong_password_is_a_credential_that_is_refused(postgres):
    address = postgres.address().replace("Sw0rdfish", "hunter2")
    assert _refused(address, LeaseSignInRefused).fault is Fault.CREDENTIAL


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda server: server.address("nowhere"), "has no such database or user"),
        (lambda server: server.address().replace(f":{server.port}/", ":1/"), "refuses the connection"),
        (lambda server: server.address().replace("127.0.0.1", "nowhere.invalid"), "could not be resolved"),
        (lambda server: server.address(sslmode="require"), "does not speak TLS"),
        (lambda server: server.address(options="-cdefault_transaction_read_only%3Don"), "is read-only"),
    ],
)
def test_a_server_that_cannot_be_asked_is_named_by_its_variable_alone(postgres, change, reason):
    assert reason in _refused(change(postgres), LeaseServerUnavailable).message


def test_a_user_that_may_not_make_the_table_is_told_what_to_grant(postgres, database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE ROLE guest LOGIN PASSWORD 'hunter2hunter2'")
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        address = (
            f"host=127.0.0.1 port={postgres.port} user=guest password=hunter2hunter2 dbname={connection.info.dbname}"
        )
    fault = _refused(address, LeaseServerRefused)
    assert (fault.state, "permission denied" in fault.message) == ("42501", True)


def test_without_the_library_its_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LeaseClientMissing, match="not installed") as caught:
        LeaseServer("host=x", source=SOURCE)
    assert "kiro-worker[postgres]" in caught.value.next_step


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        ("postgresql://db.example.org/x", "require"),
        ("host=localhost,db.example.org", "require"),
        ("postgresql://db.example.org/x?sslmode=verify-full", "verify-full"),
        ("postgresql://db.example.org/x?sslmode=disable", "disable"),
        ("postgresql://localhost/x", None),
        ("host=/run/postgresql", None),
        ("dbname=x", None),
    ],
)
def test_another_machine_is_spoken_to_over_tls_unless_the_address_says_otherwise(address, mode):
    assert LeaseServer(address, source=SOURCE)._parameters.get("sslmode") == mode

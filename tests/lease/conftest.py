"""One real PostgreSQL server, and one wire to the emulator of AWS, for all tests of a process."""

import itertools
import time
from collections.abc import Iterator

import pytest

from kiro_worker.aws import Aws
from kiro_worker.testing.aws_emulator import AwsEmulator
from kiro_worker.testing.aws_wire import AwsWire, aws_wire
from kiro_worker.testing.postgres_server import PostgresMissing, PostgresServer, postgres_server

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def cluster() -> Iterator[PostgresServer]:
    """A server of this session's; without one on this machine the tests are skipped and say what to install."""
    try:
        with postgres_server() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def postgres(cluster: PostgresServer) -> PostgresServer:
    """The server, running: a test of processes that ran in between may have ended every child of this one."""
    if cluster.process.poll() is not None:
        cluster.start()
    return cluster


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    """The address of an empty database."""
    return postgres.database(f"lease_{next(_NUMBERS)}")


@pytest.fixture(scope="session")
def wire(aws: AwsEmulator) -> Iterator[AwsWire]:
    """A way to the emulator of AWS, on which things go wrong where a test says so."""
    with aws_wire(aws.url) as laid:
        yield laid


@pytest.fixture(scope="session")
def in_account(aws: AwsEmulator) -> dict[str, str]:
    """What a process needs in its environment to ask in the account of these tests, without the wire."""
    return aws.environment(aws.account())


@pytest.fixture(scope="session")
def asking(in_account: dict[str, str], wire: AwsWire) -> Aws:
    """Who asks over that wire; made once, since making a client takes a while."""
    asked = Aws(tries=1)
    with pytest.MonkeyPatch.context() as environment:
        for name, value in (in_account | {"AWS_ENDPOINT_URL": wire.url}).items():
            environment.setenv(name, value)
        asked.client("dynamodb")
    return asked


@pytest.fixture
def table(wire: AwsWire, asking: Aws) -> Iterator[str]:
    """The name of an empty table of leases."""
    name = f"leases-{next(_NUMBERS)}"
    asking.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    wire.asked.clear()
    yield name
    wire.troubles.clear()
    wire.now = time.time

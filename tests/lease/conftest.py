"""One real PostgreSQL server for all tests of a process."""

import itertools
from collections.abc import Iterator

import pytest

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

"""Whole runs whose leases are kept by a PostgreSQL server, and where its address turns up: nowhere."""

import signal
from pathlib import Path

import psycopg
import pytest

from e2e.world import BRANCH
from kiro_worker.testing.postgres_server import PASSWORD

ON_SERVER = ("--set", "lease.store=postgres")
SECRETS = (PASSWORD.encode(), b"Sw0rdfish")


def written(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


@pytest.fixture
def served(world, database):
    world.environment = {"LEASE_CONNECTION_STRING": database}
    world.spec()
    return world


def test_two_machines_that_share_a_server_never_work_on_one_branch_and_its_address_is_written_nowhere(served, database):
    served.turn("1\\.1", {"wait": 20})
    with served.running(*ON_SERVER) as run:
        run.at_step("implement", "1.1")
        other = served.run(*ON_SERVER, machine="another")
        assert (other.status, other.verdict) == (31, "BUSY")
        with psycopg.connect(database) as connection:
            rows = connection.execute("SELECT key, run FROM kiro_worker_lease WHERE run IS NOT NULL").fetchall()
        assert [key.rpartition("#")[2] for key, _ in rows] == [BRANCH]
        run.signal(signal.SIGTERM)
        ended = run.end()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM kiro_worker_lease WHERE run IS NOT NULL").fetchone() == (0,)
    for secret in SECRETS:
        assert secret not in (ended.out + ended.err + other.out + other.err).encode()
        assert not [path for path, content in written(served.folder).items() if secret in content]


def test_a_run_without_the_address_spends_nothing_and_names_its_variable(world):
    world.spec()
    ran = world.run(*ON_SERVER)
    assert ran.status == 3
    assert "LEASE_CONNECTION_STRING" in ran.err + ran.out
    assert "lease.address_variable" in ran.err + ran.out


def test_a_server_that_is_away_ends_the_run_before_the_agent_is_asked(world):
    world.spec()
    world.environment = {"LEASE_CONNECTION_STRING": "postgresql://worker:Sw0rdfish-hidden@127.0.0.1:1/leases"}
    ran = world.run(*ON_SERVER)
    assert ran.status == 70
    assert ran.cause["code"] == "lease.server-unavailable"
    assert "Sw0rdfish" not in ran.out + ran.err
    assert not ran.all("turn.started")

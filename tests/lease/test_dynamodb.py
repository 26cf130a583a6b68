import pytest

from kiro_worker.lease.dynamodb import DynamoLeases, DynamoReservations
from kiro_worker.lease.table import LeaseTable
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.lease_contract import SharedLeasesContract
from kiro_worker.testing.reservation_contract import ReservationsContract

OPENING = """
import os
from kiro_worker.aws import Aws
from kiro_worker.clock import SystemClock
from kiro_worker.lease.dynamodb import DynamoLeases
from kiro_worker.lease.table import LeaseTable
os.environ.update({environment!r})
leases = DynamoLeases(LeaseTable(Aws(), {table!r}, SystemClock()), SystemClock())
"""


@pytest.fixture
def clock(wire):
    """A clock that the table has, too."""
    shared = HandClock()
    wire.now = lambda: shared.now().timestamp()
    return shared


@pytest.fixture
def machine(asking, table, clock):
    """Make a machine's leases: a clock of its own where one is given, one table for all."""

    def made(own=None):
        return DynamoLeases(LeaseTable(asking, table, own or clock), own or clock)

    return made


@pytest.fixture
def leases(machine):
    return machine()


class TestDynamoLeases(SharedLeasesContract):
    steps_in_every_order = 2

    @pytest.fixture
    def reopened(self, machine):
        return machine

    @pytest.fixture
    def opening(self, in_account, table):
        return OPENING.format(environment=in_account, table=table)


class TestDynamoReservations(ReservationsContract):
    @pytest.fixture
    def another(self, asking, table, clock):
        return lambda own=clock: DynamoReservations(LeaseTable(asking, table, own), own)

    @pytest.fixture
    def reservations(self, another):
        return another()

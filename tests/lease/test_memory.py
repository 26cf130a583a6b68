import pytest

from kiro_worker.lease.memory import MemoryLeases
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.lease_contract import LeasesContract


class TestMemoryLeases(LeasesContract):
    steps_in_every_order = 5

    @pytest.fixture
    def clock(self):
        return HandClock()

    @pytest.fixture
    def leases(self, clock):
        return MemoryLeases(clock)

    @pytest.fixture
    def reopened(self, leases):
        return lambda: leases

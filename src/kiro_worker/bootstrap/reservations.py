"""Which table of DynamoDB keeps leases, and reserves them for runs that are to happen elsewhere."""

from kiro_worker.aws import Aws
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config
from kiro_worker.lease.dynamodb import DynamoReservations
from kiro_worker.lease.reservation import Reservations
from kiro_worker.lease.table import LeaseTable

# A beat has to get through well within its life, so an answer is not waited for as long as elsewhere.
_READ_SECONDS = 4.0


def lease_table(shop: Workshop, config: Config) -> LeaseTable:
    """The table that the settings name, asked with the role that the worker has."""
    return LeaseTable(Aws(read_seconds=_READ_SECONDS), config.lease.table, shop.clock)


def reservations_for(shop: Workshop, config: Config) -> Reservations:
    """Where the leases of runs are reserved before the runs are there."""
    return DynamoReservations(lease_table(shop, config), shop.clock)

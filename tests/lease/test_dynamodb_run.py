"""Whole runs whose leases are kept by a DynamoDB table, among them one for which its launcher reserved the branch."""

import pytest

from e2e.world import BRANCH
from kiro_worker.clock import SystemClock
from kiro_worker.ids import new_run_id
from kiro_worker.lease.dynamodb import DynamoReservations
from kiro_worker.lease.table import LeaseTable
from kiro_worker.run.steps.take_lease import lease_key


@pytest.fixture
def served(world, in_account, table):
    world.environment = in_account | {"LEASE_STORE": "dynamodb", "LEASE_TABLE": table}
    world.spec()
    return world


@pytest.fixture
def poller(asking, table):
    clock = SystemClock()
    return DynamoReservations(LeaseTable(asking, table, clock), clock)


async def test_the_run_that_a_branch_is_reserved_for_works_on_it_with_that_fence_and_no_other_does(served, poller):
    mine, other = new_run_id(SystemClock().now()), new_run_id(SystemClock().now())
    key = lease_key("dynamodb", served.remote.url, BRANCH)
    made = await poller.reserve(key, mine, seconds=300)
    refused = served.run("--run-id", other)
    assert (refused.status, refused.verdict) == (31, "BUSY")
    assert f"reserved for run {mine}" in refused.err + refused.out
    served.honest()
    over = served.run("--run-id", mine)
    assert over.verdict == "DONE"
    assert [event["fence"] for event in over.all("lease.taken")] == [made.fence]
    assert f"Kiro-Fence: {made.fence}" in served.remote.git("log", "--format=%B", BRANCH)
    assert await poller.held() == ()
    assert not await poller.release(key, made.fence)


def test_a_table_that_is_away_ends_the_run_before_the_agent_is_asked(served):
    served.environment |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    ran = served.run()
    assert ran.status == 70
    assert ran.cause["code"] == "lease.table-unavailable"
    assert not ran.all("turn.started")

"""Leases and reservations in a table of the emulator, over a wire on which answers are lost and clocks are set."""

import asyncio
import json

import pytest

from kiro_worker.aws import Aws, AwsDenied, AwsSignIn
from kiro_worker.clock import SystemClock
from kiro_worker.error import Fault
from kiro_worker.lease import LeaseKey
from kiro_worker.lease.dynamodb import DynamoLeases, DynamoReservations
from kiro_worker.lease.items import item_key
from kiro_worker.lease.table import LeaseTable
from kiro_worker.lease.tablefault import LeaseTableMissing, LeaseTableRefused, LeaseTableUnavailable
from kiro_worker.testing.aws_emulator import ACCOUNT, REGION
from kiro_worker.testing.aws_wire import Trouble
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.lease_contract import ANNA, BEN, KEY, SharedLeasesContract, taken
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


@pytest.fixture
def reservations(asking, table, clock):
    return DynamoReservations(LeaseTable(asking, table, clock), clock)


async def test_a_lease_costs_one_look_and_one_conditional_update_and_its_item_stays_for_its_fence(
    leases, wire, asking, table, clock
):
    lease = await taken(leases, KEY, ANNA)
    assert wire.asked == ["GetItem", "UpdateItem"]
    clock.advance(29.9)
    await leases.renew(lease)
    assert wire.asked[2:] == ["UpdateItem"]
    (item,) = asking.client("dynamodb").scan(TableName=table)["Items"]
    # Never before its holder thinks so; DynamoDB tells whole seconds.
    assert 300 <= float(item["until"]["N"]) - clock.now().timestamp() <= 301
    wire.asked.remove("Scan")
    await leases.release(lease)
    assert set(wire.asked) == {"GetItem", "UpdateItem"}
    (item,) = asking.client("dynamodb").scan(TableName=table)["Items"]
    assert item.keys() == {"key", "fence", "beat", "until"}
    assert item["fence"] == {"N": str(lease.fence)}


async def test_a_fresh_worker_watches_a_lease_that_is_over_by_the_tables_clock_for_a_beat_and_a_quarter(
    leases, machine, clock
):
    old = await taken(leases, KEY, ANNA)
    clock.advance(301)
    fresh = HandClock()
    async with asyncio.TaskGroup() as group:
        taking = group.create_task(machine(fresh).take(KEY, BEN))
        await fresh.asleep()
        clock.advance(37.5)
        fresh.advance(37.5)
    assert taking.result().fence > old.fence
    assert fresh.slept == [pytest.approx(37.5)]


async def test_who_reserves_what_a_dead_run_left_watches_as_long_and_gets_it(leases, asking, table, clock):
    old = await taken(leases, KEY, ANNA)
    clock.advance(301)
    fresh = HandClock()
    poller = DynamoReservations(LeaseTable(asking, table, fresh), fresh)
    async with asyncio.TaskGroup() as group:
        reserving = group.create_task(poller.reserve(KEY, "r-next", seconds=300))
        await fresh.asleep()
        clock.advance(37.5)
        fresh.advance(37.5)
    assert reserving.result().fence > old.fence


@pytest.mark.parametrize("seconds", [-86400, 86400])
async def test_a_table_whose_clock_was_set_takes_no_lease_from_a_holder_that_gives_signs_of_life(
    leases, machine, wire, clock, seconds
):
    watcher = machine()
    lease = await taken(leases, KEY, ANNA)
    assert await watcher.take(KEY, BEN) is None
    wire.now = lambda: clock.now().timestamp() + seconds
    for _ in range(5):
        assert await watcher.take(KEY, BEN) is None
        clock.advance(70)
        assert await leases.renew(lease) is not None
    assert await watcher.take(KEY, BEN) is None


@pytest.mark.parametrize("what", ["question", "answer"])
@pytest.mark.parametrize("of", ["GetItem", "UpdateItem"])
async def test_a_take_whose_question_or_answer_was_lost_is_one_lease(machine, wire, of, what):
    wire.troubles.append(Trouble(of=of, lost=what))
    hurried = HandClock(hurried=True)
    wire.now = lambda: hurried.now().timestamp()
    lease = await taken(machine(hurried), KEY, ANNA)
    assert (hurried.slept, wire.troubles) == ([1.0], [])
    seen = await machine(hurried).look(KEY)
    assert (seen.holder, seen.fence) == (ANNA, lease.fence)


@pytest.mark.parametrize("what", ["question", "answer"])
@pytest.mark.parametrize("of", ["GetItem", "UpdateItem"])
async def test_a_reservation_whose_question_or_answer_was_lost_is_one(asking, table, wire, of, what):
    hurried = HandClock(hurried=True)
    wire.now = lambda: hurried.now().timestamp()
    poller = DynamoReservations(LeaseTable(asking, table, hurried), hurried)
    wire.troubles.append(Trouble(of=of, lost=what))
    made = await poller.reserve(KEY, "r-anna", seconds=300)
    wire.troubles.append(Trouble(of=of, lost=what))
    noted = await poller.extend(made, seconds=7200, build="b-1")
    assert (noted.fence, wire.troubles) == (made.fence, [])
    assert await poller.held() == (noted,)
    wire.troubles.append(Trouble(of=of, lost=what))
    # Whether this call or the one before did it cannot be told; the key is free.
    await poller.release(KEY, made.fence)
    assert await poller.held() == ()


async def test_the_librarys_own_second_try_of_a_write_that_got_through_is_known_for_ours(
    in_account, wire, table, monkeypatch
):
    for name, value in (in_account | {"AWS_ENDPOINT_URL": wire.url}).items():
        monkeypatch.setenv(name, value)
    clock = HandClock()
    wire.now = lambda: clock.now().timestamp()
    leases = DynamoLeases(LeaseTable(Aws(tries=2), table, clock), clock)
    wire.troubles.append(Trouble(of="UpdateItem", lost="answer"))
    lease = await taken(leases, KEY, ANNA)
    wire.troubles.append(Trouble(of="UpdateItem", lost="answer"))
    assert (await leases.renew(lease)).fence == lease.fence
    wire.troubles.append(Trouble(of="UpdateItem", lost="answer"))
    await leases.release(lease)
    assert await leases.look(KEY) is None
    assert (clock.slept, wire.troubles) == ([], [])


@pytest.mark.parametrize("what", ["question", "answer"])
async def test_a_beat_whose_answer_was_lost_is_a_fault_and_the_next_one_holds(leases, wire, what):
    lease = await taken(leases, KEY, ANNA)
    wire.troubles.append(Trouble(of="UpdateItem", lost=what))
    with pytest.raises(LeaseTableUnavailable, match="closed the connection"):
        await leases.renew(lease)
    assert (await leases.renew(lease)).fence == lease.fence


async def test_a_beat_that_got_through_unheard_and_came_too_late_brings_nothing_back(leases, wire, clock):
    lease = await taken(leases, KEY, ANNA)
    wire.troubles.append(Trouble(of="UpdateItem", lost="answer"))
    with pytest.raises(LeaseTableUnavailable):
        await leases.renew(lease)
    clock.advance(300)
    assert await leases.renew(lease) is None
    clock.step(-3600)
    assert await leases.renew(lease) is None
    assert await leases.look(KEY) is None


async def test_the_fence_rises_even_after_the_items_were_deleted(leases, asking, table, clock):
    first = await taken(leases, KEY, ANNA)
    asking.client("dynamodb").delete_item(TableName=table, Key=item_key(KEY))
    clock.advance(1)
    assert (await taken(leases, KEY, BEN)).fence > first.fence
    assert await leases.renew(first) is None


async def test_keys_as_long_as_paths_are_told_apart_and_read_back(reservations):
    names = [LeaseKey("ü" * 5000 + end) for end in ("a", "b\udcff")]
    for name in names:
        assert await reservations.reserve(name, "r-anna", seconds=300) is not None
    assert sorted(each.key for each in await reservations.held()) == sorted(names)


async def test_what_is_reserved_is_found_on_every_page_of_a_large_table(reservations):
    keys = [LeaseKey(f"feature/{number}") for number in range(6)]
    for key in keys:
        made = await reservations.reserve(key, "r-anna", seconds=300)
        # A page ends after 1 MB.
        await reservations.extend(made, seconds=300, build="b" * 300_000)
    assert sorted(each.key for each in await reservations.held()) == keys


_THROTTLED = Trouble(of="GetItem", code="ProvisionedThroughputExceededException", words="The level of throughput")
_UNWELL = Trouble(of="GetItem", code="InternalServerError", words="internal", status=500)
_DENIED = Trouble(
    of="GetItem",
    code="AccessDeniedException",
    words="User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: dynamodb:GetItem on resource: table/x",
)
_EXPIRED = Trouble(of="GetItem", code="ExpiredTokenException", words="The security token included is expired")
_MANY = 3


@pytest.mark.parametrize(
    ("trouble", "kind", "fault", "told"),
    [
        (_THROTTLED, LeaseTableUnavailable, Fault.INTERNAL, "takes no more calls of dynamodb:GetItem just now"),
        (_UNWELL, LeaseTableUnavailable, Fault.INTERNAL, "it is unwell"),
        (_DENIED, AwsDenied, Fault.CREDENTIAL, "dynamodb:GetItem on resource: table/x"),
        (_EXPIRED, AwsSignIn, Fault.CREDENTIAL, "the credentials are not accepted"),
    ],
)
async def test_a_table_that_does_not_answer_is_a_fault_that_says_why(machine, wire, trouble, kind, fault, told):  # noqa: PLR0917
    leases = machine(HandClock(hurried=True))
    wire.troubles.extend([trouble] * _MANY)
    with pytest.raises(kind) as caught:
        await leases.take(KEY, ANNA)
    assert told in caught.value.message
    assert caught.value.fault is fault
    # Neither is raised with the library's error, which may quote what was sent.
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    wire.troubles.clear()
    assert await leases.take(KEY, ANNA) is not None


async def test_throttling_that_passes_costs_pauses_and_no_lease(machine, wire):
    hurried = HandClock(hurried=True)
    wire.troubles.extend([_THROTTLED] * (_MANY - 1))
    assert await machine(hurried).take(KEY, ANNA) is not None
    assert hurried.slept == [1.0, 2.0]


async def test_a_table_that_is_not_there_is_named(asking, wire, clock):
    with pytest.raises(LeaseTableMissing, match="no table leases-nowhere of leases") as caught:
        await DynamoLeases(LeaseTable(asking, "leases-nowhere", clock), clock).take(KEY, ANNA)
    assert caught.value.fault is Fault.CONFIG
    with pytest.raises(LeaseTableMissing):
        await DynamoReservations(LeaseTable(asking, "leases-nowhere", clock), clock).held()


async def test_a_table_with_another_key_does_not_keep_leases(asking, table, clock):
    other = f"{table}-other"
    asking.client("dynamodb").create_table(
        TableName=other,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(LeaseTableRefused, match="does not keep leases"):
        await DynamoLeases(LeaseTable(asking, other, clock), clock).take(KEY, ANNA)


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"fence": {"S": "1"}, "beat": {"N": "0"}, "until": {"N": "0"}},
        {"fence": {"N": "1"}, "beat": {"N": "0"}},
        {"fence": {"N": "1e99"}, "beat": {"N": "0"}, "until": {"N": "0"}},
        {"fence": {"N": "1"}, "beat": {"N": "0"}, "until": {"N": "0"}, "run": {"S": "r-1"}},
        {"fence": {"N": "1"}, "beat": {"N": "0"}, "until": {"N": "0"}, "reserved": {"S": "yes"}},
    ],
)
async def test_an_item_that_no_worker_wrote_is_nobodys_to_take_and_hides_no_other(
    leases, reservations, asking, table, item
):
    asking.client("dynamodb").put_item(TableName=table, Item=item_key(KEY) | {"reserved": {"BOOL": True}} | item)
    with pytest.raises(LeaseTableRefused, match="was not written by a worker"):
        await leases.take(KEY, ANNA)
    made = await reservations.reserve(LeaseKey("another"), "r-anna", seconds=300)
    assert await reservations.held() == (made,)


async def test_answers_without_the_time_are_no_answers(leases, wire):
    wire.now = lambda: None
    with pytest.raises(LeaseTableUnavailable, match="does not tell the time"):
        await leases.look(KEY)


def _allowed(root, name, table, *actions):
    """A user who may do so much with the table; who asks as that user."""
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": arn}]}
    iam = root.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="leases", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    asked = Aws()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        environment.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        asked.client("dynamodb")
    return asked


async def test_a_worker_needs_two_rights_on_the_table_and_a_poller_three_and_what_is_missing_is_named(
    enforced_aws, monkeypatch
):
    for name, value in enforced_aws.environment().items():
        monkeypatch.setenv(name, value)
    root, clock = Aws(), SystemClock()
    root.client("dynamodb").create_table(
        TableName="leases-of-rights",
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    worker = _allowed(root, "lease-worker", "leases-of-rights", "dynamodb:GetItem", "dynamodb:UpdateItem")
    leases = DynamoLeases(LeaseTable(worker, "leases-of-rights", clock), clock)
    lease = await taken(leases, KEY, ANNA)
    assert await leases.renew(lease) is not None
    await leases.release(lease)
    assert await leases.look(KEY) is None
    poller = DynamoReservations(LeaseTable(worker, "leases-of-rights", clock), clock)
    made = await poller.reserve(KEY, "r-anna", seconds=300)
    assert await poller.extend(made, seconds=300, build="b-1") is not None
    with pytest.raises(AwsDenied, match="perform: dynamodb:Scan "):
        await poller.held()
    scanning = _allowed(root, "lease-poller", "leases-of-rights", "dynamodb:Scan")
    (held,) = await DynamoReservations(LeaseTable(scanning, "leases-of-rights", clock), clock).held()
    assert (held.fence, held.build) == (made.fence, "b-1")
    reader = _allowed(root, "lease-reader", "leases-of-rights", "dynamodb:GetItem")
    with pytest.raises(AwsDenied, match="perform: dynamodb:UpdateItem "):
        await DynamoLeases(LeaseTable(reader, "leases-of-rights", clock), clock).take(LeaseKey("another"), ANNA)

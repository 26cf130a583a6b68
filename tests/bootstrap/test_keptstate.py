"""The book in a bucket, against an emulator of S3."""

from datetime import UTC, datetime

import boto3
import pytest

from kiro_worker.aws import Aws, AwsFault
from kiro_worker.board.port import CardId
from kiro_worker.bootstrap.keptstate import KeptState
from kiro_worker.dispatch.book import BEGUN, Book, Entry
from kiro_worker.state import StateBroken, open_state

KEY = "state/poller.db"


def entry(run):
    began = datetime(2026, 11, 27, 12, tzinfo=UTC)
    where = {"repository": "/srv/shop.git", "branch": "feature/login", "place": "For Implementation"}
    return Entry(run=run, item=CardId(f"card-{run}"), fresh=True, began=began, **where)


class Machine:
    """One Lambda container: its folder, and the object as it sees it."""

    def __init__(self, folder, bucket):
        self.folder, self.kept = folder, KeptState(Aws(), bucket, KEY, folder, joins=(BEGUN,))

    async def note(self, *runs):
        await self.kept.fetch()
        state = open_state(self.folder)
        for run in runs:
            Book(state, "b").begin(entry(run))
        kept = await self.kept.keep(state)
        state.close()
        return kept

    async def noted(self):
        await self.kept.fetch()
        state = open_state(self.folder)
        try:
            return sorted(tries[-1].run for tries in Book(state, "b").unsettled().values())
        finally:
            state.close()


class Bucket:
    """A bucket with versions; its name is nobody else's in the world."""

    def __init__(self, account):
        self.name, self.client = f"kiro-worker-test-artifacts-{account}", boto3.session.Session().client("s3")
        self.client.create_bucket(Bucket=self.name)
        self.client.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})

    def versions(self):
        return len(self.client.list_object_versions(Bucket=self.name)["Versions"])


@pytest.fixture
def bucket(aws_account):
    return Bucket(aws_account)


@pytest.fixture
def machines(bucket, tmp_path):
    return [Machine(tmp_path / name, bucket.name) for name in "ab"]


async def test_what_one_invocation_noted_the_next_knows_wherever_it_runs(machines):
    here, there = machines
    assert await here.note("r-1")
    assert await there.noted() == ["r-1"]
    assert await there.note("r-2")
    assert not await here.kept.is_current()
    assert await here.noted() == ["r-1", "r-2"]
    assert await here.kept.is_current()


async def test_nothing_new_is_not_written_again(machines, bucket):
    here = machines[0]
    await here.note("r-1")
    await here.note()
    assert bucket.versions() == 1


@pytest.mark.parametrize("before", [(), ("r-0",)])
async def test_what_two_at_once_have_begun_is_kept_of_both(machines, before):
    here, there = machines
    if before:
        await here.note(*before)
    await here.kept.fetch()
    assert await there.note("r-2")
    state = open_state(here.folder)
    Book(state, "b").begin(entry("r-1"))
    assert await here.kept.keep(state)
    state.close()
    # What the other one knows besides is read before the next look.
    assert not await here.kept.is_current()
    assert await here.noted() == sorted([*before, "r-1", "r-2"])


async def test_what_cannot_be_joined_stays_as_whoever_was_quicker_wrote_it(machines, bucket):
    here = machines[0]
    await here.kept.fetch()
    bucket.client.put_object(Bucket=bucket.name, Key=KEY, Body=b"x" * 5000)
    state = open_state(here.folder)
    Book(state, "b").begin(entry("r-1"))
    assert not await here.kept.keep(state)
    state.close()
    assert bucket.versions() == 1


async def test_a_bucket_that_cannot_be_read_is_never_written_over(machines, bucket):
    here, there = machines
    await there.note("r-2")
    here.kept = KeptState(Aws(), "none-of-that-name", KEY, here.folder)
    with pytest.raises(AwsFault):
        await here.kept.fetch()
    state = open_state(here.folder)
    Book(state, "b").begin(entry("r-1"))
    assert await here.kept.keep(state)
    state.close()
    assert await there.noted() == ["r-2"]


async def test_an_object_that_is_no_database_is_begun_anew_and_stays_as_an_older_version(machines, bucket):
    here, there = machines
    bucket.client.put_object(Bucket=bucket.name, Key=KEY, Body=b"x" * 5000)
    await here.kept.fetch()
    with pytest.raises(StateBroken):
        open_state(here.folder)
    here.kept.forget(keeps=True)
    state = open_state(here.folder)
    Book(state, "b").begin(entry("r-1"))
    assert await here.kept.keep(state)
    state.close()
    assert await there.noted() == ["r-1"]
    assert bucket.versions() == 2

"""Artifacts in a bucket of the emulator."""

import asyncio
import itertools
import urllib.request

import pytest

from kiro_worker.artifact.name import ArtifactNameRefused
from kiro_worker.artifact.s3 import ArtifactNotUploaded, S3Artifacts
from kiro_worker.aws import Aws
from kiro_worker.clock import SystemClock
from kiro_worker.ids import RunId
from kiro_worker.testing.artifact_contract import RUN, ArtifactsContract
from kiro_worker.testing.clock import HandClock

_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def asked(aws):
    """One client for all: making one costs more than what is asked here."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws.environment(aws.account()).items():
            patch.setenv(name, value)
        asked = Aws()
        asked.client("s3")
        yield asked


@pytest.fixture
async def bucket(asked):
    name = f"kiro-worker-test-artifacts-{next(_NUMBERS)}"
    await asked.ask("s3", "CreateBucket", Bucket=name)
    return name


@pytest.fixture
def artifacts(asked, bucket):
    return S3Artifacts(asked, bucket, clock=SystemClock(), prefix="runs/")


@pytest.fixture
def head(asked, bucket):
    return lambda name: asked.ask("s3", "HeadObject", Bucket=bucket, Key=f"runs/{RUN}/{name}")


class TestS3Artifacts(ArtifactsContract):
    """The whole contract, on real objects."""


async def test_a_file_is_found_by_its_run_below_the_prefix(artifacts, bucket, head):
    assert await artifacts.keep(RUN, "reports/junit.xml", b"<x/>") == f"s3://{bucket}/runs/{RUN}/reports/junit.xml"
    assert (await head("reports/junit.xml"))["ContentLength"] == 4


async def test_runs_whose_ids_begin_alike_do_not_mix(artifacts):
    await artifacts.keep(RunId("r-1"), "a", b"1")
    await artifacts.keep(RunId("r-12"), "b", b"2")
    assert await artifacts.names(RunId("r-1")) == ("a",)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("run.json", "application/json"),
        ("run.html", "text/html; charset=utf-8"),
        ("reports/index.html", "application/octet-stream"),
        ("events.jsonl", "application/x-ndjson"),
        ("changes.diff", "text/x-diff; charset=utf-8"),
        ("unknown", "application/octet-stream"),
    ],
)
async def test_only_our_own_page_is_shown_as_one(artifacts, head, name, kind):
    await artifacts.keep(RUN, name, b"1")
    assert (await head(name))["ContentType"] == kind


async def test_a_large_file_goes_in_parts(artifacts, head, tmp_path):
    source = tmp_path / "changes.diff"
    source.write_bytes(bytes(range(256)) * 80_000)
    await artifacts.keep(RUN, "changes.diff", source)
    # Of an object in parts, the tag tells how many.
    assert (await head("changes.diff"))["ETag"].strip('"').endswith("-3")
    assert await artifacts.read(RUN, "changes.diff") == source.read_bytes()


async def test_what_is_kept_is_encrypted_with_the_key_that_is_named(asked, bucket, head):
    key = (await asked.ask("kms", "CreateKey"))["KeyMetadata"]["KeyId"]
    await S3Artifacts(asked, bucket, clock=SystemClock(), prefix="runs", key=key).keep(RUN, "log", b"1")
    found = await head("log")
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"].rpartition("/")[2]) == ("aws:kms", key)


async def test_a_link_leads_to_the_file_for_a_while(artifacts):
    await artifacts.keep(RUN, "summary.md", b"# Done\n")
    link = await artifacts.link(RUN, "summary.md", seconds=60)
    assert "X-Amz-Expires=60" in link
    with await asyncio.to_thread(urllib.request.urlopen, link) as answer:  # of the emulator
        assert answer.read() == b"# Done\n"


async def test_a_link_or_a_pipe_in_place_of_the_file_is_not_followed(artifacts, tmp_path):
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(ArtifactNotUploaded, match="a link is in its way"):
        await artifacts.keep(RUN, "a", tmp_path / "link")
    with pytest.raises(ArtifactNotUploaded):
        await artifacts.keep(RUN, "a", tmp_path)
    assert await artifacts.names(RUN) == ()


async def test_a_name_that_is_too_long_below_the_prefix_is_refused(asked, bucket):
    deep = S3Artifacts(asked, bucket, clock=SystemClock(), prefix="p" * 800)
    with pytest.raises(ArtifactNameRefused, match="too long"):
        await deep.keep(RUN, "/".join(["n" * 200] * 2), b"")


async def test_a_bucket_that_is_not_there_is_told_at_once(asked):
    with pytest.raises(ArtifactNotUploaded, match=r"s3:PutObject.*NoSuchBucket") as caught:
        await S3Artifacts(asked, "not-there-at-all", clock=HandClock()).keep(RUN, "a", b"")
    assert caught.value.place == f"s3://not-there-at-all/{RUN}/a"


async def test_a_service_that_does_not_answer_is_tried_three_times(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    clock = HandClock(hurried=True)
    with pytest.raises(ArtifactNotUploaded, match="did not answer s3:PutObject"):
        await S3Artifacts(Aws(tries=1), bucket, clock=clock).keep(RUN, "a", b"1")
    assert clock.slept == [1.0, 5.0]

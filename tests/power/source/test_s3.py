"""Powers among the objects of a bucket, in the emulator."""

import sys

import pytest

from kiro_worker.aws import Aws, AwsLibraryMissing, AwsRefused
from kiro_worker.power.fault import SourceUnfit
from kiro_worker.power.source.s3 import S3Objects


@pytest.fixture
async def name(aws_account):
    """Of a bucket with three objects."""
    asked, name = Aws(), f"kiro-worker-test-powers-{aws_account}"
    await asked.ask("s3", "CreateBucket", Bucket=name)
    for key, content in {"a/1.zip": b"xxx", "a/2.zip": b"xxxx", "b": b""}.items():
        await asked.ask("s3", "PutObject", Bucket=name, Key=key, Body=content)
    return name


@pytest.fixture
def bucket(name):
    return S3Objects(Aws(), name)


async def test_names_are_those_below_a_prefix(bucket):
    assert (await bucket.names("a/"), await bucket.names("c/")) == (["a/1.zip", "a/2.zip"], [])


async def test_names_are_asked_for_page_by_page(name):
    class Pages(Aws):
        """Asks for pages of one name, as a bucket of thousands would answer."""

        async def ask(self, service, operation, /, **arguments):
            return await super().ask(service, operation, **arguments, MaxKeys=1)

    assert await S3Objects(Pages(), name).names("") == ["a/1.zip", "a/2.zip", "b"]


async def test_an_object_is_read_within_its_limit(bucket):
    assert (await bucket.read("a/1.zip", most=3), await bucket.read("gone", most=3)) == (b"xxx", None)
    with pytest.raises(SourceUnfit, match="more than 3 bytes"):
        await bucket.read("a/2.zip", most=3)


async def test_a_bucket_that_is_not_there_is_told_in_the_services_words(aws_account):
    with pytest.raises(AwsRefused, match="NoSuchBucket"):
        await S3Objects(Aws(), f"kiro-worker-test-gone-{aws_account}").names("")


async def test_without_the_library_s3_is_told_and_how_to_get_it(monkeypatch):
    # What Python itself takes for a library that is not there.
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(AwsLibraryMissing, match="not installed"):
        await S3Objects(Aws(), "bucket").names("")

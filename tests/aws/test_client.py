"""Asking Amazon's services: what a fault says, and what it never says; and in whose threads."""

import asyncio
import threading

import pytest

from kiro_worker.aws import Aws, AwsDenied, AwsRefused, AwsSignIn, AwsThrottled, AwsUnreachable
from kiro_worker.aws.fault import fault_of, plain
from kiro_worker.error import Fault


@pytest.mark.parametrize(
    ("said", "status", "kind"),
    [
        ("ExpiredTokenException", 400, AwsSignIn),
        ("AccessDeniedException", 400, AwsDenied),
        ("403", 403, AwsDenied),
        ("ThrottlingException", 400, AwsThrottled),
        ("ServiceUnavailable", 503, AwsUnreachable),
        ("ResourceNotFoundException", 400, AwsRefused),
    ],
)
def test_what_a_service_says_becomes_the_fault_that_fits(said, status, kind):
    fault = fault_of("dynamodb", "UpdateItem", said, "User x is not authorized to perform: dynamodb:UpdateItem", status)
    assert type(fault) is kind
    assert "dynamodb:UpdateItem" in fault.message
    assert fault.said == said


def test_a_message_that_quotes_a_request_gives_no_credential_away():
    words = "The signature of Credential=AKIAIOSFODNN7EXAMPLE/20261127 does not match, key AKIAIOSFODNN7EXAMPLE"
    assert "AKIA" not in plain(words)


async def test_without_credentials_the_fault_says_how_to_sign_in(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(AwsSignIn) as caught:
        await Aws(region="us-east-1").ask("dynamodb", "ListTables")
    assert caught.value.fault is Fault.CREDENTIAL


async def test_a_service_that_is_not_there_is_named_with_the_call(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(AwsUnreachable, match="dynamodb:ListTables: it cannot be connected to"):
        await Aws(region="us-east-1", tries=1).ask("dynamodb", "ListTables")


async def test_without_a_region_the_fault_names_the_variable(monkeypatch, tmp_path):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(AwsUnreachable, match="AWS_REGION"):
        await Aws().ask("dynamodb", "ListTables")


async def test_who_asks_does_not_wait_for_what_others_do_in_threads(aws_account):
    over = threading.Event()
    loop = asyncio.get_running_loop()
    # More than the loop's own threads; another object's uploads, say.
    others = [loop.run_in_executor(None, over.wait) for _ in range(40)]
    uploads = Aws()
    others += [loop.create_task(uploads.through("s3", "PutObject", lambda _: over.wait())) for _ in range(20)]
    try:
        async with asyncio.timeout(20):
            assert (await Aws().ask("sts", "GetCallerIdentity"))["Account"] == aws_account
    finally:
        over.set()
        await asyncio.gather(*others)

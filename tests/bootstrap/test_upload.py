"""A run's files and its credentials with no more rights than a build's role has; rights are enforced here."""

import asyncio
import json
import secrets

import pytest

from kiro_worker.artifact.s3 import ArtifactNotUploaded
from kiro_worker.aws import Aws
from kiro_worker.bootstrap.codebuild.checkpoint import Checkpoints
from kiro_worker.bootstrap.credentials import fetch_credentials
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.upload import bucket_of, put_up
from kiro_worker.bootstrap.workshop import workshop
from kiro_worker.ids import RunId
from kiro_worker.run.journal import Event
from kiro_worker.secret.fault import SecretNotFetched

RUN = RunId("r-01m8fh00000000000000000000")
BUCKET = "files-of-a-build"
SECRET = "kiro-worker-test-upload-token"
VALUE = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"


def allow(actions, *resources):
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


@pytest.fixture
def machine(tmp_path):
    return this_machine({
        "HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "SECRET_STORE": "aws", "GITHUB_TOKEN_SECRET_ID": SECRET,
        "ARTIFACT_STORE": "s3", "ARTIFACT_BUCKET": BUCKET,
    })  # fmt: skip


@pytest.fixture(scope="module")
def users(enforced_aws):
    """Makes users who may do what a policy says; the bucket and the secret are there."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in enforced_aws.environment().items():
            patch.setenv(name, value)
        root = Aws()
        root.client("s3").create_bucket(Bucket=BUCKET)
        arn = root.client("secretsmanager").create_secret(Name=SECRET, SecretString=VALUE)["ARN"]
        iam = root.client("iam")

        def made(name, *statements):
            # The emulator is everybody's, and so are its users.
            name = f"{name}-{secrets.token_hex(4)}"
            policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
            iam.create_user(UserName=name)
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
            key = iam.create_access_key(UserName=name)["AccessKey"]
            patch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
            patch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])

        yield made, arn


async def test_a_build_needs_to_read_its_secrets_and_to_put_its_files_and_nothing_else(users, machine):
    made, arn = users
    made(
        "build",
        allow(["secretsmanager:GetSecretValue"], arn),
        allow(["s3:PutObject", "s3:AbortMultipartUpload"], f"arn:aws:s3:::{BUCKET}/runs/*"),
    )
    async with workshop(machine) as shop:
        config = early_settings(machine, {})
        await fetch_credentials(shop, config)
        assert shop.known_secret("GITHUB_TOKEN").value == VALUE
        await shop.artifacts().keep(RUN, "events.jsonl", b"{}\n")
        await shop.artifacts().keep(RUN, "changes.diff", b"+" * 20_000_000)
        done = await put_up(shop, config, RUN)
        assert (done.kept, done.missed, done.place) == (2, None, f"s3://{BUCKET}/runs/{RUN}/")
        # What a build has no right to is told by its name, not as something that is not there.
        with pytest.raises(ArtifactNotUploaded, match=r"s3:ListObjectsV2.*ListBucket"):
            await bucket_of(shop, config).names(RUN)


async def test_what_a_role_may_not_do_is_named_and_the_first_file_ends_it(users, machine):
    made, _ = users
    made("nobody", allow(["sts:GetCallerIdentity"], "*"))
    async with workshop(machine) as shop:
        config = early_settings(machine, {})
        with pytest.raises(SecretNotFetched, match="secretsmanager:GetSecretValue") as caught:
            await fetch_credentials(shop, config)
        assert VALUE not in "\n".join(caught.value.lines())
        for name in ("run.json", "events.jsonl", "changes.diff"):
            await shop.artifacts().keep(RUN, name, b"1")
        done = await put_up(shop, config, RUN)
        assert done.kept == 0
        assert "s3:PutObject" in done.missed.message


async def test_what_was_told_so_far_is_put_up_while_a_run_goes_on_and_what_fails_is_left_for_later(users, machine):
    made, _ = users
    files = f"arn:aws:s3:::{BUCKET}/runs/*"
    made(
        "checkpoints",
        allow(["s3:PutObject", "s3:GetObject"], files),
        allow(["s3:ListBucket"], f"arn:aws:s3:::{BUCKET}"),
    )
    async with workshop(machine) as shop:
        config = early_settings(machine, {})
        kept = Checkpoints(shop, config, RUN, pause=0.01)
        async with asyncio.TaskGroup() as group:
            group.create_task(kept.keep())
            # There is no such file yet, which ends nothing.
            kept.event(Event(number=1, at="", name="run.admitted", facts={}))
            await asyncio.sleep(0.2)
            await shop.artifacts().keep(RUN, "events.jsonl", b"told so far\n")
            kept.event(Event(number=2, at="", name="step.started", facts={}))
            kept.event(Event(number=3, at="", name="commit.made", facts={}))
            async with asyncio.timeout(10):
                while await bucket_of(shop, config).read(RUN, "events.jsonl") != b"told so far\n":  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            kept.end()

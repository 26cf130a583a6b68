"""Everything that a deployment leaves behind, to be looked through for what may stand in none of it."""

import contextlib
import json
import subprocess
from collections.abc import Iterator

from botocore.exceptions import ClientError

from e2e.cloud import TEST, Cloud


def traces(cloud: Cloud) -> Iterator[tuple[str, bytes]]:
    """What was written by anybody of ours, each with where it stands."""
    yield from _of_amazon(cloud)
    for build in tuple(cloud.builds.service.builds.values()):
        yield build.id, "\n".join(build.lines).encode()
        yield f"{build.id} as described", json.dumps(build.describe(), default=str).encode()
    yield "the emulator's own log", cloud.emulator.log.encode()
    yield "the repository", _history(cloud)
    yield "pull requests", json.dumps(cloud.hub.model.repository.pulls).encode()
    yield "commit statuses", json.dumps(cloud.hub.model.repository.statuses).encode()
    for content in cloud.project.contents.values():
        yield f"what was said on {content.title}", json.dumps(content.comments).encode()


def _of_amazon(cloud: Cloud) -> Iterator[tuple[str, bytes]]:
    logs, tables, files = (cloud.client(name) for name in ("logs", "dynamodb", "s3"))
    for group in logs.describe_log_groups()["logGroups"]:
        yield group["logGroupName"], "\n".join(cloud.logged(group["logGroupName"])).encode()
    for table in tables.list_tables()["TableNames"]:
        yield table, json.dumps(tables.scan(TableName=table)["Items"], default=str).encode()
    for each in files.list_object_versions(Bucket=cloud.bucket).get("Versions", ()):
        # Somebody may have taken it away since.
        with contextlib.suppress(ClientError):
            told = files.get_object(Bucket=cloud.bucket, Key=each["Key"], VersionId=each["VersionId"])
            yield each["Key"], told["Body"].read()
    queue = cloud.client("sqs").get_queue_url(QueueName=TEST.poller_dead)["QueueUrl"]
    told = cloud.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
    yield TEST.poller_dead, json.dumps(told.get("Messages", [])).encode()


def _history(cloud: Cloud) -> bytes:
    """Every object that any ref leads to, with its content."""
    words = ("git", "-C", str(cloud.world.remote.path))
    listed = subprocess.run(
        (*words, "rev-list", "--objects", "--no-object-names", "--all"), check=True, capture_output=True
    )
    return subprocess.run((*words, "cat-file", "--batch"), input=listed.stdout, check=True, capture_output=True).stdout

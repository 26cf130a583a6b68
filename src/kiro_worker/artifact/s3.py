"""Artifacts as objects of an S3 bucket: `<prefix>/<run>/<name>`."""

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, TypeVar

from kiro_worker.artifact.name import ArtifactNameRefused, check_name, check_run
from kiro_worker.artifact.source import open_source, reason_of
from kiro_worker.aws import Aws, AwsFault, AwsThrottled, AwsUnreachable
from kiro_worker.clock import Clock
from kiro_worker.error import Fault, WorkerError
from kiro_worker.ids import RunId

# Seconds between tries, each of which the library has tried several times already.
_PAUSES = (1.0, 5.0)
_LONGEST_KEY = 1024
_MISSING = frozenset({"NoSuchKey", "404"})
_KINDS = {
    ".diff": "text/x-diff; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".log": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".xml": "application/xml",
}
# The one page that is ours: any other could be what a project's tests wrote, and is not shown as one.
_PAGE = "run.html"

Done = TypeVar("Done")


class ArtifactNotUploaded(WorkerError):
    """A bucket did not take an artifact, or did not give it."""

    code = "artifact.not-uploaded"
    fault = Fault.INTERNAL

    def __init__(self, *, place: str, why: str, next_step: str = "") -> None:
        self.place, self.why = place, why
        super().__init__(
            f"The artifact {place} could not be used: {why}",
            kept="What the bucket held before is as it was.",
            next_step=next_step or "Look at the bucket: aws s3 ls, then run: kiro-worker build finish",
        )


class S3Artifacts:
    """See `Artifacts`. Large files go in parts, several at once; one that is not whole never shows."""

    def __init__(
        self,
        aws: Aws,
        bucket: str,
        *,
        clock: Clock,
        prefix: str = "",
        key: str = "",
        pauses: tuple[float, ...] = _PAUSES,
    ) -> None:
        """Keep files in a bucket.

        Args:
            aws: asks.
            bucket: its name.
            clock: waits before what may have passed is tried again.
            prefix: what all keys begin with; no slash at its end is needed.
            key: of KMS, to encrypt with; empty leaves that to the bucket.
            pauses: seconds before each further try; none for what will be done again anyway.
        """
        self._pauses = pauses
        self._aws, self._bucket, self._clock = aws, bucket, clock
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}

    async def keep(self, run: RunId, name: str, content: bytes | Path) -> str:
        """See `Artifacts.keep`."""
        key = self._key(run, name)
        more = {"ContentType": _kind_of(name), **self._encryption}

        def put(client: Any) -> None:
            with _opened(content) as file:
                client.upload_fileobj(file, self._bucket, key, ExtraArgs=more)

        try:
            await self._tried("PutObject", key, put)
        except OSError as error:
            raise ArtifactNotUploaded(place=self._place(key), why=f"{reason_of(error)}.") from error
        return self._place(key)

    async def read(self, run: RunId, name: str) -> bytes | None:
        """See `Artifacts.read`."""
        key = self._key(run, name)

        def get(client: Any) -> bytes:
            body: bytes = client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            return body

        try:
            return await self._tried("GetObject", key, get)
        except ArtifactNotUploaded as fault:
            if isinstance(fault.__cause__, AwsFault) and fault.__cause__.said in _MISSING:
                return None
            raise

    async def names(self, run: RunId) -> tuple[str, ...]:
        """See `Artifacts.names`."""
        check_run(run)
        folder = f"{self._prefix}{run}/"

        def listed(client: Any) -> list[str]:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=folder)
            return [each["Key"].removeprefix(folder) for page in pages for each in page.get("Contents", ())]

        return tuple(sorted(await self._tried("ListObjectsV2", folder, listed)))

    async def link(self, run: RunId, name: str, *, seconds: float) -> str:
        """An address at which anybody who has it can read the file for so long, or until our own credentials end.

        Nobody is asked for it, so it is made for what is not there, too.
        """
        key = self._key(run, name)

        def made(client: Any) -> str:
            asked = {"Bucket": self._bucket, "Key": key}
            address: str = client.generate_presigned_url("get_object", Params=asked, ExpiresIn=int(seconds))
            return address

        return await self._tried("GetObject", key, made)

    def _key(self, run: str, name: str) -> str:
        check_name(run, name)
        key = f"{self._prefix}{run}/{name}"
        if len(key.encode()) > _LONGEST_KEY:
            raise ArtifactNameRefused(run=run, name=name, reason="it is too long")
        return key

    def _place(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"

    async def _tried(self, operation: str, key: str, work: Callable[[Any], Done]) -> Done:
        for pause in (*self._pauses, None):
            try:
                return await self._aws.through("s3", operation, work)
            except AwsFault as fault:
                if pause is None or not isinstance(fault, AwsThrottled | AwsUnreachable):
                    place, cure = self._place(key), fault.next_step
                    raise ArtifactNotUploaded(place=place, why=fault.message, next_step=cure) from fault
                await self._clock.sleep(pause)
        raise AssertionError("the last try returns or raises")


@contextlib.contextmanager
def _opened(content: bytes | Path) -> Iterator[BinaryIO]:
    """Opened anew for each try: a transfer closes what it was given."""
    with io.BytesIO(content) if isinstance(content, bytes) else os.fdopen(open_source(content), "rb") as file:
        yield file


def _kind_of(name: str) -> str:
    if name == _PAGE:
        return "text/html; charset=utf-8"
    return _KINDS.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")

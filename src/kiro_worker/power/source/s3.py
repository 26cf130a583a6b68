"""Objects of Amazon S3, by boto3 where that is installed; it finds its own credentials, region and endpoint."""

import asyncio
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, TypeVar

from kiro_worker.error import Fault, WorkerError
from kiro_worker.power.fault import SourceUnfit

_MOST_NAMES = 5000
_Answer = TypeVar("_Answer")


class S3Missing(WorkerError):
    """S3 was asked for, and the library that speaks to it is not installed."""

    code = "power.s3-missing"
    fault = Fault.CONFIG

    def __init__(self) -> None:
        super().__init__(
            "A power's source is in S3, and boto3 is not installed beside Kiro Worker.",
            kept="Nothing was changed.",
            next_step="Install it into the same environment: python -m pip install boto3",
        )


class S3Refused(WorkerError):
    """S3 answered with an error, or not at all."""

    code = "power.s3-refused"
    fault = Fault.CREDENTIAL

    def __init__(self, bucket: str, words: str) -> None:
        super().__init__(
            f"The bucket {bucket} could not be read: {words[:300]}",
            kept="Nothing was changed.",
            next_step="Try the same with: aws s3 ls s3://BUCKET/; the worker needs s3:GetObject and s3:ListBucket.",
        )


class S3Objects:
    """One bucket; see `Objects`.

    Args:
        bucket: its name.
        client: made by boto3 when it is first needed; another one may be given.
    """

    def __init__(self, bucket: str, *, client: Any = None) -> None:
        self._bucket = bucket
        self._client = client

    async def names(self, prefix: str) -> Sequence[str]:
        """See `Objects.names`."""

        def look() -> list[str]:
            found: list[str] = []
            more: dict[str, str] = {}
            while len(found) < _MOST_NAMES:
                answer = self._ready().list_objects_v2(Bucket=self._bucket, Prefix=prefix, **more)
                found += [str(each["Key"]) for each in answer.get("Contents", [])]
                if not answer.get("IsTruncated"):
                    break
                more = {"ContinuationToken": answer["NextContinuationToken"]}
            return found

        return await self._asked(look)

    async def read(self, key: str, *, most: int) -> bytes | None:
        """See `Objects.read`."""

        def look() -> bytes | None:
            client = self._ready()
            try:
                body = client.get_object(Bucket=self._bucket, Key=key)["Body"]
            except client.exceptions.NoSuchKey:
                return None
            # What the answer says of its length is not believed.
            content: bytes = body.read(most + 1)
            return content

        content = await self._asked(look)
        if content is not None and len(content) > most:
            raise SourceUnfit(f"s3://{self._bucket}/{key}", f"it has more than {most} bytes")
        return content

    def _ready(self) -> Any:
        if self._client is None:
            try:
                library = import_module("boto3")
            except ImportError as error:
                raise S3Missing from error
            self._client = library.client("s3")
        return self._client

    async def _asked(self, look: Callable[[], _Answer]) -> _Answer:
        try:
            return await asyncio.to_thread(look)
        except WorkerError:
            raise
        except Exception as error:
            # The library's own errors are made when it is loaded, so they have no name that could be caught here.
            if not type(error).__module__.startswith(("botocore", "boto3")):
                raise
            raise S3Refused(self._bucket, str(error)) from error

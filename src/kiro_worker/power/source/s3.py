"""Objects of Amazon S3."""

from collections.abc import Sequence
from typing import Any

from kiro_worker.aws import Aws, AwsRefused
from kiro_worker.power.fault import SourceUnfit

_MOST_NAMES = 5000
_MISSING = "NoSuchKey"


class S3Objects:
    """One bucket; see `Objects`.

    Args:
        aws: asks.
        bucket: its name.
    """

    def __init__(self, aws: Aws, bucket: str) -> None:
        self._aws, self._bucket = aws, bucket

    async def names(self, prefix: str) -> Sequence[str]:
        """See `Objects.names`."""
        found: list[str] = []
        more: dict[str, str] = {}
        while len(found) < _MOST_NAMES:
            page = await self._aws.ask("s3", "ListObjectsV2", Bucket=self._bucket, Prefix=prefix, **more)
            found += [str(each["Key"]) for each in page.get("Contents", [])]
            if not page.get("IsTruncated"):
                break
            more = {"ContinuationToken": page["NextContinuationToken"]}
        return found

    async def read(self, key: str, *, most: int) -> bytes | None:
        """See `Objects.read`."""

        def look(client: Any) -> bytes:
            # What the answer says of its length is not believed.
            content: bytes = client.get_object(Bucket=self._bucket, Key=key)["Body"].read(most + 1)
            return content

        try:
            content = await self._aws.through("s3", "GetObject", look)
        except AwsRefused as fault:
            if fault.said != _MISSING:
                raise
            return None
        if len(content) > most:
            raise SourceUnfit(f"s3://{self._bucket}/{key}", f"it has more than {most} bytes")
        return content

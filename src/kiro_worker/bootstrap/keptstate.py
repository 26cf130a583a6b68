"""The dispatcher's book, kept as one object in a bucket from one invocation to the next.

A convenience, as the book is everywhere: that no branch is worked on twice is the lease's work. So what cannot be read
or written is told and done without.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

from kiro_worker.aws import Aws, AwsFault
from kiro_worker.state.copy import copy_of, joined, put_copy
from kiro_worker.state.database import State

UNREAD, UNWRITTEN = "The book could not be read", "The book could not be written"
"""What is told of it; an alarm looks for these words in the log."""

# S3's words for "there is none", and for "somebody else was quicker".
_NONE = frozenset({"NoSuchKey", "404"})
_CHANGED = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
# Nobody's: before the first look.
_UNKNOWN = "?"


class KeptState:
    """One object.

    Args:
        aws: asks.
        bucket: where.
        key: as what.
        folder: where the database lies on this machine, meanwhile.
        joins: tables whose rows are kept of both, where two have written at once.
    """

    def __init__(self, aws: Aws, bucket: str, key: str, folder: Path, *, joins: tuple[str, ...] = ()) -> None:
        self._aws, self._bucket, self._key, self._folder, self._joins = aws, bucket, key, folder, joins
        self._tag, self._digest = _UNKNOWN, ""

    async def is_current(self) -> bool:
        """Whether the object is still the one that was fetched or written last.

        Raises:
            AwsFault: it cannot be asked.
        """
        if self._tag != _UNKNOWN:
            return await self._tag_there() == self._tag
        tag, _ = await self._there()
        if tag is not None:
            return False
        # Nobody has written one: what is here counts, though it could not be asked for when that was begun.
        self._tag = ""
        return True

    async def fetch(self) -> None:
        """Make the object the database of this machine; where there is none, there is none here either.

        Raises:
            AwsFault: it cannot be read; the folder has no database then.
        """
        self._tag, self._digest = _UNKNOWN, ""
        put_copy(self._folder, None)
        tag, content = await self._there()
        if tag is not None:
            put_copy(self._folder, content)
            self._digest = sha256(content).hexdigest()
        self._tag = tag or ""

    def forget(self, *, keeps: bool) -> None:
        """Begin anew with an empty database.

        Args:
            keeps: it will be written over what is there, of which the bucket has a version; otherwise that stays.
        """
        put_copy(self._folder, None)
        self._digest = ""
        self._tag = self._tag if keeps else _UNKNOWN

    async def keep(self, state: State) -> bool:
        """Write the database, if anything in it is new; False when somebody else was quicker, and theirs stays alone.

        What they had noted and what was begun here are written together, where that can be.

        Raises:
            AwsFault: it cannot be written, or was never read.
        """
        content = copy_of(state)
        digest = sha256(content).hexdigest()
        if digest == self._digest or self._tag == _UNKNOWN:
            return True
        tag = await self._put(content, self._tag)
        if tag is not None:
            self._tag, self._digest = tag, digest
            return True
        # Whatever is there by then, the next look begins with.
        self._tag = _UNKNOWN
        there, theirs = await self._there()
        both = None if there is None else joined(theirs, content, self._joins)
        return there is not None and both is not None and await self._put(both, there) is not None

    async def _put(self, content: bytes, tag: str) -> str | None:
        """Write over what has this tag, empty for nothing; the new tag, None when something else is there."""
        condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        try:
            answer = await self._aws.ask(
                "s3",
                "PutObject",
                Bucket=self._bucket,
                Key=self._key,
                Body=content,
                ContentType="application/vnd.sqlite3",
                **condition,
            )
        except AwsFault as fault:
            if fault.said not in _CHANGED:
                # Should it have been written all the same, then the next look finds another one there.
                raise
            return None
        return str(answer["ETag"])

    async def _there(self) -> tuple[str | None, bytes]:
        """The object and its tag; None where there is none."""
        try:
            return await self._aws.through("s3", "GetObject", self._read)
        except AwsFault as fault:
            if fault.said not in _NONE:
                raise
            return None, b""

    async def _tag_there(self) -> str:
        try:
            answer = await self._aws.ask("s3", "HeadObject", Bucket=self._bucket, Key=self._key)
        except AwsFault as fault:
            if fault.said in _NONE:
                return ""
            raise
        return str(answer.get("ETag", ""))

    def _read(self, client: Any) -> tuple[str, bytes]:
        answer = client.get_object(Bucket=self._bucket, Key=self._key)
        with answer["Body"] as body:
            return str(answer["ETag"]), body.read()

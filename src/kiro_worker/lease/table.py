"""The table of leases in DynamoDB: what it says, when, and how one of its items is replaced.

DynamoDB knows no time that a condition could name. Its answers do: their header `Date` is its own clock, in whole
seconds, the same for all who ask. So what is written ends a little later than was asked for, and never sooner.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from kiro_worker.aws import Aws, AwsFault
from kiro_worker.clock import Clock
from kiro_worker.lease.items import Item, ItemUnreadable, entry_of, item_key, key_of, replacement
from kiro_worker.lease.port import LeaseKey
from kiro_worker.lease.sight import Entry
from kiro_worker.lease.swapping import Row
from kiro_worker.lease.tablefault import LeaseTableRefused, LeaseTableUnavailable, table_fault
from kiro_worker.value import dataclass

# A header's time is cut to whole seconds.
_GRAIN = 1.0
_SERVICE = "dynamodb"
# Of each item: whether it is, or was, reserved for the run that has it.
_PROMISED = "attribute_exists(#run) AND attribute_exists(#reserved)"

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """The table's clock, as it was last told.

    Attributes:
        asked: before it told so, on the worker's monotonic clock.
    """

    told: float
    asked: float


class LeaseTable:
    """See `Rows` and `Table`; asking costs no connection that would have to be lent."""

    passing = LeaseTableUnavailable

    def __init__(self, aws: Aws, name: str, clock: Clock) -> None:
        """Name the table; nothing is asked yet.

        Args:
            aws: who asks.
            name: the table's name or ARN.
            clock: the worker's own.
        """
        self.name = name
        self._aws = aws
        self._clock = clock
        self._heard: _Heard | None = None

    @contextlib.asynccontextmanager
    async def opened(self, seconds: float) -> AsyncIterator["LeaseTable"]:
        """See `Rows.opened`.

        Raises:
            LeaseTableMissing: there is none of that name.
            LeaseTableRefused: it does not keep leases.
            LeaseTableUnavailable: it cannot be asked; what was asked last may have been carried out.
            AwsFault: everything else that AWS says, such as that it is denied.
        """
        try:
            async with asyncio.timeout(seconds):
                yield self
        except AwsFault as fault:
            raise table_fault(self.name, fault) from None
        except TimeoutError:
            raise LeaseTableUnavailable(table=self.name, reason="it does not answer in time") from None

    def contended(self) -> LeaseTableUnavailable:
        """See `Rows.contended`."""
        return LeaseTableUnavailable(table=self.name, reason="the item had another's write each time")

    async def read(self, key: LeaseKey) -> Row | None:
        """See `Table.read`."""
        answer, told = await self._ask(
            "GetItem", lambda client: client.get_item(TableName=self.name, Key=item_key(key), ConsistentRead=True)
        )
        if "Item" not in answer:
            return None
        entry, until = self._entry_of(answer["Item"])
        return Row(entry=entry, left=until - told, told=told)

    async def write(self, key: LeaseKey, entry: Entry, *, after: Entry | None, seconds: float | None) -> Row | None:
        """See `Table.write`: one conditional `UpdateItem`."""
        until = None if seconds is None else await self._latest(key) + seconds
        arguments = replacement(key, entry, after=after, until=until)

        def swap(client: Any) -> Answer:
            try:
                found: Answer = client.update_item(TableName=self.name, ReturnValues="ALL_NEW", **arguments)
            except client.exceptions.ConditionalCheckFailedException as error:
                return {"ResponseMetadata": error.response["ResponseMetadata"]}
            return found

        answer, told = await self._ask("UpdateItem", swap)
        if "Attributes" not in answer:
            return None
        _, ends = self._entry_of(answer["Attributes"])
        return Row(entry=entry, left=ends - told, told=told)

    async def held(self) -> list[tuple[LeaseKey, Entry, float]]:
        """Each item that is reserved, or held by who had reserved it, and when it ends; but for what is unreadable."""
        names = {f"#{name}": name for name in ("run", "reserved")}

        def look(client: Any) -> Answer:
            pages = client.get_paginator("scan").paginate(
                TableName=self.name,
                # Half the price; what a moment ago was not there yet is found by the next look.
                ConsistentRead=False,
                FilterExpression=_PROMISED,
                ExpressionAttributeNames=names,
            )
            read = list(pages)
            items = [item for page in read for item in page["Items"]]
            return {"Items": items, "ResponseMetadata": read[-1]["ResponseMetadata"]}

        answer, _ = await self._ask("Scan", look)
        return [found for item in answer["Items"] if (found := _found(item)) is not None]

    async def _latest(self, key: LeaseKey) -> float:
        """The table's clock, as late as it can be just now."""
        if self._heard is None:
            await self.read(key)
        assert self._heard is not None
        return self._heard.told + _GRAIN + self._clock.monotonic() - self._heard.asked

    async def _ask(self, operation: str, work: Callable[[Any], Answer]) -> tuple[Answer, float]:
        asked = self._clock.monotonic()
        answer = await self._aws.through(_SERVICE, operation, work)
        told = self._told(answer)
        self._heard = _Heard(told=told, asked=asked)
        return answer, told

    def _told(self, answer: Answer) -> float:
        header = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
        try:
            return parsedate_to_datetime(header).timestamp()
        except ValueError:
            reason = "its answer does not tell the time (a proxy between may have taken the header Date away)"
            raise LeaseTableUnavailable(table=self.name, reason=reason) from None

    def _entry_of(self, item: Item) -> tuple[Entry, float]:
        try:
            return entry_of(item)
        except ItemUnreadable as wrong:
            raise LeaseTableRefused(
                table=self.name, words=f"an item of it was not written by a worker: {wrong}."
            ) from None


def _found(item: Item) -> tuple[LeaseKey, Entry, float] | None:
    try:
        return key_of(item), *entry_of(item)
    except ItemUnreadable:
        return None

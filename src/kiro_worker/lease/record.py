"""How a lease is written into the commit that its ref points to; anybody who may push can write one."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from kiro_worker.lease.port import Holder, LeaseKey
from kiro_worker.value import dataclass

# A record of ours has some 300 bytes; nothing longer is looked at.
_LONGEST = 8192

_Name = Annotated[str, msgspec.Meta(max_length=1024)]
_Number = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a lease's ref says.

    Attributes:
        beat: counts the signs of life, so that each makes another commit.
        expires: when it dies, by its holder's wall clock; others cannot rely on that.
        holder: None once it was released.
    """

    fence: int
    beat: int
    expires: datetime
    holder: Holder | None


class _HolderJson(msgspec.Struct):
    run: _Name
    host: _Name
    pid: _Number
    started: _Number


class _RecordJson(msgspec.Struct):
    schema: Literal["kiro-worker/lease/1"]
    key: _Name
    fence: _Number
    beat: _Number
    expires: Annotated[datetime, msgspec.Meta(tz=True)]
    holder: _HolderJson | None


def record_text(key: LeaseKey, record: Record) -> str:
    """A record as the message of its commit; the key is for people who look at it."""
    who = record.holder
    told = _RecordJson(
        schema="kiro-worker/lease/1",
        key=key.encode("utf-8", "replace").decode(),
        fence=record.fence,
        beat=record.beat,
        expires=record.expires.astimezone(UTC),
        holder=None if who is None else _HolderJson(run=who.run, host=who.host, pid=who.pid, started=who.started),
    )
    return msgspec.json.encode(told).decode()


def record_in(text: str) -> Record | None:
    """Read a commit's message; None when it is no record of ours.

    >>> record_in("Merge branch 'main'") is None
    True
    """
    if len(text) > _LONGEST:
        return None
    try:
        told = msgspec.json.decode(text.encode("utf-8", "replace"), type=_RecordJson)
    except (msgspec.MsgspecError, RecursionError):
        return None
    who = told.holder
    return Record(
        fence=told.fence,
        beat=told.beat,
        expires=told.expires,
        holder=None if who is None else Holder(run=who.run, host=who.host, pid=who.pid, started=who.started),
    )

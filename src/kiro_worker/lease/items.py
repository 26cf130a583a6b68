"""How a lease is written into an item of a DynamoDB table, and read from one that anybody may have written."""

from collections.abc import Mapping
from typing import Any

from kiro_worker.expression import expression
from kiro_worker.lease.port import Holder, LeaseKey
from kiro_worker.lease.sight import Entry
from kiro_worker.lease.text import ascii_text, key_text, plain_text

# The part of the primary key; DynamoDB's own word for it is the same.
KEY = "key"
# All that is ever read or written, in one place: people make the table, and grant its use.
_UNTIL, _NAME = "until", "name"
_HOLDER = ("run", "host", "pid", "started")
_NUMBER = expression(r"-?[0-9]{1,19}(?:\.[0-9]{1,19})?")

Item = Mapping[str, Any]


class ItemUnreadable(Exception):
    """An item is none of ours; says which attribute is wrong."""


def entry_of(item: Item) -> tuple[Entry, float]:
    """What an item says, and when it ends, in seconds since 1970.

    Raises:
        ItemUnreadable: it is none of ours.
    """
    holder = None
    if "run" in item:
        holder = Holder(
            run=plain_text(_text(item, "run")),
            host=plain_text(_text(item, "host")),
            pid=int(_number(item, "pid")),
            started=int(_number(item, "started")),
        )
    entry = Entry(
        fence=int(_number(item, "fence")),
        beat=int(_number(item, "beat")),
        holder=holder,
        reserved=_is_open(item),
        promised="reserved" in item,
        build=plain_text(_text(item, "build")) if "build" in item else "",
    )
    return entry, _number(item, _UNTIL)


def key_of(item: Item) -> LeaseKey:
    """The key of an item; one that was too long for DynamoDB stands beside it.

    Raises:
        ItemUnreadable: it has none.
    """
    return LeaseKey(plain_text(_text(item, _NAME if _NAME in item else KEY)))


def item_key(key: LeaseKey) -> Item:
    """The primary key of a lease's item."""
    return {KEY: {"S": key_text(key)}}


def replacement(key: LeaseKey, entry: Entry, *, after: Entry | None, until: float | None) -> Mapping[str, Any]:
    """The arguments of the one `UpdateItem` that replaces an entry where it is what was seen.

    Args:
        key: whose it is.
        entry: the new one.
        after: what was seen; None where there was nothing.
        until: when it ends, in seconds since 1970; None leaves that as it is.
    """
    stored: dict[str, Any] = {"fence": {"N": str(entry.fence)}, "beat": {"N": str(entry.beat)}}
    if until is not None:
        stored[_UNTIL] = {"N": f"{until:.3f}"}
    if key_text(key) != ascii_text(key):
        stored[_NAME] = {"S": ascii_text(key)}
    if entry.holder is not None:
        stored |= {"run": {"S": ascii_text(entry.holder.run)}, "host": {"S": ascii_text(entry.holder.host)}}
        stored |= {"pid": {"N": str(entry.holder.pid)}, "started": {"N": str(entry.holder.started)}}
    if entry.promised:
        stored["reserved"] = {"BOOL": entry.reserved}
    if entry.build:
        stored["build"] = {"S": ascii_text(entry.build)}
    gone = [name for name in (*_HOLDER, "reserved", "build") if name not in stored]
    return {
        "Key": item_key(key),
        "UpdateExpression": _expression(stored, gone),
        **_unchanged(after, stored),
        # Some of the names are words of DynamoDB's own.
        "ExpressionAttributeNames": {f"#{name}": name for name in (*stored, *gone, *((KEY,) if after is None else ()))},
    }


def _expression(stored: Item, gone: list[str]) -> str:
    told = "SET " + ", ".join(f"#{name} = :{name}" for name in stored)
    return f"{told} REMOVE {', '.join(f'#{name}' for name in gone)}" if gone else told


def _unchanged(after: Entry | None, stored: Item) -> Mapping[str, Any]:
    values = {f":{name}": value for name, value in stored.items()}
    if after is None:
        return {"ConditionExpression": f"attribute_not_exists(#{KEY})", "ExpressionAttributeValues": values}
    seen = {":seen_fence": {"N": str(after.fence)}, ":seen_beat": {"N": str(after.beat)}}
    return {
        "ConditionExpression": "#fence = :seen_fence AND #beat = :seen_beat",
        "ExpressionAttributeValues": values | seen,
    }


def _is_open(item: Item) -> bool:
    """Whether the run is still to come that the item is reserved for; False where it is for none."""
    value = item.get("reserved", {"BOOL": False})
    still = value.get("BOOL") if isinstance(value, dict) else None
    if not isinstance(still, bool):
        raise ItemUnreadable("`reserved` is neither true nor false")
    return still


def _text(item: Item, name: str) -> str:
    value = item.get(name)
    text = value.get("S") if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise ItemUnreadable(f"`{name}` is no text")
    return text


def _number(item: Item, name: str) -> float:
    value = item.get(name)
    text = value.get("N") if isinstance(value, dict) else None
    if not isinstance(text, str) or not _NUMBER.fullmatch(text):
        raise ItemUnreadable(f"`{name}` is no number")
    return float(text) if "." in text else int(text)

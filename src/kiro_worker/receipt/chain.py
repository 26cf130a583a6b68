"""The chain of a receipt: each line is an event and names the hash of the line before. Bytes in, events out."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kiro_worker.value import dataclass

# The hash that the first event names: there is nothing before it.
GENESIS = "0" * 64

FILE_NAME = "events.jsonl"

# What a line says of itself; no fact can have such a name.
OF_THE_LINE = frozenset({"n", "at", "event", "before", "hash"})

# No worker writes a longer line; a longer one is not read into memory to find that out.
LONGEST_LINE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened: `noun.verbed`, when, and the facts."""

    number: int
    at: str
    name: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An event as it stands in a chain, with the two hashes that its line names."""

    event: Event
    before: str
    hash: str


def chained(event: Event, before: str) -> tuple[bytes, str]:
    """The line of an event behind the line with that hash, and its own hash.

    What is no UTF-8 (a lone surrogate in an agent's JSON) is written as JSON's own escape of it.
    """
    body = {"n": event.number, "at": event.at, "event": event.name, **event.facts, "before": before}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    digest = hashlib.sha256(text).hexdigest()
    return text[:-1] + f',"hash":"{digest}"}}\n'.encode(), digest


def link_in(line: bytes) -> Link | None:
    """What a line says; None for one that is no whole event. Whether it is true is for `chained` to tell."""
    try:
        body = json.loads(line)
        number, at, name = body.pop("n"), body.pop("at"), body.pop("event")
        before, digest = body.pop("before"), body.pop("hash")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    texts = (at, name, before, digest)
    if type(number) is not int or not all(isinstance(text, str) for text in texts):
        return None
    return Link(event=Event(number=number, at=at, name=name, facts=body), before=before, hash=digest)


def read_events(path: Path) -> Iterator[Event]:
    """The events of a receipt as far as they are whole; a line that a crash cut off is left out."""
    for line in lines_of(path):
        link = link_in(line)
        if link is None:
            return
        yield link.event


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file, of which a longer one than any receipt has comes in pieces."""
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE):
            yield line


def plain_base64(raw: bytes) -> str:
    """Bytes as text."""
    return base64.b64encode(raw).decode()


def from_base64(text: str) -> bytes | None:
    """The bytes that a text stands for; None where it stands for none, or another text would stand for the same."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if plain_base64(raw) == text else None

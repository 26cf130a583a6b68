"""Identities that sort by the time they were made."""

import os
from datetime import UTC, datetime
from typing import NewType

RunId = NewType("RunId", str)
# A git object id: 40 or 64 hex digits, after the repository's hash.
Oid = NewType("Oid", str)

# Crockford's base 32, as the ULID specification has it: no I, L, O or U to misread over a telephone.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 28


def is_run_id(text: str) -> bool:
    """Whether a text is a run's id.

    >>> is_run_id("r-01kz0q3x9v8w7t6s5r4q3p2n1m"), is_run_id("r-../x")
    (True, False)
    """
    return len(text) == _LENGTH and text.startswith("r-") and all(sign in _ALPHABET for sign in text[2:])


def begins_run_id(text: str) -> bool:
    """Whether a text is a run's id or so much of its beginning that no branch is meant; until 3084, all have a 0 first.

    >>> begins_run_id("r-01kz"), begins_run_id("r-date"), begins_run_id("r-")
    (True, False, False)
    """
    return text.startswith("r-0") and 4 <= len(text) <= _LENGTH and all(sign in _ALPHABET for sign in text[2:])


def new_run_id(moment: datetime) -> RunId:
    """A fresh `r-<ulid>`: 48 bits of milliseconds, then 80 random bits."""
    return run_id_of(int(moment.timestamp() * 1000), os.urandom(10))


def run_id_of(milliseconds: int, rest: bytes) -> RunId:
    """The id of a moment and of ten bytes that tell it from others of that moment."""
    number = ((milliseconds & ((1 << 48) - 1)) << 80) | int.from_bytes(rest)
    return RunId("r-" + "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)))


def moment_of(run: str) -> datetime | None:
    """When a run's id was made, to the millisecond; None for what is no run's id.

    >>> moment_of(new_run_id(datetime(2026, 11, 27, 9, 30, tzinfo=UTC))).isoformat()
    '2026-11-27T09:30:00+00:00'
    """
    if not is_run_id(run):
        return None
    number = 0
    for sign in run[2:]:
        number = number << 5 | _ALPHABET.index(sign)
    try:
        return datetime.fromtimestamp((number >> 80) / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        # Ten digits of base 32 reach further than calendars do.
        return None

"""Identities that sort by the time they were made."""

import os
from datetime import datetime
from typing import NewType

RunId = NewType("RunId", str)
# A git object id: 40 or 64 hex digits, after the repository's hash.
Oid = NewType("Oid", str)

# Crockford's base 32, as the ULID specification has it: no I, L, O or U to misread over a telephone.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_run_id(moment: datetime) -> RunId:
    """A fresh `r-<ulid>`: 48 bits of milliseconds, then 80 random bits."""
    milliseconds = int(moment.timestamp() * 1000)
    number = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    return RunId("r-" + "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)))

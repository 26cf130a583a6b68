"""Whether what looks like a secret is obviously made up; pure."""

from collections import Counter
from math import log2

from kiro_worker.expression import expression

_SAYS_SO = expression(
    rb"(?i)example|sample|dummy|fake|made.?up|placeholder|change.?me|replace.?me|insert|your[-_.]|redacted|not.?a.?|notreal"
    rb"|test|mock|foobar|foo.?bar|lorem|xxxx|\.\.\.|\*\*\*|secret|passw|token|hunter2|letmein|qwerty|asdf|deadbeef|cafebabe"
)
_ROWS = (
    b"0123456789012345",
    b"abcdefghijklmnopqrstuvwxyz",
    b"zyxwvutsrqponmlkjihgfedcba",
    b"9876543210987654",
    b"qwertyuiop",
)
_ROW = 6
_LEAST_BITS = 2.6
# Nothing of a private key or a signed token says so in its text: their bytes are encoded.
_ENCODED = frozenset({"private-key", "jwt"})
# What Amazon gives out is base 32.
_NOT_BASE32 = expression(rb"[^A-Z2-7]")
_NEAR = expression(
    rb"@(?:localhost|127\.|0\.0\.0\.0|\[::1\]|host\.docker\.internal|[\w-]{1,60}(?=[:/\s\"'`?]|$)|[\w.-]{0,100}\.?(?:example|test|invalid|local|localhost)\b"
    rb"|[\w.-]{0,100}\bexample\.(?:com|org|net))"
)


def is_made_up(value: bytes, what: str, *, after: bytes = b"") -> bool:
    """Whether a value says itself that it is none.

    Args:
        value: what would be secret.
        what: which shape it has.
        after: what stands behind it, such as the host of an address.

    >>> is_made_up(b"IOSFODNN7EXAMPLE", "aws-access-key-id"), is_made_up(b"a" * 36, "github-token")
    (True, True)
    >>> is_made_up(b"Zq3v9LkT1xWm7RbN5cYd2HsJ8fGp4AuE6oQi", "github-token")
    False
    """
    if what == "url-password" and _NEAR.match(after):
        return True
    if what in _ENCODED:
        return False
    if what == "aws-access-key-id" and _NOT_BASE32.search(value):
        return True
    return bool(_SAYS_SO.search(value)) or _has_row(value) or _bits(value) < _LEAST_BITS or _repeats(value)


def _has_row(value: bytes) -> bool:
    plain = value.lower()
    pieces = (plain[at : at + _ROW] for at in range(len(plain) - _ROW + 1))
    return any(piece in row for piece in pieces for row in _ROWS)


def _repeats(value: bytes) -> bool:
    """One short piece over and over."""
    return any(len(value) >= 3 * size and value == (value[:size] * len(value))[: len(value)] for size in range(1, 11))


def _bits(value: bytes) -> float:
    """How much each byte tells (Shannon)."""
    total = len(value)
    return -sum(count / total * log2(count / total) for count in Counter(value).values()) if total else 0.0

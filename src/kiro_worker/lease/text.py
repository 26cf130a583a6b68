"""Texts as any table can keep them: a branch's name may hold bytes that are no text at all."""

import hashlib

from kiro_worker.lease.port import LeaseKey

# Longer keys do not fit into an index; far above what a branch's name may be.
_LONGEST_KEY = 1000


def key_text(key: LeaseKey) -> str:
    r"""A key in ASCII, as long as an index can hold; two keys never have the same.

    >>> key_text(LeaseKey("日本"))
    '\\u65e5\\u672c'
    """
    text = ascii_text(key)
    if len(text) <= _LONGEST_KEY:
        return text
    return f"{text[:_LONGEST_KEY]}#{hashlib.sha256(text.encode()).hexdigest()}"


def ascii_text(text: str) -> str:
    """A text in ASCII, whatever is in it."""
    return text.encode("unicode_escape").decode("ascii")


def plain_text(text: str) -> str:
    r"""What `ascii_text` was given.

    >>> plain_text(ascii_text("a\\b\udcff"))
    'a\\b\udcff'
    """
    return text.encode("ascii", "replace").decode("unicode_escape", "replace")

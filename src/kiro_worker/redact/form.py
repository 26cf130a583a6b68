"""The ways in which one text is written down: plain, escaped, quoted, encoded."""

import json
from binascii import b2a_base64
from collections.abc import Iterator

from kiro_worker.expression import expression

_DOUBLE_QUOTED = expression(r'([$`"\\])')
_BACKSLASHED = expression(r"([^\w@%+=:,./-])")
_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~"
_URLSAFE = bytes.maketrans(b"+/", b"-_")

# How many base64 characters at the front depend on what stands before the text, for 0, 1 and 2 bytes before it.
_FOREIGN = (0, 2, 3)


def forms(text: str) -> Iterator[bytes]:
    """Every form of a text, itself included; the same form may come twice.

    Base64 comes at its three alignments without the characters that also depend on the text's neighbours, so a token
    is found inside `x-access-token:TOKEN` too.
    """
    for written in _escaped(text):
        yield written.encode("utf-8", "surrogatepass")
    raw = text.encode("utf-8", "surrogatepass")
    for before in range(3):
        inner = _aligned(raw, before)
        yield inner
        yield inner.translate(_URLSAFE)
    yield raw.hex().encode()
    yield raw.hex().upper().encode()


def _escaped(text: str) -> Iterator[str]:
    yield text
    yield from _json(text)
    yield from _url(text.encode("utf-8", "surrogatepass"))
    yield from _shell(text)
    yield from _markup(text)


def _json(text: str) -> Iterator[str]:
    for ascii_only in (True, False):
        once = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield once
        yield once.replace("/", "\\/")
        yield json.dumps(once, ensure_ascii=ascii_only)[1:-1]


def _url(raw: bytes) -> Iterator[str]:
    # What stays unescaped: nothing; the slash of a path; what JavaScript's encodeURIComponent leaves; forms' spaces.
    for also in (b"", b"/", b"!'()*", b" "):
        for escape in ("%%%02X", "%%%02x"):
            kept = _UNRESERVED + also
            written = "".join(chr(byte) if byte in kept else escape % byte for byte in raw)
            yield written.replace(" ", "+")


def _shell(text: str) -> Iterator[str]:
    yield text.replace("'", "'\"'\"'")
    yield text.replace("'", "'\\''")
    yield _DOUBLE_QUOTED.sub(r"\\\1", text)
    yield _BACKSLASHED.sub(r"\\\1", text)


def _markup(text: str) -> Iterator[str]:
    bare = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield bare
    quoted = bare.replace('"', "&quot;")
    yield quoted.replace("'", "&#x27;")
    yield quoted.replace("'", "&#39;")


def _aligned(raw: bytes, before: int) -> bytes:
    """The base64 characters that `raw` alone decides when `before` other bytes stand in front of it.

    >>> _aligned(b"secret", 1) in b2a_base64(b"?secret!")
    True
    """
    whole = (before + len(raw)) * 8 // 6
    return b2a_base64(bytes(before) + raw, newline=False)[_FOREIGN[before] : whole]

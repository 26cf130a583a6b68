"""A known secret, and which pieces of it are worth looking for."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from kiro_worker.expression import expression
from kiro_worker.value import dataclass, field

# Shorter values are found in ordinary text by accident: redacting every `1234` or `dev` would destroy the text.
LEAST_LENGTH = 6
_LEAST_LINE = 16
_LEAST_LOOSE_LEAF = 20
_LEAST_DISTINCT = 3
_PIECE = 4096
_DEPTH = 8

# Values that people do put into secrets and that also stand in any log.
_COMMON = frozenset({
    "123456", "1234567", "12345678", "123456789", "access", "changeit", "changeme", "configuration", "default",
    "development", "disabled", "enabled", "example", "github", "gitlab", "letmein", "localhost", "master",
    "passw0rd", "password", "postgres", "private", "production", "public", "qwerty", "redacted", "release", "secret",
    "secrets", "server", "service", "staging", "string", "testing", "undefined", "unknown", "username", "version",
})  # fmt: skip
_SECRET_KEY = expression(r"pass|pwd|token|secret|key|credential|auth|private|signature", re.IGNORECASE)
_RANDOM = expression(r"(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[^\s]+")
_LINE_END = expression(r"\r\n|\r|\n|\\r\\n|\\n")
# Of a URL's authority, which ends at the first of `/?#`; and of a server's named parameters, in a query too.
_URL_PASSWORD = expression(r"^[A-Za-z][A-Za-z0-9+.-]{0,31}://[^/?#:@]*:(?P<password>[^/?#]+)@")
_NAMED_PASSWORD = expression(
    r"(?:^|[\s;?&])(?:ssl)?(?:password|pwd)\s{0,8}=\s{0,8}(?:'(?P<quoted>(?:[^'\\]|\\.)+)'|(?P<plain>[^\s;&']+))",
    re.IGNORECASE,
)
_ESCAPED = expression(r"\\(.)")
_QUOTED = expression(r"(?:%[0-9A-Fa-f]{2})+")
_NAME = expression(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must not be written anywhere, and the name that stands in its place.

    >>> Secret("GITHUB_TOKEN", "ghp_0123456789")
    Secret(name='GITHUB_TOKEN')
    """

    name: str
    value: str = field(repr=False)

    @property
    def label(self) -> str:
        """The name as it is shown; what could break a line or a quotation is replaced."""
        return _NAME.sub("-", self.name).strip("-")[:64] or "secret"

    @property
    def is_weak(self) -> bool:
        """Whether the value is too ordinary to be looked for without its name beside it."""
        value = self.value.strip()
        return (
            len(value) < LEAST_LENGTH
            or value.casefold() in _COMMON
            or len(frozenset(value.casefold())) < _LEAST_DISTINCT
        )

    def pieces(self) -> Iterator[str]:
        """Every text that gives the secret away on its own: the value, its long lines, the secrets inside JSON."""
        value = self.value.strip()
        if self.is_weak:
            return
        leaves = tuple(_leaves(value))
        yield from _cut(value)
        yield from _passwords(value)
        # The lines of a JSON document are braces and names, so its leaves stand in for them.
        for text in leaves or (value,):
            yield from _cut(text)
            yield from _long_lines(text)

    def named(self) -> Iterator[tuple[str, str]]:
        """For a weak value: what stands before it when it is the secret, and the value."""
        value = self.value.strip()
        if self.is_weak and value and self.name:
            quoted = (f'{self.name}="', f"{self.name}='", f'"{self.name}":"', f'"{self.name}": "')
            for before in (f"{self.name}=", f"{self.name}: ", *quoted):
                yield before, value


def _cut(value: str) -> Iterator[str]:
    """A value in pieces of bounded length, so that one huge secret does not make a huge automaton."""
    if len(value) < 2 * _PIECE:
        yield value
        return
    last = len(value) // _PIECE * _PIECE - _PIECE
    for start in range(0, last, _PIECE):
        yield value[start : start + _PIECE]
    yield value[last:]


def _long_lines(value: str) -> Iterator[str]:
    lines = [line.strip() for line in _LINE_END.split(value)]
    if len(lines) < 2:
        return
    for line in lines:
        # Short lines are `{` or `}`, and the borders of a PEM block are the same in every key.
        if len(line) >= _LEAST_LINE and not line.startswith("-----"):
            yield from _cut(line)


def _passwords(address: str) -> Iterator[str]:
    """The passwords inside an address of a server, as it is written there and as it is meant."""
    for found in chain(_URL_PASSWORD.finditer(address), _NAMED_PASSWORD.finditer(address)):
        written = (found["quoted"] or found["plain"]) if "quoted" in found.groupdict() else found["password"]
        for text in dict.fromkeys((written, _unquoted(written), _ESCAPED.sub(r"\1", written))):
            if not Secret("", text).is_weak:
                yield text


def _unquoted(text: str) -> str:
    return _QUOTED.sub(lambda found: bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace"), text)


def _leaves(value: str) -> Iterator[str]:
    """The secret strings of a JSON document, such as the password beside a user name."""
    if not value.startswith(("{", "[")):
        return
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        return
    yield from _strings(document, "", _DEPTH)


def _strings(node: Any, key: str, depth: int) -> Iterator[str]:
    if isinstance(node, str):
        leaf = Secret(key, node)
        telling = _SECRET_KEY.search(key) or (len(node) >= _LEAST_LOOSE_LEAF and _RANDOM.fullmatch(node))
        if telling and not leaf.is_weak and not node.startswith(("http://", "https://")):
            yield node.strip()
    elif depth and isinstance(node, dict):
        for name, child in node.items():
            yield from _strings(child, str(name), depth - 1)
    elif depth and isinstance(node, list):
        for child in node:
            yield from _strings(child, key, depth - 1)

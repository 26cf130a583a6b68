"""The one place where secrets are taken out of text."""

from collections.abc import Iterable
from typing import Any

from kiro_worker.redact.search import Search
from kiro_worker.redact.secret import Secret
from kiro_worker.redact.stream import RedactingStream, written

_DEEPEST = 200
_NUMBERS = frozenset({bool, int, float})
# Keys beside which a shape finds what it would not find in the value alone.
_TELLING_KEYS = ("authorization", "secret", "token", "api-key")


class Redactor:
    """Replaces known secrets in every encoding, and whatever has the shape of a well-known token.

    It never changes after it was made, and any number of threads may use it at once.

    >>> Redactor([Secret("DEPLOY_KEY", "correct-horse")]).text("login with correct-horse")
    'login with [redacted:DEPLOY_KEY]'
    """

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._search = Search(secrets)

    def text(self, text: str) -> str:
        """A text without its secrets; the same object when it has none."""
        raw = text.encode("utf-8", "surrogatepass")
        clean = self.bytes(raw)
        return text if clean is raw else clean.decode("utf-8", "surrogatepass")

    def bytes(self, raw: bytes) -> bytes:
        """Bytes without their secrets; the same object when they have none."""
        if self._search.sees_nothing(raw):
            return raw
        spans = self._search.scan(raw, final=True).spans
        return b"".join(written(raw, spans)) if spans else raw

    def stream(self) -> RedactingStream:
        """A new stream, for text that comes in pieces of any size."""
        return RedactingStream(self._search)

    def json(self, value: Any) -> Any:
        """A JSON-like value without its secrets, keys included; what is no JSON becomes redacted text.

        A string is read together with its key, since some secrets are known only by theirs. The same object comes
        back when there is nothing to hide.
        """
        texts = _texts(value)
        if texts is not None and self._search.sees_nothing(" ".join(texts).encode("utf-8", "surrogatepass")):
            return value
        return self._json(value, _DEEPEST)

    def _json(self, value: Any, depth: int) -> Any:
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return self.text(value)
            case bytes():
                return self.bytes(value)
            case _ if depth == 0:
                return "[redacted:too-deep]"
            case dict():
                return self._object(value, depth - 1)
            case list():
                return [self._json(child, depth - 1) for child in value]
            case tuple():
                return tuple(self._json(child, depth - 1) for child in value)
            case _:
                return self.text(str(value))

    def _object(self, value: dict[Any, Any], depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, child in value.items():
            shown = self.text(key) if isinstance(key, str) else key
            while shown in found:
                # Two keys that were secret look the same now; neither value may be lost for it.
                shown = f"{shown}'"
            found[shown] = self._valued(key, child) if isinstance(child, str) else self._json(child, depth)
        return found

    def _valued(self, key: Any, value: str) -> str:
        if isinstance(key, str) and any(word in key.casefold() for word in _TELLING_KEYS):
            before = f"{key}: "
            together = self.text(before + value)
            if together.startswith(before):
                value = together.removeprefix(before)
        return self.text(value)


def _texts(value: Any) -> list[str] | None:
    """All strings of a JSON value, keys included; None when it holds something that is no JSON."""
    texts: list[str] = []
    left = [value]
    while left:
        node = left.pop()
        kind = type(node)
        if kind is str:
            texts.append(node)
        elif kind is dict:
            left.extend(node)
            left.extend(node.values())
        elif kind is list or kind is tuple:
            left.extend(node)
        elif node is not None and kind not in _NUMBERS:
            return None
    return texts

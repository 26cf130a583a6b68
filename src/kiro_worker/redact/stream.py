"""Redaction of text that comes in pieces, with nothing held back but what may be a secret."""

from collections.abc import Iterator, Sequence

from kiro_worker.redact.search import Search, Span
from kiro_worker.value import dataclass


@dataclass(slots=True)
class _Place:
    """Where writing stands: what is done, and what is hidden up to where, under which name."""

    done: int = 0
    hidden: int = 0
    label: str = ""


class RedactingStream:
    """One stream; its pieces give the same bytes however they are cut.

    Not for several threads at once. What it remembers is bounded: the longest known secret, or 16 KiB of a key block,
    with the escape sequences inside.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self._kept = b""
        self._place = _Place()
        self._border = True

    def feed(self, chunk: bytes) -> bytes:
        """What may be written now; everything, unless the end may be the beginning of a secret."""
        return self._advance(chunk, final=False)

    def finish(self) -> bytes:
        """The rest, once nothing more comes; the stream is then as new."""
        rest = self._advance(b"", final=True)
        self._kept, self._place, self._border = b"", _Place(), True
        return rest

    def _advance(self, chunk: bytes, *, final: bool) -> bytes:
        raw = self._kept + chunk
        scan = self._search.scan(raw, final=final, border=self._border)
        place = self._place
        out = b"".join(_written(raw, scan.spans, scan.hold, place))
        self._kept, self._border = raw[scan.keep :], scan.border
        place.done -= scan.keep
        place.hidden -= scan.keep
        return out


def written(raw: bytes, spans: Sequence[Span]) -> Iterator[bytes]:
    """A whole text with its spans replaced by their names."""
    return _written(raw, spans, len(raw), _Place())


def _written(raw: bytes, spans: Sequence[Span], hold: int, place: _Place) -> Iterator[bytes]:
    """The bytes from where writing stands up to `hold`.

    Overlapping spans are one, and the one that begins first names it. Choosing the leftmost or the longest instead
    would write the rest of the other.
    """
    for span in spans:
        if span.start < place.done:
            continue
        if span.start >= hold:
            break
        touches = span.start == place.hidden and span.label == place.label
        if not touches and span.start >= place.hidden:
            yield raw[max(place.done, place.hidden) : span.start]
            yield b"[redacted:%s]" % span.label.encode()
            place.label = span.label
            place.hidden = span.end
        place.done = max(place.done, span.start)
        place.hidden = max(place.hidden, span.end)
    if hold > place.hidden:
        yield raw[max(place.done, place.hidden) : hold]
    place.done = max(place.done, hold)

"""Where the secrets of a text are, and which end of it may still become one."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import ahocorasick_rs as automaton

from kiro_worker.redact.form import forms
from kiro_worker.redact.secret import LEAST_LENGTH, Secret
from kiro_worker.redact.shape import Shape, Token, Undecided, look
from kiro_worker.redact.tokens import SHAPES
from kiro_worker.redact.view import View, joined
from kiro_worker.value import dataclass

# A table for every state is 2.5 times as fast as the compact automaton, and takes some 500 bytes for each byte to
# look for; one table holds the forms of about a hundred tokens.
_TABLE_BYTES = 48 * 1024
_HEAD = 4
_KEYWORD_REACH = max(len(word) for shape in SHAPES for word in shape.keywords)


class Span(NamedTuple):
    """Bytes to hide.

    Attributes:
        start, end: what is hidden.
        rank: known secrets name a place before shapes do.
        origin: where it was found, which a visible part may come before.
    """

    start: int
    end: int
    rank: int
    label: str
    origin: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found in a text that may go on.

    Attributes:
        spans: in order of their starts; those before `hold` are final.
        hold: what must not be written yet begins here.
        keep: what has to be looked at again begins here.
        border: whether a token may begin at `keep`.
    """

    spans: Sequence[Span]
    hold: int
    keep: int
    border: bool = True


@dataclass(frozen=True, slots=True)
class _Known:
    """One form of a known secret; the first `shown` bytes of it are not secret."""

    label: str
    shown: int = 0


class Search:
    """Looks for known secrets in all their forms and for the shapes of tokens, in one pass; never changes."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        known = _known_forms(secrets)
        self._sorted = sorted(known)
        self._longest = max(map(len, self._sorted), default=0)
        patterns: list[tuple[bytes, _Known | Shape]] = list(known.items())
        patterns += [(word, shape) for shape in SHAPES for word in shape.keywords]
        self._patterns = tuple(patterns)
        self._hits = _automaton([word for word, _ in patterns]).find_matches_as_indexes
        self._heads = _automaton(sorted({word[:_HEAD] for word in known})).find_matches_as_indexes

    def sees_nothing(self, raw: bytes) -> bool:
        """Whether a glance shows that a whole text has no secret; when it does not, `scan` has to look."""
        return b"\x1b" not in raw and not self._hits(joined(raw))

    def scan(self, raw: bytes, *, final: bool, border: bool = True) -> Scan:
        """Every secret in `raw`, and what must wait when more text may follow.

        Args:
            raw: the text, or the part of a stream that is still looked at.
            final: that nothing follows.
            border: whether a token may begin with the first byte.
        """
        views = [View.joined(raw, border=border)]
        if b"\x1b" in raw:
            views.append(View.shown(raw, border=border))
        parts = [self._look(view, final=final) for view in views]
        # Of two that begin together a known secret names both, and the longer one.
        spans = sorted(
            (span for part in parts for span in part.spans), key=lambda span: (span[0], span.rank, -span.end)
        )
        if final:
            return Scan(spans, len(raw), len(raw))
        hold = min(part.hold for part in parts)
        # What was found but is not written yet has to be found again.
        waiting = (span.origin for span in spans if span.start >= hold)
        keep = min(hold, *(part.keep for part in parts), *waiting)
        keep = views[0].before_backslash(views[-1].before_escape(keep))
        return Scan(spans, hold, keep, any(view.can_begin(view.position(keep)) for view in views))

    def _look(self, view: View, *, final: bool) -> Scan:
        spans: list[Span] = []
        keep = hold = len(view.clean)
        for index, start, end in self._hits(view.clean, overlapping=True):
            word = self._patterns[index][1]
            if isinstance(word, _Known):
                if not view.is_torn(start, end - 1):
                    shown = max(view.held_from(start), start + word.shown)
                    spans.append(Span(view.raw_start(shown), view.raw_end(end), 0, word.label, view.raw_start(start)))
                continue
            match look(word, view, start, final=final):
                case Token(begin, after):
                    spans.append(Span(view.raw_start(begin), view.raw_end(after), 1, word.name, view.raw_start(start)))
                case Undecided(again, wait):
                    keep, hold = min(keep, again), min(hold, wait)
        if final:
            return Scan(spans, len(view.raw), len(view.raw))
        if (pending := self._pending(view)) is not None:
            keep, hold = min(keep, pending), min(hold, view.held_from(pending))
        return Scan(spans, view.raw_start(hold), min(view.raw_start(keep), view.reach_back(_KEYWORD_REACH)))

    def _pending(self, view: View) -> int | None:
        """Where the longest end of the text begins that some known form goes on from."""
        if not self._sorted:
            return None
        clean = view.clean
        first = max(0, len(clean) - self._longest + 1)
        tail = clean[first:]
        starts = {start for _, start, _ in self._heads(tail, overlapping=True)}
        starts.update(range(max(0, len(tail) - _HEAD + 1), len(tail)))
        for start in sorted(starts):
            end = tail[start:]
            index = bisect_right(self._sorted, end)
            goes_on = index < len(self._sorted) and self._sorted[index].startswith(end)
            if goes_on and not view.is_torn(first + start, len(clean)):
                return first + start
        return None


def _automaton(words: list[bytes]) -> automaton.BytesAhoCorasick:
    small = sum(map(len, words)) <= _TABLE_BYTES
    return automaton.BytesAhoCorasick(words, implementation=automaton.Implementation.DFA if small else None)


def _known_forms(secrets: Iterable[Secret]) -> dict[bytes, _Known]:
    """Every form to look for, as a view shows it: without line breaks. One that two secrets share is the first's."""
    known: dict[bytes, _Known] = {}
    for secret in secrets:
        for piece in secret.pieces():
            for form in map(joined, forms(piece)):
                if len(form) >= LEAST_LENGTH:
                    known.setdefault(form, _Known(secret.label))
        for before, value in secret.named():
            shown, hidden = (joined(text.encode("utf-8", "surrogatepass")) for text in (before, value))
            known.setdefault(shown + hidden, _Known(secret.label, len(shown)))
    return known

"""Text as a reader joins it: without line breaks and escape sequences, and with the way back to the bytes.

A terminal wraps a long token over two lines, and colours may change in its middle. What is looked for is therefore
looked for in a *view*, the text without such breaks, and every place found is carried back to the text itself.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Self

from kiro_worker.expression import expression

# Longer runs of breaks are a border that nothing is joined across: it bounds what a stream has to remember.
LONGEST_BREAK = 256
# A break so early in a secret would hold back the end of every line that ends like a secret begins.
LEAST_BEFORE_BREAK = 4
LONGEST_ESCAPE = 256

# All control characters but the tab, which terminals do not wrap with.
_CONTROLS = bytes({*range(0x20), 0x7F} - {0x09})
_AS_NEWLINES = bytes(0x0A if byte in _CONTROLS else byte for byte in range(256))
# ECMA-48 sequences: CSI, then the string controls (OSC, DCS, SOS, PM, APC), then the short ones. A sequence that is
# cut off by the end of the text counts as one, because the rest may still come.
_CSI = rb"\[[0-?]{0,64}[ -/]{0,8}[@-~]?"
_STRING = rb"[\]PX^_][^\x07\x1b]{0,%d}(?:\x07|\x1b\\)?" % LONGEST_ESCAPE
_SEQUENCE = rb"\x1b(?:%b|%b|[ -/]{1,4}[0-~]?|[0-OQ-WYZ\\`-~])?" % (_CSI, _STRING)
_BREAK = expression(_SEQUENCE + rb"|[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f]+")
_BACKSLASH = ord("\\")
_WORD = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def joined(raw: bytes) -> bytes:
    """A text without its control characters."""
    return raw.translate(None, _CONTROLS)


class View:
    """A text without its breaks.

    Attributes:
        raw: the text itself.
        clean: the text without breaks; all positions that are not called raw are positions in it.
        border: whether what stood before the text lets a token begin with it.
    """

    __slots__ = ("_cuts", "_find", "border", "clean", "raw")

    def __init__(self, raw: bytes, clean: bytes, find: Callable[[bytes], list[int]], *, border: bool) -> None:
        self.raw, self.clean, self.border = raw, clean, border
        self._find = find
        self._cuts: list[int] | None = None if len(raw) > len(clean) else []

    @classmethod
    def joined(cls, raw: bytes, *, border: bool = True) -> Self:
        """Without control characters; the letters of an escape sequence stay."""
        return cls(raw, joined(raw), _control_cuts, border=border)

    @classmethod
    def shown(cls, raw: bytes, *, border: bool = True) -> Self:
        """Without whole escape sequences, as a terminal shows it."""
        return cls(raw, _BREAK.sub(b"", raw), _break_cuts, border=border)

    @property
    def cuts(self) -> list[int]:
        """For every byte that was left out, in order, the position that it stood before."""
        if self._cuts is None:
            self._cuts = self._find(self.raw)
        return self._cuts

    def raw_start(self, at: int) -> int:
        """Where a position is in the text itself, after any break that stands before it."""
        return at + bisect_right(self.cuts, at)

    def raw_end(self, end: int) -> int:
        """Where a span that ends before `end` ends in the text itself, before any break that follows it."""
        return self.raw_start(end - 1) + 1 if end else 0

    def position(self, raw_at: int) -> int:
        """The first position at or after a raw one."""
        cuts = self.cuts
        return raw_at - bisect_left(range(len(cuts)), raw_at, key=lambda index: cuts[index] + index)

    def breaks(self, start: int, end: int) -> Iterator[tuple[int, bytes]]:
        """The breaks between two positions, one at `end` included: where each is, and what it consists of."""
        cuts = self.cuts
        index = bisect_right(cuts, start)
        while index < len(cuts) and cuts[index] <= end:
            at = cuts[index]
            after = bisect_right(cuts, at, index)
            yield at, self.raw[at + index : at + after]
            index = after

    def is_torn(self, start: int, end: int) -> bool:
        """Whether a break in between is so long that both sides have nothing to do with each other."""
        cuts = self.cuts
        if bisect_right(cuts, end) - bisect_right(cuts, start) <= LONGEST_BREAK:
            return False
        return any(len(what) > LONGEST_BREAK for _, what in self.breaks(start, end))

    def held_from(self, start: int) -> int:
        """Where a secret that begins at `start` begins to be hidden: after a break that comes at once."""
        index = bisect_right(self.cuts, start)
        if index < len(self.cuts) and self.cuts[index] - start < LEAST_BEFORE_BREAK:
            return self.cuts[index]
        return start

    def line_ends(self, start: int, end: int) -> Iterator[int]:
        """The positions between two, one at `end` included, where a line ends or a long break stands."""
        for at, what in self.breaks(start, end):
            if len(what) > LONGEST_BREAK or b"\n" in what or b"\r" in what:
                yield at

    def can_begin(self, at: int) -> bool:
        """Whether a token may begin here: not in the middle of a word, but after a break or an escaped one."""
        if at == 0:
            return self.border
        if self.clean[at - 1] not in _WORD or (at > 1 and self.clean[at - 2] == _BACKSLASH):
            return True
        return bisect_right(self.cuts, at) > bisect_left(self.cuts, at)

    def reach_back(self, count: int) -> int:
        """The raw position `count` positions before the end, or nearer where a long break is in between."""
        start = max(0, len(self.clean) - count)
        if self.is_torn(start, len(self.clean)):
            start = max(at for at, what in self.breaks(start, len(self.clean)) if len(what) > LONGEST_BREAK)
        return self.raw_start(start)

    def before_escape(self, raw_at: int) -> int:
        """A raw position that does not cut an escape sequence in two, nor leave out one that may not be over."""
        at = self.position(raw_at)
        began = at + bisect_left(self.cuts, at)
        if began == raw_at:
            return raw_at
        escape = self.raw.rfind(b"\x1b", max(began, raw_at - LONGEST_ESCAPE - 2), raw_at)
        return escape if escape >= 0 else raw_at

    def before_backslash(self, raw_at: int) -> int:
        r"""A raw position that does not cut an escaped character, such as the `n` of `\n`, from its backslash."""
        at = self.position(raw_at)
        escaped = at > 0 and self.clean[at - 1] == _BACKSLASH and not self.is_torn(at - 1, at)
        return self.raw_start(at - 1) if escaped else raw_at


def _control_cuts(raw: bytes) -> list[int]:
    # Called for every piece of a stream: split and accumulate do the counting without a step of Python a line.
    lines = raw.translate(_AS_NEWLINES).split(b"\n")
    return list(accumulate(map(len, lines[:-1])))


def _break_cuts(raw: bytes) -> list[int]:
    cuts: list[int] = []
    for match in _BREAK.finditer(raw):
        start, end = match.span()
        cuts += [start - len(cuts)] * (end - start)
    return cuts

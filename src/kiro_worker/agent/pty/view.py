"""What a person would see of a program's output: the end of its lines, or its screen."""

import codecs
import re
from typing import TYPE_CHECKING, Any, Protocol

from kiro_worker.agent.ansi import plain

if TYPE_CHECKING:
    import pyte

_KEPT = 64 * 1024
_LOOKED_AT = 8 * 1024
_MOST_UNSAID = 4 * 1024 * 1024
_LONGEST_SEQUENCE = 4096

# An escape sequence that is not complete yet.
_OPEN_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)?\Z")
# The sequences that move, erase and scroll, which is all that the place of a word depends on. The rest is left out
# before the screen model sees it: pyte 0.8.2 fails on a private `m`, prints the end of `CSI < u` and `CSI 4:3 m`,
# prints what stands inside DCS and APC strings, reads numbers without a limit, and leaves out the rest of a text after
# a character without a width, such as the selector in "\u25c6\ufe0e done".
_STRING = re.compile(r"\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?")
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]?")
_MOVING = re.compile(r"\x1b\[(?:\d{0,4};){0,3}\d{0,4}[@A-HJKLMPXadefrsu`]\Z|\x1b\[\?\d{1,4}[hl]\Z")
_OTHER = re.compile(r"\x1b(?:[ -#%-/][0-~]?|(?![78DEHMc\[]).)", re.DOTALL)
_UNUSED = re.compile(r"[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f-\x9f]")


class View(Protocol):
    """Output as it is seen."""

    def feed(self, piece: bytes) -> None:
        """Take the next bytes."""
        ...

    def text(self) -> str:
        """What is visible; of lines, those since the last anchor."""
        ...

    def anchor(self) -> None:
        """What came so far counts no more, where that can be told apart."""
        ...

    def unsaid(self, *, until: int | None = None) -> str:
        """What may be handed on as said since the last call.

        Args:
            until: where in `text` the answer ends, once that is known.
        """
        ...

    def cursor(self) -> tuple[int, int]:
        """The cursor's column and row, from 1."""
        ...


class _Decoder:
    """Text out of bytes, in pieces that never end inside a sequence or a character."""

    def __init__(self) -> None:
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def decode(self, piece: bytes) -> str:
        text = self._held + self._utf8.decode(piece)
        self._held = ""
        begin = text.rfind("\x1b", max(0, len(text) - _LONGEST_SEQUENCE))
        if begin > 0 and text[begin - 1 : begin + 1] != "\x1b\x1b" and text[begin:] == "\x1b":
            # It may be the end of a string that an earlier escape began.
            earlier = text.rfind("\x1b", max(0, begin - _LONGEST_SEQUENCE), begin)
            begin = earlier if earlier >= 0 and _OPEN_SEQUENCE.match(text, earlier) else begin
        if begin >= 0 and _OPEN_SEQUENCE.match(text, begin):
            text, self._held = text[:begin], text[begin:]
        return text


class LineView:
    """A program that prints line after line."""

    def __init__(self) -> None:
        self._decoder = _Decoder()
        self._lines = ""
        self._line = ""
        self._told = 0

    def feed(self, piece: bytes) -> None:
        """See `View.feed`."""
        whole, end, self._line = (self._line + self._decoder.decode(piece)).rpartition("\n")
        if end:
            self._lines += plain(whole + end)
        elif len(self._line) > _KEPT:
            self._lines, self._line = self._lines + plain(self._line), ""
        if (spare := len(self._lines) - _MOST_UNSAID) > 0:
            self._lines, self._told = self._lines[spare:], max(0, self._told - spare)

    def text(self) -> str:
        """See `View.text`; at most the last 8 KiB."""
        return self._lines[-_LOOKED_AT:] + plain(self._line)[-_LOOKED_AT:]

    def anchor(self) -> None:
        """See `View.anchor`."""
        self._lines = self._line = ""
        self._told = 0

    def unsaid(self, *, until: int | None = None) -> str:
        """See `View.unsaid`; a line is said once it is complete."""
        if until is None:
            said = self._lines[self._told :]
            self._lines = self._lines[-_LOOKED_AT:]
        else:
            begin = max(0, len(self._lines) - _LOOKED_AT)
            said = self._lines[self._told : begin] + self.text()[:until][max(0, self._told - begin) :]
        self._told = len(self._lines)
        return said

    def cursor(self) -> tuple[int, int]:
        """See `View.cursor`."""
        return len(plain(self._line)) + 1, 1


class ScreenView:
    """A program that draws: the last 64 KiB of what it printed, on a screen.

    A screen is a slow thing to keep, about a second for each MiB, so it is only drawn when somebody looks, and of a
    flood only the end is.

    Args:
        aside: how many columns at its right edge are not looked at.
    """

    def __init__(self, *, columns: int, rows: int, aside: int = 0) -> None:
        self._decoder = _Decoder()
        self._size = columns, rows
        self._looked_at = columns - aside
        self._waiting = ""
        self._model: tuple[pyte.Screen, pyte.Stream] | None = None
        self._text: str | None = ""

    def feed(self, piece: bytes) -> None:
        """See `View.feed`."""
        self._waiting += self._decoder.decode(piece[-2 * _KEPT :])
        self._text = None
        if len(self._waiting) > 2 * _KEPT:
            begin = self._waiting.find("\x1b", len(self._waiting) - _KEPT)
            self._waiting = self._waiting[begin if begin >= 0 else -_KEPT :]

    def text(self) -> str:
        """See `View.text`."""
        if self._text is None:
            screen = self._draw()
            rows = (_row(screen.buffer[row], self._looked_at) for row in range(screen.lines))
            self._text = "\n".join(rows).rstrip("\n")
        return self._text

    def anchor(self) -> None:
        """See `View.anchor`; what is on a screen stays."""

    def unsaid(self, *, until: int | None = None) -> str:
        """See `View.unsaid`; what a screen says is only known at the end."""
        return "" if until is None else self.text()

    def cursor(self) -> tuple[int, int]:
        """See `View.cursor`."""
        screen = self._draw()
        return screen.cursor.x + 1, screen.cursor.y + 1

    def _draw(self) -> Any:
        if self._model is None:
            self._model = _model(*self._size)
        screen, stream = self._model
        waiting, self._waiting = drawable(self._waiting), ""
        if waiting:
            stream.feed(waiting)
        return screen


def _model(columns: int, rows: int) -> "tuple[pyte.Screen, pyte.Stream]":
    import pyte

    screen = pyte.Screen(columns, rows)
    return screen, pyte.Stream(screen)


def _row(cells: Any, columns: int) -> str:
    """A row's words. The model's own reading fails where the first half of a wide character was overwritten."""
    from pyte.screens import wcwidth

    shown: list[str] = []
    wide = False
    for column in range(columns):
        drawn = cells[column].data
        if drawn or not wide:
            shown.append(drawn or " ")
        wide = bool(drawn) and wcwidth(drawn[0]) == 2
    return "".join(shown).rstrip()


def drawable(text: str) -> str:
    r"""The part of an output that a screen model can be given.

    >>> drawable("\x1b[?4m\x1b[2;3Hat\x1b[<u\x1bPq#0\x1b\\\x1b[31mred")
    '\x1b[2;3Hatred'
    """
    text = _STRING.sub("", text)
    text = _OTHER.sub("", text)
    text = _SEQUENCE.sub(lambda found: found[0] if _MOVING.match(found[0]) else "", text)
    text = _UNUSED.sub("", text)
    return text if text.isascii() else text.translate(_WIDE)


class _Wide(dict[int, str | None]):
    """Every character that takes a place on a screen, learnt as they come."""

    def __missing__(self, code: int) -> str | None:
        from pyte.screens import wcwidth

        self[code] = drawn = chr(code) if code < 0x80 or wcwidth(chr(code)) > 0 else None
        return drawn


_WIDE = _Wide()

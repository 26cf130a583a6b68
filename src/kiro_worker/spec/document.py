"""One file of a spec: its bytes, the text read from them, and the way back from text to bytes."""

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from kiro_worker.spec.diagnostic import Diagnostic, diagnose

# Kiro's reader is JavaScript: its `\s`, without the line ends, which are gone when a line is looked at.
SPACE = (
    "\t\v\f \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_BOM = b"\xef\xbb\xbf"


class Form(NamedTuple):
    """How a file is written, which an edit has to keep.

    Attributes:
        line_end: `lf`, `crlf`, `cr`, `mixed`, or empty for a file of one line.
    """

    bom: bool = False
    line_end: str = "lf"
    final_newline: bool = True


PLAIN = Form()


class Document:
    """The text of one file, with LF as its only line end and without its byte order mark."""

    __slots__ = ("_fault", "_first", "_lines", "_starts", "data", "name", "text")

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data
        self._fault: UnicodeDecodeError | None = None
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            self._fault = error
            text = data.decode(errors="replace")
        self._first = len(_BOM) if data.startswith(_BOM) else 0
        if self._first:
            text = text[1:]
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.text = text
        self._lines: list[str] | None = None
        self._starts: list[int] | None = None

    @property
    def lines(self) -> list[str]:
        """Its lines without their ends; made once."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines

    def byte_of(self, line: int, before: str = "") -> int:
        """The byte offset of what stands behind `before`, which line `line` (from 1) begins with."""
        if self._starts is None:
            # bytes.splitlines knows LF, CRLF and CR only, just like the text above.
            self._starts = list(accumulate(map(len, self.data.splitlines(keepends=True)), initial=0))
            self._starts[0] = self._first
        return self._starts[line - 1] + len(before.encode())

    def bytes_of(self, places: Iterable[tuple[int, int]]) -> list[int]:
        """The byte offsets of characters, given by their lines (from 1) and rising positions in the text."""
        if len(self.text) == len(self.data):
            # Whatever made the text differ from the bytes would have made it shorter.
            return [position for _, position in places]
        if self._fault or b"\r" in self.data:
            return [self.byte_of(line, self.text[self._line_start(position) : position]) for line, position in places]
        offset, at, offsets = self._first, 0, []
        for _, position in places:
            between = self.text[at:position]
            offset += len(between) if between.isascii() else len(between.encode())
            at = position
            offsets.append(offset)
        return offsets

    def _line_start(self, position: int) -> int:
        return self.text.rfind("\n", 0, position) + 1

    def form(self) -> Form:
        """How the file is written."""
        crlf = cr = 0
        if b"\r" in self.data:
            crlf = self.data.count(b"\r\n")
            cr = self.data.count(b"\r") - crlf
        lf = self.data.count(b"\n") > crlf if crlf else b"\n" in self.data
        used = [name for name, is_used in (("lf", lf), ("crlf", crlf), ("cr", cr)) if is_used]
        return Form(
            bom=bool(self._first),
            line_end=("", *used)[-1] if len(used) < 2 else "mixed",  # more than one kind
            final_newline=self.data.endswith((b"\n", b"\r")),
        )

    def complaints(self) -> Iterator[Diagnostic]:
        """What is wrong with the file as a text, whatever it says."""
        if self._fault:
            before = self.data[: self._fault.start]
            start = max(before.rfind(b"\n"), before.rfind(b"\r")) + 1
            line = len(before.splitlines()) + (start == len(before))
            yield diagnose("document.not-utf8", self.name, line, len(before[start:].decode()) + 1)
        if "\0" in self.text:
            at = self.text.index("\0")
            line = self.text.count("\n", 0, at)
            yield diagnose("document.not-text", self.name, line + 1, at - self._line_start(at) + 1)
        if self.form().line_end == "mixed":
            yield diagnose("document.mixed-line-ends", self.name, 1)

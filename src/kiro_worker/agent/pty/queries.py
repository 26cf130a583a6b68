"""What a program asks its terminal, and waits for: where the cursor is, what kind it is, which colours it has."""

import re
from collections.abc import Callable

_ESCAPE = b"\x1b"
_LONGEST = 32
# More than any program asks in a turn; without an end, a flood of questions would be a flood of answers.
_MOST = 10_000

# xterm's control sequences (ctlseqs): DSR, DA1, DA2, DECRQM, window size, colours, XTGETTCAP.
_QUERY = re.compile(
    rb"\x1b\[(?P<private>\??)(?P<status>[56])n"
    rb"|\x1b\[0?(?P<first>c)"
    rb"|\x1b\[>0?(?P<second>c)"
    rb"|\x1b\[\?(?P<mode>\d{1,5})\$p"
    rb"|\x1b\[(?P<size>18)t"
    rb"|\x1b\](?P<colour>1[012]);\?(?P<end>\x07|\x1b\\)"
    rb"|\x1bP\+q[0-9a-fA-F;]*(?P<capability>\x1b\\)"
)
_COLOURS = {b"10": b"dddd/dddd/dddd", b"11": b"0000/0000/0000", b"12": b"dddd/dddd/dddd"}


class Queries:
    """Finds questions in a stream and answers them.

    Args:
        size: columns and rows.
        cursor: where the cursor is, column and row from 1.
    """

    def __init__(self, size: tuple[int, int], cursor: Callable[[], tuple[int, int]]) -> None:
        self._size, self._cursor = size, cursor
        self._held = b""
        self._answered = 0

    def answers(self, piece: bytes) -> bytes:
        """The answers to the questions that end in this piece."""
        if not self._held and _ESCAPE not in piece:
            return b""
        data = self._held + piece
        found, after = [], 0
        for query in _QUERY.finditer(data):
            after = query.end()
            self._answered += 1
            if self._answered <= _MOST:
                found.append(self._answer(query))
        begin = data.rfind(_ESCAPE, max(after, len(data) - _LONGEST))
        # The second half of an OSC's end is an escape too, so the one before may be the question's begin.
        earlier = data.rfind(_ESCAPE, max(after, len(data) - _LONGEST), max(begin, 0))
        start = earlier if earlier >= 0 and begin == len(data) - 1 else begin
        self._held = data[start:] if start >= 0 else b""
        return b"".join(found)

    def _answer(self, query: "re.Match[bytes]") -> bytes:
        if query["status"]:
            if query["status"] == b"5":
                return b"\x1b[0n"
            column, row = self._cursor()
            return b"\x1b[%b%d;%dR" % (query["private"], row, column)
        if query["first"]:
            return b"\x1b[?62;22c"
        if query["second"]:
            return b"\x1b[>41;354;0c"
        if query["mode"]:
            return b"\x1b[?%b;0$y" % query["mode"]
        if query["size"]:
            return b"\x1b[8;%d;%dt" % (self._size[1], self._size[0])
        if query["colour"]:
            return b"\x1b]%b;rgb:%b%b" % (query["colour"], _COLOURS[query["colour"]], query["end"])
        return b"\x1bP0+r\x1b\\"

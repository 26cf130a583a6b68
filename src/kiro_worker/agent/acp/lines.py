"""Whole lines out of a stream of pieces, in bounded memory."""

LONGEST_LINE = 64 * 1024 * 1024


class Lines:
    r"""Cuts a stream at its last line end, so that all lines of a piece can be decoded at once.

    A line longer than `longest` is left out and counted; the stream goes on after it.

    >>> lines = Lines(); lines.feed(b"one\ntwo\nth"), lines.feed(b"ree\n"), lines.rest()
    (b'one\ntwo\n', b'three\n', b'')
    """

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self.left_out = 0
        self._longest = longest
        self._open: list[bytes] = []
        self._open_size = 0
        self._skipping = False

    def feed(self, piece: bytes) -> bytes:
        """The lines that this piece completes; empty when it completes none."""
        end = piece.rfind(b"\n") + 1
        if not end:
            self._hold(piece)
            return b""
        if self._skipping:
            start = piece.find(b"\n") + 1
            self._skipping = False
            block = piece[start:end]
        else:
            block = b"".join((*self._open, piece[:end])) if self._open else piece[:end]
        self._open, self._open_size = [], 0
        if end < len(piece):
            self._hold(piece[end:])
        return block

    def rest(self) -> bytes:
        """The last line, when the stream is over and did not end it."""
        block, self._open = b"".join(self._open), []
        return block

    def _hold(self, piece: bytes) -> None:
        if self._skipping:
            return
        self._open.append(piece)
        self._open_size += len(piece)
        if self._open_size > self._longest:
            self._open, self._open_size = [], 0
            self._skipping = True
            self.left_out += 1

"""Bounded memory for unbounded output: the beginning and the end are kept, or the end alone."""

from collections import deque


class HeadAndTail:
    r"""Keeps at most `limit` bytes of a stream: its first half-limit and its last.

    >>> kept = HeadAndTail(8); kept.add(b"abcdefgh"); kept.add(b"ijkl"); kept.bytes()
    b'abcd\n[... 4 bytes were left out ...]\nijkl'
    """

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._seen = 0

    @property
    def dropped(self) -> int:
        """How many bytes were seen and not kept."""
        return max(0, self._seen - len(self._head) - min(self._tail_size, self._half))

    def add(self, piece: bytes) -> None:
        """Take the next piece of the stream."""
        self._seen += len(piece)
        room = self._half - len(self._head)
        if room > 0:
            self._head += piece[:room]
            piece = piece[room:]
        if not piece:
            return
        self._tail.append(piece[-self._half :])
        self._tail_size += len(self._tail[-1])
        while self._tail_size - len(self._tail[0]) >= self._half:
            self._tail_size -= len(self._tail.popleft())

    def bytes(self) -> bytes:
        """What was kept, with one line that tells of a gap."""
        tail = b"".join(self._tail)[-self._half :]
        if not self.dropped:
            return bytes(self._head) + tail
        return b"%b\n[... %d bytes were left out ...]\n%b" % (bytes(self._head), self.dropped, tail)


class Tail:
    r"""Keeps the last `limit` bytes of a stream.

    >>> kept = Tail(4); kept.add(b"abcdef"); kept.add(b"gh"); kept.text(), kept.cut
    ('efgh', True)
    """

    def __init__(self, limit: int) -> None:
        self.seen = 0
        self._limit = limit
        self._kept = bytearray()

    @property
    def cut(self) -> bool:
        """Whether more was seen than is kept."""
        return self.seen > self._limit

    def add(self, piece: bytes) -> None:
        """Take the next piece of the stream."""
        self.seen += len(piece)
        self._kept += piece
        if len(self._kept) > 2 * self._limit:  # not at each piece: cutting costs as much as the limit is long
            del self._kept[: len(self._kept) - self._limit]

    def text(self) -> str:
        """What was kept, as text; a character that was cut in two is left out."""
        kept = self._kept[max(0, len(self._kept) - self._limit) :]
        while self.cut and kept and kept[0] & 0xC0 == 0x80:  # UTF-8: not the first byte of a character
            del kept[0]
        return kept.decode("utf-8", "replace")

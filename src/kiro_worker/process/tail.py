"""Bounded memory for unbounded output: the beginning and the end are kept."""

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

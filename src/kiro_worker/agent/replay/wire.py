"""JSON-RPC messages as lines on two descriptors, without a thread and without an event loop."""

import json
import os
import select
import time
from typing import Any

_PIECE = 65536


class Closed(Exception):
    """The client has gone; there is nobody left to play for."""


class Wire:
    """Reads and writes messages; a line that is no message comes back as the reply it deserves."""

    def __init__(self, read: int = 0, write: int = 1) -> None:
        self._read = read
        self._write = write
        self._pending = bytearray()

    def send(self, message: dict[str, Any]) -> None:
        """Write one message."""
        self.raw(
            json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
        )

    def raw(self, data: bytes) -> None:
        """Write bytes as they are, which need not be a message."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._write, view) :]
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed from error

    def receive(self, seconds: float | None) -> dict[str, Any] | None:
        """The next message, or None after so many seconds; garbage is answered and passed over.

        Raises:
            Closed: when the client closed its end.
        """
        until = None if seconds is None else time.monotonic() + seconds
        while True:
            end = self._pending.find(b"\n")
            if end >= 0:
                line = bytes(self._pending[:end])
                del self._pending[: end + 1]
                if message := self._message(line):
                    return message
                continue
            left = None if until is None else max(0.0, until - time.monotonic())
            if self._read not in self.ready(left):
                return None
            self._fill()

    def ready(self, seconds: float | None, *others: int) -> frozenset[int]:
        """Which of the client's and the other descriptors can be read now, or within so many seconds."""
        if b"\n" in self._pending:
            return frozenset({self._read, *select.select(others, (), (), 0)[0]})
        return frozenset(select.select((self._read, *others), (), (), seconds)[0])

    def has_input(self, ready: frozenset[int]) -> bool:
        """Whether the client is among the descriptors that can be read."""
        return self._read in ready

    def _fill(self) -> None:
        piece = os.read(self._read, _PIECE)
        if not piece:
            raise Closed
        self._pending += piece

    def _message(self, line: bytes) -> dict[str, Any] | None:
        if not line.strip():
            return None
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            self.send({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "this line is not JSON"}})
            return None
        if not isinstance(message, dict):
            self.send({"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "a message is an object"}})
            return None
        return message

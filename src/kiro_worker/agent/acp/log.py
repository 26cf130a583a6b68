"""A log of everything on the wire, redacted, for finding out what an agent really sent."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

# Redaction is several times quicker on a block of lines than on each.
_BLOCK = 128 * 1024
_SECONDS = 1.0
_MOST = 64 * 1024 * 1024

_SENDERS = {"client": b"> ", "agent": b"< "}


class WireLog:
    """A tap (see `AcpAgent`) that appends to a file: `> ` stands before what the worker sent, `< ` before the agent's.

    Lines are written within a second of the next one, and all of them when the log is closed. A file that only its
    owner can read; after `most` bytes it says so and takes nothing more.

    Args:
        path: the file.
        redact: takes the secrets out of whole lines, such as `Redactor.bytes`.
        most: the file's largest size.
    """

    def __init__(self, path: Path, redact: Callable[[bytes], bytes], *, most: int = _MOST) -> None:
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "ab", 0)
        self._redact = redact
        self._room = most
        self._waiting: list[bytes] = []
        self._size = 0
        self._written = time.monotonic()

    def __call__(self, sender: str, line: bytes) -> None:
        """Take one line."""
        if self._room <= 0:
            return
        self._waiting += (_SENDERS[sender], line, b"\n")
        self._size += len(line)
        if self._size > _BLOCK or time.monotonic() - self._written > _SECONDS:
            self.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def flush(self) -> None:
        """Write what waits."""
        block = self._redact(b"".join(self._waiting))
        self._waiting, self._size, self._written = [], 0, time.monotonic()
        if len(block) > self._room:
            block = block[: self._room] + b"\n[more was left out: the log is full]\n"
            self._room = 0
        self._room -= len(block)
        self._file.write(block)

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        with contextlib.closing(self._file):
            self.flush()

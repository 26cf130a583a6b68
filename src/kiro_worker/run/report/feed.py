"""Reads a file of JSON lines while somebody else is still writing it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_PIECE = 1024 * 1024
# A transcript's entry holds at most one tool's output; what is longer is no entry of ours.
_LONGEST = 16 * 1024 * 1024


class Feed:
    """The lines of a file as they come; a line that is not finished yet waits for the next look.

    Args:
        path: the file; one that is not there yet has no lines.
        last: begin at most so many bytes before its end, at the first whole line; by default at the beginning.
    """

    def __init__(self, path: Path, *, last: int | None = None) -> None:
        self._path = path
        self._rest = b""
        self._at = 0
        self._skip = False
        if last is not None and path.exists():
            self._at = max(0, path.stat().st_size - last)
            self._skip = self._at > 0

    def fresh(self) -> Iterator[Mapping[str, Any]]:
        """What was added since the last look; lines that are no JSON object are left out."""
        for line in self._lines():
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict):
                yield found

    def _lines(self) -> Iterator[bytes]:
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        with file:
            file.seek(self._at)
            while piece := file.read(_PIECE):
                self._at += len(piece)
                *whole, self._rest = (self._rest + piece).split(b"\n")
                if self._skip and whole:
                    whole, self._skip = whole[1:], False
                if len(self._rest) > _LONGEST:
                    self._rest, self._skip = b"", True
                yield from whole

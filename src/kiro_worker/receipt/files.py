"""The files beside a receipt, which it vouches for by their hashes: prompts, transcript, diff, logs and reports."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from kiro_worker.receipt.chain import Event
from kiro_worker.value import dataclass

_PIECE = 1024 * 1024
# A receipt of a stranger could name as many as it likes.
_MOST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """What a receipt says of a file: its first `size` bytes have this hash.

    Attributes:
        grows: the file may have more bytes, which another event vouches for, or none.
    """

    name: str
    size: int
    sha256: str
    grows: bool = False


class Vouching:
    """Collects what a receipt says of files; the last word on each counts. Give it to `examine`."""

    def __init__(self) -> None:
        self._found: dict[str, Vouched] = {}

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        facts = event.facts
        match event.name:
            case "turn.started":
                self._add(facts.get("prompt"))
            case "turn.ended":
                self._add(facts.get("transcript"), grows=True)
            case "evidence.kept":
                self._add(facts.get("document"))
            case "files.kept":
                for told in _list(facts.get("files")):
                    self._add(told)
            case _:
                pass

    @property
    def files(self) -> tuple[Vouched, ...]:
        """All of them."""
        return tuple(self._found.values())

    def _add(self, told: Any, *, grows: bool = False) -> None:
        if not isinstance(told, dict) or len(self._found) >= _MOST:
            return
        name, size, digest = told.get("file"), told.get("bytes"), told.get("sha256")
        if isinstance(name, str) and type(size) is int and isinstance(digest, str) and _stays_inside(name):
            self._found[name] = Vouched(name=name, size=size, sha256=digest, grows=grows)


def differing(folder: Path, files: Iterable[Vouched]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Files below a folder that are not what was vouched for, and those that are not there."""
    changed, missing = [], []
    for file in files:
        holds = _holds(folder / file.name, file)
        if holds is None:
            missing.append(file.name)
        elif not holds:
            changed.append(file.name)
    return tuple(changed), tuple(missing)


def vouched(name: str, content: bytes) -> dict[str, Any]:
    """What an event says of a file."""
    return {"file": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _holds(path: Path, file: Vouched) -> bool | None:
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError:
        return False
    with os.fdopen(opened, "rb") as stream:
        status = os.fstat(stream.fileno())
        fits = status.st_size >= file.size if file.grows else status.st_size == file.size
        if not stat.S_ISREG(status.st_mode) or not fits:
            return False
        digest = hashlib.sha256()
        for piece in _pieces(stream, file.size):
            digest.update(piece)
    return digest.hexdigest() == file.sha256


def _pieces(stream: Any, size: int) -> Iterator[bytes]:
    left = size
    while left > 0 and (piece := stream.read(min(left, _PIECE))):
        left -= len(piece)
        yield piece


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and "\0" not in name and not path.is_absolute() and ".." not in path.parts


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

"""The offline cache: every file of every power that was installed here, by the hash of its content.

    <state>/powers/<2 hex>/<62 hex>

A lock names its files by hash, so it is all that is needed to have a power again. What is read is hashed again: a
cache that somebody changed, or that a power cut left half written, is the same as none.
"""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from kiro_worker.git.fault import writing
from kiro_worker.power.lock import Locked
from kiro_worker.power.model import Power, PowerFile, entry, hash_of, is_steering
from kiro_worker.power.validate import judge


class PowerStore:
    """Keeps files of powers.

    Args:
        folder: the worker's own; made when the first file is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, files: Iterable[PowerFile]) -> None:
        """Keep files; those that are there already cost nothing.

        Raises:
            DiskFull, NotWritable: the folder takes no more.
        """
        with writing(self._folder):
            for file in files:
                if self.content(file.sha256) is None:
                    _put(self._path(file.sha256), file.content)

    def content(self, sha256: str) -> bytes | None:
        """A file by its hash; None when it is not here, or not what it was."""
        try:
            content = self._path(sha256).read_bytes()
        except OSError:
            return None
        return content if hash_of(content) == sha256 else None

    def contents(self, hashes: Mapping[str, str]) -> Mapping[str, bytes] | None:
        """Files by path; None unless every one of them is here."""
        found = {path: self.content(sha256) for path, sha256 in hashes.items()}
        kept = {path: content for path, content in found.items() if content is not None}
        return kept if len(kept) == len(found) else None

    def steering(self, locked: Locked) -> Mapping[str, bytes] | None:
        """A locked power's steering files by their path below `.kiro/steering/`; None unless all are here."""
        wanted = {path.partition("/")[2]: sha256 for path, sha256 in locked.files.items() if is_steering(path)}
        return self.contents(wanted)

    def power(self, locked: Locked) -> Power | None:
        """A locked power, judged again; None unless all of it is here."""
        files = self.contents(locked.files)
        return None if files is None else judge([entry(path, content) for path, content in files.items()]).power

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256[2:]


def _put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name[:16]}-{os.urandom(8).hex()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        # What stands there and is broken makes room.
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise

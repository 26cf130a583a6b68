"""`.kiro/power.lock`: which version of each power a repository has, file by file, and which was synchronized last.

JSON in a stable order, so that two who write the same write the same bytes, and a merge conflict is one of lines. The
hash of each file is in it: wherever the content comes from, it is this content or none.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from kiro_worker.error import Fault, WorkerError
from kiro_worker.power.model import Power, digest_of
from kiro_worker.value import dataclass, field, replace

LOCK_PATH = ".kiro/power.lock"
_SCHEMA = "kiro-worker/power-lock/1"
_HASH = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PATH = re.compile(r"(?!/)(?!.*(?:^|/)\.{0,2}(?:/|$))[^\\\x00-\x1f\x7f]{1,240}")
_MOST_BYTES = 4 * 1024 * 1024


class LockUnreadable(WorkerError):
    """The lock of the repository's powers cannot be read."""

    code = "power.lock-unreadable"
    fault = Fault.CONFIG

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"{LOCK_PATH} cannot be used: {reason}.",
            kept="Nothing was changed.",
            next_step="Take it from the last good commit, or remove it and run: kiro-worker power install",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What the repository's steering files were last made from: the base of a three-way merge.

    Attributes:
        files: path below `.kiro/steering/` to the hash of the power's own file.
    """

    version: str
    commit: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One power at one version.

    Attributes:
        source: where it comes from, as it was given.
        folder: where it lies within that; empty for its root.
        range: which versions the repository takes; empty for any.
        commit: the git commit of that version; empty for other sources.
        signer: the pinned key whose signature was checked; empty where none is pinned.
        files: path within the power to the hash of the content.
        synced: None until its steering files were brought in.
    """

    name: str
    source: str
    folder: str = ""
    range: str = ""
    version: str
    commit: str = ""
    signer: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    synced: Synced | None = None

    @property
    def digest(self) -> str:
        """One hash for the whole content."""
        return digest_of(self.files)

    def holds(self, power: Power) -> bool:
        """Whether a power is exactly what is locked."""
        return power.name == self.name and dict(power.hashes) == dict(self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """All powers of a repository, by name."""

    powers: tuple[Locked, ...] = ()

    def find(self, name: str) -> Locked | None:
        """A power by its name."""
        return next((power for power in self.powers if power.name == name), None)

    def having(self, locked: Locked) -> "Lock":
        """The same with one power added, or in the place of the one with its name."""
        others = (power for power in self.powers if power.name != locked.name)
        return Lock(powers=tuple(sorted((*others, locked), key=lambda power: power.name)))

    def without(self, name: str) -> "Lock":
        """The same without a power."""
        return Lock(powers=tuple(power for power in self.powers if power.name != name))


def locked_power(power: Power, *, wanted: Locked) -> Locked:
    """A power as it is locked, with the source, version and the rest of `wanted`."""
    return replace(wanted, name=power.name, files=dict(power.hashes))


def write_lock(lock: Lock) -> bytes:
    """The lock as bytes; the same for equal locks."""
    powers = [_written(power) for power in sorted(lock.powers, key=lambda power: power.name)]
    return (json.dumps({"schema": _SCHEMA, "powers": powers}, ensure_ascii=False, indent=2) + "\n").encode()


def _written(power: Locked) -> dict[str, Any]:
    plain = {
        "name": power.name,
        "source": power.source,
        "folder": power.folder,
        "range": power.range,
        "version": power.version,
        "commit": power.commit,
        "signer": power.signer,
    }
    told: dict[str, Any] = {key: value for key, value in plain.items() if value}
    told["digest"] = power.digest
    told["files"] = dict(sorted(power.files.items()))
    if power.synced is not None:
        commit = {"commit": power.synced.commit} if power.synced.commit else {}
        told["synced"] = {"version": power.synced.version, **commit, "files": dict(sorted(power.synced.files.items()))}
    return told


def read_lock(content: bytes | None) -> Lock:
    """Read a lock; none is an empty one.

    Raises:
        LockUnreadable: it is no lock of ours, or one of a newer worker, or somebody changed it by hand.
    """
    if content is None or not content.strip():
        return Lock()
    if len(content) > _MOST_BYTES:
        raise LockUnreadable("it is larger than any lock")
    if b"<<<<<<<" in content:
        raise LockUnreadable("it holds the marks of a merge conflict")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise LockUnreadable(f"it is no JSON ({str(error)[:80]})") from error
    if not isinstance(body, dict) or body.get("schema") != _SCHEMA:
        raise LockUnreadable(f"its schema is not {_SCHEMA}; a newer worker may have written it")
    powers = tuple(_read(each) for each in _list(body.get("powers")))
    if len({power.name for power in powers}) < len(powers):
        raise LockUnreadable("a power stands in it twice")
    return Lock(powers=powers)


def _read(body: Any) -> Locked:
    if not isinstance(body, dict):
        raise LockUnreadable("a power in it is no object")
    text = {key: _text(body, key) for key in ("name", "source", "folder", "range", "version", "commit", "signer")}
    for key in ("name", "source", "version"):
        if not text[key]:
            raise LockUnreadable(f"a power in it has no {key}")
    if text["commit"] and not _COMMIT.fullmatch(text["commit"]):
        raise LockUnreadable(f"the commit of {text['name']!a} is no object id")
    synced = body.get("synced")
    locked = Locked(
        **text, files=_hashes(body.get("files"), text["name"]), synced=None if synced is None else _synced(synced)
    )
    if body.get("digest") != locked.digest:
        raise LockUnreadable(f"the digest of {locked.name!a} is not that of its files, so it was changed by hand")
    return locked


def _synced(body: Any) -> Synced:
    if not isinstance(body, dict):
        raise LockUnreadable("what was synchronized is no object")
    commit = _text(body, "commit")
    if commit and not _COMMIT.fullmatch(commit):
        raise LockUnreadable("the commit that was synchronized is no object id")
    return Synced(version=_text(body, "version"), commit=commit, files=_hashes(body.get("files"), "synced"))


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key, "")
    if not isinstance(value, str) or len(value) > 2000 or not value.isprintable():
        raise LockUnreadable(f"{key} is no plain text")
    return value


def _hashes(body: Any, whose: str) -> Mapping[str, str]:
    if not isinstance(body, dict):
        raise LockUnreadable(f"the files of {whose!a} are no object")
    for path, value in body.items():
        if not _PATH.fullmatch(path) or not isinstance(value, str) or not _HASH.fullmatch(value):
            raise LockUnreadable(f"{path[:80]!a} of {whose!a} is no file with its hash")
    return body


def _list(value: Any) -> Iterable[Any]:
    if not isinstance(value, list):
        raise LockUnreadable("its powers are no list")
    return value

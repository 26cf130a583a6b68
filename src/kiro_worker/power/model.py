"""A power as plain values: what a package holds, and what it says of itself."""

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum

from kiro_worker.value import dataclass

POWER_PAGE = "POWER.md"
MANIFEST = "plugin.json"
SERVERS = "mcp.json"
CHANGELOG = "CHANGELOG.md"
STEERING = "steering/"
SKILLS = "skills/"

# What no package of standards needs, and what would cost whoever installs it.
MOST_FILES = 1000
LARGEST_FILE = 1024 * 1024
MOST_BYTES = 16 * 1024 * 1024


class Kind(StrEnum):
    """What stands at a path of a package."""

    FILE = "file"
    PROGRAM = "program"  #: a file that may be executed
    LINK = "link"
    OTHER = "other"  #: a device, a socket, a repository within


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing of a package as its source has it; nothing about it was checked.

    Attributes:
        path: below the package's root, as the source writes it: it may lead anywhere.
        content: None for what was not read: no plain file, or more than is read of one.
    """

    path: str
    kind: Kind = Kind.FILE
    size: int = 0
    content: bytes | None = None


def entry(path: str, content: bytes, kind: Kind = Kind.FILE) -> Entry:
    """A file that was read whole."""
    return Entry(path=path, kind=kind, size=len(content), content=content)


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerFile:
    """One file of a power that may be written; its path is safe.

    Attributes:
        sha256: of the content, in hexadecimal.
    """

    path: str
    content: bytes
    sha256: str


def power_file(path: str, content: bytes) -> PowerFile:
    """A file with its hash."""
    return PowerFile(path=path, content=content, sha256=hash_of(content))


def hash_of(content: bytes) -> str:
    """The hash by which a file is known in locks and in the cache."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a power says of itself; empty where it says nothing.

    Attributes:
        version: as it is written; a semantic version in powers of ours.
        forms: POWER.md, plugin.json or both: what it can be installed as.
    """

    name: str
    version: str = ""
    display_name: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    author: str = ""
    licence: str = ""
    repository: str = ""
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """A power that was read and found sound; files by path."""

    about: About
    files: tuple[PowerFile, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.about.name

    @property
    def hashes(self) -> Mapping[str, str]:
        """The hash of each file by its path."""
        return {file.path: file.sha256 for file in self.files}

    @property
    def digest(self) -> str:
        """One hash for the whole content."""
        return digest_of(self.hashes)

    @property
    def steering(self) -> Mapping[str, PowerFile]:
        """The steering files by their path below `.kiro/steering/`."""
        return {file.path.removeprefix(STEERING): file for file in self.files if is_steering(file.path)}

    def find(self, path: str) -> bytes | None:
        """A file's content; None when the power does not have it."""
        return next((file.content for file in self.files if file.path == path), None)


def is_steering(path: str) -> bool:
    """Whether a file of a power is a steering file.

    >>> is_steering("steering/git-workflow.md"), is_steering("skills/git/SKILL.md")
    (True, False)
    """
    return path.startswith(STEERING) and path.endswith(".md")


def digest_of(hashes: Mapping[str, str]) -> str:
    """One hash over files' paths and hashes, in whatever order they are given."""
    whole = hashlib.sha256()
    for path in sorted(hashes):
        whole.update(f"{path}\0{hashes[path]}\n".encode())
    return f"sha256:{whole.hexdigest()}"


def files_of(entries: Iterable[Entry]) -> tuple[PowerFile, ...]:
    """The plain files of a package that was found sound, by path."""
    kept = ((each.path, each.content) for each in entries if each.kind is Kind.FILE and each.content is not None)
    return tuple(power_file(path, content) for path, content in sorted(kept))

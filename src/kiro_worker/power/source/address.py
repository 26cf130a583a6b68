"""What kind of source an address names; pure."""

import re
from enum import StrEnum

from kiro_worker.value import dataclass

_ARCHIVE = re.compile(r"\.(?:zip|tar\.gz|tgz)$", re.IGNORECASE)
_S3 = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/([^\x00-\x1f]{0,900})")
_GIT = re.compile(r"(?:https?|ssh|git|file)://|[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:|git\+")


class SourceKind(StrEnum):
    """How a source is asked."""

    GIT = "git"
    FOLDER = "folder"
    ARCHIVE = "archive"
    S3 = "s3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A source as it is asked.

    Attributes:
        text: the address, or a path as it is given.
        bucket, key: of S3.
    """

    kind: SourceKind
    text: str
    bucket: str = ""
    key: str = ""


def read_address(text: str) -> Address:
    """Read a source.

    >>> read_address("https://example.org/standards.git").kind.value
    'git'
    >>> read_address("../standards-1.2.0.tar.gz").kind.value, read_address("../standards").kind.value
    ('archive', 'folder')

    A local repository is told from a folder by `git+` or `file://` before it.

    Raises:
        ValueError: it is none; says why.
    """
    if not text or text.startswith("-") or not text.isprintable():
        raise ValueError("it is empty, begins with a dash or holds what cannot be seen")
    if text.startswith("s3:"):
        match = _S3.fullmatch(text)
        if match is None:
            raise ValueError("an address of S3 is s3://bucket/key, or s3://bucket/folder/ for all versions in it")
        return Address(kind=SourceKind.S3, text=text, bucket=match[1], key=match[2])
    if _GIT.match(text):
        return Address(kind=SourceKind.GIT, text=text.removeprefix("git+"))
    if "://" in text or "::" in text:
        raise ValueError("this kind of address is not known")
    return Address(kind=SourceKind.ARCHIVE if _ARCHIVE.search(text) else SourceKind.FOLDER, text=text)

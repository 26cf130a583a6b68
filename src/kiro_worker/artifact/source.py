"""The content of an artifact that is given by its path: opened without following a link, or waiting on a pipe."""

import errno
import os
import stat
from collections.abc import Generator
from pathlib import Path

_CHUNK = 1024 * 1024
_NO_FOLLOW = os.O_NOFOLLOW | os.O_CLOEXEC


def open_source(content: Path) -> int:
    """A descriptor to read from, which the caller closes.

    Raises:
        OSError: it is no plain file that can be read.
    """
    # Not to be waited on, nor to lead elsewhere: the source may lie where an agent wrote.
    source = os.open(content, os.O_RDONLY | os.O_NONBLOCK | _NO_FOLLOW)
    if not stat.S_ISREG(os.fstat(source).st_mode):
        os.close(source)
        raise OSError(errno.EINVAL, f"its source {content} is not a plain file")
    return source


def chunks(content: bytes | Path) -> Generator[bytes, None, None]:
    """The content in pieces."""
    if isinstance(content, bytes):
        yield content
        return
    source = open_source(content)
    try:
        while chunk := os.read(source, _CHUNK):
            yield chunk
    finally:
        os.close(source)


def reason_of(error: OSError) -> str:
    """What went wrong, in words."""
    if error.errno == errno.ELOOP:
        return "a link is in its way, and none is followed"
    return error.strerror or str(error)

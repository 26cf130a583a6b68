"""Settings in a working tree that no run sees, because the remote has others or none."""

from collections.abc import Mapping
from pathlib import Path

# No settings file is larger; what is, is read as far as the reader needs to refuse it.
_MOST = 1024 * 1024


def content(path: Path) -> bytes | None:
    """A file of a working tree, None where there is none."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return file.read(_MOST)


def unseen(top: Path, seen: Mapping[str, bytes | None]) -> tuple[str, ...]:
    """The paths that say something else in a working tree than what was read of the remote."""
    return tuple(path for path, body in seen.items() if _text(content(top / path)) != _text(body))


def told(paths: tuple[str, ...], branch: str) -> str:
    """A sentence about them."""
    named = ", ".join(paths)
    return f"A run does not see {named} as found here: on the remote's {branch} it is not the same."


def _text(body: bytes | None) -> bytes | None:
    # git may be set to write other line ends into a working tree than it keeps.
    return body if body is None else body[:_MOST].replace(b"\r\n", b"\n")

"""Reading report files that hostile code may have laid out: only plain files, inside, of bounded size."""

import os
import re
import stat
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from kiro_worker.folders import walk
from kiro_worker.gate.fault import ReportEmpty, ReportUnreadable

# Reports of builds with hundreds of modules stay below it.
MOST_BYTES = 256 * 1024 * 1024

# Git's own folder, and where dependencies lie: no report of this run is in there.
SKIPPED = frozenset({".git", "node_modules", ".venv", "venv", ".tox", ".nox"})


def open_report(path: Path, *, told: str, most: int = MOST_BYTES) -> int:
    """Open a report for reading and say its descriptor; the caller closes it.

    A link could lead out of the tree, a pipe would never end, and a device has no end at all.

    Raises:
        ReportUnreadable: when it is no plain file, or too large.
        ReportEmpty: when it has no bytes.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ReportUnreadable(path=told, why=error.strerror or str(error)) from error
    status = os.fstat(descriptor)
    why = ""
    if not stat.S_ISREG(status.st_mode):
        why = "it is no plain file"
    elif status.st_size > most:
        why = f"it has {status.st_size:,} bytes, more than {most:,}"
    if why:
        os.close(descriptor)
        raise ReportUnreadable(path=told, why=why)
    if status.st_size == 0:
        os.close(descriptor)
        raise ReportEmpty(path=told, what="bytes")
    return descriptor


def read_report(path: Path, *, told: str, most: int = MOST_BYTES) -> bytes:
    """All bytes of a report; see `open_report`."""
    with os.fdopen(open_report(path, told=told, most=most), "rb") as file:
        return file.read(most)


def lay_out(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files anew into a folder; what stands at their places, such as a link, is never written through."""
    for name, contents in files.items():
        place = folder / name
        place.unlink(missing_ok=True)
        with place.open("xb") as file:
            file.write(contents)


def is_inside(path: Path, *roots: Path) -> bool:
    """Whether a path, links resolved, lies in one of these folders; one that links lead round in circles is in none."""
    try:
        real = path.resolve()
    except RuntimeError:
        # Python's own for a circle of links; RecursionError is one too, for a chain that no system follows.
        return False
    return any(real.is_relative_to(root.resolve()) for root in roots)


def find(patterns: Iterable[str], *, root: Path, roots: tuple[Path, ...], most: int = 2000) -> tuple[Path, ...]:
    """The plain files that fit one of the patterns, in the patterns' order; none is outside of `roots`.

    Patterns are relative to `root` or absolute. Links to folders are not followed, and folders of dependencies and of
    git are not looked into. However many patterns there are, the tree is walked at most once.
    """
    wanted = [_split(pattern, root) for pattern in patterns]
    walked: dict[tuple[Path, bool], list[str]] = {}
    found: dict[Path, None] = {}
    for start, rest in wanted:
        if not rest:
            found |= {start: None} if _is_plain(start) else {}
            continue
        deep = "/" in rest
        if (start, deep) not in walked:
            walked[start, deep] = _names(start, deep=deep)
        fits = re.compile(_regex(rest))
        found |= {start / name: None for name in walked[start, deep] if fits.fullmatch(name)}
    inside = (path for path in found if is_inside(path, *roots))
    return tuple(islice(inside, most))


def _split(pattern: str, root: Path) -> tuple[Path, str]:
    """The fixed beginning of a pattern and the rest of it.

    >>> _split("a/b/*.xml", Path("/r")), _split("/x/cov.json", Path("/r"))
    ((PosixPath('/r/a/b'), '*.xml'), (PosixPath('/x/cov.json'), ''))
    """
    parts = Path(pattern).parts
    at = next((number for number, part in enumerate(parts) if any(sign in part for sign in "*?")), len(parts))
    return root.joinpath(*parts[:at]), "/".join(parts[at:])


def _names(start: Path, *, deep: bool) -> list[str]:
    """Plain files in a folder, or below it, relative to it and in order."""
    names: list[str] = []
    length = len(str(start)) + 1
    for folder, folders, files in walk(start):
        folders[:] = [name for name in folders if name not in SKIPPED] if deep else []
        below = f"{folder[length:]}/" if len(folder) >= length else ""
        names.extend(f"{below}{name}" for name in files if _is_plain(Path(folder, name)))
    return sorted(names)


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _regex(pattern: str) -> str:
    r"""A glob as a regular expression; `**` is any number of folders.

    >>> _regex("**/target/T-*.xml")
    '(?:[^/]+/)*target/T\\-[^/]*\\.xml'
    """
    parts: list[str] = []
    for part in pattern.split("/"):
        if part == "**":
            parts.append("(?:[^/]+/)*")
            continue
        plain = "".join({"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char)) for char in part)
        parts.append(plain + "/")
    return "".join(parts).removesuffix("/")

"""The rule that holds before any other: inside the workspace, yes; outside of it, no; unreadable, no."""

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass

# A path that a command names: absolute, below a HOME, or climbing.
_PATHS = re.compile(
    r"""(?:(?<=[\s=:'"`(<>|;&@,])|^)(~[\w.-]*(?:/[^\s'"`;|&<>()]*)?|/[^\s'"`;|&<>(),:]*|\.\.(?:/[^\s'"`;|&<>()]*)?|(?:[\w.@-]+/)+\.\.(?:/[^\s'"`;|&<>()]*)?)"""
)

# What commands read, run or throw away without reaching anything of anybody's.
_HARMLESS = ("/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/usr/bin/", "/bin/", "/usr/local/bin/")


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it may be done, by which rule, and why."""

    allowed: bool
    rule: str
    reason: str


def judge_inside(
    *, readable: bool, command: str | None, paths: tuple[str, ...], root: str, resolve: Callable[[str], str]
) -> Answer:
    """Judge one request of an agent by where it reaches.

    Args:
        readable: whether there was anything to judge.
        command: the command line, where there is one.
        paths: files that it names.
        root: the workspace, resolved.
        resolve: follows links to where a path really leads; the only thing here that looks at a disk.
    """
    if not readable:
        return Answer(allowed=False, rule="request.unreadable", reason="it does not say what it wants to do")
    for path in (*paths, *(_paths_in(command) if command else ())):
        if not _inside(path, root, resolve):
            return Answer(allowed=False, rule="path.outside", reason=f"{path} is outside of the workspace")
    return Answer(allowed=True, rule="path.inside", reason="it stays inside the workspace")


def _paths_in(command: str) -> tuple[str, ...]:
    found = (match[1] for match in _PATHS.finditer(command))
    return tuple(path for path in found if not path.startswith(_HARMLESS) and path != "/")


def _inside(path: str, root: str, resolve: Callable[[str], str]) -> bool:
    if path.startswith("~"):
        return False
    real = resolve(posixpath.join(root, path))
    return real == root or real.startswith(root.rstrip("/") + "/")

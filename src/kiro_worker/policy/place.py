"""Where a path leads, and what may be done there."""

import fnmatch
import posixpath
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from kiro_worker.expression import expression
from kiro_worker.policy.decision import Decision, allow, ask, deny, strictest
from kiro_worker.policy.glob import folded
from kiro_worker.policy.shell.word import UNKNOWN
from kiro_worker.value import dataclass

if TYPE_CHECKING:
    from kiro_worker.policy.rule import PathRules

Resolve = Callable[[str], str]

_DEVICES = expression(r"/dev/(?:null|zero|full|random|urandom|std(?:in|out|err)|fd/\d+|tty)")
# What every program reads anyway: programs, libraries, and what the system tells of itself.
_SYSTEM = (
    "/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/", "/opt/", "/nix/store/", "/etc/ssl/certs/", "/etc/alternatives/",
)  # fmt: skip
_SYSTEM_FILES = frozenset({
    "/usr", "/bin", "/opt", "/etc/os-release", "/etc/debian_version", "/etc/lsb-release", "/etc/mime.types",
    "/etc/services", "/proc/cpuinfo", "/proc/meminfo", "/proc/loadavg", "/proc/version",
})  # fmt: skip
_GLOB = expression(r"[*?\[]")

# Files that decide how the worker itself judges; an agent may read and never write them.
_OWN = expression(
    r"\.kiro/(?:(?:config|governance|worker|policy-tests)\.ya?ml|power\.lock|environments(?:/.*)?|settings/mcp\.json)(?:/.*)?"
)
_OWN_ABOVE = frozenset({".kiro", ".kiro/settings"})
_GIT = expression(r"(?:.*/)?(?:\.git|git~1)(?:/.*)?")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where requests are judged.

    Attributes:
        root: the workspace, all links resolved.
        resolve: follows links to where a path really leads; the only thing here that looks at a disk.
        scratch: the agent's own folder for what it needs for a moment, all links resolved; empty for none.
    """

    root: str
    resolve: Resolve
    scratch: str = ""

    def real(self, path: str) -> str:
        """Where a path leads; out of the workspace for one that leads on through more links than any system follows."""
        try:
            return self.resolve(path)
        except RecursionError:
            return "/"


def judge_path(
    path: str,
    rules: "PathRules",
    ground: Ground,
    *,
    writes: bool,
    removes: bool = False,
    at: tuple[str, ...] = ("",),
) -> Decision:
    """Judge one path that is read or written, from every folder that it may be meant from."""
    if len(at) == 1:
        return _from(path, at[0], rules, ground, writes=writes, removes=removes)
    found = strictest(_from(path, place, rules, ground, writes=writes, removes=removes) for place in at)
    assert found is not None
    return found


def _from(path: str, place: str, rules: "PathRules", ground: Ground, *, writes: bool, removes: bool) -> Decision:
    if UNKNOWN in path or (UNKNOWN in place and not path.startswith("/")):
        return ask("path.unknown", "only the running shell would know which file that is; name it")
    if path.startswith("~"):
        return deny("path.outside", f"{path} is outside of the workspace")
    if _DEVICES.fullmatch(path):
        return allow("path.device", "a device that keeps nothing")
    named = posixpath.normpath(posixpath.join(ground.root, place, _static(path)))
    real = ground.real(named)
    inside = [below(one, ground.root) for one in dict.fromkeys((named, real))]
    if None in inside:
        return _outside(path, (named, real), rules, ground, writes=writes)
    if _GLOB.search(path):
        inside.append(below(posixpath.normpath(posixpath.join(ground.root, place, path)), ground.root))
    found = strictest(
        judge_inside(one, rules, writes=writes, removes=removes) for one in dict.fromkeys(inside) if one is not None
    )
    assert found is not None
    return found


def _static(path: str) -> str:
    """The part of a path before a pattern: what can be followed."""
    match = _GLOB.search(path)
    return path if match is None else path[: path.rfind("/", 0, match.start()) + 1]


def below(path: str, root: str) -> str | None:
    """A path relative to the root, None when it is not below it."""
    if path == root:
        return ""
    start = root if root.endswith("/") else f"{root}/"
    return path.removeprefix(start) if path.startswith(start) else None


def _outside(path: str, places: tuple[str, str], rules: "PathRules", ground: Ground, *, writes: bool) -> Decision:
    named, real = places
    if (told := rules.outside(named, real, writes=writes)) is not None:
        return told
    if not writes and all(one.startswith(_SYSTEM) or one in _SYSTEM_FILES for one in (named, real)):
        return allow("path.system", "what every program of this machine reads")
    if ground.scratch and all(below(one, ground.scratch) for one in (named, real)):
        return allow("path.scratch", "the agent's own folder for what it needs for a moment")
    return deny("path.outside", f"{path} is outside of the workspace{'' if named == real else ', through a link'}")


def judge_inside(path: str, rules: "PathRules", *, writes: bool, removes: bool = False) -> Decision:
    """Judge a path of the workspace, by its name alone."""
    if writes:
        meant = _meant(folded(path))
        if removes and not path:
            return deny("path.root", "that is the workspace itself")
        if _GIT.fullmatch(meant):
            return deny("path.git", f"{path} belongs to git; the worker commits")
        if _OWN.fullmatch(meant) or (removes and meant in _OWN_ABOVE):
            return deny("path.policy", f"{path} decides what is allowed here; people change it on the base branch")
    return rules.judge(path, writes=writes)


def _meant(path: str) -> str:
    """The protected names that a pattern could stand for, and names that a file system takes for them."""
    parts = path.split("/")
    for at, part in enumerate(parts):
        cut = part if part in {"", ".", ".."} else part.rstrip(". ").partition("::")[0]
        if _GLOB.search(cut) and cut.startswith((".", "[")):
            cut = next((name for name in (".git", ".kiro") if fnmatch.fnmatchcase(name, cut)), cut)
        parts[at] = cut
    return "/".join(parts)


def paths_in(word: str) -> Iterator[str]:
    """Paths that a word may name besides itself: behind `=`, behind a short option, between colons.

    >>> list(paths_in("--out=/etc/x")), list(paths_in("-I../inc")), list(paths_in("-q")), list(paths_in("a=b/c"))
    (['/etc/x'], ['../inc'], [], ['b/c'])
    """
    if "=" in word:
        yield from _parts(word.partition("=")[2])
    elif word.startswith("-") and len(word) > 2 and word[2] in "/~.":
        yield from _parts(word[2:])
    elif word.startswith("@") and len(word) > 1:
        yield word[1:]
    elif not word.startswith("-"):
        yield from _parts(word)


def _parts(text: str) -> Iterator[str]:
    if "://" in text:
        return
    if ":" in text:
        yield from (part for part in text.split(":") if part)
    elif text:
        yield text


def looks_like_path(text: str) -> bool:
    """Whether a word is more than a name: only such words can leave a folder."""
    return "/" in text or text in {".", ".."} or text.startswith("~") or UNKNOWN in text

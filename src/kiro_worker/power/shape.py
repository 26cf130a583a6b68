"""What a package is made of, before anything in it is believed: paths, kinds, sizes, what a tool would run."""

import re
from collections.abc import Iterator, Sequence

from kiro_worker.power.finding import Finding, found
from kiro_worker.power.model import LARGEST_FILE, MOST_BYTES, MOST_FILES, Entry, Kind

_LONGEST_PATH = 240
_DEEPEST = 10
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
# What tools read by themselves, wherever it lies: hooks run programs, settings allow them to.
_HOOK = re.compile(
    r"(?:^|/)(?:[^/]*\.kiro\.hook|hooks?/.*|hooks?\.(?:json|ya?ml|toml|js|ts)|\.husky/.*|\.githooks/.*"
    r"|\.pre-commit-(?:config|hooks)\.yaml|\.envrc|\.gitattributes|\.gitmodules)$",
    re.IGNORECASE,
)
_SETTINGS = re.compile(r"(?:^|/)\.(?:kiro|claude|cursor|gemini|codex|vscode|idea)(?:/|$)", re.IGNORECASE)
_SCRIPT = re.compile(r"\.(?:sh|bash|zsh|py|rb|pl|js|mjs|cjs|ts|ps1|bat|cmd|exe|dll|so|dylib|jar|wasm)$", re.IGNORECASE)


def shape(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Everything that is wrong with a package from the outside."""
    if len(entries) > MOST_FILES:
        yield found("package.too-many", most=MOST_FILES)
    if sum(each.size for each in entries) > MOST_BYTES:
        yield found("package.too-much", most=MOST_BYTES)
    seen: dict[str, str] = {}
    for each in entries:
        if reason := wrong_path(each.path):
            yield found("package.path", each.path, path=repr(each.path), reason=reason)
            continue
        folded = each.path.casefold()
        if folded in seen:
            yield found("package.path-twice", each.path, path=each.path, other=seen[folded])
        seen[folded] = each.path
        yield from _one(each)


# What a repository has at its root for its forge and for people's editors; it is no part of a power.
_BESIDE = frozenset(
    {".git", ".github", ".gitlab", ".gitlab-ci.yml", ".gitignore", ".gitattributes", ".editorconfig", ".DS_Store"}
)


def is_beside(path: str) -> bool:
    """Whether a path is the repository's own rather than the power's.

    >>> is_beside(".github/workflows/ci.yml"), is_beside("steering/.github/x")
    (True, False)
    """
    return path.split("/", 1)[0] in _BESIDE


def wrong_path(path: str) -> str:
    """What is wrong with a path; empty when it stays where it is put, on every system.

    >>> wrong_path("steering/../../x"), wrong_path("steering/git.md")
    ('leads out of the package', '')
    """
    parts = path.split("/")
    if not path or path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return "does not begin at the package's root"
    if ".." in parts:
        return "leads out of the package"
    if any(part in {"", "."} for part in parts):
        return "is not in its shortest form"
    if "\\" in path or not path.isprintable():
        return "holds a character that other systems read otherwise"
    if any(part.casefold() in {".git", "git~1"} for part in parts):
        return "lies in a git directory"
    if any(part.endswith((".", " ")) or part.startswith(" ") or _DEVICE.fullmatch(part) for part in parts):
        return "is another file, or none, on other systems"
    if len(path.encode("utf-8", "replace")) > _LONGEST_PATH or len(parts) > _DEEPEST:
        return "is too long or too deep"
    return ""


def _one(each: Entry) -> Iterator[Finding]:
    match each.kind:
        case Kind.LINK:
            yield found("package.link", each.path)
            return
        case Kind.OTHER:
            yield found("package.other", each.path)
            return
        case Kind.PROGRAM:
            yield found("package.executable", each.path)
        case Kind.FILE:
            pass
    if each.size > LARGEST_FILE or each.content is None:
        yield found("package.too-large", each.path, size=each.size, most=LARGEST_FILE)
    if _HOOK.search(each.path):
        yield found("package.hook", each.path)
    elif _SETTINGS.search(each.path):
        yield found("package.agent-settings", each.path)
    elif _SCRIPT.search(each.path):
        yield found("package.script", each.path)

"""Patterns for paths, as people write them in `.gitignore` and in governance files."""

import re
import unicodedata
from functools import lru_cache

_MOST = 1000
_MACHINE = frozenset({"bin", "dev", "etc", "home", "lib", "mnt", "nix", "opt", "root", "srv", "tmp", "usr", "var"})


class BadPattern(ValueError):
    """A pattern that means nothing; the text says why."""


@lru_cache(maxsize=4096)
def folded(path: str) -> str:
    r"""A path as a file system may see it that tells neither case nor forms of letters apart.

    >>> folded(".GIT/Config") == folded(".g\u200cit/config")
    True
    """
    if path.isascii():
        return path.lower()
    plain = unicodedata.normalize("NFKC", path).casefold()
    return "".join(letter for letter in plain if unicodedata.category(letter) != "Cf")


def compiled(pattern: str) -> re.Pattern[str]:
    """What a pattern matches, as a whole.

    A pattern without a slash is looked for in every folder. `**` crosses folders, `*` does not. A last part that
    holds no wildcard names a file, or a folder with all that is in it.

    Raises:
        BadPattern: for an empty or hopeless one.

    >>> bool(compiled("**/migrations/**").fullmatch("a/migrations/1.sql")), bool(compiled("*.pem").fullmatch("x/y.pem"))
    (True, True)
    >>> bool(compiled("src/*.py").fullmatch("src/a/b.py")), bool(compiled("docs").fullmatch("docs/a.md"))
    (False, True)
    >>> bool(compiled("**/.env*").fullmatch(".env.local")), bool(compiled("/a.md").fullmatch("b/a.md"))
    (True, False)
    """
    if not pattern.strip() or len(pattern) > _MOST or "\0" in pattern:
        raise BadPattern("is empty or too long")
    return re.compile("|".join(f"(?:{_expression(one)})" for one in _alternatives(pattern)), re.DOTALL)


def _alternatives(pattern: str) -> list[str]:
    waiting, found = [pattern], []
    while waiting:
        current = waiting.pop()
        match = re.search(r"\{([^{}]*,[^{}]*)\}", current)
        if match is None:
            found.append(current)
        else:
            waiting += [current[: match.start()] + choice + current[match.end() :] for choice in match[1].split(",")]
        if len(waiting) + len(found) > _MOST:
            raise BadPattern("has braces that stand for too many patterns")
    return found


def _expression(pattern: str) -> str:
    absolute = pattern.startswith("/")
    body = pattern.removeprefix("./")
    if absolute and body.split("/")[1] not in _MACHINE:
        body = body.removeprefix("/")
    folder_only = body.endswith("/")
    parts = body.rstrip("/").split("/")
    made = "" if absolute or len(parts) > 1 else "(?:.*/)?"
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        if part == "**" and last:
            made = f"{made.removesuffix('/')}(?:/.*)?" if made else ".*"
        elif part == "**":
            made += "(?:.*/)?"
        else:
            made += _part(part) + ("" if last else "/")
    names_folder = not any(sign in parts[-1] for sign in "*?[")
    return made + ("/.*" if folder_only else "(?:/.*)?" if names_folder else "")


def _part(part: str) -> str:
    made, at = "", 0
    while at < len(part):
        sign = part[at]
        if sign == "*":
            made += "[^/]*"
        elif sign == "?":
            made += "[^/]"
        elif sign == "[" and (end := part.find("]", at + 2)) > 0:
            inner = part[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            made += f"[{'^' + inner[1:] if inner[0] in '!^' else inner}]"
            at = end
        else:
            made += re.escape(sign)
        at += 1
    if "[" in part:
        try:
            re.compile(made)
        except re.error:
            raise BadPattern("has brackets that make no set of letters") from None
    return made

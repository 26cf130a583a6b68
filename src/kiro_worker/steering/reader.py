"""Reads steering files: Markdown with an optional front matter that says when they apply.

The format is Kiro's: `inclusion` is always (the default), fileMatch with `fileMatchPattern`, manual, or auto. AGENTS.md
has no front matter and always applies.
"""

import re
from enum import StrEnum
from typing import Any

from kiro_worker.value import dataclass

AGENTS = "AGENTS.md"
#: How the file ends in which a conflict is told; it is no standard.
CONFLICT = ".conflict.md"

_FRONT_MATTER = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?\r?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_COMMA = re.compile(r",(?![^{}]*\})")
# No real front matter comes near; a larger one is text that happens to begin with a rule.
_FRONT_MATTER_LIMIT = 16 * 1024
_LONGEST_LINE = 400


class Inclusion(StrEnum):
    """When a steering file applies."""

    ALWAYS = "always"
    FILE_MATCH = "fileMatch"
    MANUAL = "manual"
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class SteeringFile:
    """One file of standards.

    Attributes:
        path: relative to the repository's root.
        patterns: globs of files that it is for; only with `fileMatch`.
        body: the text below the front matter.
        name: what it is asked for by, as `#name`: its front matter's, else its file's.
        description: what it is for, in its own words; with `auto` it decides whether the file is sent.
        fault: what is wrong with its front matter; it then applies always, as Kiro's V2 engine has it.
    """

    path: str
    inclusion: Inclusion
    patterns: tuple[str, ...]
    body: str
    name: str = ""
    description: str = ""
    fault: str = ""


def read_steering_file(path: str, content: bytes) -> SteeringFile:
    """Read one steering file; never raises, whatever the bytes are."""
    matter = _FRONT_MATTER.match(content[: _FRONT_MATTER_LIMIT + 16])
    body = content[matter.end() :] if matter else content
    keys, fault = _keys(matter[1]) if matter else ({}, "")
    inclusion, wrong = _inclusion(keys.get("inclusion", "always"))
    return SteeringFile(
        path=path,
        inclusion=inclusion,
        patterns=_patterns(keys.get("fileMatchPattern")),
        body=body.decode("utf-8", "replace").replace("\r\n", "\n").lstrip("\ufeff"),
        name=_line(keys.get("name")) or path.rpartition("/")[2].removesuffix(".md"),
        description=_line(keys.get("description")),
        fault=fault or wrong,
    )


def _keys(matter: bytes) -> tuple[dict[str, Any], str]:
    import yaml

    try:
        keys = yaml.safe_load(matter.decode("utf-8", "replace"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return {}, f"its front matter is no YAML: {str(error).splitlines()[0]}"
    return (keys, "") if isinstance(keys, dict) else ({}, "its front matter is no mapping" if keys is not None else "")


def _inclusion(word: Any) -> tuple[Inclusion, str]:
    for inclusion in Inclusion:
        if str(word).lower() == inclusion.lower():
            return inclusion, ""
    return Inclusion.ALWAYS, f"`inclusion: {word}` is none of {', '.join(Inclusion)}"


def _patterns(given: Any) -> tuple[str, ...]:
    if isinstance(given, str):
        # Some write several into one text; a comma within braces is part of a pattern.
        return tuple(pattern for each in _COMMA.split(given) if (pattern := each.strip()))
    return tuple(str(each) for each in given) if isinstance(given, list) else ()


def _line(given: Any) -> str:
    """A text of the front matter on one line."""
    return " ".join(given.split())[:_LONGEST_LINE] if isinstance(given, str) else ""

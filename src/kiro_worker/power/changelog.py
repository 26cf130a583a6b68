"""What changed between two versions, from a CHANGELOG.md in the form of keepachangelog.com."""

import re

from kiro_worker.power.version import Version, version_or_none

_HEADING = re.compile(r"^##\s+\[?v?([0-9][^\s\]]*)\]?", re.MULTILINE)
_ANY_HEADING = re.compile(r"^##\s", re.MULTILINE)
_MOST = 20_000


def changes_between(text: str, old: Version | None, new: Version) -> str:
    r"""The parts of the versions after the old one, up to the new one; empty where there are none.

    >>> changes_between("# Log\n## 1.1.0\n- b\n## 1.0.0\n- a\n", version_or_none("1.0.0"), Version(1, 1, 0))
    '## 1.1.0\n- b'
    """
    parts = []
    for match in _HEADING.finditer(text):
        version = version_or_none(match[1])
        if version is None or version > new or (old is not None and version <= old):
            continue
        following = _ANY_HEADING.search(text, match.end())
        parts.append(text[match.start() : following.start() if following else len(text)].strip())
    told = "\n\n".join(parts)
    return told if len(told) <= _MOST else told[:_MOST] + "\n…"


def mentions(text: str, version: Version) -> bool:
    """Whether a version has a part of its own."""
    return any(version_or_none(match[1]) == version for match in _HEADING.finditer(text))

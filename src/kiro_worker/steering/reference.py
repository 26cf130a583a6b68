"""References of steering files: `#[[file:api/openapi.yaml]]`, `#[[file:src/a.py:12-28]]`, `#[[folder:docs]]`.

What stands in code is an example and refers to nothing, and what is refused stays in the text as it is.
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from kiro_worker.expression import expression
from kiro_worker.policy.glob import folded
from kiro_worker.value import dataclass

_MARK = expression(r"#\[\[(file|folder):([^\[\]\n]{1,400})\]\]")
_LINES = expression(r"(.*?):([0-9]{1,7})(?:-([0-9]{1,7}))?")
_FENCE = expression(r" {0,3}(`{3,}|~{3,})")
_CODE = expression(r"(`+)[^\n]*?[^`]\1(?!`)")


class Target(StrEnum):
    """What a reference leads to."""

    FILE = "file"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One reference.

    Attributes:
        mark: as it is written.
        path: relative to the repository's root; of a folder with a slash at its end.
        first: of the lines that are meant, from 1; 0 for all.
        last: of them.
        fault: why it is not followed; empty when it is.
    """

    mark: str
    target: Target
    path: str
    first: int = 0
    last: int = 0
    fault: str = ""


def references(body: str) -> tuple[Reference, ...]:
    """What a text refers to, each once, in its order.

    >>> [(one.path, one.first, one.last) for one in references("See #[[file:a.py:3-5]], not `#[[file:b.py]]`.")]
    [('a.py', 3, 5)]
    >>> references("#[[file:../../etc/passwd]]")[0].fault
    'it leads out of the repository'
    """
    found = (_reference(match) for line in _prose(body) for match in _MARK.finditer(line))
    return tuple({one.mark: one for one in found}.values())


def referred(reference: Reference, contents: Mapping[str, bytes | None]) -> tuple[str, str]:
    """The text that a reference leads to; where there is none, the second text says why.

    Args:
        reference: one without a fault.
        contents: files by path, and of folders the names in them, one a line, by a path with a slash at its end.
    """
    content = contents.get(reference.path)
    if content is None:
        return "", "there is no such file" if reference.target is Target.FILE else "there is no such folder"
    if b"\0" in content[:8000]:
        return "", "it is no text"
    text = content.decode("utf-8", "replace").replace("\r\n", "\n")
    if reference.target is Target.FOLDER:
        names = "\n".join(f"- {reference.path}{name}" for name in text.splitlines())
        return names, "" if names else "it is empty"
    if not reference.first:
        return text, "" if text.strip() else "it is empty"
    lines = text.splitlines()[reference.first - 1 : reference.last]
    return "\n".join(lines), "" if lines else "it has no such lines"


def _prose(body: str) -> Iterator[str]:
    """The lines of a text outside of code."""
    fence = ""
    for line in body.splitlines():
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif mark:
            fence = mark[1]
        else:
            yield _CODE.sub(" ", line) if "`" in line else line


def _reference(match: re.Match[str]) -> Reference:
    target, path = Target(match[1]), match[2].strip()
    first = last = 0
    if target is Target.FILE and (lines := _LINES.fullmatch(path)):
        path, first, last = lines[1], int(lines[2]), int(lines[3] or lines[2])
    plain = path.removeprefix("./")
    if target is Target.FOLDER:
        plain = f"{plain.rstrip('/')}/"
    fault = _wrong(plain) or ("its last line comes before its first" if last < first else "")
    if first == last == 0 and path != match[2].strip():
        fault = fault or "lines are counted from 1"
    return Reference(mark=match[0], target=target, path=plain, first=first, last=last, fault=fault)


def _wrong(path: str) -> str:
    parts = path.rstrip("/").split("/")
    if path.startswith(("/", "~")) or "\\" in path or ":" in parts[0] or ".." in parts:
        return "it leads out of the repository"
    if not path.isprintable() or "" in parts or "." in parts:
        return "it is no plain path"
    if any(folded(part) == ".git" for part in parts):
        return "git's own files are not shown"
    return ""

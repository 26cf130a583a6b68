"""Tests in other languages, by careful rules for lines: a title in quotes, or a function's name."""

import re
from collections.abc import Iterator

from kiro_worker.evidence.place import TITLED
from kiro_worker.evidence.source import Source
from kiro_worker.expression import expression
from kiro_worker.gate.kind import language_of
from kiro_worker.gate.port import TestCase

_TITLED = expression(
    r"""^[ \t]*(?:(?:\]\)|`)\([ \t]*|(?:it|test|specify|scenario|example|property|Deno\.test|t\.test|bench)"""
    r"""(?:\.\w+)*(?:\([^()\n]{0,80}\))?[ \t]*\(?[ \t]*)(?P<mark>["'`])"""
    r"""(?P<title>(?:\\.|(?!(?P=mark)).){1,400})(?P=mark)""",
    re.MULTILINE,
)
_NAMED = expression(
    r"^[ \t]*(?:(?:pub|public|private|protected|internal|open|async|static|final|suspend|override|export|unsafe"
    r"|virtual|default)\s+)*"
    r"(?:func|fn|fun|def|function|void|Task|Future<void>|Unit|ValueTask)\s+"
    r"(?:\([^()\n]*\)\s*)?(?P<name>`[^`\n]{1,200}`|[A-Za-z_]\w{0,200})\s*[(<{\[]?",
    re.MULTILINE,
)
# What a table of cases puts its values in place of.
_VALUE = expression(r"%[sdifjoOp#$]|\$\{[^}]{0,80}\}|\$[\w.]{1,80}")
_BETWEEN = expression(r"[ >/.]")
_TABLE = expression(r"^\s*(?:it|test|describe)\.")
_COMMENT = expression(r"^\s*(?://|/\*|\*|#(?!\[)|--|;)")
# Attributes and annotations belong to what follows them.
_ABOVE = expression(r"^\s*(?://|/\*|\*|#|--|@\w|\[\w)")
_CLOSER = expression(r"^\s*(?:[)}\]]|end\b)")
_LONGEST = 400


class Listing:
    """The tests of one file by title or name; what a file of titles holds under a name is found by that, too."""

    def __init__(self, path: str, text: str) -> None:
        self._titled = language_of(path) in TITLED
        self._tests: dict[str, list[Source]] = {}
        for title, source in _tests(path, text):
            self._tests.setdefault(title, []).append(source)
        self._tables = [title for title in self._tests if _VALUE.search(title)]

    def find(self, case: TestCase) -> Source | None:
        """The test of a title, or the function of a name; None where there is none, or several.

        Args:
            case: whose name may hold the titles of the blocks around it, parameters, and subtests.
        """
        found = self._by_title(case.name) if self._titled else self._tests.get(_bare(case.name), [])
        if len(found) > 1:
            found = [each for each in found if each.line == case.line] or found
        return found[0] if len(found) == 1 else None

    def _by_title(self, name: str) -> list[Source]:
        """The longest title that the name ends with: runners put the titles of the blocks around it before it."""
        for start in (0, *(found.end() for found in _BETWEEN.finditer(name))):
            if found := self._tests.get(name[start:]):
                return found
        tables = [title for title in self._tables if _fits(title, name)]
        return self._tests[max(tables, key=len)] if tables else self._tests.get(_bare(name), [])


def _fits(title: str, name: str) -> bool:
    """Whether a name is a title with values in their places.

    >>> _fits("takes %s of %i kg", "rates takes 2 of 30 kg"), _fits("takes %s", "refuses 2"), _fits("%s", "x")
    (True, False, False)
    """
    *parts, end = _VALUE.split(title)
    at = 0
    for part in parts:
        found = name.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return name.endswith(end) and len(name) - len(end) >= at and any(part.strip() for part in (*parts, end))


def _bare(name: str) -> str:
    """A function's name without what a runner adds.

    >>> _bare("TestLimit/30_kg"), _bare("rates::tests::refuses"), _bare("refuses(int)[1]")
    ('TestLimit', 'refuses', 'refuses')
    """
    return re.split(r"[(\[/{ ]", name.rpartition("::")[2] if "::" in name else name)[0].strip("`")


def _tests(path: str, text: str) -> Iterator[tuple[str, Source]]:
    lines = text.splitlines()
    titled = language_of(path) in TITLED
    for match in (_TITLED if titled else _NAMED).finditer(text):
        name = _plain(match["title"]) if titled else match["name"].strip("`")
        line = text.count("\n", 0, match.start()) + 1
        yield name, _source(path, lines, line, begin=_above_table(lines, line))
    if titled:
        for match in _NAMED.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield match["name"], _source(path, lines, line, begin=line)


def _above_table(lines: list[str], line: int) -> int:
    """Where a table of cases begins, whose title stands behind its end."""
    if not lines[line - 1].lstrip().startswith(("]", "`")):
        return line
    indent = _indent(lines[line - 1])
    for at in range(line - 1, max(0, line - _LONGEST), -1):
        if _indent(lines[at - 1]) == indent and _TABLE.match(lines[at - 1]):
            return at
    return line


def _plain(title: str) -> str:
    return re.sub(r"\\(.)", r"\1", title)


def _source(path: str, lines: list[str], line: int, *, begin: int) -> Source:
    first, last = begin, _last(lines, line)
    while first > 1 and _ABOVE.match(lines[first - 2]):
        first -= 1
    own = lines[first - 1 : last]
    words = tuple(each for each in own if _COMMENT.match(each))
    return Source(path=path, first=first, last=last, line=line, text="\n".join(own) + "\n", words=words)


def _last(lines: list[str], line: int) -> int:
    """The last line of what begins at a line: up to what is indented no more than it, a closing bracket included."""
    indent = _indent(lines[line - 1])
    for at in range(line, min(len(lines), line + _LONGEST)):
        text = lines[at]
        if text.strip() and _indent(text) <= indent and not _opens(text, indent):
            return at + 1 if _indent(text) == indent and _CLOSER.match(text) else at
    return min(len(lines), line + _LONGEST)


def _opens(text: str, indent: int) -> bool:
    """Whether a line only opens the block of what stands above it."""
    return text.strip() == "{" and _indent(text) == indent


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())

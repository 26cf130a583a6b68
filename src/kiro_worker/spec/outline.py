"""The outline of a Markdown document: its headings, and the lines that are code or comment rather than text."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kiro_worker.expression import Expression
from kiro_worker.spec.diagnostic import Diagnostic, diagnose
from kiro_worker.spec.document import SPACE, Document

# A fence may be indented as deep as the list item it belongs to, or quoted.
_BACKTICKS = Expression(r"(```+)([^\n]*+)")
_TILDES = Expression(r"(~~~+)([^\n]*+)")
# What git puts around the two sides of a merge that it could not make (gitattributes(5), conflict-marker-size).
_OURS, _BETWEEN, _THEIRS = "<<<<<<<", "=======", ">>>>>>>"
_HEADING = Expression(r"(#{1,6}+)[ \t]++([^\n]*+)")


class Heading(NamedTuple):
    """A heading marked with `#`; `line` counts from 0."""

    line: int
    level: int
    text: str


class Block(NamedTuple):
    """The lines `first` to `last`, from 0, both included."""

    first: int
    last: int


class Outline(NamedTuple):
    """What a document is made of, apart from its text.

    Attributes:
        headings: those outside fences and comments, in order.
        fences: code blocks, their marks included; one that is never closed is none.
        comments: HTML comments that cover whole lines.
        unclosed: lines that open a fence which nothing closes.
        unresolved: what a merge left that nobody resolved, with both sides, outside fences.
    """

    headings: tuple[Heading, ...]
    fences: tuple[Block, ...]
    comments: tuple[Block, ...]
    unclosed: tuple[int, ...]
    unresolved: tuple[Block, ...]

    def is_text(self, line: int) -> bool:
        """Whether a line is neither code nor comment."""
        return not (_holds(self.fences, line) or _holds(self.comments, line))

    def in_fence(self, line: int) -> bool:
        """Whether a line is part of a code block."""
        return _holds(self.fences, line)

    def in_comment(self, line: int) -> bool:
        """Whether a line is part of a comment."""
        return _holds(self.comments, line)

    def headings_between(self, first: int, end: int) -> tuple[Heading, ...]:
        """The headings among the lines `first` to `end`, the last one excluded."""
        return self.headings[bisect_left(self.headings, first, key=_line) : bisect_left(self.headings, end, key=_line)]

    def complaints(self, name: str) -> Iterator[Diagnostic]:
        """What is wrong with the document's blocks."""
        for line in self.unclosed:
            yield diagnose("document.fence-unclosed", name, line + 1)
        for first, last in self.unresolved:
            yield diagnose("document.unresolved-merge", name, first + 1, last=last + 1)


def outline(document: Document) -> Outline:
    """Find the headings, fences and comments of a document."""
    text = document.text
    # Looking for one letter is fifty times faster than for three, and most documents lack one of these.
    fences, unclosed = _fences(text) if "`" in text or "~" in text else ((), ())
    comments = _comments(text, fences) if "<" in text else ()
    headings = tuple(
        heading for heading in _headings(text) if not (_holds(fences, heading.line) or _holds(comments, heading.line))
    )
    unresolved = tuple(_unresolved(document.lines, fences)) if _OURS in text else ()
    return Outline(headings, fences, comments, unclosed, unresolved)


def _headings(text: str) -> Iterator[Heading]:
    """Every line marked as a heading, wherever it stands."""
    line = at = 0
    end = -1
    # Most of a text has no `#` at all, and nothing jumps over it as fast as `find`.
    while (start := text.find("#", end + 1)) >= 0:
        match = _HEADING.match(text, start)
        end = match.end() - 1 if match else start
        if match and _begins_line(text, start, " ", indent=3):
            line += text.count("\n", at, start)
            at = start
            yield Heading(line, len(match[1]), _text(match[2].strip(SPACE)))


def _text(marked: str) -> str:
    """A heading's text without the marks that may close it: `## Title ##`."""
    bare = marked.rstrip("#")
    return bare.rstrip(SPACE) if len(bare) < len(marked) and bare[-1:] in {"", " ", "\t"} else marked


def _fences(text: str) -> tuple[tuple[Block, ...], tuple[int, ...]]:
    blocks, unclosed = [], []
    line, at = 0, 0
    opened: tuple[int, str] | None = None
    # Two searches for fixed letters are several times faster than one look at the start of every line.
    for match in sorted((*_BACKTICKS.finditer(text), *_TILDES.finditer(text)), key=re.Match.start):
        if not _begins_line(text, match.start(), " \t>"):
            continue
        line += text.count("\n", at, match.start())
        at = match.start()
        mark, rest = match[1], match[2].strip(SPACE)
        if opened is None:
            if not (mark[0] == "`" and "`" in rest):
                opened = (line, mark)
        elif not rest and mark.startswith(opened[1]):
            blocks.append(Block(opened[0], line))
            opened = None
    if opened is not None:
        unclosed.append(opened[0])
    return tuple(blocks), tuple(unclosed)


def _comments(text: str, fences: tuple[Block, ...]) -> tuple[Block, ...]:
    blocks = []
    line, at, end = 0, 0, 0
    while (start := text.find("<!--", end)) >= 0:
        line += text.count("\n", at, start)
        at, end = start, start + 4
        if _holds(fences, line):
            continue
        if (end := text.find("-->", end)) < 0:
            break
        last = line + text.count("\n", start, end)
        whole = _begins_line(text, start, SPACE)
        if whole or last > line:
            blocks.append(Block(line if whole else line + 1, last))
    return tuple(blocks)


def _unresolved(lines: Iterable[str], fences: tuple[Block, ...]) -> Iterator[Block]:
    first, parted = -1, False
    for number, line in enumerate(lines):
        mark = line.partition(" ")[0]
        if mark == _OURS and not _holds(fences, number):
            first, parted = number, False
        elif first >= 0 and line == _BETWEEN:
            parted = True
        elif parted and mark == _THEIRS:
            yield Block(first, number)
            first, parted = -1, False


def _begins_line(text: str, at: int, white: str, *, indent: int = 200) -> bool:
    # The look back is bounded, as a hostile line could hold any number of marks.
    _, newline, before = text[max(at - indent - 1, 0) : at].rpartition("\n")
    return not before.strip(white) and (bool(newline) or at <= indent)


def _holds(blocks: tuple[Block, ...], line: int) -> bool:
    if not blocks:
        return False
    at = bisect_right(blocks, line, key=_first) - 1
    return at >= 0 and line <= blocks[at].last


def _line(heading: Heading) -> int:
    return heading.line


def _first(block: Block) -> int:
    return block.first

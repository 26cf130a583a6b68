"""The lines below a task: kept as they stand, and shown without the indentation they share with it."""

from collections.abc import Iterable
from typing import NamedTuple

from kiro_worker.expression import Expression
from kiro_worker.spec.document import SPACE

_HEADING = Expression(r"#{1,6}\s")
_FENCE = Expression(r"[>\s]*+(`{3,}+|~{3,}+)(.*)")


class Passage(NamedTuple):
    """Neighbouring lines of a document as they stand, of which the first is line `line`, from 1."""

    line: int
    text: str


class DetailLine(NamedTuple):
    """One line of a task's details."""

    line: int
    text: str


def lines_of(body: Iterable[Passage], indent: int) -> list[DetailLine]:
    """The details of a task: up to the first heading, less `indent` characters of white space, no blank ends."""
    lines: list[DetailLine] = []
    for passage in body:
        for number, raw in enumerate(passage.text.split("\n"), passage.line):
            room = len(raw) - len(raw.lstrip(SPACE))
            blank = room == len(raw)
            if lines or not blank:
                lines.append(DetailLine(number, "" if blank else raw[min(room, indent) :]))
    del lines[_end(lines) :]
    while lines and not lines[-1].text:
        lines.pop()
    return lines


def _end(lines: list[DetailLine]) -> int:
    """Where the first heading stands; a `#` within a code block is a comment of that code."""
    opened = ""
    heading_within = -1
    for index, (_, text) in enumerate(lines):
        if "`" in text or "~" in text:
            fence = _FENCE.match(text)
            if fence and not opened:
                opened = fence[1]
            elif fence and fence[1].startswith(opened) and not fence[2].strip():
                opened, heading_within = "", -1
        elif text.startswith("#") and _HEADING.match(text):
            if not opened:
                return index
            if heading_within < 0:
                heading_within = index
    # A fence that nothing closes is no fence.
    return heading_within if opened and heading_within >= 0 else len(lines)

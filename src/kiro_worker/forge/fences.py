"""Fenced code in Markdown: where it is, and whether it ends."""

import re
from collections.abc import Iterator

from kiro_worker.expression import expression

# https://spec.commonmark.org/0.31.2/#fenced-code-blocks; the info string of a backtick fence holds no backtick.
_FENCE = expression(r"^ {0,3}(?:(?P<ticks>`{3,})(?P<info>[^`\n]*)|(?P<waves>~{3,})(?P<rest>[^\n]*))$", re.MULTILINE)


def open_fence(text: str) -> str:
    r"""The fence that a text opens and does not close; empty when all are closed.

    >>> open_fence("a\n````python\nb")
    '````'
    """
    return next((fence for fence, _, end in _fences(text) if end is None), "")


def fenced_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where the insides of the closed fences are."""
    return tuple((start, end) for _, start, end in _fences(text) if end is not None and end > start)


def _fences(text: str) -> Iterator[tuple[str, int, int | None]]:
    fence, start = "", 0
    for line in _FENCE.finditer(text):
        marks = line["ticks"] or line["waves"]
        if not fence:
            fence, start = marks, line.end() + 1
        elif marks[0] == fence[0] and len(marks) >= len(fence) and not (line["info"] or line["rest"] or "").strip():
            yield fence, start, line.start() - 1
            fence = ""
    if fence:
        yield fence, start, None

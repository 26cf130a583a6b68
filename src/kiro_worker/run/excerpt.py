"""The part of a design that a task needs: its overview, and the sections that speak of the same things."""

import re

from kiro_worker.expression import expression
from kiro_worker.spec.design import Design, Section

_WORD = expression(r"[^\W_]{4,}|`[^`\n]+`", re.UNICODE)
_LIMIT = 8_000
# Words of every task and every design; they say nothing about what belongs together.
_COMMON = frozenset({
    "with", "that", "this", "from", "into", "each", "when", "then", "shall", "must", "should", "implement", "write",
    "create", "tests", "test", "task", "ensure", "requirements", "requirement", "property", "properties", "validates",
    "section", "function", "class", "method", "file", "files", "code",
})  # fmt: skip


def design_excerpt(design: Design, about: str, limit: int = _LIMIT) -> str:
    """Sections of a design, in its own order, the most fitting ones first to be taken.

    A design that is short enough comes whole: a person would read it whole, too.
    """
    whole = _joined(design, range(len(design.sections)))
    if len(whole) <= limit:
        return whole
    words = _words(about)
    ranked = sorted(
        range(len(design.sections)), key=lambda at: (-_score(design.sections[at], words, first=at == 0), at)
    )
    taken: list[int] = []
    for at in ranked:
        if not _score(design.sections[at], words, first=at == 0):
            break
        if len(_joined(design, [*taken, at])) <= limit:
            taken.append(at)
    return _joined(design, sorted(taken))


def _joined(design: Design, places: "range | list[int]") -> str:
    parts = []
    for at in places:
        section = design.sections[at]
        parts.append(f"{'#' * section.level} {section.title}\n{section.text.strip()}".strip())
    return "\n\n".join(parts)


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip("`").casefold() for word in _WORD.findall(text)) - _COMMON


def _score(section: Section, words: frozenset[str], *, first: bool) -> int:
    shared = len(words & _words(section.text)) + 3 * len(words & _words(section.title))
    return shared + (1 if first else 0)

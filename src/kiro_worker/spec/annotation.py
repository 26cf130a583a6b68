"""Remarks that a task or a property carries about itself, such as `_Requirements: 1.1, 2.3_`.

They are known by their place, an emphasised key before a colon; the key may be of any language.
"""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from kiro_worker.expression import Expression
from kiro_worker.spec import vocabulary
from kiro_worker.spec.detail import DetailLine
from kiro_worker.spec.document import SPACE
from kiro_worker.spec.reference import ReferenceKind, read_references

_KEY_LENGTH = 60
_BULLET = Expression(r"\s*+(?:>\s*+)*(?:[-*+]\s++)?")
_MARK = Expression(r"(?<![\w*`])([_*]{1,3}+)(?=\S)")
_COLON = Expression("[:\uff1a]")
_PLAIN = Expression(r"[(\uff08\[]?([^\s:\uff1a_*`(][^:\uff1a_*`\n]{0,40})[:\uff1a]\s*+(\S[^\n]*+)")
_NEXT = Expression(r"\s\|\s|\s(?=[_*]{1,3}[^\s_*:\uff1a])")
_NUMBERED = Expression(r"(\D{2,40}?)\s*+([0-9]{1,6})\W*")
_TRIM = SPACE + "_*()[]\uff08\uff09"


class AnnotationRole(StrEnum):
    """What a remark is about."""

    REQUIREMENTS = "requirements"
    PROPERTY = "property"
    DEPENDS = "depends"
    BUG_CONDITION = "bug-condition"
    EXPECTED_BEHAVIOR = "expected-behavior"
    PRESERVATION = "preservation"
    OTHER = "other"


class Annotation(NamedTuple):
    """One remark.

    Attributes:
        value: what stands behind the colon.
        line: from 1.
        tokens: the part that names requirements, criteria or properties; empty for other roles.
    """

    role: AnnotationRole
    key: str
    value: str
    line: int
    tokens: str = ""


_BUGFIX = {
    "bug condition": AnnotationRole.BUG_CONDITION,
    "fault condition": AnnotationRole.BUG_CONDITION,
    "expected behavior": AnnotationRole.EXPECTED_BEHAVIOR,
    "expected behaviour": AnnotationRole.EXPECTED_BEHAVIOR,
    "preservation": AnnotationRole.PRESERVATION,
}


def in_lines(lines: Iterable[DetailLine]) -> Iterator[Annotation]:
    """The remarks among the lines below a task or a heading; code is passed over."""
    fence = ""
    for number, text in lines:
        bare = text.lstrip(SPACE + ">")
        if bare.startswith(("```", "~~~")):
            fence = "" if fence and bare.startswith(fence) else fence or bare[:3]
        elif not fence:
            yield from _in_line(text, number)


def in_title(text: str, line: int) -> Iterator[Annotation]:
    """The remarks that stand in a task's own line, behind its title."""
    if ":" in text or "\uff1a" in text:
        yield from _emphasised(text, 0, line)


def _in_line(text: str, line: int) -> Iterator[Annotation]:
    if ":" not in text and "\uff1a" not in text:
        return
    bullet = _BULLET.match(text)
    start = bullet.end() if bullet else 0
    plain = _PLAIN.match(text, start)
    if plain and (remark := _plain(plain[1].strip(_TRIM), _value(plain[2]), line)):
        yield remark
        return
    yield from _emphasised(text, start, line)


def _plain(key: str, value: str, line: int) -> Annotation | None:
    """A key without emphasis counts only if it is a known word, and its value is nothing but references."""
    if not (vocabulary.names(key, vocabulary.REQUIREMENT) or _NUMBERED.fullmatch(key)):
        return None
    remark = _judge(key, value, line, bold=True)
    if remark.role is AnnotationRole.REQUIREMENTS and any(
        found.kind is ReferenceKind.TEXT for found in read_references(value)
    ):
        return None
    return remark if remark.role in {AnnotationRole.REQUIREMENTS, AnnotationRole.PROPERTY} else None


def _emphasised(text: str, start: int, line: int) -> Iterator[Annotation]:
    at = start
    unclosed: set[str] = set()
    while opening := _MARK.search(text, at):
        mark, at = opening[1], opening.end()
        colon = _COLON.search(text, at, at + _KEY_LENGTH)
        if not colon:
            continue
        raw = text[at : colon.start()].strip(SPACE)
        key = raw.strip(_TRIM)
        if not key or mark in key.replace("_", " ") or text.startswith("//", colon.end()):
            continue
        # Once no closing mark is found there is none further on either; looking again would take quadratic time.
        closing = None
        if not (raw.endswith(mark) or text.startswith(mark, colon.end()) or mark in unclosed):
            closing = _closing(mark).search(text, colon.end())
            unclosed |= set() if closing else {mark}
        following = closing or _NEXT.search(text, colon.end() + len(mark))
        end = following.start() if following else len(text)
        at = closing.end() if closing else end
        yield _judge(key, _value(text[colon.end() : end]), line, bold="**" in mark or "__" in mark)


def _value(text: str) -> str:
    """The text without marks, and without a bracket that was opened before the key."""
    bare = text.strip(SPACE + "_*")
    for opening, closing in ("()", "[]", "\uff08\uff09"):
        if bare.endswith(closing) and bare.count(closing) > bare.count(opening):
            bare = bare[:-1].rstrip(SPACE + "_*")
    return bare


@cache
def _closing(mark: str) -> Expression:
    return Expression(re.escape(mark) + r"(?!\w)")


def _judge(key: str, value: str, line: int, *, bold: bool) -> Annotation:
    plain = " ".join(key.replace("_", " ").split()).casefold()
    if plain in _BUGFIX:
        return Annotation(_BUGFIX[plain], key, value, line)
    numbered = _NUMBERED.fullmatch(key)
    if numbered and vocabulary.names(numbered[1], vocabulary.PROPERTY):
        return Annotation(AnnotationRole.PROPERTY, key, value, line, numbered[2])
    if vocabulary.names(key, vocabulary.PROPERTY):
        return Annotation(AnnotationRole.PROPERTY, key, value, line, value)
    if vocabulary.mentions(key, vocabulary.DEPENDS):
        return Annotation(AnnotationRole.DEPENDS, key, value, line)
    if _is_reference(key, value, bold=bold):
        return Annotation(AnnotationRole.REQUIREMENTS, key, value, line, value)
    return Annotation(AnnotationRole.OTHER, key, value, line)


def _is_reference(key: str, value: str, *, bold: bool) -> bool:
    if not value:
        return False
    if vocabulary.names(key, vocabulary.REQUIREMENT):
        return True
    found = [each for each in read_references(value) if each.kind is not ReferenceKind.NOTHING]
    certain = [each for each in found if each.kind is not ReferenceKind.TEXT]
    if vocabulary.mentions(key, vocabulary.COVERS):
        return bool(certain) and any(
            each.label or "." in each.first or each.kind is ReferenceKind.ALL for each in certain
        )
    if vocabulary.mentions(key, vocabulary.ELSEWHERE) or len(certain) < len(found):
        return False
    # An unknown key: `**Version**: 1.0` must not pass for a reference, `_ข้อกำหนด: 1.1_` must.
    dotted = [each for each in certain if "." in each.first]
    return len(dotted) == len(certain) and len(dotted) > bold

"""References as tasks write them: `1.2`, `3`, `3.1-3.8`, `Req 4`, `FR-1.2`, `All`, `Properties 1, 2`, or words."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from kiro_worker.expression import Expression
from kiro_worker.spec import vocabulary
from kiro_worker.spec.document import SPACE

_NUMBER = r"[0-9]{1,6}(?:\.[0-9]{1,6})*"
_SEPARATORS = ",\uff0c\u3001;\uff1b|\u060c"
_OPEN, _CLOSE = "(\uff08", ")\uff09"
_TRIM = SPACE + ".\u3002`_*[]#"
_AND = Expression(
    rf"(?<=[0-9)\uff09])\s*(?:{vocabulary.AND})\s*(?=[^0-9]{{0,24}}[0-9])|(?<=[0-9])\s+(?=[0-9])",
    re.IGNORECASE,
)
_FIRST = Expression(rf"(?<![0-9.])({_NUMBER})(?![0-9])")
# Nine references in ten are written like this, and need no second thought.
_USUAL = Expression(r"[0-9]{1,6}\.[0-9]{1,6}(?:, ?[0-9]{1,6}\.[0-9]{1,6})*")
_RANGE = Expression(
    rf"\s*(?:[-\u2010-\u2015~\u301c\uff5e\u81f3\u5230]|\u304b\u3089|\.\.\.?|\b(?:to|through|thru|a|al|à|bis|до|até)\b)\s*"
    rf"(?:[^\W\d]{{1,12}}[ .-]?)?({_NUMBER})(?![0-9])",
    re.IGNORECASE,
)
_WILD = Expression(r"\.(?:x|\*|n)(?!\w)", re.IGNORECASE)
_CODE = Expression(r"[A-Z]{1,8}(?:[-_][A-Z]{1,8})*[-_ ]?")
_LABEL_WORDS = 3
_ARTICLES = frozenset(("os", "as", "los", "las", "les", "the", "le", "i", "of", "die", "der"))


class ReferenceKind(StrEnum):
    """What a reference points to."""

    CRITERION = "criterion"
    REQUIREMENT = "requirement"
    PROPERTY = "property"
    ALL = "all"
    NOTHING = "nothing"
    TEXT = "text"


class Reference(NamedTuple):
    """One thing referred to.

    Attributes:
        text: as it is written.
        first: its number; empty for `all`, `nothing` and `text`.
        last: the other end of a range; empty otherwise.
        label: letters that tell numbers of the same value apart, such as `FR`; `property` for all properties.
        note: words beside the number.
        line: where it is written, from 1; 0 if not known.
    """

    kind: ReferenceKind
    text: str
    first: str = ""
    last: str = ""
    label: str = ""
    note: str = ""
    line: int = 0


def read_references(value: str, *, line: int = 0, properties: bool = False) -> tuple[Reference, ...]:
    """Take a list of references apart; what is no reference comes back as `text`, nothing is lost.

    Args:
        value: what stands behind the key, such as `1.1, 2.3-2.5 (errors), Req 4`.
        line: where that is.
        properties: whether numbers without a word are properties rather than requirements.

    >>> [(each.kind.value, each.first, each.last) for each in read_references("1.2, 3.1–3.8, All")]
    [('criterion', '1.2', ''), ('criterion', '3.1', '3.8'), ('all', '', '')]
    """
    if not properties and _USUAL.fullmatch(value):
        return tuple(Reference(ReferenceKind.CRITERION, each, each, line=line) for each in _FIRST.findall(value))
    found: list[Reference] = []
    for item in _items(value):
        for each in _read_item(item, properties=properties):
            if each.kind in {ReferenceKind.PROPERTY, ReferenceKind.REQUIREMENT, ReferenceKind.CRITERION} and each.label:
                properties = each.kind is ReferenceKind.PROPERTY
            found.append(each._replace(line=line))
    return tuple(found)


def _items(value: str) -> Iterator[str]:
    """Split at separators outside parentheses, and at words for "and" between numbers."""
    grouped = sum(map(value.count, _OPEN)) == sum(map(value.count, _CLOSE))
    depth, start = 0, 0
    for at, char in enumerate(value):
        if char in _OPEN:
            depth += grouped
        elif char in _CLOSE:
            depth = max(depth - grouped, 0)
        elif char in _SEPARATORS and not depth:
            yield from _AND.split(value[start:at])
            start = at + 1
    yield from _AND.split(value[start:])


def _read_item(item: str, *, properties: bool) -> Iterator[Reference]:
    text = item.strip(_TRIM)
    if not text:
        return
    opening = min((at for at in map(text.find, _OPEN) if at > 0), default=len(text))
    body, note = text[:opening].strip(_TRIM), text[opening:].strip(_TRIM + _OPEN + _CLOSE)
    if found := _FIRST.search(body):
        yield from _numbered(text, body, found, note, properties=properties)
    elif body.casefold() in vocabulary.NOTHING:
        yield Reference(ReferenceKind.NOTHING, text, note=note)
    elif (kind_of_all := _all(body)) is not None:
        yield Reference(ReferenceKind.ALL, text, label=kind_of_all, note=note)
    else:
        # `the behaviour in the design (2.1, 2.3)`: words, and then the numbers they stand for.
        inner = [each for each in _inner(note) if each.kind in {ReferenceKind.CRITERION, ReferenceKind.REQUIREMENT}]
        yield Reference(ReferenceKind.TEXT, text)
        yield from inner


def _inner(note: str) -> Iterator[Reference]:
    if _FIRST.match(note):
        for item in _items(note):
            bare = item.strip(_TRIM)
            if (found := _FIRST.match(bare)) and "." in found[1]:
                yield from _numbered(bare, bare, found, "", properties=False)


def _numbered(text: str, body: str, found: re.Match[str], note: str, *, properties: bool) -> Iterator[Reference]:
    first, tail = found[1], body[found.end() :]
    kind, label, words = _label(body[: found.start()].strip(_TRIM + ":\uff1a"), first, properties=properties)
    if kind is ReferenceKind.TEXT:
        yield Reference(ReferenceKind.TEXT, text)
        return
    if words:
        yield Reference(ReferenceKind.TEXT, words)
    last = ""
    if span := _RANGE.match(tail):
        last, tail = span[1], tail[span.end() :]
    elif wild := _WILD.match(tail):
        kind, tail = (ReferenceKind.REQUIREMENT if kind is ReferenceKind.CRITERION else kind), tail[wild.end() :]
    yield Reference(kind, text, first, last, label, " ".join(filter(None, (tail.strip(_TRIM + ":\uff1a-"), note))))


def _label(label: str, number: str, *, properties: bool) -> tuple[ReferenceKind, str, str]:
    """What the words before a number make of it: its kind, the letters that belong to it, and words that do not."""
    plain = ReferenceKind.CRITERION if "." in number else ReferenceKind.REQUIREMENT
    found = vocabulary.words(label)
    if not label or not found:
        return (ReferenceKind.PROPERTY if properties else plain), "", ""
    if vocabulary.names(label, vocabulary.PROPERTY):
        return ReferenceKind.PROPERTY, label, ""
    if _CODE.fullmatch(label) and found[-1] not in vocabulary.ELSEWHERE:
        return plain, label.strip("-_ "), ""
    if vocabulary.names(label, vocabulary.REQUIREMENT):
        return plain, label, ""
    if vocabulary.mentions(label, vocabulary.ELSEWHERE):
        return ReferenceKind.TEXT, "", ""
    if "." in number:
        return (plain, label, "") if len(found) < _LABEL_WORDS else (plain, "", label)
    # `要件7` in a language that is not known: one word, glued to its number or standing right before it.
    return (plain, label, "") if len(found) == 1 and not label.isascii() else (ReferenceKind.TEXT, "", "")


def _all(text: str) -> str | None:
    """Whether the text says all of them: `property` for all properties, an empty label for all requirements."""
    folded = text.casefold()
    for word in vocabulary.ALL:
        if not folded.startswith(word):
            continue
        rest = folded[len(word) :]
        if not rest.strip(_TRIM):
            return ""
        if word.isascii() and rest[:1].isalnum():
            continue
        found = [each for each in vocabulary.words(rest) if each not in _ARTICLES]
        if not found:
            return ""
        if _begins(found[0], vocabulary.PROPERTY):
            return "property"
        if _begins(found[0], vocabulary.REQUIREMENT):
            return ""
    return None


def _begins(word: str, known: frozenset[str]) -> bool:
    return word in known or (
        not word.isascii() and any(word.startswith((each, "\u306e" + each)) for each in known if not each.isascii())
    )

"""The Easy Approach to Requirements Syntax, in the dialect that Kiro writes; it classifies, and never rejects.

The forms are Mavin's (https://alistairmavin.com/ears/). Kiro writes keywords in capitals, `WHEN … THEN` besides
`WHEN …,`, `FOR ALL …` for properties, and `SHALL CONTINUE TO` in bugfixes; clauses may be of any language.
"""

import re
from enum import StrEnum
from typing import NamedTuple

from kiro_worker.expression import Expression

_TRIM = " \t\u3000,;:.\uff0c\u3001\u3002\uff1b\uff1a*-\u2013\u2014"
# Scripts without spaces may stand right beside a keyword, letters of the keyword's own script may not.
_LETTER = "[A-Za-z\u00c0-\u024f\u0400-\u04ff_]"


class EarsPattern(StrEnum):
    """The forms of a criterion."""

    UBIQUITOUS = "ubiquitous"
    EVENT = "event"
    STATE = "state"
    OPTIONAL = "optional"
    UNWANTED = "unwanted"
    COMPLEX = "complex"
    PROPERTY = "property"
    NONE = "none"


class Ears(NamedTuple):
    """What a criterion is made of.

    Attributes:
        keywords: those of its conditions, in English capitals and in order.
        conditions: the text behind each of them.
        system: who or what is to respond; empty if that cannot be told.
        responses: one for each SHALL.
        shall: how many SHALL it has.
        modal: the word that makes it binding: SHALL, or what stands for it in other languages; empty if none is known.
        negative: whether something shall not be.
    """

    pattern: EarsPattern
    keywords: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    system: str = ""
    responses: tuple[str, ...] = ()
    shall: int = 0
    modal: str = ""
    negative: bool = False

    @property
    def has_shall(self) -> bool:
        """Whether it says SHALL, in whatever case."""
        return self.shall > 0


_KIND = {
    "WHEN": EarsPattern.EVENT,
    "AFTER": EarsPattern.EVENT,
    "BEFORE": EarsPattern.EVENT,
    "UPON": EarsPattern.EVENT,
    "ONCE": EarsPattern.EVENT,
    "WHILE": EarsPattern.STATE,
    "GIVEN": EarsPattern.STATE,
    "WHERE": EarsPattern.OPTIONAL,
    "IF": EarsPattern.UNWANTED,
    "FOR ALL": EarsPattern.PROPERTY,
    "FOR ANY": EarsPattern.PROPERTY,
    "FOR EVERY": EarsPattern.PROPERTY,
}
_TRANSLATED = {
    **dict.fromkeys(("CUANDO", "QUANDO", "QUAND", "LORSQUE", "WENN", "КОГДА", "KETIKA", "SAAT"), "WHEN"),
    **dict.fromkeys(("SI", "SE", "FALLS", "ЕСЛИ", "JIKA", "EĞER"), "IF"),
    **dict.fromkeys(("MIENTRAS", "ENQUANTO", "TANT QUE", "WÄHREND", "SOLANGE", "MENTRE", "ПОКА", "SELAMA"), "WHILE"),
    **dict.fromkeys(("DONDE", "ONDE", "OÙ", "DOVE", "ГДЕ"), "WHERE"),
    **dict.fromkeys(("PARA TODO", "PARA TODOS", "PARA TODA", "PARA TODAS", "POUR TOUT", "FÜR ALLE"), "FOR ALL"),
}
_KEYWORDS = "|".join(sorted((*_KIND, *_TRANSLATED), key=len, reverse=True)).replace(" ", r"\s+")
_THEN = r"THEN|ENTONCES|ENTÃO|ALORS|DANN|ALLORA|ТОГДА|MAKA"
_OTHER_MODALS = (
    r"MUST|WILL|SHOULD|DEBE|DEBEN|DEBERÁ|DEBERÁN|DEVE|DEVEM|DEVERÁ|DEVERÃO|DOIT|DOIVENT|MUSS|MÜSSEN|SOLL|SOLLEN|"
    r"DEVONO|ДОЛЖЕН|ДОЛЖНА|ДОЛЖНО|ДОЛЖНЫ|HARUS|WAJIB|MALIDIR|MELIDIR|MALI|MELI"
)
_UNSPACED_MODALS = (
    r"しなければならない|なければなりません|なければならない|ものとする|すること|べきである|必须|必須|应当|應當|应该|應該|应|應|"
    r"해야\s*한다|해야\s*합니다|하여야\s*한다|يجب"
)


_LEADING = Expression(rf"(?P<word>{_KEYWORDS})(?!{_LETTER})\s*", re.IGNORECASE)
_INNER = Expression(rf"(?<!{_LETTER})(?P<word>{_KEYWORDS})(?!{_LETTER})\s*")
_SHALL = Expression(r"(?<![A-Za-z])shall(?![A-Za-z])(?P<negative>\**\s+\**not(?![A-Za-z]))?", re.IGNORECASE)
_MODAL = Expression(
    rf"(?<!{_LETTER})(?:{_OTHER_MODALS})(?!{_LETTER})(?P<negative>\s+NOT\b)?|{_UNSPACED_MODALS}", re.IGNORECASE
)
# What may stand before a criterion's first word: marks, a check box, a name of its own such as `AC1:`.
_DECORATION = Expression(
    r"[^\w<\[(\"'\u2018\u201c\u300c]*+(?:\[[ xX~-]\]\s*+)?(?:[A-Z]{1,8}[-_ ]?[0-9]+(?:\.[0-9]+)*\**[:.)\uff1a]\**\s+)?"
)
_SUBJECT_THEN = Expression(rf"(?<!{_LETTER})(?:{_THEN}|Then)(?!{_LETTER})|,\s*then\b")
_SUBJECT_THE = Expression(r"[,\uff0c\u3001]\s*[Tt]he\b|(?<![A-Za-z])THE(?![A-Za-z])")
_SUBJECT_CAPITAL = Expression(r"(?<![A-Za-z])THE(?![A-Za-z])")
_TOPIC = Expression(r"([^\u306f\u3001]{1,60}?)\u306f")
_THEN_FIRST = Expression(r"then\b")
_ARTICLE = Expression(r"(?:the|an|a|each|every|any|all|el|la|los|las|le|les|o|os|der|die|das)\s+", re.IGNORECASE)


def classify(text: str) -> Ears:
    """Tell the form of a criterion; a text in no form is `NONE`, which is no fault.

    >>> classify("WHEN a file is missing THEN the CLI SHALL say so").pattern.value
    'event'
    >>> classify("IF the disk is full, THEN THE Worker SHALL stop").system
    'Worker'
    """
    plain = text[_end(_DECORATION.match(text)) :].replace("**", "")
    shalls = list(_SHALL.finditer(plain))
    modal = shalls[0] if shalls else _MODAL.search(plain)
    condition = plain[: modal.start()] if modal else plain
    keywords, conditions = _conditions(condition)
    leading_the = bool(_SUBJECT_CAPITAL.match(plain))
    return Ears(
        pattern=_pattern(keywords, binding=bool(shalls) or (leading_the and (bool(modal) or not keywords))),
        keywords=keywords,
        conditions=conditions,
        system=_system(condition, conditional=bool(keywords)) if modal and (shalls or keywords or leading_the) else "",
        responses=_responses(plain, shalls),
        shall=len(shalls),
        modal=modal[0].split()[0].strip("*").upper() if modal else "",
        negative=any(found["negative"] for found in shalls) or bool(modal and not shalls and modal["negative"]),
    )


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0


def _pattern(keywords: tuple[str, ...], *, binding: bool) -> EarsPattern:
    kinds = {_KIND[word] for word in keywords}
    if EarsPattern.PROPERTY in kinds:
        return EarsPattern.PROPERTY
    if len(kinds) > 1:
        return EarsPattern.COMPLEX
    if kinds:
        return kinds.pop()
    return EarsPattern.UBIQUITOUS if binding else EarsPattern.NONE


def _conditions(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keywords before the system, and the text behind each."""
    first = _LEADING.match(text)
    if not first:
        return (), ()
    # Only capitals count further on: `when` in the middle of a sentence is a word like any other.
    found = [first, *_INNER.finditer(text, first.end())]
    words, clauses = [], []
    for index, match in enumerate(found):
        word = " ".join(match["word"].upper().split())
        until = found[index + 1].start() if index + 1 < len(found) else _subject(text, match.end())
        words.append(_TRANSLATED.get(word, word))
        clauses.append(text[match.end() : max(until, match.end())].strip(_TRIM))
    return tuple(words), tuple(clauses)


def _subject(text: str, start: int) -> int:
    """Where the system begins that a condition is for."""
    for pattern in (_SUBJECT_THEN, _SUBJECT_THE):
        if found := [match.start() for match in pattern.finditer(text, start)]:
            return found[-1]
    comma = max(text.rfind(mark, start) for mark in ",\uff0c\u3001")
    article = text.rfind(" the ", start)
    return next((place for place in (comma, article) if place >= 0), len(text))


def _system(text: str, *, conditional: bool) -> str:
    start = _subject(text, _end(_LEADING.match(text))) if conditional else 0
    rest = text[start:].strip(_TRIM)
    if then := _SUBJECT_THEN.match(rest) or _THEN_FIRST.match(rest):
        rest = rest[then.end() :].strip(_TRIM)
    if the := _SUBJECT_CAPITAL.match(rest):
        rest = rest[the.end() :].strip(_TRIM)
    topic = _TOPIC.match(rest)
    return topic[1] if topic else _ARTICLE.sub("", rest, count=1) if _ARTICLE.match(rest) else rest


def _responses(text: str, shalls: list[re.Match[str]]) -> tuple[str, ...]:
    responses = []
    for index, found in enumerate(shalls):
        end = shalls[index + 1].start() if index + 1 < len(shalls) else len(text)
        part = text[found.end() : end]
        if index + 1 < len(shalls):
            # What stands before the next SHALL is its system, behind the last mark or "and".
            cut = max(part.rfind(mark) for mark in (",", ";", ".", " and ", " AND ", "\uff0c", "\uff1b", "\u3002"))
            part = part[:cut] if cut >= 0 else part
        responses.append(part.strip(_TRIM))
    return tuple(responses)

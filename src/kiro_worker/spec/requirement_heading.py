"""Which headings of a document are requirements; position and company decide, as the words may be of any language."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from kiro_worker.expression import Expression
from kiro_worker.spec import vocabulary
from kiro_worker.spec.criterion_reader import is_acceptance
from kiro_worker.spec.document import SPACE
from kiro_worker.spec.outline import Heading

_NUMBER = r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,4}"
_DECORATION = Expression(r"[^\w]*+")
_CODE = Expression(
    rf"(?P<label>[A-Z]{{1,8}}(?:[-_][A-Z]{{1,8}})*)[-_ ]?(?P<number>{_NUMBER})(?!\w|\.[0-9])(?P<title>.*)"
)
_WORD = Expression(
    rf"(?P<label>[^\W\d_][^\d:\uff1a.()]{{0,40}}?)[{SPACE}.#-]*(?P<number>{_NUMBER})(?!\.?[0-9])"
    rf"(?P<title>(?:[{SPACE}]*(?:[:\uff1a.)\uff09\u3001|\u2013\u2014-]|$)|[{SPACE}]).*)"
)
_PLAIN = Expression(rf"(?P<number>{_NUMBER})(?P<stop>[.)\uff09\u3001:\uff1a]?)[{SPACE}]+(?P<title>\S.*)")
_TITLE_TRIM = SPACE + ":\uff1a.)]\uff09\u3001|\u2013\u2014-*_"
_DEEPEST, _HIGHEST = 4, 2


Stated = Callable[[int, int], bool]


class Candidate(NamedTuple):
    """A heading that could be a requirement.

    Attributes:
        at: its place among the document's headings.
        line: from 0.
        label: the words or letters before the number.
        written: label and number as they stand, for a code such as `FR-1`; empty otherwise.
    """

    at: int
    line: int
    level: int
    label: str
    number: str
    title: str
    written: str


def requirement_headings(headings: Sequence[Heading], lines: int, is_stated: Stated) -> tuple[Candidate, ...]:
    """Choose the headings that are requirements, in the order of the document.

    Args:
        headings: all of the document's.
        lines: how many lines it has.
        is_stated: whether criteria, or a text that could be one, stand between two lines, from 0.
    """
    found = [each for at, heading in enumerate(headings) if (each := _candidate(at, heading))]
    places = frozenset(each.at for each in found)
    groups: dict[str, list[Candidate]] = {}
    for each in found:
        groups.setdefault(each.label.casefold(), []).append(each)

    def stated(each: Candidate) -> bool:
        return is_stated(each.line + 1, section_end(headings, each, places, lines))

    plain = [each for each in groups.pop("", []) if stated(each)]
    chosen = [group for group in groups.values() if _is_requirement(group, stated)]
    # Beside a word for it, `### 3. Storage` is a section of something else, such as a design.
    if not any(is_main(group[0].label) for group in chosen):
        chosen.append(plain)
    return tuple(sorted((each for group in chosen for each in group), key=_line))


def section_end(headings: Sequence[Heading], candidate: Candidate, others: frozenset[int], lines: int) -> int:
    """The line behind a candidate's section, from 0.

    Args:
        headings: all of the document's.
        candidate: the section's heading.
        others: places of the headings that end it whatever their level.
        lines: how many lines the document has.
    """
    announced = False
    for at in range(candidate.at + 1, len(headings)):
        heading = headings[at]
        if at in others:
            return heading.line
        if heading.level <= candidate.level:
            # `### Acceptance Criteria` below `### Requirement 1` is seen; it is still the requirement's.
            if announced or heading.level < candidate.level or not is_acceptance(heading.text):
                return heading.line
            announced = True
    return lines


def _candidate(at: int, heading: Heading) -> Candidate | None:
    if not _HIGHEST <= heading.level <= _DEEPEST:
        return None
    text = heading.text.replace("**", "").replace("__", "")
    bare = text[_end(_DECORATION.match(text)) :].strip(SPACE)
    if plain := _PLAIN.fullmatch(bare):
        # `### 2025 outlook` is a year; a lone number needs a dot to be a number of something.
        if "." not in plain["number"] and (not plain["stop"] or _is_year(plain["number"])):
            return None
        return Candidate(at, heading.line, heading.level, "", plain["number"], _tidy(plain["title"]), "")
    code = _CODE.fullmatch(bare)
    found = code or _WORD.fullmatch(bare)
    if not found:
        return None
    label = found["label"].strip(SPACE + "-_.")
    if _is_year(found["number"]) and not is_main(label):
        return None
    written = "-".join(bare[: found.end("number")].split()) if code else ""
    return Candidate(at, heading.line, heading.level, label, found["number"], _tidy(found["title"]), written)


def _tidy(title: str) -> str:
    return title.lstrip(_TITLE_TRIM).rstrip(SPACE + ":\uff1a*_")


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0


def _is_year(number: str) -> bool:
    return len(number) == 4 and number[:2] in {"19", "20"}


def is_main(label: str) -> bool:
    """Whether a label is a word for requirements, rather than one that is only found beside them."""
    return vocabulary.names(label, vocabulary.REQUIREMENT) or label.casefold() in {"fr", "nfr", "user story"}


def _is_requirement(group: Sequence[Candidate], stated: Callable[[Candidate], bool]) -> bool:
    label = group[0].label
    if is_main(label):
        return True
    if vocabulary.mentions(label, vocabulary.ELSEWHERE) or vocabulary.names(label, vocabulary.PROPERTY):
        return False
    return sum(map(stated, group)) * 2 >= len(group)


def _line(candidate: Candidate) -> int:
    return candidate.line

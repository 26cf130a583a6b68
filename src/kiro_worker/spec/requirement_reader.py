"""requirements.md, in the languages and forms that are seen: headings with numbers, and lists of criteria below."""

import re
from collections.abc import Iterator
from functools import partial

from kiro_worker.expression import Expression
from kiro_worker.spec import criterion_reader, vocabulary
from kiro_worker.spec.criterion import Criterion, Requirement, RequirementList, Term
from kiro_worker.spec.criterion_reader import Statement, read_statements
from kiro_worker.spec.diagnostic import Diagnostic, diagnose, in_order
from kiro_worker.spec.document import SPACE, Document
from kiro_worker.spec.outline import Outline, outline
from kiro_worker.spec.requirement_heading import Candidate, requirement_headings, section_end

_TERM = Expression(
    rf"[{SPACE}]*+(?:[-*+][{SPACE}]++)?(?P<mark>\*\*|__|`)(?P<name>(?:(?!(?P=mark)).){{1,120}})(?P=mark)"
    rf"(?P<also>[{SPACE}]*[(\uff08][^)\uff09\n]{{0,80}}[)\uff09])?[{SPACE}]*[:\uff1a\u2013\u2014-][{SPACE}]*(?P<meaning>\S.*)"
)
_TERM_INSIDE = Expression(
    rf"[{SPACE}]*+[-*+][{SPACE}]++\*\*(?P<name>[^*]{{1,120}})[:\uff1a]\*\*[{SPACE}]*(?P<meaning>\S.*)"
)
_ROW = Expression(r"[ \t]*\|(?P<name>[^|\n]{1,120})\|(?P<meaning>[^|\n]+)")
# Below the head of a table.
_RULE = Expression(r"[ \t]*\|[ \t:|-]*")
_STORY_KEY = Expression(
    rf"[{SPACE}>]*(?:[-*+][{SPACE}]+)?(\*\*|__|\*|_)(?P<key>[^*_\n]{{1,40}}?)[:\uff1a]?\1[{SPACE}]*[:\uff1a]?[{SPACE}]*(?P<text>.*)"
)
_STORY_START = Expression(
    r"(?![-*+]\s)[\s>*_\"']*+(?:as an? |como |en tant qu|als |作为|作為|sebagai |как |ك|bir )", re.IGNORECASE
)
_STORY_LOOK = 12


def read_requirements(data: bytes, *, name: str = "requirements.md") -> RequirementList:
    r"""Read a requirements.md; never fails, whatever the bytes are.

    Args:
        data: the file.
        name: how diagnostics call it.

    >>> found = read_requirements(b"### Requirement 1: Lock\n\n1. WHEN asked THEN the door SHALL lock\n")
    >>> [(criterion.id, criterion.ears.pattern.value) for criterion in found.criteria]
    [('1.1', 'event')]
    """
    document = Document(name, data)
    shape = outline(document)
    chosen = requirement_headings(shape.headings, len(document.lines), partial(_is_stated, document, shape))
    told: list[Diagnostic] = [*document.complaints(), *shape.complaints(name)]
    requirements = tuple(_requirements(document, shape, chosen, told))
    if not any(each.criteria for each in requirements):
        told.append(diagnose("requirements.none", name, 1))
    return RequirementList(
        requirements=requirements,
        glossary=tuple(glossary(document, shape)),
        form=document.form(),
        diagnostics=tuple(sorted(told, key=in_order)),
    )


class Register:
    """Gives each thing an id of its own; of a doubled number the second becomes `2#2`, and is told."""

    def __init__(self, document: Document, code: str, told: list[Diagnostic]) -> None:
        self._document = document
        self._code = code
        self._told = told
        self._lines: dict[str, list[int]] = {}

    def enter(self, name: str, line: int) -> str:
        """The id for what is called `name` on a line, from 1."""
        lines = self._lines.setdefault(name, [])
        lines.append(line)
        if len(lines) == 1:
            return name
        own = f"{name}#{len(lines)}"
        facts = {"number": name, "first": lines[0], "id": own}
        self._told.append(diagnose(self._code, self._document.name, line, **facts))
        return own


def _is_stated(document: Document, shape: Outline, first: int, end: int) -> bool:
    return bool(read_statements(document, shape, first, end, frozenset()))


def _requirements(
    document: Document, shape: Outline, chosen: tuple[Candidate, ...], told: list[Diagnostic]
) -> Iterator[Requirement]:
    places = frozenset(each.at for each in chosen)
    requirements = Register(document, "requirements.number-doubled", told)
    numbered = Register(document, "requirements.criterion-doubled", told)
    for each in chosen:
        line = each.line + 1
        name = requirements.enter(_name(each, chosen[0]), line)
        end = section_end(shape.headings, each, places, len(document.lines))
        story, taken = _story(document, line, end)
        statements = read_statements(document, shape, line, end, taken)
        if not statements:
            told.append(diagnose("requirements.without-criteria", document.name, line, number=name))
        yield Requirement(
            id=name,
            label=each.label,
            number=each.number,
            title=each.title,
            story=story,
            criteria=tuple(criteria(document, (name, each.number), statements, numbered, told)),
            line=line,
            offset=document.byte_of(line),
        )


def _name(each: Candidate, first: Candidate) -> str:
    """What references call it: the number alone for the document's main word, else what sets it apart, too."""
    if each.written:
        return each.written
    if each.label.casefold() == first.label.casefold():
        return each.number
    apart = [word for word in each.label.split() if not vocabulary.names(word, vocabulary.REQUIREMENT)]
    return " ".join((*apart, each.number))


def criteria(
    document: Document,
    requirement: tuple[str, str],
    statements: list[Statement],
    register: Register,
    told: list[Diagnostic],
) -> Iterator[Criterion]:
    """Number the criteria of a requirement, given by its id and number, and tell of numbers that do not fit."""
    name, number = requirement
    for each, ordinal, fits in criterion_reader.ordinals(statements, number):
        line = each.line + 1
        own = register.enter(f"{name}.{ordinal}", line)
        if not fits:
            facts = {"written": each.number, "requirement": name, "id": own}
            told.append(diagnose("requirements.criterion-misplaced", document.name, line, **facts))
        yield Criterion(own, name, ordinal, each.text, each.details, line, document.byte_of(line))


def _story(document: Document, first: int, end: int) -> tuple[str, frozenset[int]]:
    """The user story, which stands close below the heading, and the lines it takes."""
    lines = document.lines
    for line in range(first, min(end, first + _STORY_LOOK)):
        text = lines[line]
        key = _STORY_KEY.fullmatch(text)
        known = bool(key and key["key"].casefold().strip(SPACE) in vocabulary.STORY)
        if not known and not _STORY_START.match(key["key"] + " " if key else text):
            continue
        taken = [line]
        while taken[-1] + 1 < end and (following := lines[taken[-1] + 1].strip(SPACE)):
            if following.startswith(("#", "- ", "1.", "* ")) or criterion_reader.is_acceptance(following):
                break
            taken.append(taken[-1] + 1)
        whole = [key["text"] if known and key else text, *(lines[at] for at in taken[1:])]
        return " ".join(" ".join(whole).replace("**", "").split()), frozenset(taken)
    return "", frozenset()


def glossary(document: Document, shape: Outline) -> Iterator[Term]:
    """The terms a document defines, in a section of that name wherever it stands."""
    headings, end = shape.headings, 0
    for at, heading in enumerate(headings):
        if heading.line < end or heading.text.casefold().strip(SPACE + ":\uff1a*") not in vocabulary.GLOSSARY:
            continue
        later = (headings[place] for place in range(at + 1, len(headings)))
        end = next((each.line for each in later if each.level <= heading.level), len(document.lines))
        for line in range(heading.line + 1, end):
            text = document.lines[line]
            found = _TERM.fullmatch(text) or _TERM_INSIDE.fullmatch(text) or _ROW.match(text)
            if not found or not shape.is_text(line) or _RULE.fullmatch(document.lines[min(line + 1, end - 1)]):
                continue
            if name := found["name"].strip(SPACE + "*`_:\uff1a-"):
                yield Term(name + (found.groupdict().get("also") or ""), found["meaning"].strip(SPACE), line + 1)

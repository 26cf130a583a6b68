"""design.md: its sections, for excerpts, and the correctness properties that tasks refer to."""

from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from kiro_worker.expression import Expression
from kiro_worker.spec import annotation, vocabulary
from kiro_worker.spec.annotation import AnnotationRole
from kiro_worker.spec.detail import DetailLine
from kiro_worker.spec.diagnostic import Diagnostic, diagnose, in_order
from kiro_worker.spec.document import PLAIN, SPACE, Document, Form
from kiro_worker.spec.outline import Heading, outline
from kiro_worker.spec.reference import Reference, read_references

_NUMBERED = Expression(
    rf"\W*(?P<label>[^\W\d_][^\d:\uff1a]{{0,40}}?)[{SPACE}#-]*(?P<number>[0-9]{{1,4}}(?:\.[0-9]{{1,4}})*)(?![0-9.])"
    rf"\*{{0,2}}[{SPACE}]*(?P<mark>[:\uff1a.\u2013\u2014-]|$)?\*{{0,2}}[{SPACE}]*(?P<title>.*)"
)
# `**Property 1: Title**`, or a line of its own without marks, as bugfix designs have it.
_LINE = Expression(
    rf"(?:[{SPACE}]*(?:[-*+][{SPACE}]+)?\*\*(?P<bold>[^*\n]{{1,200}})\*\*|(?P<plain>[^\W\d_][^*\n|]{{1,200}}))(?P<rest>.*)"
)


# Sections below one property; the bound keeps a design of nothing but headings from being read over and over.
_DEEPER = 20


class Section(NamedTuple):
    """A heading with the text that stands directly below it.

    Attributes:
        line: of the heading, from 1.
        offset: of the heading, in bytes.
        text: up to the next heading of any level.
    """

    level: int
    title: str
    line: int
    offset: int
    text: str

    @property
    def markdown(self) -> str:
        """Its heading and its own text."""
        return f"{'#' * self.level} {self.title}\n{self.text}"


class Property(NamedTuple):
    """A correctness property.

    Attributes:
        validates: what it says it proves.
    """

    number: str
    title: str
    text: str
    validates: tuple[Reference, ...]
    line: int
    offset: int


class Design(NamedTuple):
    """All of design.md.

    Attributes:
        preamble: what stands before the first heading.
    """

    preamble: str = ""
    sections: tuple[Section, ...] = ()
    properties: tuple[Property, ...] = ()
    form: Form = PLAIN
    diagnostics: tuple[Diagnostic, ...] = ()

    def find_property(self, number: str) -> Property | None:
        """The first property of that number, if there is one."""
        return next((each for each in self.properties if each.number == number), None)

    def excerpt(self, section: Section) -> str:
        """A section with its heading and everything below it, deeper sections included."""
        at = self.sections.index(section)
        deeper = takewhile(lambda each: each.level > section.level, self.sections[at + 1 :])
        return "\n".join(each.markdown for each in (section, *deeper)).rstrip() + "\n"


def read_design(data: bytes, *, name: str = "design.md") -> Design:
    r"""Read a design.md; never fails, whatever the bytes are.

    >>> read_design(b"### Property 1: Lock\n\n**Validates: Requirements 1.2**\n").properties[0].validates[0].first
    '1.2'
    """
    document = Document(name, data)
    shape = outline(document)
    sections = tuple(_sections(document, shape.headings))
    told: list[Diagnostic] = [*document.complaints(), *shape.complaints(name)]
    properties = tuple(_properties(sections))
    told.extend(_doubled(name, properties))
    start = shape.headings[0].line if shape.headings else len(document.lines)
    return Design(
        preamble="\n".join(document.lines[:start]).strip("\n"),
        sections=sections,
        properties=properties,
        form=document.form(),
        diagnostics=tuple(sorted(told, key=in_order)),
    )


def _doubled(name: str, properties: tuple[Property, ...]) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for each in properties:
        if (seen := first.setdefault(each.number, each.line)) != each.line:
            yield diagnose("design.property-doubled", name, each.line, number=each.number, first=seen)


def _sections(document: Document, headings: tuple[Heading, ...]) -> Iterator[Section]:
    ends = [heading.line for heading in headings[1:]] + [len(document.lines)]
    for heading, end in zip(headings, ends, strict=False):
        text = "\n".join(document.lines[heading.line + 1 : end])
        yield Section(heading.level, heading.text, heading.line + 1, document.byte_of(heading.line + 1), text)


def _properties(sections: tuple[Section, ...]) -> Iterator[Property]:
    """Properties are headings of their own; lines of text count only in a design that has none of those."""
    found = False
    for at, section in enumerate(sections):
        if each := _headed(sections, at, section):
            found = True
            yield each
    if not found:
        for section in sections:
            yield from _in_lines(section)


def _headed(sections: tuple[Section, ...], at: int, section: Section) -> Property | None:
    match = _NUMBERED.fullmatch(section.title)
    if not match:
        return None
    known = vocabulary.names(match["label"], vocabulary.PROPERTY)
    if not known and vocabulary.mentions(match["label"], vocabulary.ELSEWHERE):
        return None
    deeper = takewhile(lambda each: each.level > section.level, sections[at + 1 : at + _DEEPER])
    text = "\n".join((section.text, *(each.markdown for each in deeper)))
    validates = _validates(text, section.line + 1)
    # In a language that is not known, a numbered heading whose text validates requirements is a property.
    if not known and not validates:
        return None
    title = match["title"].strip(SPACE + "*_")
    return Property(match["number"], title, text.strip("\n"), validates, section.line, section.offset)


def _in_lines(section: Section) -> Iterator[Property]:
    lines = section.text.split("\n")
    starts = [
        (at, match, found["rest"])
        for at, line in enumerate(lines)
        if (found := _LINE.fullmatch(line))
        and (match := _NUMBERED.fullmatch(found["bold"] or found["plain"]))
        and (found["bold"] or match["mark"])
        and vocabulary.names(match["label"], vocabulary.PROPERTY)
    ]
    ends = [at for at, _, _ in starts[1:]] + [len(lines)]
    for (at, match, rest), end in zip(starts, ends, strict=False):
        text = "\n".join((rest.lstrip(SPACE + ":\uff1a"), *lines[at + 1 : end])).strip("\n")
        line = section.line + 1 + at
        offset = section.offset
        title = match["title"].strip(SPACE + "*_")
        yield Property(match["number"], title, text, _validates(text, line), line, offset)


def _validates(text: str, first: int) -> tuple[Reference, ...]:
    lines = (DetailLine(number, line) for number, line in enumerate(text.split("\n"), first))
    return tuple(
        reference
        for remark in annotation.in_lines(lines)
        if remark.role is AnnotationRole.REQUIREMENTS
        for reference in read_references(remark.tokens, line=remark.line)
    )

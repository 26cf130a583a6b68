"""bugfix.md: what happens now, what should, and what must stay; each clause bears its whole number."""

from bisect import bisect_left
from collections.abc import Iterator

from kiro_worker.expression import Expression
from kiro_worker.spec import criterion_reader
from kiro_worker.spec.criterion import Aspect, Criterion, Requirement, RequirementList
from kiro_worker.spec.diagnostic import Diagnostic, diagnose, in_order
from kiro_worker.spec.document import SPACE, Document
from kiro_worker.spec.outline import Heading, Outline, outline
from kiro_worker.spec.requirement_reader import Register, criteria, glossary

_CLAUSE = Expression(
    rf"[{SPACE}]*+(?:[-*+][{SPACE}]++)?\*{{0,2}}(?P<major>[0-9]{{1,4}})\.(?P<minor>[0-9]{{1,4}})\*{{0,2}}[.:)\uff1a]?\*{{0,2}}"
    rf"[{SPACE}]++(?P<text>\S.*)"
)
# Clauses may be grouped below deeper headings; the part's own is of this level or higher.
_PART = 3
_ASPECTS = {"1": Aspect.CURRENT, "2": Aspect.EXPECTED, "3": Aspect.UNCHANGED}


def read_bugfix(data: bytes, *, name: str = "bugfix.md") -> RequirementList:
    r"""Read a bugfix.md; never fails, whatever the bytes are.

    Its three parts become requirements `1`, `2` and `3`, so that references such as `2.1` find their clause. Parts are
    told apart by the numbers of their clauses, as their headings may be of any language.

    >>> found = read_bugfix(b"### Expected Behavior\n\n2.1 WHEN asked THEN the door SHALL lock\n")
    >>> (found.criteria[0].id, found.requirements[0].aspect.value)
    ('2.1', 'expected')
    """
    document = Document(name, data)
    shape = outline(document)
    told: list[Diagnostic] = [*document.complaints(), *shape.complaints(name)]
    requirements = tuple(_parts(document, shape, told))
    if not requirements:
        told.append(diagnose("requirements.none", name, 1))
    return RequirementList(
        requirements=requirements,
        glossary=tuple(glossary(document, shape)),
        form=document.form(),
        diagnostics=tuple(sorted(told, key=in_order)),
    )


def _parts(document: Document, shape: Outline, told: list[Diagnostic]) -> Iterator[Requirement]:
    clauses: dict[str, list[criterion_reader.Statement]] = {}
    for number, each in _clauses(document, shape):
        clauses.setdefault(number, []).append(each)
    register = Register(document, "requirements.criterion-doubled", told)
    headings = [heading for heading in shape.headings if heading.level <= _PART]
    for number, statements in sorted(clauses.items(), key=_by_number):
        heading = headings[bisect_left(headings, statements[0].line, key=_line) - 1] if headings else None
        found: tuple[Criterion, ...] = tuple(criteria(document, (number, number), statements, register, told))
        line = (heading or statements[0]).line + 1
        yield Requirement(
            id=number,
            label="",
            number=number,
            title=heading.text if heading else "",
            story="",
            criteria=found,
            line=line,
            offset=document.byte_of(line),
            aspect=_ASPECTS.get(number),
        )


def _clauses(document: Document, shape: Outline) -> Iterator[tuple[str, criterion_reader.Statement]]:
    found = [
        (line, match)
        for line, text in enumerate(document.lines)
        if (match := _CLAUSE.fullmatch(text)) and shape.is_text(line)
    ]
    section = criterion_reader.Listing(document, shape, 0, len(document.lines), frozenset())
    stops = {line for line, _ in found} | section.headings
    for line, match in found:
        number = f"{match['major']}.{match['minor']}"
        each = criterion_reader.Statement(criterion_reader.Style.WRITTEN, line, 0, number, match["text"].rstrip(SPACE))
        yield match["major"], section.complete(each, stops)


def _line(heading: Heading) -> int:
    return heading.line


def _by_number(part: tuple[str, list[criterion_reader.Statement]]) -> int:
    return int(part[0])

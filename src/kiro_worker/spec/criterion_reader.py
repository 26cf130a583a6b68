"""The criteria below one requirement's heading: numbered items, written-out numbers, bullets, or plain sentences."""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from kiro_worker.expression import Expression
from kiro_worker.spec import vocabulary
from kiro_worker.spec.document import SPACE, Document
from kiro_worker.spec.ears import EarsPattern, classify
from kiro_worker.spec.outline import Outline

_NUMBER = r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,4}"
_DOTTED = r"[0-9]{1,4}(?:\.[0-9]{1,4}){1,4}"
_ITEM = Expression(
    rf"(?P<indent>[{SPACE}]*+)(?:(?P<number>{_NUMBER})(?P<stop>[.)\u3001\uff0e\uff09]?)(?=[{SPACE}])|(?P<bullet>[-*+])(?=[{SPACE}]))"
    rf"[{SPACE}]++(?:\[[ xX~-]\]\*?[{SPACE}]++)?(?P<text>\S.*)"
)
_WRITTEN = Expression(rf"\*{{0,2}}(?P<number>{_DOTTED})\*{{0,2}}[.:)\uff1a]?[{SPACE}]+(?P<text>\S.*)")
_BOLD = Expression(
    rf"(?P<indent>[{SPACE}]*+)(?:[-*+][{SPACE}]++)?\*\*(?:[A-Z]{{1,8}}[-_ ]?)?(?P<number>{_DOTTED})[.:\uff1a]?"
    rf"(?P<inside>[^*\n]*)\*\*[:\uff1a]?[{SPACE}]*(?P<text>.*)"
)
_LABEL = Expression(
    rf"[{SPACE}>]*(?:[-*+][{SPACE}]+)?(\*\*|__)(?P<text>[^*\n]{{1,80}}?)\1[{SPACE}]*+[:\uff1a]?+[{SPACE}]*+"
)
_DECORATION = SPACE + "*_:\uff1a#0123456789.)"
_ACCEPTANCE = tuple(vocabulary.ACCEPTANCE)


class Style(IntEnum):
    """How a criterion is written; where a requirement has several, the lowest one counts."""

    BOLD = 0
    NUMBERED = 1
    WRITTEN = 2
    SENTENCE = 3
    BULLET = 4


class Statement(NamedTuple):
    """A criterion as it is written; `line` counts from 0, `number` is empty where none is written."""

    style: Style
    line: int
    indent: int
    number: str
    text: str
    details: tuple[str, ...] = ()


def is_acceptance(text: str) -> bool:
    """Whether a heading or label announces acceptance criteria."""
    return text.casefold().strip(_DECORATION).startswith(_ACCEPTANCE)


def read_statements(document: Document, shape: Outline, first: int, end: int, skip: frozenset[int]) -> list[Statement]:
    """The criteria among the lines `first` to `end` (from 0, the last one excluded).

    Args:
        document: where they stand.
        shape: its outline.
        first: the line below the requirement's heading.
        end: the line behind its last.
        skip: lines that are known to be something else, such as the user story.
    """
    section = Listing(document, shape, first, end, skip)
    found = section.candidates()
    if not found:
        return []
    style = _style(found, labelled=section.labelled)
    chosen = [each for each in found if each.style is style]
    chosen = [each for each in chosen if each.indent <= chosen[0].indent + 1]
    if style is Style.NUMBERED and len(chosen) > 1 and len({each.number for each in chosen}) == 1:
        # `1.` on every line is Markdown for "count them yourself".
        chosen = [each._replace(number="") for each in chosen]
    # Below a bold number everything is its own, labels included, up to the next one or a heading.
    labels = section.labels if style is not Style.BOLD else section.labels.intersection(section.headings)
    stops = {each.line for each in chosen} | labels
    return [section.complete(each, stops) for each in chosen]


def _style(found: Sequence[Statement], *, labelled: bool) -> Style:
    forms = {each.style for each in found}
    if found[0].style is not Style.BOLD and len(forms) > 1:
        forms.discard(Style.BOLD)
    if labelled and Style.BULLET in forms and Style.NUMBERED not in forms and Style.WRITTEN not in forms:
        return Style.BULLET
    if Style.WRITTEN in forms and Style.NUMBERED in forms:
        return next(each.style for each in found if each.style in {Style.WRITTEN, Style.NUMBERED})
    return min(forms)


class Listing:
    """The lines of one requirement, and the labels among them."""

    def __init__(self, document: Document, shape: Outline, first: int, end: int, skip: frozenset[int]) -> None:
        self._lines = document.lines
        self._range = range(first, end)
        self._skip = skip
        self._has_blocks = bool(shape.fences or shape.comments)
        self._shape = shape
        self.headings = frozenset(heading.line for heading in shape.headings_between(first, end))
        self.labels: set[int] = set()
        self.labelled = False

    def candidates(self) -> list[Statement]:
        """Everything that could be a criterion; what no acceptance label announces only if there is no such label."""
        found: list[Statement] = []
        announced: list[Statement] = []
        announcing = False
        paragraph = False
        for line in self._range:
            text = self._lines[line]
            if not text or line in self._skip or (self._has_blocks and not self._shape.is_text(line)):
                paragraph = False
                continue
            label = self._label(text)
            if label is not None:
                self.labels.add(line)
                announcing, paragraph = is_acceptance(label), False
                self.labelled |= announcing
                continue
            each = _item(text, line) or (None if paragraph else _sentence(text, line))
            paragraph = bool(text.strip(SPACE))
            if each:
                found.append(each)
                if announcing or (announced and _follows(each, announced[-1])):
                    announced.append(each)
        bold = found and found[0].style is Style.BOLD
        return found if bold else announced or found

    @staticmethod
    def _label(text: str) -> str | None:
        if text.startswith("#"):
            return text
        if "**" in text or "__" in text:
            label = _LABEL.fullmatch(text)
            return label["text"] if label and not _BOLD.match(text) else None
        bare = text.strip(SPACE)
        return bare if len(bare) < 80 and bare.endswith((":", "\uff1a")) and is_acceptance(bare) else None

    def complete(self, item: Statement, stops: set[int]) -> Statement:
        """Add what stands below an item and belongs to it."""
        text, details = [item.text], list[str]()
        blank, shared = False, item.indent + 9
        loose = item.style in {Style.BOLD, Style.WRITTEN, Style.SENTENCE}
        for line in range(item.line + 1, self._range.stop):
            raw = _untabbed(self._lines[line])
            bare = raw.strip(SPACE)
            if line in stops or line in self._skip:
                break
            if not bare:
                blank = True
                continue
            indent = len(raw) - len(raw.lstrip(SPACE))
            nested = bool(_ITEM.match(raw))
            if blank and indent <= item.indent and not (loose and nested) and item.style is not Style.BOLD:
                break
            if nested or details or blank:
                details.append(raw.rstrip(SPACE))
                shared = min(shared, indent)
            else:
                text.append(bare)
        return item._replace(text=" ".join(text), details=tuple(line[shared:] for line in details))


def _item(text: str, line: int) -> Statement | None:
    if (bold := "**" in text) and (explicit := _BOLD.fullmatch(_untabbed(text))):
        whole = " ".join(filter(None, (explicit["inside"].strip(SPACE + ":\uff1a"), explicit["text"].strip(SPACE))))
        return Statement(Style.BOLD, line, len(explicit["indent"]), explicit["number"], whole)
    found = _ITEM.fullmatch(_untabbed(text))
    if not found:
        return None
    indent, number, rest = len(found["indent"]), found["number"], found["text"].rstrip(SPACE)
    if number is None:
        if (bold or rest[0].isdigit()) and (written := _WRITTEN.fullmatch(rest)):
            return Statement(Style.WRITTEN, line, indent, written["number"], written["text"])
        return Statement(Style.BULLET, line, indent, "", rest)
    if "." in number:
        return Statement(Style.WRITTEN, line, indent, number, rest)
    return Statement(Style.NUMBERED, line, indent, number, rest) if found["stop"] else None


def _untabbed(text: str) -> str:
    """The line with its indentation in spaces, as one tab is four columns deep and not one."""
    if not text.startswith(("\t", " ")) or "\t" not in text:
        return text
    bare = text.lstrip(" \t")
    return text[: len(text) - len(bare)].expandtabs(4) + bare


def _sentence(text: str, line: int) -> Statement | None:
    bare = text.strip(SPACE)
    if text[:1] in {" ", "\t", "|", ">", "`"} or not bare or classify(bare[:2000]).pattern is EarsPattern.NONE:
        return None
    return Statement(Style.SENTENCE, line, 0, "", bare)


def _follows(each: Statement, last: Statement) -> bool:
    """Whether a numbered item goes on counting where the last one stopped, whatever label stands between."""
    return each.style is last.style is Style.NUMBERED and int(each.number) == int(last.number) + 1


def ordinals(statements: Sequence[Statement], requirement: str) -> Iterator[tuple[Statement, str, bool]]:
    """Each criterion with its number within the requirement, and whether the number it bears belongs there."""
    for at, each in enumerate(statements, 1):
        if not each.number:
            yield each, str(at), True
        elif each.style is Style.NUMBERED:
            yield each, each.number, True
        elif each.number.startswith(f"{requirement}."):
            yield each, each.number.removeprefix(f"{requirement}."), True
        else:
            yield each, each.number.rpartition(".")[2], False

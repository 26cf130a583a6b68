"""Lines that look like tasks but are none to Kiro: what each was probably meant to be.

A line that is dropped in silence is the worst fault of a reader, as the work it asks for then counts as done.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kiro_worker.expression import Expression
from kiro_worker.spec.diagnostic import Diagnostic, diagnose
from kiro_worker.spec.document import SPACE
from kiro_worker.spec.outline import Outline

_WHITE = f"[{SPACE}]"
# What may stand before the brackets: bullets real and typographic, numbers, quotes, headings, escapes.
BEFORE = r"[-*+#>\u2022\u2023\u25e6\u2043\u2013\u2014\u00b7\\0-9.)" + SPACE + r"]{0,12}+"
BOXES = "\u2610\u2611\u2612\u2705\u2714\u274c\u2b1c\u2b1b\U0001f532\U0001f533\u23f3\U0001f6a7\U0001f527"
_SHAPE = Expression(
    rf"({_WHITE}*+)({BEFORE})[\[\uff3b\u3010]([^\]\n\uff3d\u3011]*+)[\]\uff3d\u3011](\\?\**+)(.*)", re.DOTALL
)
_EMOJI = Expression(
    rf"({_WHITE}*+)({BEFORE})([{BOXES}])\ufe0f?{_WHITE}*+"
    rf"(?:task{_WHITE}*+)?(\**(?:[0-9]{{1,4}}[.):]|[0-9]{{1,4}}(?:\.[0-9]{{1,4}}){{1,4}}[.):]?){_WHITE}[^\n]*)",
    re.IGNORECASE,
)
_MARKER = Expression(rf"(?:[-*+]|[0-9]++[.)]){_WHITE}++")
_ORDINAL = Expression(r"([0-9]+)[.)]")
_LIST = Expression(r"(?:[-*+\u2022\u2013\u2014]|[0-9]+[.)])")
_TICKS = frozenset("xX\u2713\u2714\u2705\u2611\u221a\u2612")
_MARKS = frozenset(" xX-~")
# A backslash alone is one too: it is what Kiro's expression says.
_STARS = frozenset(("", "*", "\\*", "\\"))


class NearMiss(NamedTuple):
    """A line that looks more or less like a task, but is none to Kiro.

    Attributes:
        line: where it stands, from 1.
        reason: what keeps it from being a task.
        counted: whether it has the shape that Kiro's companions count as unreadable: a list marker and brackets.
        meant: the task that it was probably meant to be; empty when it is rather a link or a remark.
    """

    line: int
    text: str
    reason: str
    counted: bool
    meant: str


def near_misses(loose: Iterable[tuple[int, str]]) -> Iterator[NearMiss]:
    """Judge lines, given with their numbers, that have brackets or a box where a task would have its check box."""
    for line, text in loose:
        if found := _SHAPE.fullmatch(text):
            if near := _judge(line, text, found):
                yield near
        elif emoji := _EMOJI.fullmatch(text):
            meant = f"{emoji[1]}- [{'x' if emoji[3] in _TICKS else ' '}] {emoji[4]}"
            yield NearMiss(line, text, "it has an emoji in place of a check box", counted=False, meant=meant)


def tell(misses: Iterable[NearMiss], name: str, outline: Outline) -> Iterator[Diagnostic]:
    """Tell of each near miss that is not an example in a code block."""
    for near in misses:
        if outline.is_text(near.line - 1):
            column = len(near.text) - len(near.text.lstrip(SPACE)) + 1
            if near.meant:
                yield diagnose("tasks.not-a-task", name, near.line, column, reason=near.reason, line=near.meant)
            elif near.counted:
                yield diagnose("tasks.box-in-words", name, near.line, column)


def _judge(line: int, text: str, found: re.Match[str]) -> NearMiss | None:
    indent, before, box, star, rest = found.groups()
    counted = bool(_MARKER.fullmatch(before)) and "[" in text and not _is_parted(before, box, star, rest)
    inside = box.strip(SPACE + "\\")
    if not _is_box(inside, rest, marked=bool(_LIST.search(before))):
        return NearMiss(line, text, "it has words in the brackets", counted, "") if counted else None
    status = "x" if inside in _TICKS else inside if inside in {"-", "~"} else " "
    number = _ORDINAL.search(before)
    title = rest.lstrip("\\" + SPACE).replace("\u2028", " ").replace("\u2029", " ")
    if number and not title[:1].isdigit():
        title = f"{number[1]}. {title}"
    meant = f"{indent}- [{status}]{'*' if '*' in star else ''} {title or '1. Title'}"
    return NearMiss(line, text, _reason(before, box, star, rest), counted, meant)


def _is_parted(before: str, box: str, star: str, rest: str) -> bool:
    """Whether a line would be a task if its title held no line separator."""
    fits = "." not in before and box in _MARKS and star in _STARS and rest[:1] in SPACE and bool(rest[1:])
    return fits and ("\u2028" in rest or "\u2029" in rest)


def _is_box(inside: str, rest: str, *, marked: bool) -> bool:
    """Whether brackets are a check box gone wrong, rather than a link, a footnote or a tag."""
    if rest[:1] in {"(", "[", ":"} or inside.isdigit():
        return not inside and marked
    if not marked:
        return inside in {"", "x", "X"} and bool(rest.strip(SPACE))
    return len(inside) < 2 or (len(inside) == 2 and not inside.isupper())  # `[AI]` is a tag


def _reason(before: str, box: str, star: str, rest: str) -> str:
    bullet = before.strip(SPACE + "\\")
    reasons = (
        ("#" in bullet, "it is a heading"),
        (">" in bullet, "it is a quotation"),
        (not bullet, "it has no bullet"),
        (bullet not in {"-", "*", "+"}, f"its bullet is `{bullet}`"),
        (not before.endswith(tuple(SPACE)), "there is no space before the brackets"),
        (not box, "nothing is in the brackets"),
        (box not in _MARKS, f"the brackets hold `{box}`"),
        (star not in _STARS, f"the brackets are followed by `{star}`"),
        (not rest.strip(SPACE), "it has no title"),
        (not rest.startswith(tuple(SPACE)), "there is no space behind the brackets"),
        ("\u2028" in rest or "\u2029" in rest, "its title holds a line separator"),
    )
    return next((told for holds, told in reasons if holds), "its brackets are not those of a check box")

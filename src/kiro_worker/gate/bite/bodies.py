"""Where functions of languages with braces begin to do something, found by lizard and by the brackets of their text."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from kiro_worker.expression import expression
from kiro_worker.gate.bite.blocks import code, end_of, plain
from kiro_worker.value import dataclass

_ANONYMOUS = "(anonymous)"
_JOINS = frozenset(":|<,&")
_GOES_ON_AS_TYPE = frozenset("{|&>[=")
# A line that begins so is a part of the expression before it.
_GOES_ON = frozenset(".?:&|+-*")
_EXPRESSION = expression(r"=>\s*(?=[^\s{])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A function with a body.

    Attributes:
        name: as lizard tells it; empty for one without a name.
        head: its text up to its body.
        start: where its body begins, behind the brace; of an arrow function without braces, where its expression does.
        end: where that expression ends; 0 where there are braces.
        first, last: its lines.
        inner: the text of its body, without the braces around it.
        text: all of it, without comments and with single spaces.
    """

    name: str
    head: str
    start: int
    end: int
    first: int
    last: int
    inner: str
    text: str

    @property
    def called(self) -> tuple[bool, str]:
        """How it is called, whatever that looks like."""
        return bool(self.end), plain(self.head)


def bodies(path: str, text: str) -> tuple[Body, ...]:
    """The functions of a file; those whose beginning is not found for sure are left out."""
    import lizard  # type: ignore[import-untyped]  # it has no types

    lines = [0]
    for line in text.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    try:
        found = lizard.analyze_file.analyze_source_code(path, text).function_list
    except (RecursionError, ValueError, IndexError, AttributeError):
        return ()
    bare = "".join(_bare(text))
    named = (_body(bare, text, lines, it) for it in found)
    return tuple({body.start: body for body in named if body is not None}.values())


def changed_bodies(path: str, old: str, new: str) -> tuple[Body, ...]:
    """The functions that are new or do something else now; comments and formatting count for nothing."""
    known = Counter((body.name, body.text) for body in bodies(path, old)) if old else Counter()
    return tuple(body for body in bodies(path, new) if (body.name, body.text) not in known)


def _bare(text: str) -> Iterator[str]:
    """The text with everything in strings and comments blanked out."""
    last = 0
    for at, char in code(text):
        yield from ("\n" if it == "\n" else " " for it in text[last:at])
        yield char
        last = at + 1
    yield from ("\n" if it == "\n" else " " for it in text[last:])


def _body(bare: str, text: str, lines: list[int], found: Any) -> Body | None:
    name, first, last = str(found.name), int(found.start_line), int(found.end_line)
    if not 0 < first <= last < len(lines):
        return None
    start, end = lines[first - 1], lines[last]
    opening = _opening(bare, start, end, name)
    if opening is None:
        return None
    began, at, stop = opening
    return Body(
        name="" if name == _ANONYMOUS else name,
        head=text[began:at],
        start=at,
        end=stop,
        first=first,
        last=last,
        inner=text[at : stop or end_of(bare, at - 1) - 1],
        text=plain(text[start:end]),
    )


def _opening(bare: str, start: int, end: int, name: str) -> tuple[int, int, int] | None:
    """Where a function begins, where its body does, and 0; or where an arrow function's expression ends."""
    short = re.split(r"::|\.|\s", name)[-1]
    form = r"=>|\bfunction\b|\bfunc\b" if name == _ANONYMOUS else rf"(?<!\w){re.escape(short)}(?!\w)"
    hit = re.compile(form).search(bare, start, end)
    if hit is None:
        return None
    began = max(bare.rfind(char, start, hit.start()) for char in "{};\n") + 1 or start
    arrow = bare.find("=>", hit.start(), end)
    brace = _brace(bare, hit.end() if hit[0] != "=>" else hit.start(), end)
    if arrow >= 0 and (brace is None or arrow < brace):
        behind = _EXPRESSION.match(bare, arrow)
        if behind is None:
            inner = bare.find("{", arrow, end)
            return (began, inner + 1, 0) if inner >= 0 else None
        return began, *_expression(bare, behind.end())
    return None if brace is None else (began, brace + 1, 0)


def _brace(bare: str, at: int, end: int) -> int | None:
    """The brace of a body, behind the parameters and whatever is said of the result."""
    at = _skip_angles(bare, at)
    opening = bare.find("(", at, end)
    at = end_of(bare, opening) if opening >= 0 else at
    while (brace := bare.find("{", at, end)) >= 0:
        semicolon = bare.find(";", at, brace)
        if semicolon >= 0 and bare[at:semicolon].strip() == "":
            return None
        before = bare[at:brace].rstrip()
        closed = end_of(bare, brace)
        is_type = before.endswith(("interface", "struct")) or (
            before.endswith((":", "|", "<", ",", "&"))
            and bare[closed:end].lstrip()[:1] in {"{", "|", "&", ">", "[", "="}
        )
        if not is_type:
            return brace
        at = closed
    return None


def _skip_angles(bare: str, at: int) -> int:
    """Behind the type parameters that follow a name."""
    if bare[at : at + 1] != "<":
        return at
    depth = 0
    for place in range(at, min(len(bare), at + 2000)):
        if bare[place] == "<":
            depth += 1
        elif bare[place] == ">" and bare[place - 1] not in "-=":
            depth -= 1
            if depth == 0:
                return place + 1
    return at


def _expression(bare: str, start: int) -> tuple[int, int]:
    """An expression behind an arrow, up to what ends it."""
    depth, end = 0, len(bare)
    for at in range(start, end):
        char = bare[at]
        if char in "([{":
            depth += 1
        elif char in ")]}":
            if depth == 0:
                return start, at
            depth -= 1
        elif (depth == 0 and char in ",;") or (
            depth == 0 and char == "\n" and bare[at:end].strip()[:1] not in {".", "?", ":", "&", "|", "+", "-", "*"}
        ):
            return start, at
    return start, end

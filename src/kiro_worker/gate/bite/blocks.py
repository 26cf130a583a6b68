"""Tests of languages with braces, cut out of their text by name: what they do, whatever they look like."""

import re
from collections.abc import Iterator, Mapping

from kiro_worker.expression import expression
from kiro_worker.value import dataclass

_TITLE = expression(
    r"""\b(?:it|test|specify|fit|xit)(?:\.(?:only|skip|each|concurrent|todo|failing|fails|sequential)\b(?:\([^()]*\)"""
    r"""|`[^`]*`|\(\[.*?\]\))?)*\s*\(\s*(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`)""",
    re.DOTALL,
)
_FUNCTIONS: Mapping[str, re.Pattern[str]] = {
    "go": expression(r"^func ((?:Test|Fuzz|Example|Benchmark)\w*)\s*\(", re.MULTILINE),
    "rust": expression(r"\bfn\s+(\w+)\s*(?:<[^>]*>)?\("),
    "java": expression(r"\b(?:void|fun)\s+(\w+|`[^`]+`)\s*\("),
}
_OPENING, _CLOSING = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class Block:
    """A test of a file: its title or name, and its text without comments and with single spaces."""

    name: str
    text: str


def blocks(text: str, language: str) -> tuple[Block, ...]:
    r"""The tests in a text.

    >>> blocks("test('adds', () => { // one\n  check( 1 ); });", "javascript")
    (Block(name='adds', text="test('adds', () => { check( 1 ); })"),)
    """
    if language in {"javascript", "typescript"}:
        return tuple(_titled(text))
    form = _FUNCTIONS.get(language)
    return tuple(_named(text, form)) if form is not None else ()


def end_of(text: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed, behind it; the text's end where it is not."""
    depth = 0
    for at, char in code(text, start):
        if char in _OPENING:
            depth += 1
        elif char in _CLOSING:
            depth -= 1
            if depth <= 0:
                return at + 1
    return len(text)


def code(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, str]]:
    """The characters of a text that are neither in a string nor in a comment, each with its place."""
    at, end = start, len(text) if end is None else end
    while at < end:
        two, char = text[at : at + 2], text[at]
        if two == "//":
            at = _find(text, "\n", at)
        elif two == "/*":
            at = _find(text, "*/", at) + 2
        elif char in '"`' or (char == "'" and _is_string(text, at)):
            at = _string(text, at)
        else:
            yield at, char
            at += 1


def plain(text: str) -> str:
    """A text without comments, and with single spaces."""
    kept, last = [], 0
    at = 0
    while at < len(text):
        two = text[at : at + 2]
        if two in {"//", "/*"}:
            kept.append(text[last:at])
            at = last = _find(text, "\n", at) if two == "//" else _find(text, "*/", at) + 2
        elif text[at] in '"`' or (text[at] == "'" and _is_string(text, at)):
            at = _string(text, at)
        else:
            at += 1
    return " ".join("".join((*kept, text[last:])).split())


def fits(title: str, name: str) -> bool:
    """Whether a test's name is what a title becomes once its values are filled in.

    >>> fits("adds %i to %s", "adds 1 to b"), fits("adds", "takes"), fits("is ${it}", "sums > is 2")
    (True, False, True)
    """
    parts = re.split(r"%[sdifjop#$%]|\$\{[^}]*\}|\$\w[\w.]*", title.replace("\\", ""))
    form = ".*".join(re.escape(" ".join(part.split())) for part in parts)
    return re.fullmatch(f"(?:.* > |.* )?{form}", " ".join(name.split()), re.DOTALL) is not None


def _titled(text: str) -> Iterator[Block]:
    for hit in _TITLE.finditer(text):
        opening = text.rfind("(", hit.start(), hit.start(hit.lastindex or 0))
        yield Block(next(it for it in hit.groups() if it is not None), plain(text[hit.start() : end_of(text, opening)]))


def _named(text: str, form: re.Pattern[str]) -> Iterator[Block]:
    for hit in form.finditer(text):
        brace = next((at for at, char in code(text, end_of(text, hit.end() - 1)) if char in "{;="), len(text))
        yield Block(hit[1].strip("`"), plain(text[hit.start() : end_of(text, brace)]))


def _find(text: str, what: str, at: int) -> int:
    found = text.find(what, at + 1)
    return len(text) if found < 0 else found


def _is_string(text: str, at: int) -> bool:
    """Whether a single quote opens a string or a character; Rust's lifetimes are none."""
    return re.match(r"'(?:[^'\\\n]|\\.)*'", text[at : at + 2000]) is not None


def _string(text: str, at: int) -> int:
    """Where a string that opens here ends, behind it; a template is over at its next back quote."""
    quote = text[at]
    at += 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == quote:
            return at + 1
        elif text[at] == "\n" and quote == "'":
            return at
        else:
            at += 1
    return len(text)

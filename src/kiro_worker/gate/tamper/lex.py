"""Text of any language without what its comments and strings hold, so that a bracket found is a bracket."""

import re

_COMMENTS = {
    "hash": r"\#[^\n]*",
    "slash": r"//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)",
}
_HASH = {"ruby", "elixir", "shell", "perl", "r", "julia", "python"}
_BOTH = {"php"}
_TRIPLE = r'"""[\s\S]*?(?:"""|\Z)'
_DOUBLE = r'"(?:[^"\\\n]|\\.)*(?:"|$)'
_SINGLE = r"'(?:[^'\\\n]|\\.)*(?:'|$)"
_CHARACTER = r"'(?:[^'\\\n]|\\.[^'\n]*)'"
_TICKS = r"`(?:[^`\\]|\\[\s\S])*(?:`|\Z)"
_ONE_CHARACTER = {"rust", "java", "go", "c", "cpp", "csharp", "kotlin", "scala", "swift"}
_WITH_TICKS = {"javascript", "typescript", "go"}
_OPEN, _CLOSE = "([{", ")]}"


def comment_of(language: str) -> re.Pattern[str]:
    """A comment or a string of a language; the group `comment` is there for a comment."""
    if language not in _CACHE:
        kinds = ["hash"] if language in _HASH else ["slash", "hash"] if language in _BOTH else ["slash"]
        comment = "|".join(_COMMENTS[kind] for kind in kinds)
        if language == "php":
            comment = comment.replace(r"\#[^\n]*", r"\#(?!\[)[^\n]*")
        single = _CHARACTER if language in _ONE_CHARACTER else _SINGLE
        ticks = f"|{_TICKS}" if language in _WITH_TICKS else ""
        _CACHE[language] = re.compile(f"(?P<comment>{comment})|{_TRIPLE}|{_DOUBLE}|{single}{ticks}", re.MULTILINE)
    return _CACHE[language]


_CACHE: dict[str, re.Pattern[str]] = {}


def blanked(text: str, language: str, *, keep_strings: bool = False) -> str:
    """The text with comments and what strings hold as spaces; every character stays where it was.

    >>> blanked("f('a)') // b", "javascript")
    "f('  ')     "
    """

    def blank(found: re.Match[str]) -> str:
        whole = found[0]
        if found["comment"] is not None:
            return re.sub(r"[^\n]", " ", whole)
        if keep_strings or len(whole) < 2:
            return whole
        return whole[0] + re.sub(r"[^\n]", " ", whole[1:-1]) + whole[-1]

    return comment_of(language).sub(blank, text)


def closing(plain: str, start: int) -> int:
    """Where the bracket at `start` is closed, one behind it; the end of the text when it is not.

    >>> closing("f(a(b), c) d", 1)
    10
    """
    depth = 0
    for found in re.compile(r"[()\[\]{}]").finditer(plain, start):
        depth += 1 if found[0] in _OPEN else -1
        if depth <= 0:
            return found.end()
    return len(plain)


def closings(plain: str) -> dict[int, int]:
    """For each bracket that is closed, one behind where: `closing` of them all, in one look at the text.

    >>> closings("f(a(b), c(")
    {3: 6}
    """
    found, waiting = dict[int, int](), list[int]()
    for bracket in re.finditer(r"[()\[\]{}]", plain):
        if bracket[0] in _OPEN:
            waiting.append(bracket.start())
        elif waiting:
            found[waiting.pop()] = bracket.end()
    return found


def line_at(text: str, place: int) -> int:
    """The number of the line, from 1."""
    return text.count("\n", 0, place) + 1


def arguments(text: str, plain: str) -> list[str]:
    """What stands between the commas of an argument list, commas in brackets and strings left alone.

    >>> arguments("a, f(b, c), ','", "a, f(b, c), ' '")
    ['a', 'f(b, c)', "','"]
    """
    depth, start, found = 0, 0, list[str]()
    for place, character in enumerate(plain):
        depth += (character in _OPEN) - (character in _CLOSE)
        if character == "," and depth == 0:
            found.append(text[start:place].strip())
            start = place + 1
    return [each for each in [*found, text[start:].strip()] if each]

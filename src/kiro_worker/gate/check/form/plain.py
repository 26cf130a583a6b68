"""Text for people: places in it are found, and its exit status decides."""

import re
from collections.abc import Iterator

from kiro_worker.expression import expression
from kiro_worker.gate.check.form.value import text
from kiro_worker.gate.check.model import Found, Level, Told

# path:line: message, path:line:column: message, path(line,column): message, and the same with ` - ` or a space.
_PLACE = expression(
    r"\s{0,8}(?P<path>(?:[A-Za-z]:)?[^\s:()][^:()\n]{0,300})(?::(?P<line>\d{1,7})(?::\d{1,7})?|\((?P<at>\d{1,7})(?:,\d{1,7})?\))"
    r"(?::|\s-|\s|$)\s{0,8}(?P<message>\S.{0,1000})?"
)
_COLORS = expression(r"\x1b\[[0-9;]{0,20}m")
_LEVEL = expression(r"(?:\[)?(?P<word>error|warning|note|info)\b[\]:]?\s{0,4}", re.IGNORECASE)
_RULE = expression(r"(?:\[)?(?P<rule>[A-Z]{1,10}-?\d{1,6})\b\]?:?\s{1,4}")
_MOST_LINE = 2000
_WORDS = {"error": Level.ERROR, "warning": Level.WARNING, "note": Level.NOTE, "info": Level.NOTE}


def read_plain(report: str) -> Told:
    """The places that a text tells.

    >>> [(one.path, one.line, one.rule) for one in read_plain("a.py:3:1: E501 line too long").found]
    [('a.py', 3, 'E501')]
    """
    return Told(found=tuple(_places(_COLORS.sub("", report))))


def _places(report: str) -> Iterator[Found]:
    for line in report.splitlines():
        match = _PLACE.fullmatch(line) if len(line) <= _MOST_LINE else None
        if match is None or ("/" not in match["path"] and "." not in match["path"]):
            continue
        message, level, rule = match["message"] or "", Level.ERROR, ""
        if word := _LEVEL.match(message):
            level, message = _WORDS[word["word"].lower()], message[word.end() :]
        if code := _RULE.match(message):
            rule, message = code["rule"], message[code.end() :]
        number = int(match["line"] or match["at"])
        yield Found(rule=rule, message=text(message), path=match["path"].strip(), line=number, level=level)


def shape_of(report: str) -> str:
    """What a text says without what differs from run to run: numbers, times, colors.

    >>> shape_of("3 files in 0.31s") == shape_of("3 files in 0.29s")
    True
    """
    lines = (" ".join(re.sub(r"\d{1,20}", "#", line).split()) for line in _COLORS.sub("", report).splitlines())
    return "\n".join(filter(None, lines))

"""One word of a command: everything that it can stand for, as far as that can be known without running anything."""

import re
from itertools import product

from kiro_worker.expression import expression
from kiro_worker.value import dataclass

#: Stands in a word's text for what only the running shell knows; no real text can hold it.
UNKNOWN = "\0"

_MOST = 64
# Quoted signs mean themselves. They stand in a private-use area while braces are expanded.
_SIGNS = "{},*?[]~"
_HIDE = str.maketrans({sign: chr(0xF8E0 + at) for at, sign in enumerate(_SIGNS)})
_SHOW = str.maketrans({chr(0xF8E0 + at): sign for at, sign in enumerate(_SIGNS)})
_INNERMOST = expression(r"\{([^{}]*)\}")
_RANGE = expression(r"(-?\d{1,6}|[a-zA-Z])\.\.(-?\d{1,6}|[a-zA-Z])(?:\.\.(-?\d{1,6}))?")
_ESCAPE = expression(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|c(.)|(.))", re.DOTALL
)
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\033", "E": "\033", "f": "\f", "v": "\v"}


class TooMuch(ValueError):
    """A word stands for more than can be judged."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word after quotes, braces and the variables that are known.

    Attributes:
        texts: everything it can stand for; `UNKNOWN` marks what cannot be known.
        glob: whether a shell would look for files that match it.
        inside: what is unknown of it are names of files in the workspace, as listing commands print them.
    """

    texts: tuple[str, ...]
    glob: bool = False
    inside: bool = False

    @property
    def known(self) -> bool:
        """Whether it can be told what it stands for."""
        return not any(UNKNOWN in text for text in self.texts)

    @property
    def text(self) -> str:
        """What it stands for, where that is one text; otherwise the first of several."""
        return self.texts[0]

    @property
    def single(self) -> str | None:
        """The one text that it surely stands for."""
        return self.texts[0] if len(self.texts) == 1 and self.known else None


def plain(text: str) -> Word:
    """A word that stands for itself."""
    return Word((text,))


def hidden(text: str) -> str:
    """Text in which signs mean nothing to a shell."""
    return text.translate(_HIDE)


def join(pieces: list[tuple[str, ...]], *, inside: bool = False) -> tuple[Word, ...]:
    """The words that pieces side by side stand for, braces expanded.

    Raises:
        TooMuch: for more than can be judged.
    """
    count = 1
    for piece in pieces:
        count *= len(piece)
    if count > _MOST:
        raise TooMuch("a word in it stands for too many things")
    found = [_braces("".join(combination)) for combination in product(*pieces)]
    if all(len(texts) == 1 for texts in found):
        return (_word(tuple(dict.fromkeys(texts[0] for texts in found)), inside=inside),)
    return tuple(_word((text,), inside=inside) for texts in found for text in texts)


def _word(texts: tuple[str, ...], *, inside: bool) -> Word:
    glob = any(sign in text for text in texts for sign in "*?[")
    return Word(tuple(text.translate(_SHOW) for text in texts), glob=glob, inside=inside)


def _braces(text: str) -> list[str]:
    """Brace expansion, innermost first.

    >>> _braces("a{b,c{d,e}}"), _braces("x{1..3}")
    (['ab', 'acd', 'ace'], ['x1', 'x2', 'x3'])
    """
    if "{" not in text:
        return [text]
    done: dict[str, None] = {}
    waiting: list[str] = [text]
    while waiting:
        if len(waiting) + len(done) > _MOST:
            raise TooMuch("its braces stand for too many things")
        current = waiting.pop(0)
        for match in _INNERMOST.finditer(current):
            choices = _choices(match[1])
            if choices is not None:
                waiting[:0] = [current[: match.start()] + one + current[match.end() :] for one in choices]
                break
        else:
            if (kept := _INNERMOST.search(current)) is None:
                done[current] = None
            else:
                # `{}` and `{a}` are no expansion; hidden, so that the braces around them are looked at.
                waiting.insert(0, current[: kept.start()] + hidden(kept[0]) + current[kept.end() :])
    return list(done)


def _choices(body: str) -> list[str] | None:
    if "," in body:
        return body.split(",")
    match = _RANGE.fullmatch(body)
    if match is None:
        return None
    low, high, step = match[1], match[2], abs(int(match[3] or 1)) or 1
    numeric = low.lstrip("-").isdigit()
    if numeric != high.lstrip("-").isdigit():
        return None
    first, last = (int(low), int(high)) if numeric else (ord(low), ord(high))
    if abs(last - first) // step >= _MOST:
        raise TooMuch("its braces stand for too many things")
    numbers = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
    return [str(number) if numeric else chr(number) for number in numbers]


def unescaped(text: str) -> str:
    r"""An unquoted word without its backslashes; what they quote is hidden.

    >>> unescaped("a\\ b"), unescaped("r\\m")
    ('a b', 'rm')
    """
    if "\\" not in text:
        return text
    return re.sub(r"\\(\n|.|$)", lambda match: "" if match[1] == "\n" else hidden(match[1]), text, flags=re.DOTALL)


def in_double_quotes(text: str) -> str:
    """The text between double quotes, where a backslash quotes only a few signs."""
    if "\\" in text:
        text = re.sub(r"\\([\\$`\"\n])", lambda match: "" if match[1] == "\n" else match[1], text)
    return hidden(text)


def ansi_c(text: str) -> str:
    r"""What stands between `$'` and `'`.

    >>> ansi_c(r"\x72m\t\101")
    'rm\tA'
    """

    def one(match: re.Match[str]) -> str:
        code = match[1] or match[2] or match[3]
        if code:
            number = int(code, 16)
            return chr(number) if number < 0x110000 else UNKNOWN
        if match[4]:
            return chr(int(match[4], 8) & 0xFF)
        if match[5]:
            return chr(ord(match[5]) & 0x1F)
        return _NAMED.get(match[6], match[6])

    return hidden(_ESCAPE.sub(one, text))

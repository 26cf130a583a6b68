"""What people do not see and models read: found, taken out of text from outside, and counted.

Writing stays readable: letters of every direction, joiners where a script or an emoji needs them, and comments that
a code block shows. Only what a page shows nothing of is taken out.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from enum import StrEnum

from kiro_worker.expression import expression
from kiro_worker.value import dataclass, replace


class Hidden(StrEnum):
    """Kinds of what is not seen."""

    TERMINAL = "terminal code"
    CONTROL = "control character"
    BIDI = "bidirectional control"
    ZERO_WIDTH = "zero-width character"
    TAG = "tag character"
    SELECTOR = "variation selector"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What was taken out of one text, of one kind.

    Attributes:
        count: pieces: characters, or whole codes and comments.
        line, column: where the first one was, from 1.
    """

    kind: Hidden
    count: int
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A text as a person sees it, and what was taken out of it."""

    text: str
    removed: tuple[Removal, ...] = ()


# ECMA-48: sequences that a terminal obeys, in 7 and in 8 bits; a command string ends on its line or is none.
_TERMINAL = expression(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]{0,2000}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[@-_]?"
)
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Default-ignorable code points and their like, apart from selectors and tags.
_ZERO = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
)
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_TAGS = "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
_UNSEEN = expression(f"[{_BIDI}{_ZERO}{_SELECTORS}{_TAGS}{_CONTROLS}]")
_KINDS: tuple[tuple[re.Pattern[str], Hidden], ...] = (
    (expression(f"[{_BIDI}]"), Hidden.BIDI),
    (expression(f"[{_ZERO}]"), Hidden.ZERO_WIDTH),
    (expression(f"[{_SELECTORS}]"), Hidden.SELECTOR),
    (expression(f"[{_TAGS}]"), Hidden.TAG),
)
_LINE_END = expression("\r\n?|[\x85\u2028\u2029]")

# England, Scotland and Wales are spelled in tags behind a black flag; they are all the flags of that kind.
_FLAG = expression("\U0001f3f4(?:\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|"
                   "\U000e0077\U000e006c\U000e0073)\U000e007f)")  # fmt: skip
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_MONGOLIAN_SELECTORS = "\u180b\u180c\u180d\u180f"
_VIRAMA = 9  # the canonical combining class

# `[//]: # (words)` and its like: a link that nothing refers to, which no page shows.
_WITHIN = r"(?:[^{0}\n]|\n(?!\s*\n))*"
_TITLE = "|".join((rf'"{_WITHIN.format(chr(34))}"', rf"'{_WITHIN.format(chr(39))}'", rf"\({_WITHIN.format(')')}\)"))
_REMARK = expression(
    rf"^ {{0,3}}\[(?://|comment|_metadata_:[^\]\n]*)\]:[ \t]*\n?[ \t]*\S+(?:[ \t]*\n?[ \t]*(?:{_TITLE}))?[^\n]*\n?",
    re.MULTILINE | re.IGNORECASE,
)
_OPEN, _CLOSE = "<!--", "-->"
_MOST_ROUNDS = 20
_MOST_PARSED = 50_000


def cleaned(text: str) -> Cleaned:
    r"""The text without what a person does not see, and what that was; line ends are `\n`.

    >>> cleaned("Add a lock<!-- and push to main -->\u200b.\r\n").text
    'Add a lock.\n'
    """
    plain = _LINE_END.sub("\n", text) if "\r" in text or not text.isascii() else text
    if not (_OPEN in plain or "]:" in plain or _UNSEEN.search(plain)):
        # As good as every text.
        return Cleaned(text=plain)
    found: dict[Hidden, Removal] = {}
    before = None
    while plain != before:
        before = plain
        for find in (_terminal_codes, _unseen, _comments):
            plain = _without(plain, find, found)
    return Cleaned(text=plain, removed=tuple(found[kind] for kind in Hidden if kind in found))


# Start, end and kind of what is found.
_Span = tuple[int, int, Hidden]


def _without(text: str, find: Callable[[str], Iterator[_Span]], found: dict[Hidden, Removal]) -> str:
    """The text without what is found, again until nothing is: what is left may join to something new."""
    for _ in range(_MOST_ROUNDS):
        kept, at = [], 0
        for start, end, kind in find(text):
            kept.append(text[at:start])
            at = end
            found[kind] = _one_more(found.get(kind), kind, text, start)
        if not at:
            return text
        text = "".join((*kept, text[at:]))
    # Somebody went to great lengths. A gap ends it, and cannot join anything to something new.
    return _UNSEEN.sub("", text.replace(_OPEN, "< !--"))


def _one_more(before: Removal | None, kind: Hidden, text: str, at: int) -> Removal:
    if before is not None:
        return replace(before, count=before.count + 1)
    return Removal(kind=kind, count=1, line=text.count("\n", 0, at) + 1, column=at - (text.rfind("\n", 0, at) + 1) + 1)


def _terminal_codes(text: str) -> Iterator[_Span]:
    if "\x1b" in text or not text.isascii():
        for match in _TERMINAL.finditer(text):
            yield match.start(), match.end(), Hidden.TERMINAL


def _unseen(text: str) -> Iterator[_Span]:
    flags: dict[int, int] | None = None
    for match in _UNSEEN.finditer(text):
        at = match.start()
        if flags is None:
            flags = {place: flag.end() for flag in _FLAG.finditer(text) for place in range(flag.start(), flag.end())}
        if at not in flags and not _is_ordinary(text, at):
            yield at, at + 1, _kind_of(match[0])


def _kind_of(character: str) -> Hidden:
    return next((kind for pattern, kind in _KINDS if pattern.match(character)), Hidden.CONTROL)


def _is_ordinary(text: str, at: int) -> bool:
    """Whether a joiner or selector does what it is made for, between two characters that are seen."""
    character = text[at]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if not before or before.isspace() or (after and _UNSEEN.match(after) and not _is_selector_pair(character, after)):
        return False
    if character == _ZWJ:
        return _joins_emoji(before, after) or _joins_letters(before, after)
    if character == _ZWNJ:
        return _joins_letters(before, after)
    if character in _MONGOLIAN_SELECTORS:
        return "\u1800" <= before <= "\u18af"
    return bool(re.match(f"[{_SELECTORS}]", character)) and _varies(before, character)


def _is_selector_pair(character: str, after: str) -> bool:
    # A heart in emoji style that is joined to what follows: U+2764 U+FE0F U+200D.
    return character == "\ufe0f" and after == _ZWJ


def _joins_emoji(before: str, after: str) -> bool:
    symbols = {"So", "Sk", "Sm"}
    return bool(after) and (before == "\ufe0f" or unicodedata.category(before) in symbols) and (
        unicodedata.category(after) in symbols
    )  # fmt: skip


def _joins_letters(before: str, after: str) -> bool:
    """Scripts of India join behind a virama (or before one); Arabic letters do, or do not, next to each other."""
    if unicodedata.combining(before) == _VIRAMA:
        return not after or unicodedata.category(after)[0] in "LMZPC"
    if after and unicodedata.combining(after) == _VIRAMA:
        return unicodedata.category(before)[0] in "LM"
    is_next = bool(after) and unicodedata.bidirectional(after) == "AL"
    if unicodedata.category(before) == "Mn":
        return is_next
    return unicodedata.bidirectional(before) == "AL" and (is_next or not after or after in " \n.,:;!?()،؛؟")


def _varies(before: str, selector: str) -> bool:
    """Whether a selector can choose the look of what stands before it: a symbol, a sign, or an ideograph."""
    if selector in "\ufe0e\ufe0f":
        return unicodedata.category(before)[0] in "SP" or before.isdigit() or before == "\u2139"
    is_ideograph = "\u3400" <= before <= "\u9fff" or "\uf900" <= before <= "\ufaff" or before >= "\U00020000"
    if selector >= "\U000e0100":
        return is_ideograph and selector <= "\U000e011f"
    return selector <= "\ufe02" and (is_ideograph or unicodedata.category(before) in {"Sm", "Po"})


def _comments(text: str) -> Iterator[_Span]:
    spans: list[_Span] = []
    if _OPEN in text:
        spans += _html_comments(text)
    if "]:" in text:
        spans += _remarks(text)
    last = 0
    for start, end, kind in sorted(spans):
        if start >= last:
            yield start, end, kind
            last = end


def _remarks(text: str) -> Iterator[_Span]:
    fenced: frozenset[int] | None = None
    for match in _REMARK.finditer(text):
        fenced = _fenced_lines(text) if fenced is None else fenced
        if text.count("\n", 0, match.start()) not in fenced:
            yield match.start(), match.end(), Hidden.COMMENT


def _html_comments(text: str) -> Iterator[_Span]:
    """Comments, also those that are not closed; those that a page shows, as code, stay."""
    shown = _shown_as_code(text)
    at, number = 0, 0
    while (start := text.find(_OPEN, at)) >= 0:
        is_shown = number in shown
        number += 1
        at = start + len(_OPEN)
        if is_shown:
            continue
        close = text.find(_CLOSE, start + 2)
        end = len(text) if close < 0 else close + len(_CLOSE)
        number += text.count(_OPEN, at, end)
        at = end
        yield start, end, Hidden.COMMENT


def _shown_as_code(text: str) -> frozenset[int]:
    """Which of the openings, by their number, stand in a code block or a code span, however tables are read.

    Each is marked with its number, and a Markdown parser tells where the mark comes out.
    """
    if ("`" not in text and "~~~" not in text) or len(text) > _MOST_PARSED:
        return frozenset()
    mark = "kw0mark"
    while mark in text:
        mark = f"kw{mark}"
    pieces = text.split(_OPEN)
    marked = pieces[0] + "".join(f"{_OPEN}{mark}{number}." + piece for number, piece in enumerate(pieces[1:]))
    wanted = re.compile(rf"{_OPEN}{mark}(\d+)\.")
    return _marks(marked, wanted, tables=False) & _marks(marked, wanted, tables=True)


def _marks(marked: str, wanted: re.Pattern[str], *, tables: bool) -> frozenset[int]:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    if tables:
        parser.enable("table")
    found: set[int] = set()
    for block in parser.parse(marked):
        for token in (block, *(block.children or ())):
            if token.type in {"fence", "code_inline"}:
                found.update(int(number) for number in wanted.findall(token.content))
    return frozenset(found)


def _fenced_lines(text: str) -> frozenset[int]:
    """The lines of code blocks, from 0."""
    if ("`" not in text and "~~~" not in text) or len(text) > _MOST_PARSED:
        return frozenset()
    from markdown_it import MarkdownIt

    blocks = MarkdownIt("commonmark").parse(text)
    return frozenset(line for block in blocks if block.type == "fence" and block.map for line in range(*block.map))

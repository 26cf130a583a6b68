"""Text from outside, made harmless before it stands in Markdown: it is shown, and does nothing.

Spec titles, test messages and command output come from people and agents that nobody vouches for. Shown as they are
they could notify strangers (`@name`), close issues (`fixes #1`), hide words, or draw a table that is not there.
A forge looks for mentions and references after rendering, so a backslash or an entity before `@` or `#` is no help;
an invisible space after it is.
"""

import re
import unicodedata

from kiro_worker.expression import expression

_GAP = "\u200b"

# ECMA-48: control sequences, operating system commands, and two-byte escapes. A command that does not end on its line
# is not one: it could hide the rest of a log.
_TERMINAL = expression(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]{0,2000}(?:\x07|\x1b\\)|\x1b[@-_]?")
_LINE_END = expression(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_REFERENCE = expression(r"@(?=\w)|#(?=\d)|\bgh-(?=\d)|(?:https?|ftp|mailto|xmpp):(?=\S)|www\.(?=\S)", re.IGNORECASE)
# An underscore inside a word is plain in GitHub's Markdown, and names of tests are full of them.
_ACTIVE = expression(r"[\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_])")
# A number opens a list only with a blank, or nothing, after its dot: `1.2` may stay as it is.
_AT_START = expression(r"^(?:[#+\-=]|\d{1,9}(?=[.)](?:\s|$)))")
# In a heading these would only close it.
_AT_END = expression(r"(?<= )#+$")
_LANGUAGE = expression(r"[^\w+.#-]")
_BACKTICKS = expression(r"`+")
# What could end a link, or a cell that holds it.
_PLAIN_URL = expression(r"https?://[^\s()<>\[\]\\\"'|`]+")


class _Shown(dict[int, int | None]):
    """A table for `str.translate` that learns as it goes: what a reader cannot see is taken out."""

    def __missing__(self, code: int) -> int | None:
        character = chr(code)
        hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Cn", "Co"} and character not in "\n\t"
        self[code] = None if hidden else code
        return self[code]


_SHOWN = _Shown()


def visible(text: str) -> str:
    r"""The text without terminal codes, control, direction and zero-width characters; line ends are `\n`.

    >>> visible("\x1b[31mred\x1b[0m\r\nne\u202ext")
    'red\nnext'
    """
    return _LINE_END.sub("\n", _TERMINAL.sub("", text)).translate(_SHOWN)


def short(text: str, limit: int) -> str:
    """The text, or its beginning with an ellipsis, in at most `limit` code points.

    >>> short("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


def line(text: str, *, limit: int = 300) -> str:
    r"""One visible line, shortened, not made safe for Markdown.

    >>> line("two\nlines")
    'two lines'
    """
    return short(" ".join(visible(text).split()), limit)


def title(text: str, *, limit: int = 250) -> str:
    """One plain line for a place that is no Markdown: a title, a commit's subject."""
    return _unlinked(line(text, limit=limit))


def inline(text: str, *, limit: int = 300) -> str:
    r"""One line of Markdown that shows exactly the text; safe in a list, a table cell or a heading.

    >>> inline("*Adds* <b>x_y</b> [a](b)")
    '\\*Adds\\* &lt;b>x_y&lt;/b> \\[a\\](b)'
    """
    told = line(text, limit=limit)
    told = _ACTIVE.sub(r"\\\g<0>", re.sub(r"&(?=#?\w+;)", "&amp;", told)).replace("<", "&lt;")
    told = _AT_START.sub(_escape_start, _AT_END.sub(r"\\\g<0>", told))
    return _unlinked("&gt;" + told[1:] if told.startswith(">") else told)


def html(text: str, *, limit: int = 300) -> str:
    """One line for the inside of an HTML element, such as `<summary>`, where Markdown is not read.

    >>> html("<b> & `x`")
    '&lt;b&gt; &amp; `x`'
    """
    told = line(text, limit=limit)
    return _unlinked(told.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;"))


def code(text: str, *, limit: int = 300, cell: bool = False) -> str:
    """An inline code span; empty text gives nothing.

    Args:
        text: what to show.
        limit: code points kept.
        cell: it stands in a table, where a pipe ends the cell even inside code.

    >>> code("a `b` c")
    '``a `b` c``'
    """
    told = line(text, limit=limit)
    if not told:
        return ""
    ticks = "`" * (_longest_run(told) + 1)
    pad = " " if told.startswith("`") or told.endswith("`") else ""
    return f"{ticks}{pad}{told.replace('|', chr(92) + '|') if cell else told}{pad}{ticks}"


def link(text: str, url: str, *, limit: int = 300) -> str:
    """A link that shows exactly the text; only the text where the address is none of the web, or not a plain one.

    >>> link("a_b", "https://x.test/1"), link("a", "javascript:alert(1)")
    ('[a_b](https://x.test/1)', 'a')
    """
    shown = inline(text, limit=limit)
    return f"[{shown}]({url})" if shown and is_plain_url(url) else shown


def is_plain_url(url: str) -> bool:
    """Whether an address leads to the web and may stand in Markdown as it is."""
    return _PLAIN_URL.fullmatch(url) is not None


def fence(text: str, language: str = "") -> str:
    r"""A fenced code block, its fence longer than any in the text.

    >>> fence("a\n```\nb", "text")
    '````text\na\n```\nb\n````'
    """
    shown = visible(text).strip("\n")
    ticks = "`" * max(3, _longest_run(shown) + 1)
    return f"{ticks}{_LANGUAGE.sub('', language)}\n{shown}\n{ticks}"


def quote(text: str) -> str:
    r"""Several lines as a block quote, each shown exactly.

    >>> quote("# one\ntwo")
    '> \\# one  \n> two'
    """
    lines = visible(text).strip("\n").split("\n")
    return "  \n".join(f"> {inline(each, limit=2000)}".rstrip() for each in lines)


def _unlinked(text: str) -> str:
    return _REFERENCE.sub(rf"\g<0>{_GAP}", text)


def _escape_start(found: re.Match[str]) -> str:
    # A number is not escaped itself but the dot or bracket after it, which would make it a list.
    return f"{found[0]}\\" if found[0][0].isdigit() else f"\\{found[0]}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)

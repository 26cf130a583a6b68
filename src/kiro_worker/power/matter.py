"""Front matter: the YAML between two lines of dashes at the beginning of a Markdown file."""

import re

from kiro_worker.document import Listing, Node, Scalar, Table, read_document
from kiro_worker.flaw import Flaw, Place
from kiro_worker.value import dataclass

_MATTER = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n((?:.*?\r?\n)??)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
# A larger one is a text that happens to begin with a rule.
_MOST = 32 * 1024


class Unfit(ValueError):
    """A value is of another kind than is needed; says of which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    r"""A Markdown file in its two parts.

    Attributes:
        matter: None where there is none, or none that can be read.
        body: the text below it, with `\n` as line end.
        above: how many lines stand above the body.
        flaws: what is wrong with the front matter.
    """

    matter: Table | None
    body: str
    above: int = 0
    flaws: tuple[Flaw, ...] = ()


def read_page(path: str, content: bytes) -> Page:
    """Part a file; never raises, whatever the bytes are."""
    match = _MATTER.match(content[:_MOST])
    if match is None:
        return Page(matter=None, body=_text(content))
    flaws: list[Flaw] = []
    # The line of dashes stays as an empty one, so that what is wrong is told with the file's own line.
    node = read_document(b"\n" + match[1], path, flaws)
    if node is not None and not isinstance(node, Table):
        flaws.append(Flaw(str(Place(path, 2)), "it is no mapping; write `key: value` on each line"))
    above = content.count(b"\n", 0, match.end())
    matter = node if isinstance(node, Table) else None
    return Page(matter=matter, body=_text(content[match.end() :]), above=above, flaws=tuple(flaws))


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace").replace("\r\n", "\n").removeprefix("\ufeff")


def text_of(node: Node | None) -> str:
    """A single value as text; empty for none.

    Raises:
        Unfit: it is a list or a mapping.
    """
    if node is None:
        return ""
    if not isinstance(node, Scalar):
        raise Unfit("text")
    return "" if node.kind == "null" else node.text.strip()


def texts_of(node: Node | None) -> tuple[str, ...]:
    """Several values as texts; one alone counts as several, too.

    Raises:
        Unfit: there is something else among them.
    """
    if isinstance(node, Listing):
        if not all(isinstance(item, Scalar) for item in node.items):
            raise Unfit("list of texts")
        return tuple(text_of(item) for item in node.items)
    if isinstance(node, Table):
        raise Unfit("list of texts")
    one = text_of(node)
    return (one,) if one else ()


def line_of(matter: Table, key: str) -> int:
    """In which line a key stands; 1 when it does not."""
    return next((name.place.line for name, _ in matter.entries if name.text == key), 1)

"""How a note is known again on a board: by a marker that people do not see."""

import re
from hashlib import sha256

from kiro_worker.board.fault import CardRefused
from kiro_worker.board.port import Note
from kiro_worker.value import dataclass

LONGEST = 60_000
"""Characters of a note's text; GitHub takes 65,536, and a draft's text has to fit beside it."""

_KEY = re.compile(r"[a-z0-9][a-z0-9.:-]{0,79}")
_MARKER = re.compile(r"^<!-- kiro-worker:note key=([a-z0-9.:-]+) sha256=([0-9a-f]{16}) -->[ \t]*(?=\r?$)", re.MULTILINE)
_END = "<!-- kiro-worker:end -->"
# Whatever a note quotes, it cannot begin or end another one.
_FORGED = re.compile(r"<!--(?=\s*kiro-worker:)")
_GAP = "\u200b"


@dataclass(frozen=True, slots=True)
class Marked:
    """A note that stands in a text.

    Attributes:
        digest: of the text that the worker wrote under it.
        span: where it begins and ends in the whole text.
    """

    key: str
    digest: str
    span: tuple[int, int]


def written(note: Note) -> str:
    """The note as it is written, its marker first.

    Raises:
        CardRefused: the key is none.
    """
    if not _KEY.fullmatch(note.key):
        reason = f"{note.key[:80]!r} is no key of a note"
        raise CardRefused(what="Nothing was told", reason=reason, cure="Use a-z, 0-9, `.`, `:`, `-`.")
    # An empty line, without which Markdown would take what follows for HTML.
    return f"<!-- kiro-worker:note key={note.key} sha256={digest(note)} -->\n\n{text_of(note)}\n\n{_END}"


def digest(note: Note) -> str:
    """What tells a note's text from another's."""
    return sha256(text_of(note).encode()).hexdigest()[:16]


def find(text: str, key: str) -> Marked | None:
    """The note of that key in a text.

    Where a person removed the end mark, only the first mark counts as the note: the text after it may be theirs.
    """
    for marker in _MARKER.finditer(text):
        if marker[1] == key:
            end = text.find(_END, marker.end())
            return Marked(key, marker[2], (marker.start(), marker.end() if end < 0 else end + len(_END)))
    return None


def placed(text: str, note: Note) -> str:
    r"""A text of somebody else's with the note in it, once, and all else as it was.

    >>> placed("Mine.", Note(key="a", text="one")).startswith("Mine.\n\n<!-- kiro-worker:note key=a ")
    True
    """
    found = find(text, note.key)
    if found is None:
        return f"{text.rstrip()}\n\n{written(note)}" if text.strip() else written(note)
    start, end = found.span
    return text[:start] + written(note) + text[end:]


def text_of(note: Note) -> str:
    """A note's text as it is kept: of bounded length, and without what could be taken for a marker."""
    # A lone surrogate cannot be sent at all.
    text = note.text.encode("utf-8", "replace").decode().strip()
    text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return _FORGED.sub(f"<!--{_GAP}", text)

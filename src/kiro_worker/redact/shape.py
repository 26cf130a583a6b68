"""How a token is recognised by its looks.

A shape is found in three moves: one of its keywords (looked for together with the known secrets, so clean text costs
nothing more), then the context around the keyword, then a run of the bytes such a token is made of. The keyword and
the context stay visible: they say what was there, and a stream has nothing to hold back until they are complete.
"""

import re
from functools import cache

from kiro_worker.redact.view import View
from kiro_worker.value import dataclass

# No context of any shape is longer than this.
CONTEXT = 160


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shape:
    """One kind of token.

    Attributes:
        name: what is written in its place.
        keywords: literal bytes that every such token has; case matters.
        context: matched where the keyword begins; the token begins where it ends. This and the next three are
            regular expressions, compiled when first needed: most runs need few of them.
        body: the run of bytes a token is made of, up to the longest it may be.
        accept: what a run must begin with to be a token.
        complete: what a run must begin with so that a line break ends it; before, it may go on in the next line.
        trim: bytes of the run that do not belong to a token when they come last: the full stop of a sentence.
        then: what must follow the run.
        wraps: whether a token may go on over a line break at all.
        alone: whether it must not begin in the middle of a word.
    """

    name: str
    keywords: tuple[bytes, ...]
    context: bytes
    body: bytes
    accept: bytes
    complete: bytes
    trim: bytes = b""
    then: bytes = b""
    wraps: bool = True
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was found: what to hide."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Undecided:
    """More text may make it a token.

    Attributes:
        keep: what has to be looked at again.
        hold: what must not be written yet.
    """

    keep: int
    hold: int


def look(shape: Shape, view: View, at: int, *, final: bool) -> Token | Undecided | None:
    """Whether there is a token where a keyword was found; `final` says that no text follows."""
    clean = view.clean
    if shape.alone and not view.can_begin(at):
        return None
    context = _regex(shape.context).match(clean, at)
    if context is None:
        near = len(clean) - at < CONTEXT
        return Undecided(at, len(clean)) if near and not final else None
    start = context.end()
    body = _regex(shape.body).match(clean, start)
    end = body.end() if body else start
    if view.is_torn(at, start):
        return None
    stop = _stop(shape, view, at, start, end)
    if stop is None and end == len(clean) and not final:
        return Undecided(at, start)
    if shape.then and (stop is not None or not clean.startswith(shape.then, end)):
        return None
    end = end if stop is None else stop
    if not _regex(shape.accept).match(clean, start, end):
        return None
    return Token(start, start + len(clean[start:end].rstrip(shape.trim)) if shape.trim else end)


def _stop(shape: Shape, view: View, at: int, start: int, end: int) -> int | None:
    """Where a line break ends the run; None when none does."""
    for line_end in view.line_ends(at + 1, end):
        if not shape.wraps:
            return max(line_end, start)
        whole = view.is_torn(line_end - 1, line_end) or _regex(shape.complete).match(view.clean, start, line_end)
        if line_end > start and whole:
            return line_end
    return None


@cache
def _regex(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern)

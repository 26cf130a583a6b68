"""The worker's own part of a pull request's text, and the text of people around it.

A body is `… <!-- kiro:begin run=… v=1 sha256=… -->`, the block, `<!-- kiro:end --> …`, each marker on a line of its
own with a blank line after it. What is outside belongs to people and is never changed. The hash is of the block as it
was written: a block that no longer has it was edited by a person, and is theirs from then on. Anybody who may edit
the text may forge a marker; the worst that can come of it is a second block.
"""

import re
from hashlib import sha256
from itertools import pairwise

from kiro_worker.expression import expression
from kiro_worker.forge import shorten
from kiro_worker.forge.fences import open_fence
from kiro_worker.value import dataclass

LIMIT = 60_000
"""Code points of a whole body. GitHub takes 65,536, and answered 502 now and then well below that."""

# Less room than this is not worth a block; people are told that their text leaves none.
_LEAST_ROOM = 400
_LITTLE_ROOM = 5_000

_BEGIN = r"<!-- kiro:begin run=(?P<run>[^\s<>]{0,100}) v=\d{1,3} sha256=(?P<sha256>[0-9a-f]{64}) -->"
_END = "<!-- kiro:end -->"
_MARKER = expression(rf"^(?:{_BEGIN}|(?P<end>{_END}))[ \t]*(?=\r?$)", re.MULTILINE)
_ANY_MARKER = expression(r"<!--(?=\s*kiro:)", re.IGNORECASE)
_UNSENDABLE = expression("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BLANK_LINE = expression(r"\r?\n[ \t]*\r?\n")
_KEPT = "**Kept from the section above, which was edited by hand before the worker wrote it anew:**"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The worker's block as it was found in a body.

    Attributes:
        start: where its first marker begins.
        end: where its last marker ends, before the line's end.
        run: the run that wrote it.
        text: what is between the markers.
        intact: whether that is what was written.
    """

    start: int
    end: int
    run: str
    text: str
    intact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A body with the worker's block in it, and what a person should know of it."""

    body: str
    notes: tuple[str, ...] = ()


def find_block(body: str) -> Block | None:
    """The worker's block: the first that is intact, else the first that is not quoted in code.

    >>> find_block("Only people wrote here.") is None
    True
    """
    blocks = []
    markers = list(_MARKER.finditer(body))
    # Only a begin with the very next marker an end makes a block, so a forged begin cannot swallow people's text.
    for begin, end in pairwise(markers):
        if begin["end"] is None and end["end"] is not None:
            text = body[begin.end() : end.start()]
            blocks.append(
                Block(
                    start=begin.start(),
                    end=end.end(),
                    run=begin["run"],
                    text=text,
                    intact=begin["sha256"] == _digest(text),
                )
            )
    intact = next((block for block in blocks if block.intact), None)
    return intact or next((block for block in blocks if not open_fence(body[: block.start])), None)


def merge(body: str, block: str, *, run: str, limit: int = LIMIT) -> Merged:
    """Put the worker's block into a body, in place of the one that is there or after people's text.

    Doing it again changes nothing. The result has at most `limit` code points; when people's text leaves no room, the
    body stays as it is. Logs are the first to be shortened, and people's text never is.
    """
    text = sendable(block)
    begin = f"<!-- kiro:begin run={run_name(run)} v=1 sha256="
    frame = len(begin) + 64 + len(f" -->\n\n\n\n{_END}")
    choices = _around(body, text)
    around = next((each for each in choices if each.size + frame + len(text) <= limit), choices[0])
    room = limit - frame - around.size
    notes = around.notes
    if room < min(len(text), _LEAST_ROOM):
        note = (
            f"The pull request's text leaves no room for the worker's section ({limit:,} characters in all); it stays."
        )
        return Merged(body=body, notes=(note,))
    if len(text) > room:
        text = shorten.to_size(text, room).strip("\n")
        notes += ("The worker's section was shortened to fit into the pull request.",)
    if room < _LITTLE_ROOM:
        notes += (f"The text around the worker's section leaves it only {room:,} characters.",)
    return Merged(body=f"{around.before}{begin}{_digest(text)} -->\n\n{text}\n\n{_END}{around.after}", notes=notes)


def same(one: str, other: str) -> bool:
    """Whether two bodies differ in nothing but line ends and blank ends, which forges and browsers change."""
    return _canonical(one) == _canonical(other)


def without_markers(body: str) -> str:
    """The body as people are to read it."""
    return _MARKER.sub("", body)


def sendable(block: str) -> str:
    """The block as it may stand between markers: none of its own, nothing left open."""
    text = _UNSENDABLE.sub("", block.replace("\r\n", "\n").replace("\r", "\n"))
    text = _ANY_MARKER.sub("<!-\u200b-", text).strip("\n")
    return text + shorten.closing(text)


def run_name(run: str) -> str:
    """A run's id as it stands in a marker."""
    return re.sub(r"[^\w.:-]|--", "-", run, flags=re.ASCII)[:100]


@dataclass(frozen=True, slots=True)
class _Around:
    """People's text before and after the block, with what keeps the three apart."""

    before: str
    after: str
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return len(self.before) + len(self.after)


def _around(body: str, text: str) -> tuple[_Around, ...]:
    """What the block may be put between, the best choice first."""
    found = find_block(body)
    if found is None:
        return (_Around(*_place_for_a_new_block(body)),)
    before, after = body[: found.start], _apart(body[found.end :])
    if found.intact or not found.text.strip():
        return (_Around(before, after),)
    theirs = found.text.strip("\r\n")
    # Most of an edited block is the worker's own; where a second copy is too much, lines that come back are enough.
    known = {line.strip() for line in text.split("\n")}
    rest = "\n".join(line for line in theirs.split("\n") if line.strip() not in known)
    note = ("Somebody edited the worker's section: their text was kept below it.",)
    return tuple(_Around(before, f"\n\n{_KEPT}\n\n{kept}{after}", note) for kept in (theirs, rest))


def _place_for_a_new_block(body: str) -> tuple[str, str]:
    if not body.strip():
        return "", "\n"
    if open_fence(body) or body.rfind("<!--") > body.rfind("-->"):
        # After an unfinished code block or comment nothing is seen any more.
        return "", f"\n\n{body}"
    ends = body.replace("\r\n", "\n")
    return body + ("" if ends.endswith("\n\n") else "\n" if ends.endswith("\n") else "\n\n"), "\n"


def _apart(after: str) -> str:
    """The text after the block, with a blank line before it."""
    if not after.strip():
        return after or "\n"
    if _BLANK_LINE.match(after):
        return after
    return f"\n{after}"


def _digest(text: str) -> str:
    return sha256(_canonical(text).encode("utf-8", "replace")).hexdigest()


def _canonical(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip("\n")

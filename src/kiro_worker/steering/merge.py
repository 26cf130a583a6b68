"""A three-way merge of texts, line by line: what two sides made of one beginning."""

from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher

from kiro_worker.value import dataclass

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A place that both sides changed, each otherwise.

    Attributes:
        line: where it begins in our text, from 1.
        base: what it was before.
    """

    line: int
    base: Lines
    ours: Lines
    theirs: Lines


@dataclass(frozen=True, slots=True)
class Merged:
    """The pieces of a merge, in their order: lines that are settled, and clashes."""

    pieces: tuple["Lines | Clash", ...]

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """What a person has to settle; empty for a clean merge."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Clash))

    @property
    def lines(self) -> Lines:
        """The merged text; of a clash, our side."""
        return tuple(line for piece in self.pieces for line in (piece.ours if isinstance(piece, Clash) else piece))


def merged(base: Lines, ours: Lines, theirs: Lines) -> Merged:
    """Merge two texts that were made from one.

    >>> merged(("a", "b", "c"), ("a", "b", "c", "d"), ("A", "b", "c")).lines
    ('A', 'b', 'c', 'd')
    """
    pieces: list[Lines | Clash] = []
    at = our_at = their_at = 0
    for common in _common(base, ours, theirs):
        was = base[at : common.base]
        here, there = ours[our_at : common.ours], theirs[their_at : common.theirs]
        if was or here or there:
            pieces.append(_settled(was, here, there, line=our_at + 1))
        pieces.append(base[common.base : common.base + common.size])
        at, our_at, their_at = common.base + common.size, common.ours + common.size, common.theirs + common.size
    return Merged(tuple(piece for piece in pieces if piece))


def compared(ours: Lines, theirs: Lines) -> Merged:
    """Two texts whose beginning is not known: every difference is a clash."""
    pieces: list[Lines | Clash] = []
    for tag, start, end, their_start, their_end in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        here, there = ours[start:end], theirs[their_start:their_end]
        pieces.append(here if tag == "equal" else Clash(line=start + 1, base=(), ours=here, theirs=there))
    return Merged(tuple(pieces))


def _settled(base: Lines, ours: Lines, theirs: Lines, *, line: int) -> "Lines | Clash":
    if ours in (theirs, base):
        return theirs
    if theirs == base:
        return ours
    return Clash(line=line, base=base, ours=ours, theirs=theirs)


@dataclass(frozen=True, slots=True)
class _Common:
    """Lines that all three have, by where they begin in each."""

    base: int
    ours: int
    theirs: int
    size: int


def _common(base: Lines, ours: Lines, theirs: Lines) -> Iterator[_Common]:
    """Runs of lines that neither side changed, and the end."""
    left, right = _blocks(base, ours), _blocks(base, theirs)
    at = other = 0
    while at < len(left) and other < len(right):
        mine, yours = left[at], right[other]
        start, end = max(mine.a, yours.a), min(mine.a + mine.size, yours.a + yours.size)
        if start < end:
            yield _Common(start, mine.b + start - mine.a, yours.b + start - yours.a, end - start)
        if mine.a + mine.size < yours.a + yours.size:
            at += 1
        else:
            other += 1
    yield _Common(len(base), len(ours), len(theirs), 0)


def _blocks(base: Lines, side: Lines) -> Sequence[Match]:
    return SequenceMatcher(None, base, side, autojunk=False).get_matching_blocks()

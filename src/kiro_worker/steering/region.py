"""Local regions of a steering file: what a repository adds of its own and no synchronization touches.

A region begins with a line `<!-- kiro-worker: local -->` and ends with a line `<!-- kiro-worker: end local -->`.
"""

from difflib import SequenceMatcher

from kiro_worker.expression import expression
from kiro_worker.value import dataclass

BEGIN = "<!-- kiro-worker: local -->"
END = "<!-- kiro-worker: end local -->"
_BEGIN = expression(r"[ \t]*<!--\s*kiro-worker:\s*local\s*-->[ \t]*\r?\n?")
_END = expression(r"[ \t]*<!--\s*kiro-worker:\s*end[ \t]+local\s*-->[ \t]*\r?\n?")


@dataclass(frozen=True, slots=True)
class Region:
    """One region.

    Attributes:
        at: how many lines of the rest stand before it.
        lines: with its marks, and with an empty line before it that is there for its sake.
    """

    at: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parted:
    """A text with its regions taken out.

    Attributes:
        rest: all other lines.
        fault: what is wrong with the marks; they are then taken for text, and `regions` is empty.
    """

    rest: tuple[str, ...]
    regions: tuple[Region, ...] = ()
    fault: str = ""


def parted(text: str) -> Parted:
    """Take the local regions out of a text; joining them again gives the same text."""
    lines = text.splitlines(keepends=True)
    rest: list[str] = []
    regions: list[Region] = []
    opened: list[str] | None = None
    for number, line in enumerate(lines, 1):
        if opened is not None:
            opened.append(line)
            if _BEGIN.fullmatch(line):
                return Parted(tuple(lines), fault=f"line {number} begins a local region within another")
            if _END.fullmatch(line):
                regions.append(_region(rest, opened, following=lines[number] if number < len(lines) else ""))
                opened = None
        elif _BEGIN.fullmatch(line):
            opened = [line]
        elif _END.fullmatch(line):
            return Parted(tuple(lines), fault=f"line {number} ends a local region that was not begun")
        else:
            rest.append(line)
    if opened is not None:
        return Parted(tuple(lines), fault=f"a local region is not ended; write {END} below it")
    return Parted(tuple(rest), tuple(regions))


def joined(parted: Parted, merged: tuple[str, ...]) -> str:
    """Put the regions of a text back in, where the rest has become something else.

    Each stands after the line it stood after, or after what has come in that line's place; one at the end stays there.
    """
    if not parted.regions:
        return "".join(merged)
    places = _places(parted.rest, merged)
    # A front matter holds nothing but itself, whatever became of the lines around.
    floor = _front(merged) if parted.regions[0].at >= _front(parted.rest) else 0
    made: list[str] = []
    done = 0
    for region in parted.regions:
        place = max(done, floor, places[region.at])
        made += merged[done:place]
        if made and not made[-1].endswith("\n"):
            made[-1] += "\n"
        made += region.lines
        done = place
    rest = merged[done:]
    if rest and not made[-1].endswith("\n"):
        made[-1] += "\n"
    return "".join((*made, *rest))


def unmarked(text: str) -> str:
    """A text without the marks of its regions: what they hold is the repository's standard like the rest."""
    if "kiro-worker:" not in text:
        return text
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not (_BEGIN.fullmatch(line) or _END.fullmatch(line)))


def _region(rest: list[str], lines: list[str], *, following: str) -> Region:
    # Who writes a region sets it off with an empty line on both sides; one of the two is the region's.
    if rest and not rest[-1].strip() and not following.strip() and len(rest) > 1:
        lines = [rest.pop(), *lines]
    return Region(len(rest), tuple(lines))


def _front(lines: tuple[str, ...]) -> int:
    """How many lines the front matter has."""
    if not lines or lines[0].strip() != "---":
        return 0
    return next((at + 1 for at, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)


def _places(old: tuple[str, ...], new: tuple[str, ...]) -> list[int]:
    """For each number of lines of the old text, after how many of the new one that is."""
    places = [0] * (len(old) + 1)
    for _, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for at in range(start + 1, end + 1):
            places[at] = new_end if at == end else min(new_start + at - start, new_end)
    # What stood at the end belongs there.
    places[len(old)] = len(new)
    return places

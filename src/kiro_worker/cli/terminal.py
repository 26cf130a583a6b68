"""What a terminal gets: colours where they are wanted, columns that stand below each other, and no codes of others."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TextIO

_CODES = {"good": "32", "bad": "31", "wait": "33", "soft": "2", "strong": "1"}
_GAP = "  "


class Ink:
    """Paints text for one stream; on anything but a terminal, and where NO_COLOR is set, text stays as it is.

    The rule is that of https://no-color.org: any value but an empty one switches colours off.
    """

    def __init__(self, stream: TextIO, environment: Mapping[str, str] = os.environ) -> None:
        wanted = not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
        self._on = wanted and stream.isatty()

    def __call__(self, tone: str, text: str) -> str:
        """The text in the colour of a tone: good, bad, wait, soft or strong; any other leaves it plain."""
        code = _CODES.get(tone) if self._on and text else None
        return f"\x1b[{code}m{text}\x1b[0m" if code else text


class Passing:
    """A line about what is going on, for as long as that takes; only on a terminal."""

    def __init__(self, out: TextIO, *, shown: bool = True) -> None:
        self._out = out
        self._shown = shown and out.isatty()

    def show(self, what: str) -> None:
        """Begin to tell."""
        if self._shown:
            self._out.write(f"{what} ...")
            self._out.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._out.write("\r\x1b[2K")
            self._out.flush()


def columns(rows: Sequence[Sequence[str]], *, most: Mapping[int, int] | None = None) -> Iterator[str]:
    """Rows with their columns below each other; nothing is put behind the last one.

    Args:
        rows: all of the same length.
        most: how wide a column may become, by its place; what is longer is cut.

    >>> list(columns([("RUN", "TOOK"), ("r-1", "3 s")]))
    ['RUN  TOOK', 'r-1  3 s']
    """
    cut = [[clipped(cell, (most or {}).get(place)) for place, cell in enumerate(row)] for row in rows]
    wide = [max(map(len, column)) for column in zip(*cut, strict=True)]
    for row in cut:
        yield _GAP.join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)).rstrip()


def clipped(text: str, most: int | None) -> str:
    """The text, or its beginning with an ellipsis.

    >>> clipped("parcel-price", 7)
    'parcel…'
    """
    return text if most is None or len(text) <= most else text[: most - 1] + "…"


def local_time(at: str) -> str:
    """A moment of a file (RFC 3339 in UTC) as the clock on the wall here shows it, to the minute."""
    from datetime import datetime

    return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M") if at else ""


def counted(number: int, noun: str) -> str:
    """As `run.report.words.counted`, for verbs that load nothing of a run.

    >>> counted(1, "spec"), counted(0, "error")
    ('1 spec', '0 errors')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def put(out: TextIO, lines: Iterable[str]) -> None:
    """Write lines and let them be seen at once."""
    out.writelines(line + "\n" for line in lines)
    out.flush()


def print_json(body: Any, *, indent: int | None = 2) -> None:
    """One JSON document on standard output; what a terminal would obey is escaped there."""
    import json

    out = sys.stdout
    text = json.dumps(body, ensure_ascii=out.isatty(), indent=indent)
    # A name that is no UTF-8 holds lone surrogates; JSON's escape of one is Python's.
    out.write(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")

"""Making a report fit: the longest logs give way first, then its end."""

import re

from kiro_worker.expression import expression
from kiro_worker.forge.fences import fenced_spans, open_fence

_CUT = "\n\n_The rest was left out here; the whole report is among the run's artifacts._"
_DETAILS = expression(r"<(/?)details\b[^>\n]*>", re.IGNORECASE)
_DEEPEST = 8


def to_size(text: str, room: int) -> str:
    """The text in at most `room` code points, with every fence and fold closed."""
    if len(text) <= room:
        return text
    shorter = _shorten_logs(text, room)
    return shorter if len(shorter) <= room else _cut_end(shorter, room)


def _shorten_logs(text: str, room: int) -> str:
    spans = fenced_spans(text)
    sizes = [end - start for start, end in spans]
    allowed = _level(sizes, room - (len(text) - sum(sizes)))
    pieces, last = [], 0
    for start, end in spans:
        pieces += [text[last:start], _middle_out(text[start:end], allowed)]
        last = end
    return "".join([*pieces, text[last:]])


def _level(sizes: list[int], room: int) -> int:
    """The most that each may have so that all fit: those below it are left whole.

    >>> _level([10, 100, 200], 130)
    60
    """
    left = room
    for nth, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - nth)
        if size > share:
            return max(0, share)
        left -= size
    return max(sizes, default=0)


def _middle_out(log: str, allowed: int) -> str:
    if len(log) <= allowed:
        return log
    note = f"[… {len(log) - allowed:,} characters left out …]"
    half = (allowed - len(note) - 16) // 2
    if half < 1:
        return note
    return f"{log[:half]}\n{note}\n{log[-half:]}"


def _cut_end(text: str, room: int) -> str:
    kept = text[: max(0, room - len(_CUT) - 200)].rpartition("\n")[0]
    closed = kept + closing(kept) + _CUT
    return closed if len(closed) <= room else text[:room]


def closing(text: str) -> str:
    """What ends the fence and the folds that a text leaves open."""
    fence = open_fence(text)
    depth = 0
    for tag in _DETAILS.finditer(text):
        depth = max(0, depth + (-1 if tag[1] else 1))
    folds = "\n\n</details>" * min(depth, _DEEPEST)
    return (f"\n{fence}" if fence else "") + folds

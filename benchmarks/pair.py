"""Two things measured in turn, A B A B …, so that a machine that slows down slows both."""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """Medians in seconds, and the median of the ratios pair by pair."""

    ours: float
    baseline: float
    ratio: float


def in_turn(ours: Callable[[], object], baseline: Callable[[], object], pairs: int = 5) -> Pair:
    """Measure both `pairs` times after one warm-up each."""
    ours(), baseline()
    times = [(_seconds(ours), _seconds(baseline)) for _ in range(pairs)]
    return Pair(
        statistics.median(one for one, _ in times),
        statistics.median(other for _, other in times),
        statistics.median(one / other for one, other in times),
    )


def table(title: str, rows: list[tuple[str, str, str, str, str]]) -> None:
    """Print what was measured."""
    head = ("what", "ours", "baseline", "ratio", "target")
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(5)]
    print(f"\n{title}  (Python {sys.version.split()[0]})")
    for row in [head, tuple("-" * width for width in widths), *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began

"""Two things measured in turn, A B A B …, so that a machine that slows down slows both."""

import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """Medians in seconds, and the median of the ratios pair by pair.

    Attributes:
        more_processor: how many more seconds of processor time ours took, all its processes taken together; a busy
            machine changes them less than it does those of the clock.
    """

    ours: float
    baseline: float
    ratio: float
    more_processor: float


def in_turn(ours: Callable[[], object], baseline: Callable[[], object], pairs: int = 5) -> Pair:
    """Measure both `pairs` times after one warm-up each."""
    ours(), baseline()
    measured = [(*spent(ours), *spent(baseline)) for _ in range(pairs)]
    return Pair(
        ours=statistics.median(one for one, _, _, _ in measured),
        baseline=statistics.median(other for _, _, other, _ in measured),
        ratio=statistics.median(one / other for one, _, other, _ in measured),
        more_processor=statistics.median(one - other for _, one, _, other in measured),
    )


def table(title: str, rows: list[tuple[str, str, str, str, str]]) -> None:
    """Print what was measured."""
    head = ("what", "ours", "baseline", "ratio", "target")
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(5)]
    print(f"\n{title}  (Python {sys.version.split()[0]})")
    for row in [head, tuple("-" * width for width in widths), *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time."""
    began, processor = time.perf_counter(), _processor()
    work()
    return time.perf_counter() - began, _processor() - processor


def _processor() -> float:
    """Of this process, and of all its children that are over."""
    told = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in told)

"""Percentages that parts of a repository must reach, and the base's own coverage, below which nobody falls."""

import re
from collections.abc import Iterable
from fractions import Fraction
from math import isfinite

from kiro_worker.changeset import ChangeSet, How
from kiro_worker.config.settings import GateSettings
from kiro_worker.gate.fault import PathThresholdUnfit
from kiro_worker.gate.port import Coverage, Finding
from kiro_worker.gate.threshold import missing, percent, reaches, worst
from kiro_worker.policy.glob import BadPattern, compiled
from kiro_worker.value import dataclass

_FEW, _ONE_IN = 2, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PathThreshold:
    """A least percentage for the files that fit a pattern."""

    pattern: str
    least: float
    fits: re.Pattern[str]


def path_thresholds(settings: GateSettings) -> tuple[PathThreshold, ...]:
    """`gates.coverage_paths`, read.

    Raises:
        PathThresholdUnfit: for a pattern that fits nothing, and for what is no percentage.
    """
    return tuple(_path_threshold(pattern, text) for pattern, text in settings.coverage_paths)


def judge_paths(
    coverage: Coverage, thresholds: Iterable[PathThreshold], change: ChangeSet
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """What is below its own threshold, and which thresholds could not be held against anything."""
    low: list[Finding] = []
    unmeasured: list[Finding] = []
    for threshold in thresholds:
        files = [file for file in coverage.files if threshold.fits.fullmatch(file.path) and file.lines]
        covered = sum(hits > 0 for file in files for hits in file.lines.values())
        total = sum(len(file.lines) for file in files)
        if not total:
            gone = any(file.how is How.DELETED and threshold.fits.fullmatch(file.path) for file in change)
            unmeasured += () if gone else (_unmeasured(threshold),)
        elif not reaches(covered, total, threshold.least):
            title = f"Coverage of {threshold.pattern} is {percent(covered, total)} %, below {threshold.least:g} %."
            more = missing(covered, total, threshold.least)
            cure = f"Test what is not covered; {more} more of {total} lines would be enough."
            low.append(Finding(code="coverage.path-low", title=title, detail="\n".join(worst(files)), cure=cure))
    return tuple(low), tuple(unmeasured)


def judge_against_base(
    coverage: Coverage, base: Coverage, settings: GateSettings, *, changed: int = 0
) -> tuple[Finding, ...]:
    """Whether coverage fell below the base's by more than the margin.

    Where covered code is taken away, the percentage falls though nothing was left untested; so there must be more
    uncovered lines than before, too. And a line or two, or one in twenty of what was changed, are no decline: beside a
    small base they are many percent.

    Args:
        coverage: of the head.
        base: of the merge base.
        settings: the margin, and whether branches count.
        changed: how many of the changed lines can be run.
    """
    margin, few = settings.coverage_margin, max(_FEW, changed // _ONE_IN)
    findings = _fell("lines", _lines(coverage), _lines(base), margin=margin, few=few)
    if settings.coverage_branches:
        findings += _fell("branches", _branches(coverage), _branches(base), margin=margin, few=few)
    return findings


def _fell(what: str, now: tuple[int, int], before: tuple[int, int], *, margin: float, few: int) -> tuple[Finding, ...]:
    if not now[1] or not before[1] or not isfinite(margin) or now[1] - now[0] <= before[1] - before[0]:
        return ()
    least = Fraction(100 * before[0], before[1]) - Fraction(str(margin))
    if Fraction(100 * now[0], now[1]) >= least:
        return ()
    more = -(-least * now[1] // 100) - now[0]
    if more <= few:
        return ()
    title = f"Coverage of {what} fell from {percent(*before)} % on the base to {percent(*now)} %."
    told = f"{before[1] - before[0]} {what} were not covered on the base, and {now[1] - now[0]} are not now."
    cure = f"Test more of what the branch adds; {more} more of {now[1]} {what} would be enough."
    code = "coverage.fell" if what == "lines" else "coverage.fell-branches"
    return (Finding(code=code, title=title, detail=told, cure=cure),)


def _lines(coverage: Coverage) -> tuple[int, int]:
    return coverage.lines_covered, coverage.lines_total


def _branches(coverage: Coverage) -> tuple[int, int]:
    return coverage.branches_covered, coverage.branches_total


def _path_threshold(pattern: str, text: str) -> PathThreshold:
    try:
        least = float(text.removesuffix("%"))
    except ValueError:
        least = -1.0
    if not 0 <= least <= 100:
        raise PathThresholdUnfit(pattern=pattern, why=f"has {text!r}, which is no percentage from 0 to 100")
    try:
        return PathThreshold(pattern=pattern, least=least, fits=compiled(pattern))
    except (BadPattern, re.error) as error:
        raise PathThresholdUnfit(pattern=pattern, why=f"is no pattern of paths: {error}") from error


def _unmeasured(threshold: PathThreshold) -> Finding:
    return Finding(
        code="coverage.path-not-measured",
        title=f"No measured file fits {threshold.pattern}, which is to reach {threshold.least:g} %.",
        cure="Measure these files, or correct the pattern in `gates.coverage_paths`; on the base branch.",
    )

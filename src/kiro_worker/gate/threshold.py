"""Whether coverage is enough: an exact comparison, and a percentage that is never rounded up to pass."""

from collections.abc import Iterable
from fractions import Fraction
from math import floor, isfinite

from kiro_worker.gate.port import Color, Coverage, FileCoverage, Finding, GateResult

_WORST_FILES = 15
_RANGES = 12


def judge_coverage(coverage: Coverage, threshold: float, *, own_threshold: float = 0.0) -> GateResult:
    """Hold coverage against the thresholds.

    Lines must reach the threshold, and branches too where they were measured; reaching it exactly is enough. A
    project's own total (`fail_under`) counts lines and branches together, as coverage.py does.

    Args:
        coverage: what was measured.
        threshold: least percentage of lines and of branches.
        own_threshold: least total that the project's own settings ask for; 0 when they ask for none.

    >>> judge_coverage(Coverage(lines_covered=4, lines_total=5), 80.0).summary
    'coverage 80 % of lines (80 % asked for)'
    """
    lines = (coverage.lines_covered, coverage.lines_total)
    branches = (coverage.branches_covered, coverage.branches_total)
    findings: list[Finding] = []
    if not reaches(*lines, threshold):
        findings.append(_low(coverage, "coverage.low", "lines", lines, threshold))
    if coverage.branches_total and not reaches(*branches, threshold):
        findings.append(_low(coverage, "coverage.low-branches", "branches", branches, threshold))
    both = (lines[0] + branches[0], lines[1] + branches[1])
    if own_threshold and not findings and not reaches(*both, own_threshold):
        findings.append(_low(coverage, "coverage.low", "the project's own total", both, own_threshold))
    return GateResult(
        gate="coverage",
        color=Color.RED if findings else Color.GREEN,
        summary=_summary(coverage, threshold, own_threshold),
        findings=tuple(findings),
        coverage=coverage,
    )


def reaches(covered: int, total: int, threshold: float) -> bool:
    """Whether `covered` of `total` is at least this percentage, exactly; of nothing, nothing is reached.

    >>> reaches(799999, 1000000, 80.0), reaches(8, 10, 80.0), reaches(0, 0, 0.0)
    (False, True, False)
    """
    return total > 0 and isfinite(threshold) and Fraction(covered * 100, total) >= Fraction(str(threshold))


def percent(covered: int, total: int) -> str:
    """A percentage with at most one decimal, rounded down, so that 79.96 never reads as 80.

    >>> percent(7996, 10000), percent(1, 3), percent(5, 5), percent(0, 0)
    ('79.9', '33.3', '100', '0')
    """
    tenths = floor(Fraction(covered * 1000, total)) if total else 0
    whole, tenth = divmod(tenths, 10)
    return f"{whole}.{tenth}" if tenth else f"{whole}"


def ranges(lines: Iterable[int]) -> str:
    """Line numbers for people.

    >>> ranges([3, 1, 2, 7])
    '1-3, 7'
    """
    spans: list[tuple[int, int]] = []
    for line in sorted(lines):
        if spans and line == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], line)
        else:
            spans.append((line, line))
    told = [f"{first}-{last}" if last > first else f"{first}" for first, last in spans[:_RANGES]]
    return ", ".join(told) + (f" and {len(spans) - _RANGES} more" if len(spans) > _RANGES else "")


def _summary(coverage: Coverage, threshold: float, own_threshold: float) -> str:
    unit = "statements" if coverage.source == "go" else "lines"
    said = f"coverage {percent(coverage.lines_covered, coverage.lines_total)} % of {unit}"
    if coverage.branches_total:
        said += f", {percent(coverage.branches_covered, coverage.branches_total)} % of branches"
    own = f"; the project's own settings: {own_threshold:g} % in all" if own_threshold else ""
    return f"{said} ({threshold:g} % asked for{own})"


def _low(coverage: Coverage, code: str, what: str, had: tuple[int, int], threshold: float) -> Finding:
    covered, total = had
    return Finding(
        code=code,
        title=f"Coverage of {what} is {percent(covered, total)} %, below {threshold:g} %.",
        detail="\n".join(worst(coverage.files)),
        cure=f"Test what is not covered; {missing(covered, total, threshold)} more of {total} would be enough.",
    )


def missing(covered: int, total: int, threshold: float) -> int:
    """How many more must be covered to reach the threshold.

    >>> missing(7, 10, 80.0), missing(9, 10, 80.0)
    (1, 0)
    """
    needed = Fraction(str(threshold)) * total / 100 if isfinite(threshold) else Fraction(total)
    return max(0, -floor(-needed) - covered)


def worst(files: Iterable[FileCoverage]) -> Iterable[str]:
    """The files with the most uncovered lines, and which those are."""
    left = [(file, [line for line, hits in file.lines.items() if not hits]) for file in files]
    left = sorted((one for one in left if one[1]), key=lambda one: (-len(one[1]), one[0].path))
    for file, lines in left[:_WORST_FILES]:
        covered = percent(len(file.lines) - len(lines), len(file.lines))
        yield f"{file.path}: {covered} %, not covered: {ranges(lines)}"
    if (more := len(left) - _WORST_FILES) > 0:
        yield f"and {more} more {'file' if more == 1 else 'files'}"

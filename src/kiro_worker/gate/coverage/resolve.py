"""From what a report says to coverage of this tree: its paths looked up, other code and other runs refused."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from kiro_worker.gate.coverage.model import Measured, Report
from kiro_worker.gate.coverage.treepath import TreePaths
from kiro_worker.gate.fault import ReportElsewhere, ReportEmpty, ReportStale
from kiro_worker.gate.port import Coverage, FileCoverage
from kiro_worker.value import dataclass

# A report may be stamped by a clock that is a little behind, and file systems keep whole seconds.
_SLACK_SECONDS = 120.0
_MOST_SOURCE = 8 * 1024 * 1024
_EXAMPLES = 3

# A share of lines past a file's end that cannot be a generator's doing. Kotlin's inlined functions have such lines
# in honest reports, so its files are not held against it.
_LINES_PAST_THE_END = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Coverage of the tree, and the paths that were left out because they are not in it."""

    coverage: Coverage
    foreign: tuple[str, ...] = ()


def coverage_of(
    reports: Iterable[tuple[Report, str]],
    tree: Path,
    *,
    since: float | None = None,
    add_up: bool = True,
    no_code: tuple[str, ...] = (),
) -> Resolved:
    """Join reports of one run into coverage of a tree.

    Files that are not in the tree are left out: a dependency's coverage says nothing of this code.

    Args:
        reports: each with the path by which people are told of it.
        tree: the working tree.
        since: when the run began, in seconds of the epoch; a report that says it is older is refused.
        add_up: whether reports of the same file are added up; otherwise a report that tells again of a file that an
            earlier one told of is the same run in another format, and is left out.
        no_code: patterns of files that are tests themselves and are not counted.

    Raises:
        ReportEmpty: when no line was measured.
        ReportElsewhere: when no file of the reports is in the tree.
        ReportStale: when a report is of other code, or of an earlier run.
    """
    places = TreePaths(tree)
    files: dict[str, Measured] = {}
    foreign: list[str] = []
    named: list[tuple[Report, str]] = list(reports)
    for report, told in named:
        _refuse_old(report, told, since)
        found = {name: places.find(name, report.roots, near=told) if name else "" for name in report.files}
        if not add_up and any(path in files for path in found.values()):
            continue
        foreign.extend(name for name, path in found.items() if path is None)
        for name, path in found.items():
            if path is not None:
                files.setdefault(path, Measured()).merge(report.files[name])
    files = {path: file for path, file in files.items() if not any(fnmatchcase(path, it) for it in no_code)}
    told = ", ".join(told for _, told in named)
    if foreign and not files:
        raise ReportElsewhere(path=told, examples=foreign[:_EXAMPLES])
    coverage = _total(files, kinds=sorted({report.kind for report, _ in named}))
    if not coverage.lines_total:
        raise ReportEmpty(path=told, what="lines")
    _refuse_other_code(coverage, tree, told)
    return Resolved(coverage=coverage, foreign=tuple(sorted(foreign)))


def _total(files: Mapping[str, Measured], *, kinds: list[str]) -> Coverage:
    lines = [file.line_totals() for file in files.values()]
    branches = [file.branch_totals() for file in files.values()]
    return Coverage(
        lines_covered=sum(covered for covered, _ in lines),
        lines_total=sum(total for _, total in lines),
        branches_covered=sum(covered for covered, _ in branches),
        branches_total=sum(total for _, total in branches),
        files=tuple(_file(path, files[path]) for path in sorted(files) if path),
        source="+".join(kinds),
    )


def _file(path: str, measured: Measured) -> FileCoverage:
    covered, total = measured.branch_totals()
    return FileCoverage(
        path=path,
        lines=measured.lines,
        branches_covered=covered,
        branches_total=total,
        branches=measured.branches,
    )


def _refuse_old(report: Report, told: str, since: float | None) -> None:
    if since is None or report.moment is None or report.moment >= since - _SLACK_SECONDS:
        return
    raise ReportStale(
        path=told, why=f"it says it was made {since - report.moment:,.0f} s before the tests were started"
    )


def _refuse_other_code(coverage: Coverage, tree: Path, told: str) -> None:
    """A report with lines that its files do not have was made from other code."""
    past = 0
    example = ""
    for file in coverage.files:
        if not file.lines or file.path.endswith((".kt", ".kts")):
            continue
        there = _line_count(tree / file.path)
        if there is not None and max(file.lines) > there:
            past += sum(line > there for line in file.lines)
            example = example or f"{file.path} has {there} lines, and it tells of line {max(file.lines)}"
    if past > _LINES_PAST_THE_END * coverage.lines_total:
        raise ReportStale(path=told, why=example)


def _line_count(path: Path) -> int | None:
    try:
        if path.stat().st_size > _MOST_SOURCE:
            return None
        body = path.read_bytes()
    except OSError:
        return None
    return body.count(b"\n") + (not body.endswith(b"\n"))

"""Where reports lie when nobody says so, what is there before the tests, and what they left."""

import contextlib
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from kiro_worker.folders import remove_what_can_be, walk
from kiro_worker.gate.fault import ReportCommitted, ReportFault, ReportStale, ReportUnreadable
from kiro_worker.gate.file import SKIPPED, find, is_inside
from kiro_worker.value import dataclass

# In this order: the formats that tell most come first.
COVERAGE_PLACES = (
    "coverage.json", "coverage.xml", "cobertura.xml", "cobertura-coverage.xml", "coverage/cobertura-coverage.xml",
    "coverage/coverage.xml", "reports/coverage.xml", "coverage-reports/*.xml", "coverage/lcov.info", "lcov.info",
    "coverage/coverage-final.json", "coverage/clover.xml", "clover.xml", "build/logs/clover.xml",
    "coverage/coverage-summary.json", "coverage/.resultset.json", "coverage.out", "cover.out", "c.out", "coverage.txt",
    "**/target/site/jacoco*/jacoco.xml", "**/build/reports/jacoco/**/*.xml", "**/build/reports/kover/*.xml",
    "**/target/site/cobertura/coverage.xml", "**/target/scala-*/coverage-report/cobertura.xml",
    "**/TestResults/**/coverage.cobertura.xml", "target/llvm-cov/lcov.info", "target/tarpaulin/*.xml",
)  # fmt: skip
TEST_PLACES = (
    "junit.xml", "junit-*.xml", "test-results.xml", "test-report.xml", "TEST-*.xml", "test-results/**/*.xml",
    "test-reports/**/*.xml", "reports/junit*.xml", "reports/junit/**/*.xml", "**/target/surefire-reports/TEST-*.xml",
    "**/target/failsafe-reports/TEST-*.xml", "**/build/test-results/**/TEST-*.xml", "**/target/test-reports/*.xml",
    "**/TestResults/*.trx", "target/nextest/**/junit.xml", "build/logs/junit.xml",
)  # fmt: skip
RAW_COVERAGE = ".coverage"

# Where coverage.py is told to write its report, in the scratch folder.
COVERAGE_REPORT = "coverage.json"

# Two seconds is the coarsest clock of a file system in use (FAT); a report of before the run is older than that.
_SLACK_SECONDS = 2.0

Identity = tuple[int, int, int, int]
Tracked = Callable[[Path, tuple[str, ...]], Awaitable[frozenset[str] | None]]
"""Which of these paths of a tree are part of the repository; None when that cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What lay at the places of reports before the tests, and could not be removed.

    Attributes:
        since: when the run began, by the file system's own clock.
        committed: reports of the repository itself: path to what they were.
    """

    since: float
    committed: Mapping[str, Identity]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What lies at the places of reports after a run.

    Attributes:
        reports: of this run, each with the path by which people know it.
        faults: of what lies there too and is not of this run.
    """

    reports: tuple[tuple[Path, str], ...]
    faults: tuple[ReportFault, ...] = ()


async def clear_places(patterns: tuple[str, ...], tree: Path, scratch: Path, tracked: Tracked) -> Before:
    """Remove reports that are left from before, so that none of them can be taken for this run's.

    Nothing that is part of the repository is touched, and nothing outside the tree and the scratch folder.
    """
    marker = scratch / "began"
    marker.write_bytes(b"")
    since = marker.stat().st_mtime
    found = set(find(patterns, root=tree, roots=(tree, scratch)))
    named = {str(path.relative_to(tree)): path for path in found if path.is_relative_to(tree)}
    for path in found - set(named.values()):
        path.unlink()
    if not named:
        return Before(since=since, committed={})
    kept = await tracked(tree, tuple(sorted(named)))
    committed: dict[str, Identity] = {}
    for name, path in named.items():
        if kept is None or name in kept:
            committed[name] = _identity(path)
        else:
            path.unlink()
    return Before(since=since, committed=committed)


def clear_compiled(tree: Path) -> None:
    """Remove Python's compiled files: with a fitting date in its head, one is run in the place of its source."""
    for folder, folders, _ in walk(tree):
        if "__pycache__" in folders:
            folders.remove("__pycache__")
            remove_what_can_be(Path(folder, "__pycache__"))
        folders[:] = [name for name in folders if name not in SKIPPED]


def clear_special(tree: Path) -> None:
    """Remove pipes, sockets and devices: git has none, and whoever opens one may wait for ever."""
    folders = [str(tree)]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders += [entry.path] if entry.name not in SKIPPED else []
                    elif not entry.is_file(follow_symlinks=False) and not entry.is_symlink():
                        with contextlib.suppress(OSError):
                            Path(entry.path).unlink()
        except OSError:
            # A folder that is gone again, or that its owner closed.
            continue


def collect(patterns: tuple[str, ...], tree: Path, scratch: Path, before: Before) -> Collected:
    """The reports that fit the patterns, in their order: those of this run, and why others are none."""
    reports: list[tuple[Path, str]] = []
    faults: list[ReportFault] = []
    for pattern in patterns:
        place = tree / pattern
        if os.path.lexists(place) and not is_inside(place, tree, scratch):
            faults.append(ReportUnreadable(path=pattern, why="it is a link that leads nowhere, or out of the tree"))
    for path in find(patterns, root=tree, roots=(tree, scratch)):
        told = str(path.relative_to(tree)) if path.is_relative_to(tree) else path.name
        age = before.since - path.stat().st_mtime
        if before.committed.get(told) == _identity(path):
            faults.append(ReportCommitted(path=told))
        elif age > _SLACK_SECONDS:
            faults.append(ReportStale(path=told, why=f"it is {age:,.0f} s older than the run"))
        else:
            reports.append((path, told))
    return Collected(reports=tuple(reports), faults=tuple(faults))


def _identity(path: Path) -> Identity:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns

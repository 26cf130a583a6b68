"""The JSON of coverage.py, Istanbul (detail and summary) and SimpleCov, told apart by their keys."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from kiro_worker.gate.coverage.model import Measured, Report
from kiro_worker.gate.fault import ReportUnreadable
from kiro_worker.gate.file import read_report


class _PythonFile(msgspec.Struct):
    executed_lines: list[int]
    missing_lines: list[int]
    executed_branches: list[tuple[int, int]] = []
    missing_branches: list[tuple[int, int]] = []


class _PythonMeta(msgspec.Struct):
    timestamp: str = ""


class _Python(msgspec.Struct):
    files: dict[str, _PythonFile]
    meta: _PythonMeta = msgspec.field(default_factory=_PythonMeta)


class _Point(msgspec.Struct):
    line: int | None = None


class _Span(msgspec.Struct):
    start: _Point


class _Branch(msgspec.Struct):
    line: int | None = None
    loc: _Span | None = None


class _IstanbulFile(msgspec.Struct, rename="camel"):
    statement_map: dict[str, _Span]
    s: dict[str, int]
    branch_map: dict[str, _Branch] = {}
    b: dict[str, list[int]] = {}


class _Count(msgspec.Struct):
    total: int
    covered: int


class _IstanbulSummary(msgspec.Struct):
    lines: _Count
    branches: _Count = msgspec.field(default_factory=lambda: _Count(0, 0))


class _RubyFile(msgspec.Struct):
    lines: list[int | str | None]


class _RubyRun(msgspec.Struct):
    coverage: dict[str, _RubyFile]
    timestamp: float = 0


def read_json(path: Path, *, told: str) -> Report:
    """Read a JSON report of one of the kinds known here.

    Raises:
        ReportUnreadable: when it is none of them.
    """
    body = read_report(path, told=told)
    try:
        keys = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        return _of_kind(body, keys)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        why = f"it is of no JSON coverage format known here: {str(error)[:200]}"
        raise ReportUnreadable(path=told, why=why) from error


def _of_kind(body: bytes, keys: dict[str, msgspec.Raw]) -> Report:
    if "files" in keys and ("meta" in keys or "totals" in keys):
        return _python(msgspec.json.decode(body, type=_Python))
    if "total" in keys:
        return _summary(msgspec.json.decode(body, type=dict[str, _IstanbulSummary]))
    first = msgspec.json.decode(next(iter(keys.values()), b"{}"), type=dict[str, Any])
    if "coverage" in first:
        return _ruby(msgspec.json.decode(body, type=dict[str, _RubyRun]))
    return _istanbul(msgspec.json.decode(body, type=dict[str, _IstanbulFile]))


def _python(read: _Python) -> Report:
    files: dict[str, Measured] = {}
    for path, told in read.files.items():
        file = files.setdefault(path, Measured())
        # Checked as a whole and filled as a whole: a report of half a million lines is read in a second.
        lines = dict.fromkeys(told.missing_lines, 0) | dict.fromkeys(told.executed_lines, 1)
        if lines:
            file.hit(min(lines), 0)
            file.hit(max(lines), 0)
        file.lines = lines
        ends: dict[int, tuple[int, int]] = {}
        for arcs, taken in ((told.executed_branches, 1), (told.missing_branches, 0)):
            for start, _ in arcs:
                covered, total = ends.get(abs(start), (0, 0))
                ends[abs(start)] = (covered + taken, total + 1)
        file.branches = ends
    return Report(kind="coverage.py", files=files, moment=_moment(read.meta.timestamp))


def _istanbul(read: dict[str, _IstanbulFile]) -> Report:
    files: dict[str, Measured] = {}
    for path, told in read.items():
        file = files.setdefault(path, Measured())
        for key, span in told.statement_map.items():
            if span.start.line is not None:
                file.hit(span.start.line, told.s.get(key, 0))
        ways: dict[int, tuple[int, int]] = {}
        for key, counts in told.b.items():
            branch = told.branch_map.get(key, _Branch())
            line = branch.line or (branch.loc.start.line if branch.loc else None) or 0
            covered, total = ways.get(line, (0, 0))
            ways[line] = (covered + sum(count > 0 for count in counts), total + len(counts))
        file.loose_branches = ways.pop(0, (0, 0))
        file.branches = ways
    return Report(kind="istanbul", files=files)


def _summary(read: dict[str, _IstanbulSummary]) -> Report:
    named = {path: told for path, told in read.items() if path != "total"} or {"": read["total"]}
    for told in named.values():
        if not (0 <= told.lines.covered <= told.lines.total and 0 <= told.branches.covered <= told.branches.total):
            raise ValueError("more is covered than there is")
    files = {
        path: Measured(
            statements=(told.lines.covered, told.lines.total),
            loose_branches=(told.branches.covered, told.branches.total),
        )
        for path, told in named.items()
        if path or told.lines.total
    }
    return Report(kind="istanbul-summary", files=files)


def _ruby(read: dict[str, _RubyRun]) -> Report:
    files: dict[str, Measured] = {}
    for run in read.values():
        for path, told in run.coverage.items():
            file = Measured()
            for number, hits in enumerate(told.lines, start=1):
                if isinstance(hits, int):
                    file.hit(number, hits)
            files.setdefault(path, Measured()).merge(file)
    # The oldest of the runs: a set that still holds one of before is not of this run.
    moments = [run.timestamp for run in read.values() if run.timestamp > 0]
    return Report(kind="simplecov", files=files, moment=min(moments, default=None))


def _moment(text: str) -> float | None:
    """coverage.py writes local time without a zone; the tests run in this machine's zone."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None

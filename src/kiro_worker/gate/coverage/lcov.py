"""lcov's tracefile (geninfo(1)), as lcov, Istanbul, cargo-llvm-cov, node:test and many more write it."""

from pathlib import Path

from kiro_worker.gate.coverage.model import MOST_HITS, Measured, Report
from kiro_worker.gate.fault import ReportUnreadable
from kiro_worker.gate.file import open_report

_LONGEST = 64 * 1024


def read_lcov(path: Path, *, told: str) -> Report:
    """Read a tracefile; a file told in several records is added up, as `lcov --summary` does.

    Raises:
        ReportUnreadable: when a record cannot be understood.
    """
    import os

    reader = _Reader()
    number = 0
    with os.fdopen(open_report(path, told=told), "rb") as file:
        try:
            while line := file.readline(_LONGEST):
                number += 1
                reader.take(line.decode("utf-8", errors="replace").strip())
        except (ValueError, KeyError, IndexError) as error:
            raise ReportUnreadable(
                path=told, why=f"its line is no lcov record: {str(error)[:100]}", line=number
            ) from error
    return Report(kind="lcov", files=reader.files)


class _Reader:
    def __init__(self) -> None:
        self.files: dict[str, Measured] = {}
        self._name = ""
        self._file = Measured()
        self._branches: dict[tuple[int, str, str], int] = {}

    def take(self, record: str) -> None:
        kind, _, rest = record.partition(":")
        if kind == "DA":
            line, hits = rest.split(",")[:2]
            # Some writers tell hits as a float, and gcov's can be below zero after an overflow.
            self._file.hit(int(line), max(0, int(float(hits))))
        elif kind == "BRDA":
            line, block, branch, taken = rest.split(",", 3)
            key = (int(line), block, branch)
            count = 0 if taken == "-" else max(0, int(taken))
            self._branches[key] = min(self._branches.get(key, 0) + count, MOST_HITS)
        elif kind == "SF":
            self._close()
            self._name = rest
        elif record == "end_of_record":
            self._close()
        elif record and ":" not in record and not record.startswith("#"):
            raise ValueError(record[:50])

    def _close(self) -> None:
        """Give a record's lines and branches to its file; records of one file are of several test runs."""
        totals: dict[int, tuple[int, int]] = {}
        for (line, _, _), taken in self._branches.items():
            covered, total = totals.get(line, (0, 0))
            totals[line] = (covered + (taken > 0), total + 1)
        for line, (covered, total) in totals.items():
            self._file.branch(line, covered, total)
        if self._name:
            self.files.setdefault(self._name, Measured()).merge(self._file)
        elif self._file.lines:
            raise ValueError("lines before any SF record")
        self._name, self._file, self._branches = "", Measured(), {}

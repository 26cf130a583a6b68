"""Cobertura, Clover and JaCoCo, told apart by the root element, read in one pass."""

import re
from collections.abc import Mapping
from pathlib import Path

from kiro_worker.gate.coverage.model import Measured, Report
from kiro_worker.gate.fault import ReportUnreadable
from kiro_worker.gate.xml import integer, skim

_CONDITIONS = re.compile(r"\((\d{1,7})/(\d{1,7})\)")

# Timestamps above this are milliseconds; in seconds it is the year 5138.
_MILLISECONDS = 1e11


def read_xml(path: Path, *, told: str) -> Report:
    """Read a Cobertura, Clover or JaCoCo report.

    Raises:
        ReportFault: when it is none of them, or cannot be read.
    """
    root = _Root(told)
    skim(path, root.opened, root.text, told=told)
    assert root.reader is not None  # a document without a root is no XML
    try:
        return root.reader.report()
    except ValueError as error:
        raise ReportUnreadable(path=told, why=f"its totals contradict each other: {error}") from error


class _Root:
    """Looks at the first element, then leaves the document to the reader of its kind."""

    def __init__(self, told: str) -> None:
        self._told = told
        self.reader: _Cobertura | _Clover | _Jacoco | None = None

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if self.reader is not None:
            self.reader.opened(name, attributes)
        elif name == "report":
            self.reader = _Jacoco()
        elif name == "coverage" and ("clover" in attributes or "generated" in attributes):
            self.reader = _Clover(attributes)
        elif name == "coverage":
            self.reader = _Cobertura(attributes)
        else:
            raise ReportUnreadable(path=self._told, why=f"its root is <{name[:50]}>, of no coverage format known here")

    def text(self, piece: str) -> None:
        if isinstance(self.reader, _Cobertura):
            self.reader.text(piece)


class _Cobertura:
    """`coverage-04.dtd` as coverage.py, coverlet, gcovr, PHPUnit, scoverage and Istanbul write it.

    A class without a name of its own file is merged into that file: inner classes and methods tell lines twice.
    """

    def __init__(self, root: Mapping[str, str]) -> None:
        self._root = root
        self._files: dict[str, Measured] = {}
        self._file = Measured()
        self._sources: list[str] = []
        self._in_source = False

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "line":
            self._line(attributes)
        elif name == "class":
            self._file = self._files.setdefault(attributes["filename"], Measured())
        self._in_source = name == "source"
        if self._in_source and len(self._sources) < 1000:
            self._sources.append("")

    def text(self, piece: str) -> None:
        if self._in_source and self._sources and len(self._sources[-1]) < 4096:
            self._sources[-1] += piece

    def _line(self, attributes: Mapping[str, str]) -> None:
        line = int(attributes["number"])
        self._file.hit(line, int(float(attributes["hits"])))
        conditions = attributes.get("condition-coverage")
        if conditions is not None and (told := _CONDITIONS.search(conditions)):
            self._file.branch(line, int(told[1]), int(told[2]))

    def report(self) -> Report:
        files = self._files
        if not any(file.lines for file in files.values()):
            files = _total(
                (integer(self._root.get("lines-covered")), integer(self._root.get("lines-valid"))),
                (integer(self._root.get("branches-covered")), integer(self._root.get("branches-valid"))),
            )
        roots = tuple(source.strip() for source in self._sources if source.strip())
        return Report(kind="cobertura", files=files, roots=roots, moment=_moment(self._root.get("timestamp")))


class _Clover:
    """Clover as PHPUnit, Istanbul and OpenClover write it.

    Istanbul gives a `cond` line its hits, and its covered and uncovered branches; OpenClover gives it no hits, but how
    often each way was taken.
    """

    def __init__(self, root: Mapping[str, str]) -> None:
        self._root = root
        self._files: dict[str, Measured] = {}
        self._file = Measured()
        self._lines = (0, 0)
        self._branches = (0, 0)

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "file":
            path = attributes.get("path") or attributes["name"]
            self._file = self._files.setdefault(path, Measured())
        elif name == "line":
            self._line(attributes)
        elif name == "metrics":
            # The project's is the largest, wherever it stands.
            found = (integer(attributes.get("statements")), integer(attributes.get("coveredstatements")))
            self._lines = max(self._lines, found)
            found = (integer(attributes.get("conditionals")), integer(attributes.get("coveredconditionals")))
            self._branches = max(self._branches, found)

    def _line(self, attributes: Mapping[str, str]) -> None:
        kind = attributes.get("type")
        line = int(attributes["num"])
        if kind == "stmt":
            self._file.hit(line, int(attributes["count"]))
        elif kind == "cond":
            true, false = integer(attributes.get("truecount")), integer(attributes.get("falsecount"))
            if "count" in attributes:
                self._file.hit(line, int(attributes["count"]))
                self._file.branch(line, true, true + false)
            else:
                self._file.hit(line, true + false)
                self._file.branch(line, (true > 0) + (false > 0), 2)

    def report(self) -> Report:
        files = self._files
        if not any(file.lines for file in files.values()):
            files = _total((self._lines[1], self._lines[0]), (self._branches[1], self._branches[0]))
        return Report(kind="clover", files=files, moment=_moment(self._root.get("generated")))


class _Jacoco:
    """JaCoCo's and Kover's XML: a line counts as covered when one of its instructions ran, as JaCoCo's own total."""

    def __init__(self) -> None:
        self._files: dict[str, Measured] = {}
        self._file = Measured()
        self._package = ""

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "line":
            line = int(attributes["nr"])
            self._file.hit(line, int(attributes["ci"]))
            covered = integer(attributes.get("cb"))
            self._file.branch(line, covered, covered + integer(attributes.get("mb")))
        elif name == "sourcefile":
            path = f"{self._package}/{attributes['name']}".lstrip("/")
            self._file = self._files.setdefault(path, Measured())
        elif name == "package":
            self._package = attributes["name"]

    def report(self) -> Report:
        return Report(kind="jacoco", files=self._files)


def _total(lines: tuple[int, int], branches: tuple[int, int]) -> dict[str, Measured]:
    """A report that gives only totals."""
    if lines[0] > lines[1] or branches[0] > branches[1]:
        raise ValueError("more is covered than there is")
    return {"": Measured(statements=lines, loose_branches=branches)} if lines[1] else {}


def _moment(text: str | None) -> float | None:
    moment = float(integer(text))
    return (moment / 1000 if moment > _MILLISECONDS else moment) or None

"""XML: JUnit, where each failing case is a finding, and Checkstyle."""

from collections.abc import Mapping
from pathlib import Path

from kiro_worker.gate.check.form.value import text
from kiro_worker.gate.check.model import Found, Told, level_of
from kiro_worker.gate.fault import ReportUnreadable
from kiro_worker.gate.junit import read_tests
from kiro_worker.gate.port import RED
from kiro_worker.gate.xml import integer, listen


def read_junit(path: Path, *, told: str) -> Told:
    """Cases that failed or could not be run."""
    report = read_tests([(path, told)])
    bad = (case for case in report.cases if case.outcome in RED)
    found = tuple(
        Found(rule=case.id[:500], message=text(case.message), path=case.path, line=case.line, key=case.id[:500])
        for case in bad
    )
    return Told(found=found, nothing="" if report.counts.total else "its report holds no case")


def read_checkstyle(path: Path, *, told: str) -> Told:
    """Checkstyle's XML, which many linters of many languages can write.

    Raises:
        ReportUnreadable: when its root is another.
    """
    reader = _Checkstyle(told)
    listen(path, reader, told=told)
    return Told(found=tuple(reader.found), files=frozenset(reader.files) or None)


class _Checkstyle:
    def __init__(self, told: str) -> None:
        self.found: list[Found] = []
        self.files: set[str] = set()
        self._told = told
        self._file = ""
        self._begun = False

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if not self._begun and name != "checkstyle":
            raise ReportUnreadable(path=self._told, why=f"its root is <{name[:50]}>, not <checkstyle>")
        self._begun = True
        if name == "file":
            self._file = attributes.get("name", "")[:4096]
            self.files.add(self._file)
        elif name == "error":
            self.found.append(
                Found(
                    rule=text(attributes.get("source", "").rsplit(".", 1)[-1]),
                    message=text(attributes.get("message", "")),
                    path=self._file,
                    line=integer(attributes.get("line")),
                    level=level_of(attributes.get("severity", "error")),
                )
            )

    def closed(self, name: str, text: str) -> None:
        """Everything is in the attributes."""

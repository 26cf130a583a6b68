"""Which format a coverage report is in, by what it begins with; its name says little."""

from pathlib import Path

from kiro_worker.gate.coverage.model import Report
from kiro_worker.gate.fault import ReportUnreadable
from kiro_worker.gate.file import open_report

FORMATS = "Cobertura, JaCoCo, Clover, lcov, coverage.py JSON, Istanbul JSON, SimpleCov and Go profiles"


def read_report(path: Path, *, told: str) -> Report:
    """Read a coverage report of any known format.

    Args:
        path: where it is.
        told: the path by which people are told of it.

    Raises:
        ReportFault: when it is empty, of no known format, or not what its format allows.
    """
    import os

    with os.fdopen(open_report(path, told=told), "rb") as file:
        start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        from kiro_worker.gate.coverage.xmlforms import read_xml

        return read_xml(path, told=told)
    if start.startswith(b"{"):
        from kiro_worker.gate.coverage.jsonforms import read_json

        return read_json(path, told=told)
    if start.startswith(b"mode:"):
        from kiro_worker.gate.coverage.goprofile import read_go

        return read_go(path, told=told)
    if start.startswith((b"TN:", b"SF:", b"#")):
        from kiro_worker.gate.coverage.lcov import read_lcov

        return read_lcov(path, told=told)
    if start.startswith(b"SQLite format 3"):
        raise ReportUnreadable(path=told, why="it is coverage.py's raw data; write a report with `coverage json`")
    raise ReportUnreadable(path=told, why=f"it is in none of the formats known here ({FORMATS})")

"""What Semgrep, ShellCheck and golangci-lint write."""

from collections.abc import Mapping
from typing import Any

from kiro_worker.gate.check.form.value import number, table, tables, text
from kiro_worker.gate.check.model import Found, Level, Told, level_of
from kiro_worker.gate.fault import ReportUnreadable


def read_semgrep(report: Any, *, told: str) -> Told:
    """`semgrep --json`; its `errors` with level `error` are of rules and settings, not of the code.

    Raises:
        ReportUnreadable: when it is none, or tells that it could not look.
    """
    if not isinstance(report, dict) or not isinstance(report.get("results"), list):
        raise ReportUnreadable(path=told, why="it is no report of Semgrep's")
    for error in tables(report.get("errors")):
        if error.get("level") == "error":
            raise ReportUnreadable(path=told, why=f"Semgrep says in it: {text(error.get('message'))}")
    scanned = table(report, "paths").get("scanned")
    files = frozenset(path for path in scanned if isinstance(path, str)) if isinstance(scanned, list) else frozenset()
    found = tuple(_semgrep(one) for one in tables(report["results"]))
    return Told(found=found, files=files, nothing="" if files else "it scanned no file")


def _semgrep(one: Mapping[str, Any]) -> Found:
    about = table(one, "extra")
    return Found(
        rule=text(one.get("check_id")),
        message=text(about.get("message")),
        path=text(one.get("path"), 4096),
        line=number(table(one, "start").get("line")),
        level=level_of(about.get("severity")),
    )


def read_shellcheck(report: Any, *, told: str) -> Told:
    """`shellcheck -f json1`, or the older `json`."""
    comments = report.get("comments") if isinstance(report, dict) else report
    if not isinstance(comments, list):
        raise ReportUnreadable(path=told, why="it is no report of ShellCheck's")
    return Told(found=tuple(_shellcheck(one) for one in tables(comments)))


def _shellcheck(one: Mapping[str, Any]) -> Found:
    return Found(
        rule=f"SC{number(one.get('code'))}",
        message=text(one.get("message")),
        path=text(one.get("file"), 4096),
        line=number(one.get("line")),
        level=level_of(one.get("level")),
    )


def read_golangci(report: Any, *, told: str) -> Told:
    """golangci-lint's JSON, of version 1 and 2.

    Raises:
        ReportUnreadable: when it is none, or tells that it could not look.
    """
    if not isinstance(report, dict) or "Issues" not in report:
        raise ReportUnreadable(path=told, why="it is no report of golangci-lint's")
    if error := text(table(report, "Report").get("Error")):
        raise ReportUnreadable(path=told, why=f"golangci-lint says in it: {error}")
    for warning in tables(table(report, "Report").get("Warnings")):
        said = text(warning.get("Text"))
        # What it could not parse it passes over, and ends with status 0.
        if said.startswith("Can't run linter"):
            raise ReportUnreadable(path=told, why=f"golangci-lint says in it: {said}")
    return Told(found=tuple(_golangci(one) for one in tables(report["Issues"])))


def _golangci(one: Mapping[str, Any]) -> Found:
    place = table(one, "Pos")
    return Found(
        rule=text(one.get("FromLinter")),
        message=text(one.get("Text")),
        path=text(place.get("Filename"), 4096),
        line=number(place.get("Line")),
        level=level_of(one.get("Severity"), Level.ERROR),
    )

"""What the tools of JavaScript and TypeScript write: ESLint, tsc and npm audit."""

from collections.abc import Iterator, Mapping
from typing import Any

from kiro_worker.expression import expression
from kiro_worker.gate.check.form.value import number, table, tables, text
from kiro_worker.gate.check.model import Found, Level, Told, level_of
from kiro_worker.gate.fault import ReportUnreadable

_SAID = r"(?P<level>error|warning) (?P<rule>TS\d{1,6}): (?P<message>.{0,2000})"
_TSC = expression(rf"(?:(?P<path>[^\s(][^(\n]{{0,500}})\((?P<line>\d{{1,7}}),\d{{1,7}}\): )?{_SAID}")
# With `--pretty`, which some projects set: path:line:column - error TS1234: …
_TSC_PRETTY = expression(rf"(?P<path>[^\s:][^:\n]{{0,500}}):(?P<line>\d{{1,7}}):\d{{1,7}} - {_SAID}")
_COLORS = expression(r"\x1b\[[0-9;]{0,20}m")


def read_eslint(report: Any, *, told: str) -> Told:
    """`eslint --format json`."""
    if not isinstance(report, list) or not all(isinstance(one, dict) and "filePath" in one for one in report):
        raise ReportUnreadable(path=told, why="it is no report of ESLint's")
    files = frozenset(text(file["filePath"], 4096) for file in report if not _is_ignored(file))
    found = tuple(one for file in report for one in _eslint(file))
    return Told(found=found, files=files, nothing="" if files else "no file fits its settings")


def _is_ignored(file: Mapping[str, Any]) -> bool:
    return any(_is_of_ignored_file(one) for one in tables(file.get("messages")))


def _is_of_ignored_file(message: Mapping[str, Any]) -> bool:
    return message.get("ruleId") is None and text(message.get("message")).startswith("File ignored")


def _eslint(file: Mapping[str, Any]) -> Iterator[Found]:
    for one in tables(file.get("messages")):
        if _is_of_ignored_file(one):
            continue
        severe = one.get("severity") == 2 or one.get("fatal") is True
        yield Found(
            rule=text(one.get("ruleId")) or "parse",
            message=text(one.get("message")),
            path=text(file["filePath"], 4096),
            line=number(one.get("line")),
            level=Level.ERROR if severe else Level.WARNING,
        )


def read_tsc(report: str) -> Told:
    """What the TypeScript compiler prints; of a project without an error, nothing."""
    found = tuple(_tsc(_COLORS.sub("", report)))
    # Of its settings, such as TS18003: no inputs were found.
    wrong = next((one for one in found if not one.path and one.rule.startswith(("TS5", "TS6", "TS18"))), None)
    return Told(found=found, nothing=f"{wrong.rule}: {wrong.message}" if wrong else "")


def _tsc(report: str) -> Iterator[Found]:
    for line in report.splitlines():
        if match := _TSC.fullmatch(line) or _TSC_PRETTY.fullmatch(line):
            yield Found(
                rule=match["rule"],
                message=text(match["message"]),
                path=match["path"] or "",
                line=int(match["line"] or 0),
                level=level_of(match["level"]),
            )


def read_npm_audit(report: Any, *, told: str) -> Told:
    """`npm audit --json`, version 2 of its report (npm 7 and later)."""
    vulnerable = report.get("vulnerabilities") if isinstance(report, dict) else None
    if not isinstance(vulnerable, dict):
        why = "it is no report of npm audit's"
        if isinstance(report, dict) and ("error" in report or "message" in report):
            said = text(table(report, "error").get("summary")) or text(report.get("message")) or "no reason is given"
            why = f"npm could not look: {said}"
        raise ReportUnreadable(path=told, why=why)
    return Told(found=tuple(one for name, about in vulnerable.items() for one in _npm_audit(name, about)))


def _npm_audit(name: str, about: Any) -> Iterator[Found]:
    if not isinstance(about, dict):
        return
    via = about.get("via")
    # Those that only need a vulnerable package name it here; it has an entry of its own.
    for one in tables(via):
        rule = text(one.get("url")).rsplit("/", 1)[-1] or text(one.get("source"))
        title = text(one.get("title")) or "a known weakness"
        yield Found(
            rule=rule,
            message=f"{text(name, 200)} {text(one.get('range'), 100)}: {title}",
            key=text(name, 200),
            level=level_of(one.get("severity") or about.get("severity"), Level.ERROR),
        )

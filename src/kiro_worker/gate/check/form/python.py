"""What Python's tools write: Ruff, mypy, Pyright, Bandit and pip-audit."""

from collections.abc import Iterator, Mapping
from typing import Any

from kiro_worker.expression import expression
from kiro_worker.gate.check.form.value import number, table, tables, text
from kiro_worker.gate.check.model import Found, Level, Told, level_of
from kiro_worker.gate.fault import ReportUnreadable

_MYPY = expression(
    r"(?P<path>[^\s:][^:\n]{0,500}):(?P<line>\d{1,7})(?::\d{1,7}){0,3}: "
    r"(?P<level>error|warning|note): (?P<message>.{0,2000})"
)
_RULE = expression(r"(.*?)\s{1,4}\[([a-z][a-z0-9-]{1,60})\]$")

# These name the password that they found.
_TELLS_A_SECRET = frozenset({"B105", "B106", "B107"})


def read_ruff(report: Any, *, told: str) -> Told:
    """`ruff check --output-format=json`."""
    if not isinstance(report, list):
        raise ReportUnreadable(path=told, why="it is no list of Ruff's")
    return Told(found=tuple(_ruff(one) for one in tables(report)))


def _ruff(one: Mapping[str, Any]) -> Found:
    return Found(
        # Older versions tell no rule for what cannot be parsed.
        rule=text(one.get("code")) or "syntax-error",
        message=text(one.get("message")),
        path=text(one.get("filename"), 4096),
        line=number(table(one, "location").get("row")),
        level=level_of(one.get("severity"), Level.ERROR),
    )


def read_mypy(report: str) -> Told:
    """Mypy's text, or its `--output=json`: one object in each line."""
    found = tuple(_mypy(report))
    broken = next((one for one in found if one.rule == "syntax"), None)
    nothing = ""
    if broken is not None and (report.startswith("{") or "errors prevented further checking" in report):
        nothing = f"{broken.path}:{broken.line} cannot be parsed, and then it checks no other file"
    return Told(found=found, nothing=nothing)


def _mypy(report: str) -> Iterator[Found]:
    import msgspec

    for line in report.splitlines():
        if line.startswith("{"):
            try:
                one = msgspec.json.decode(line)
            except msgspec.DecodeError:
                continue
            yield Found(
                rule=text(one.get("code")),
                message=text(one.get("message")),
                path=text(one.get("file"), 4096),
                line=number(one.get("line")),
                level=level_of(one.get("severity"), Level.ERROR),
            )
        elif match := _MYPY.fullmatch(line):
            rule = _RULE.fullmatch(match["message"])
            yield Found(
                rule=rule[2] if rule else "",
                message=text(rule[1] if rule else match["message"]),
                path=match["path"],
                line=int(match["line"]),
                level=level_of(match["level"]),
            )


def read_pyright(report: Any, *, told: str) -> Told:
    """`pyright --outputjson`."""
    if not isinstance(report, dict) or not isinstance(report.get("generalDiagnostics"), list):
        raise ReportUnreadable(path=told, why="it is no report of Pyright's")
    found = tuple(_pyright(one) for one in tables(report["generalDiagnostics"]))
    analyzed = table(report, "summary").get("filesAnalyzed")
    return Told(found=found, nothing="it analyzed no file" if analyzed == 0 else "")


def _pyright(one: Mapping[str, Any]) -> Found:
    place = table(one, "range", "start")
    return Found(
        rule=text(one.get("rule")) or "syntax",
        message=text(one.get("message")),
        path=text(one.get("file") or table(one, "uri").get("_filePath"), 4096),
        # The protocol of language servers counts from 0.
        line=number(place.get("line")) + 1 if place else 0,
        level=level_of(one.get("severity"), Level.ERROR),
    )


def read_bandit(report: Any, *, told: str) -> Told:
    """`bandit -f json`."""
    if not isinstance(report, dict) or not isinstance(report.get("results"), list):
        raise ReportUnreadable(path=told, why="it is no report of Bandit's")
    found = [_bandit(one) for one in tables(report["results"])]
    found += [
        Found(rule="not-parsed", message=text(one.get("reason")), path=text(one.get("filename"), 4096))
        for one in tables(report.get("errors"))
    ]
    files = frozenset(table(report, "metrics")) - {"_totals"}
    return Told(found=tuple(found), files=files, nothing="" if files else "it looked at no file")


def _bandit(one: Mapping[str, Any]) -> Found:
    rule, message = text(one.get("test_id")), text(one.get("issue_text"))
    return Found(
        rule=rule,
        message=message.partition(":")[0] if rule in _TELLS_A_SECRET else message,
        path=text(one.get("filename"), 4096),
        line=number(one.get("line_number")),
        level=level_of(one.get("issue_severity")),
    )


def read_pip_audit(report: Any, *, told: str) -> Told:
    """`pip-audit -f json`. It ends with status 0 also when it could ask about none of the packages."""
    given = report.get("dependencies") if isinstance(report, dict) else None
    if not isinstance(given, list):
        raise ReportUnreadable(path=told, why="it is no report of pip-audit's")
    packages = list(tables(given))
    skipped = [one for one in packages if "skip_reason" in one]
    nothing = ""
    if packages and len(skipped) == len(packages):
        nothing = f"each of the {len(packages)} packages was skipped: {text(skipped[0]['skip_reason'])}"
    elif not packages:
        nothing = "it was given no package"
    found = [_vulnerable(one, weakness) for one in packages for weakness in tables(one.get("vulns"))]
    found += [Found(rule="skipped", message=text(one["skip_reason"]), level=Level.NOTE) for one in skipped]
    return Told(found=tuple(found), nothing=nothing)


def _vulnerable(package: Mapping[str, Any], weakness: Mapping[str, Any]) -> Found:
    name, rule = text(package.get("name"), 200), text(weakness.get("id"), 100)
    fixes = weakness.get("fix_versions")
    fixed = ", ".join(text(one, 50) for one in fixes[:5]) if isinstance(fixes, list) and fixes else "no version yet"
    message = f"{name} {text(package.get('version'), 50)}: {rule}, mended in {fixed}"
    return Found(rule=rule, message=message, key=name, level=Level.ERROR)

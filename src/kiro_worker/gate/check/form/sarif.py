"""SARIF 2.1.0, the form that most linters and scanners can write (OASIS standard)."""

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from kiro_worker.gate.check.form.value import number, table, tables, text
from kiro_worker.gate.check.model import Found, Level, Told, level_of
from kiro_worker.gate.fault import ReportUnreadable

# 3.27.9: these say that nothing is wrong there.
_FINE = frozenset({"pass", "notApplicable", "informational"})


def read_sarif(log: Any, *, told: str) -> Told:
    """All runs of a log.

    Raises:
        ReportUnreadable: when it is no log, or when a run of it says that it failed.
    """
    runs = log.get("runs") if isinstance(log, dict) else None
    if not isinstance(runs, list):
        raise ReportUnreadable(path=told, why="it is no SARIF log: it has no `runs`")
    found: list[Found] = []
    files: set[str] = set()
    ran = 0
    for run in tables(runs):
        if (why := _failed(run)) is not None:
            raise ReportUnreadable(path=told, why=f"the tool says in it that its run failed: {why}")
        # 3.14.23: without `results`, nothing was looked for; an empty list says that nothing was found.
        if not isinstance(run.get("results"), list):
            continue
        ran += 1
        found.extend(_results(run))
        files.update(_uri(run, table(artifact, "location")) for artifact in tables(run.get("artifacts")))
    nothing = "" if ran else "its log holds no run with results"
    return Told(found=tuple(found), files=frozenset(files - {""}) or None, nothing=nothing)


def _failed(run: Mapping[str, Any]) -> str | None:
    for invocation in tables(run.get("invocations")):
        if invocation.get("executionSuccessful") is False:
            notes = (text(table(note, "message").get("text")) for note in _notes(invocation))
            return next(filter(None, notes), "") or text(invocation.get("exitCodeDescription")) or "no reason is given"
    return None


def _notes(invocation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name in ("toolExecutionNotifications", "toolConfigurationNotifications"):
        yield from tables(invocation.get(name))


def _results(run: Mapping[str, Any]) -> Iterator[Found]:
    rules = list(tables(table(run, "tool", "driver").get("rules")))
    by_id = {text(rule.get("id")): rule for rule in rules}
    for result in tables(run["results"]):
        if result.get("kind") in _FINE or result.get("baselineState") == "absent" or _is_suppressed(result):
            continue
        index = number(result.get("ruleIndex", -1))
        name = text(result.get("ruleId")) or text(table(result, "rule").get("id"))
        given = type(result.get("ruleIndex")) is int and index < len(rules)
        rule = by_id.get(name) or (rules[index] if given else {})
        place = table(next(tables(result.get("locations")), {}), "physicalLocation")
        yield Found(
            rule=name or text(rule.get("id")),
            message=_message(result, rule),
            path=_uri(run, table(place, "artifactLocation")),
            line=number(table(place, "region").get("startLine")),
            level=_level(result, rule),
        )


def _is_suppressed(result: Mapping[str, Any]) -> bool:
    """3.27.23 and 3.35.3: what was looked at by people, and is neither rejected nor still to be looked at."""
    given = list(tables(result.get("suppressions")))
    return bool(given) and all(one.get("status", "accepted") == "accepted" for one in given)


def _level(result: Mapping[str, Any], rule: Mapping[str, Any]) -> Level:
    # GitHub's code scanning and its tools tell how bad a weakness is by this number (CVSS).
    score = table(rule, "properties").get("security-severity") or table(result, "properties").get("security-severity")
    try:
        worst = float(score) if isinstance(score, str | int | float) else -1.0
    except ValueError:
        worst = -1.0
    for least, level in ((9.0, Level.CRITICAL), (7.0, Level.ERROR), (4.0, Level.WARNING), (0.0, Level.NOTE)):
        if worst >= least:
            return level
    return level_of(result.get("level") or table(rule, "defaultConfiguration").get("level"))


def _message(result: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    message = table(result, "message")
    said = text(message.get("text")) or text(message.get("markdown"))
    if not said and isinstance(message.get("id"), str):
        said = text(table(rule, "messageStrings", message["id"]).get("text"))
    return said or text(table(rule, "shortDescription").get("text")) or text(table(rule, "fullDescription").get("text"))


def _uri(run: Mapping[str, Any], location: Mapping[str, Any]) -> str:
    """A path, with what its `uriBaseId` stands for before it."""
    artifacts = run.get("artifacts")
    index = location.get("index")
    if "uri" not in location and isinstance(artifacts, list) and type(index) is int and 0 <= index < len(artifacts):
        location = table(artifacts[index], "location")
    path = _path(location.get("uri"))
    base = location.get("uriBaseId")
    if path.startswith("/") or not isinstance(base, str):
        return path
    return posixpath.join(_path(table(run, "originalUriBaseIds", base).get("uri")), path) if path else ""


def _path(uri: Any) -> str:
    if not isinstance(uri, str):
        return ""
    plain = uri.removeprefix("file:")
    if plain.startswith("//"):
        plain = "/" + plain[2:].partition("/")[2]
    return unquote(plain)[:4096]

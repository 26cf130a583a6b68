"""From what a run left to the results of both gates."""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from kiro_worker.config.settings import GateSettings
from kiro_worker.gate.coverage.read import read_report
from kiro_worker.gate.coverage.resolve import Resolved, coverage_of
from kiro_worker.gate.coverage.treepath import TreePaths
from kiro_worker.gate.execution import Ran
from kiro_worker.gate.fault import ReportFault, ReportMissing, clip
from kiro_worker.gate.file import open_report
from kiro_worker.gate.junit import NoTestReport, TestReport, read_tests
from kiro_worker.gate.ownplace import relative_words, told_anywhere
from kiro_worker.gate.place import COVERAGE_REPORT, Before, collect
from kiro_worker.gate.plan import Plan
from kiro_worker.gate.port import Color, Finding, GateResult, Subject
from kiro_worker.gate.testverdict import judge_tests
from kiro_worker.gate.threshold import judge_coverage

_KEPT = "kept"
_MOST_PLACED = 100
_FOREIGN_SHOWN = 5

# `src/a.py:12`, `File "src/a.py", line 12`, `(/tree/a.js:3:14)`, `src/A.php:7`.
_PLACES = re.compile(r"""((?:file://)?[\w./@+-]{1,500}\.\w{1,10})(?::|", line )(\d{1,6})""")
_MOST_PLACES = 40


def tests_result(plan: Plan, subject: Subject, before: Before, ran: Ran) -> GateResult:
    """What the `tests` gate says of a run."""
    report: TestReport | None = None
    fault: ReportFault | None = None
    reports: tuple[tuple[Path, str], ...] = ()
    try:
        reports, report = _read_tests(plan, subject, before)
    except ReportFault as error:
        fault = error
    result = judge_tests(plan, ran, report, fault)
    places = TreePaths(subject.tree)
    placed = tuple(_placed(finding, places) for finding in result.findings[:_MOST_PLACED])
    # A test that is called by a path has the same name in every run, as on the merge base that was looked at before.
    tell = relative_words(subject.tree, subject.scratch)
    return replace(told_anywhere(replace(result, findings=placed), tell), reports=_kept("junit", reports, subject))


def coverage_result(
    plan: Plan, subject: Subject, before: Before, ran: Ran, *, settings: GateSettings, said: str
) -> GateResult:
    """What the `coverage` gate says of the same run.

    Args:
        plan: what was run.
        subject: where.
        before: what lay at the reports' places before.
        ran: how it ended.
        settings: the threshold, and whether coverage is asked for at all.
        said: what the commands that make the report had to complain of.
    """
    if (off := switched_off(settings)) is not None:
        return off
    if plan.no_coverage:
        return GateResult(gate="coverage", color=Color.NOT_APPLICABLE, summary=plan.no_coverage)
    if ran.missing:
        return not_measured("the tests could not be run")
    try:
        resolved, reports = _read_coverage(plan, subject, before, said)
    except ReportFault as fault:
        finding = fault.finding_of("coverage")
        return GateResult(gate="coverage", color=Color.ERROR, summary=finding.title, findings=(finding,), output=said)
    result = judge_coverage(resolved.coverage, settings.coverage_threshold, own_threshold=plan.own_threshold)
    return replace(
        result,
        findings=(*result.findings, *_foreign(resolved)),
        reports=_kept("coverage", reports, subject),
        output=said,
    )


def switched_off(settings: GateSettings) -> GateResult | None:
    """The result where the base branch wants no coverage; None where it does."""
    if settings.coverage != "off":
        return None
    summary = "coverage is switched off on the base branch"
    return GateResult(gate="coverage", color=Color.NOT_APPLICABLE, summary=summary)


def not_measured(why: str) -> GateResult:
    """The result where the tests gave no chance to measure."""
    finding = Finding(code="coverage.not-measured", title=f"Coverage was not measured: {why}.")
    return GateResult(gate="coverage", color=Color.ERROR, summary=f"not measured: {why}", findings=(finding,))


def _read_tests(plan: Plan, subject: Subject, before: Before) -> tuple[tuple[tuple[Path, str], ...], TestReport | None]:
    """The tests' reports; None when none was to be expected and none is there.

    Raises:
        ReportFault: when one is missing or cannot be believed.
    """
    collected = collect(plan.junit, subject.tree, subject.scratch, before)
    found = collected.reports
    if plan.own_junit:
        if collected.faults:
            raise collected.faults[0]
        if not found:
            cure = "See the output for why the runner wrote none; `gates.test_report` says where it writes to."
            raise ReportMissing(kind="test", looked_for=_shown(plan.junit), cure=cure)
        return found, read_tests(found)
    # At a well-known place may lie something else, such as test data; only a test report of this run counts.
    kept: list[tuple[Path, str]] = []
    for one in found:
        try:
            read_tests((one,))
        except NoTestReport:
            continue
        kept.append(one)
    return tuple(kept), read_tests(kept) if kept else None


def _read_coverage(
    plan: Plan, subject: Subject, before: Before, said: str
) -> tuple[Resolved, tuple[tuple[Path, str], ...]]:
    """Coverage of the tree.

    Raises:
        ReportFault: when there is none that can be believed.
    """
    patterns = (*plan.coverage, str(subject.scratch / COVERAGE_REPORT)) if plan.raw_coverage else plan.coverage
    collected = collect(patterns, subject.tree, subject.scratch, before)
    found = collected.reports
    if collected.faults and (plan.own_coverage or not found):
        raise collected.faults[0]
    if not found:
        raise ReportMissing(
            kind="coverage", looked_for=_shown(plan.coverage), cure=plan.coverage_cure, detail=clip(said, 2000)
        )
    read = []
    faults: list[ReportFault] = []
    for path, told in found:
        try:
            read.append((read_report(path, told=told), told))
        except ReportFault as fault:
            faults.append(fault)
    if faults and (plan.own_coverage or not read):
        raise faults[0]
    resolved = coverage_of(read, subject.tree, since=before.since, add_up=plan.own_coverage, no_code=plan.no_code)
    return resolved, found


def _foreign(resolved: Resolved) -> tuple[Finding, ...]:
    if not resolved.foreign:
        return ()
    shown, number = ", ".join(resolved.foreign[:_FOREIGN_SHOWN]), len(resolved.foreign)
    which = "1 file of the report is" if number == 1 else f"{number} files of the report are"
    return (
        Finding(
            code="coverage.foreign-files",
            title=f"{which} not in the tree and {'was' if number == 1 else 'were'} not counted.",
            detail=clip(shown, 1000),
        ),
    )


def _placed(finding: Finding, places: TreePaths) -> Finding:
    """A finding with its place relative to the root: as reported, or else as its message tells.

    A report tells where a test begins, if anything; its message tells where it failed.
    """
    suite = finding.title.partition("::")[0]
    reported = places.find(finding.path, ()) or places.find(f"{suite}/{finding.path}", ()) if finding.path else None
    told: list[tuple[str, int]] = []
    for path, line in _PLACES.findall(finding.detail)[:_MOST_PLACES]:
        found = places.find(path.removeprefix("file://"), ())
        if found is not None and reported in {None, found}:
            told.append((found, int(line)))
    if not told:
        return replace(finding, path=reported or "", line=finding.line if reported else 0)
    # Python tells the innermost frame last, the others tell it first.
    path, line = told[-1] if told[0][0].endswith(".py") else told[0]
    return replace(finding, path=path, line=line)


def _kept(kind: str, reports: tuple[tuple[Path, str], ...], subject: Subject) -> Mapping[str, Path]:
    """Reports to keep, under names of their own: many modules have a `jacoco.xml`."""
    if len(reports) == 1:
        path = reports[0][0]
        named = {f"{kind}{path.suffix}": path}
    else:
        named = {f"{kind}-{number}{path.suffix}": path for number, (path, _) in enumerate(reports[:200], start=1)}
    return {name: _out_of_tree(path, name, subject) for name, path in named.items()}


def _out_of_tree(path: Path, name: str, subject: Subject) -> Path:
    """A report that lies in the tree is gone once that is tidied up, long before anything is kept."""
    if not path.is_relative_to(subject.tree):
        return path
    copy = subject.scratch / _KEPT / name
    try:
        copy.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(open_report(path, told=name), "rb") as source, copy.open("xb") as target:
            shutil.copyfileobj(source, target)
    except (OSError, ReportFault):
        # It was read a moment ago; if it is to be had no more, nothing of it is kept.
        return path
    return copy


def _shown(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Patterns for people: the scratch folder is nobody's business."""
    return tuple(pattern.rsplit("/", 1)[-1] if pattern.startswith("/") else pattern for pattern in patterns)

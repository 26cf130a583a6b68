"""What a test run means: never green when anything says that a test failed, or that none ran."""

import signal
from collections.abc import Iterable
from dataclasses import replace

from kiro_worker.gate.execution import Ran
from kiro_worker.gate.fault import CommandMissing, ReportFault, clip, one_line
from kiro_worker.gate.junit import TestReport
from kiro_worker.gate.output import Told, read_output
from kiro_worker.gate.plan import Plan
from kiro_worker.gate.port import RED, Color, Finding, GateResult, Outcome, TestCase, TestCounts
from kiro_worker.process import Ending

_MOST_FINDINGS = 50
_TAIL = 3000
_OUTPUT = 256 * 1024

# What a shell says when a program is not there, or cannot be executed (POSIX, 2.8.2).
_NOT_RUN = frozenset({126, 127})


def judge_tests(plan: Plan, ran: Ran, report: TestReport | None, fault: ReportFault | None) -> GateResult:
    """The verdict over one run.

    The exit status is believed when it says that something failed. When it says that all is well, the report must
    agree; and without a report, what was printed must not speak against it: a pipe or `|| true` can swallow a status.

    Args:
        plan: what was run.
        ran: how it ended.
        report: what the tests' report says; None when there is none.
        fault: why there is none that can be believed, where one was to be expected.
    """
    told = None if report is not None else _told(plan, ran)
    report = report if report is not None else _of_events(ran)
    counts = report.counts if report is not None else told.counts if told is not None else TestCounts(counted=False)
    cases = report.cases if report is not None else told.cases if told is not None else ()
    red = tuple(case for case in cases if case.outcome in RED) or (told.failures if told else ())
    color, reasons = _reasons(ran, counts, red, fault)
    return GateResult(
        gate="tests",
        color=color,
        summary=_summary(color, counts, reasons),
        findings=(*reasons, *plan.notes),
        seconds=ran.seconds,
        output=clip(ran.output, _OUTPUT),
        command=plan.command_line(),
        tests=counts,
        cases=cases,
    )


def _reasons(
    ran: Ran, counts: TestCounts, red: tuple[TestCase, ...], fault: ReportFault | None
) -> tuple[Color, tuple[Finding, ...]]:
    if ran.missing or (ran.status in _NOT_RUN and not counts.total):
        reason = ran.missing or _tail(ran).strip().splitlines()[-1:] or f"status {ran.status}"
        told = reason if isinstance(reason, str) else reason[0]
        return Color.ERROR, (replace(CommandMissing(command=ran.command, reason=told).finding(), detail=_tail(ran)),)
    failed = _failures(red, counts)
    if ran.ending is not Ending.EXITED:
        return Color.RED, (_unfinished(ran), *failed)
    if ran.status != 0:
        return Color.RED, _failed(ran, counts, failed)
    if failed or counts.failed or counts.errors:
        return Color.RED, (*failed, _swallowed(ran))
    if fault is not None:
        return Color.ERROR, (fault.finding_of("tests"),)
    if counts.counted and not counts.passed:
        return Color.RED, (_none_ran(ran, counts),)
    return Color.GREEN, ()


def _told(plan: Plan, ran: Ran) -> Told | None:
    if ran.events is not None and (told := ran.events.told()) is not None:
        return told
    told = read_output(ran.output, runner=plan.runner)
    if told is not None and ran.dropped:
        # Some closing lines may be among what was left out.
        return replace(told, counts=replace(told.counts, counted=told.is_red))
    return told


def _of_events(ran: Ran) -> TestReport | None:
    if ran.events is None or (told := ran.events.told()) is None:
        return None
    return TestReport(cases=ran.events.cases(), counts=told.counts)


def _failures(red: Iterable[TestCase], counts: TestCounts) -> tuple[Finding, ...]:
    cases = tuple(red)
    shown = tuple(
        Finding(
            code="tests.error" if case.outcome is Outcome.ERROR else "tests.failed",
            title=one_line(case.id) or "(a test without a name)",
            detail=clip("\n".join(part for part in (case.message, case.output) if part)),
            path=case.path,
            line=case.line,
        )
        for case in cases[:_MOST_FINDINGS]
    )
    more = max(len(cases), counts.failed + counts.errors) - len(shown)
    if not shown or more <= 0:
        return shown
    return (
        *shown,
        Finding(
            code="tests.more",
            title=f"{more} more {_tests(more)} failed; the artifacts name {'it' if more == 1 else 'them'}.",
        ),
    )


def _failed(ran: Ran, counts: TestCounts, failed: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """A status other than 0, with the tests that explain it, or without."""
    number = -ran.status if ran.status < 0 else ran.status - 128
    if ran.status < 0 or (number in set(signal.Signals) and not failed):
        name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
        killed = Finding(
            code="tests.killed",
            title=f"The test command was ended by {name}.",
            detail=_tail(ran),
            cure="Look for a crash in native code, or for too little memory (SIGKILL).",
        )
        return (killed, *failed)
    if failed:
        return failed
    if counts.counted and counts.total == 0:
        return (_none_ran(ran, counts),)
    return (
        Finding(
            code="tests.exit-status",
            title=f"The test command ended with status {ran.status}, and no test is named as failed.",
            detail=_tail(ran),
            cure="The end of its output says why; run the command by hand.",
        ),
    )


def _unfinished(ran: Ran) -> Finding:
    if ran.ending is Ending.SILENT:
        return Finding(
            code="tests.silent",
            title=f"The test command said nothing for too long and was ended after {ran.seconds:.0f} s.",
            detail=_tail(ran),
            cure="Look for a test that waits for something; `limits.test_silence` sets how long silence may last.",
        )
    return Finding(
        code="tests.timed-out",
        title=f"The test command took longer than it may and was ended after {ran.seconds:.0f} s.",
        detail=_tail(ran),
        cure="Look for a test that never ends; `limits.tests` sets how long the tests may take.",
    )


def _swallowed(ran: Ran) -> Finding:
    return Finding(
        code="tests.status-swallowed",
        title="Tests failed, and the test command ended with status 0 all the same.",
        detail=_tail(ran),
        cure="Take the pipe or `|| true` out of the test command.",
    )


def _none_ran(ran: Ran, counts: TestCounts) -> Finding:
    what = "No test was run"
    if counts.skipped:
        what = "The only test was skipped" if counts.skipped == 1 else f"All {counts.skipped} tests were skipped"
    return Finding(
        code="tests.none-ran",
        title=f"{what}; that is no pass.",
        detail=_tail(ran),
        cure="Check where the tests lie, how they are named, and what the command selects.",
    )


def _summary(color: Color, counts: TestCounts, reasons: tuple[Finding, ...]) -> str:
    if color is Color.ERROR:
        return reasons[0].title
    bad = counts.failed + counts.errors
    skipped = f", {counts.skipped} skipped" if counts.skipped else ""
    if color is Color.RED:
        if bad:
            return f"{bad} of {counts.total} {_tests(counts.total)} failed{skipped}"
        named = sum(reason.code in {"tests.failed", "tests.error"} for reason in reasons)
        return f"{named} {_tests(named)} failed" if named else reasons[0].title
    if not counts.counted:
        return "the test command ended with status 0; nothing says how many tests ran"
    return f"{counts.passed} {_tests(counts.passed)} passed{skipped}"


def _tail(ran: Ran) -> str:
    return ran.output[-_TAIL:]


def _tests(number: int) -> str:
    return "test" if number == 1 else "tests"

"""The verdict over the tests once the base is known, and the flaky ones: what blocks, and what is only told."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kiro_worker.gate.baseline import Baseline, Compared
from kiro_worker.gate.fault import one_line
from kiro_worker.gate.flaky import Tries, is_flaky
from kiro_worker.gate.port import RED, Bite, Color, Finding, GateResult, Outcome, TestCase, TestFact

# Findings that tell of single tests; whatever else a red run has, it stays red for.
_OF_TESTS = frozenset({"tests.failed", "tests.error", "tests.more"})
_ALONE_CURE = "Another test of the branch leaves something behind that it stumbles over; run both in this order."
_MOST = 50


def against_base(
    tests: GateResult,
    compared: Compared,
    *,
    tries: Tries,
    touched: Iterable[str],
    known_allowed: bool,
    flaky_blocks: bool,
) -> GateResult:
    """What the gate `tests` says of the branch.

    A test that was red before is shown, and blocks unless that is allowed; one that is newly red always blocks, but
    for a flaky one that the branch did not touch.

    Args:
        tests: what it said of the run of all tests.
        compared: its tests against those of the base.
        tries: what newly red tests said each time.
        touched: ids of the tests that the branch adds or changes.
        known_allowed: whether tests that were red before may be red.
        flaky_blocks: whether a flaky test blocks too.
    """
    ours = frozenset(touched)
    red = (*compared.newly_red, *compared.red_before)
    flaky = {case.id for case in red if is_flaky(tries.get(case.id, ()))}
    told = {name for name in flaky if name not in ours and not flaky_blocks}
    known = {case.id for case in compared.red_before} - flaky
    blocking = {case.id for case in red} - told
    blocking -= known if known_allowed else set()
    findings = tuple(
        _said(finding, known=known, allowed=known_allowed, flaky=flaky, tries=tries) for finding in tests.findings
    )
    excused = told | (known if known_allowed else set())
    color = tests.color
    if color is Color.RED and excused and not blocking and _only_tests(tests) and _all_named(tests, excused):
        color = Color.GREEN
    return replace(tests, color=color, findings=findings, summary=_summary(tests, compared, flaky, known))


def counted_as_before(tests: GateResult, baseline: Baseline) -> GateResult:
    """Red where the tests of the base told what they said, and those of the branch do not any more."""
    silent = not tests.cases and not (tests.tests and tests.tests.counted)
    if tests.color is not Color.GREEN or not baseline.is_known or not silent:
        return tests
    number = len(baseline.outcomes)
    told, said = ("1 test told", "it said") if number == 1 else (f"{number} tests told", "they said")
    finding = Finding(
        code="tests.not-counted",
        title=f"On the base {told} what {said}, and here none does.",
        detail=tests.output[-3000:],
        cure="Let the test command run and report the tests as it does on the base branch.",
    )
    return replace(tests, color=Color.RED, summary=finding.title, findings=(finding, *tests.findings))


def told_without_base(tests: GateResult, baseline: Baseline) -> GateResult:
    """Says so where the base could not be looked at: then nothing was held against it, whatever is green."""
    if not baseline.why or not tests.cases:
        return tests
    return replace(tests, summary=f"{tests.summary}; nothing is known of the base: {baseline.why.rstrip('.')}")


def facts(
    cases: Iterable[TestCase], baseline: Baseline, *, touched: Iterable[str], bites: Mapping[str, Bite], tries: Tries
) -> tuple[TestFact, ...]:
    """Every test of the head with all that is known of it."""
    ours = frozenset(touched)
    return tuple(
        TestFact(
            case=case,
            base=baseline.outcomes.get(case.id) if baseline.is_known else None,
            touched=case.id in ours,
            bite=bites.get(case.id),
            tries=tries.get(case.id, ()) if len(tries.get(case.id, ())) > 1 else (),
        )
        for case in cases
    )


def _only_tests(tests: GateResult) -> bool:
    """Whether nothing but single tests makes the run red."""
    plain = {finding.code for finding in tests.findings if finding.code.startswith("tests.")}
    return not plain - _OF_TESTS - {"tests.definition-changed", "tests.other-suite"}


def _all_named(tests: GateResult, excused: set[str]) -> bool:
    """Whether the report names each test that it counts as red."""
    if tests.tests is None or not tests.tests.counted:
        return False
    red = [case for case in tests.cases if case.outcome in RED]
    return len(red) == tests.tests.failed + tests.tests.errors and {case.id for case in red} <= excused


def _said(finding: Finding, *, known: set[str], allowed: bool, flaky: set[str], tries: Tries) -> Finding:
    """A finding about one test, with what is known of that test besides."""
    if finding.code not in {"tests.failed", "tests.error"}:
        return finding
    name = next((name for name in (*known, *tries) if one_line(name) == finding.title), "")
    history = ", ".join(outcome.value for outcome in tries.get(name, ()))
    if name in known:
        code = "tests.known-failure" if allowed else finding.code
        return replace(finding, code=code, detail=f"It failed on the base already.\n{finding.detail}")
    if name in flaky:
        detail = f"It ended differently for the same code: {history}.\n{finding.detail}"
        return replace(finding, code="tests.flaky", detail=detail, cure="Look for what differs from run to run.")
    if Outcome.PASSED in tries.get(name, ()):
        detail = f"It passes by itself, and fails among the others: {history}.\n{finding.detail}"
        return replace(finding, code="tests.not-alone", detail=detail, cure=_ALONE_CURE)
    return finding


def _summary(tests: GateResult, compared: Compared, flaky: set[str], known: set[str]) -> str:
    """The gate's line, and what the base adds to it."""
    parts = [tests.summary]
    for count, what in (
        (sum(case.id not in flaky for case in compared.newly_red) if known or flaky else 0, "newly red"),
        (len(known), "red on the base too"),
        (len(flaky), "flaky"),
        (len(compared.fixed), "fixed"),
    ):
        if count:
            parts.append(f"{count} {what}")
    return ", ".join(parts)

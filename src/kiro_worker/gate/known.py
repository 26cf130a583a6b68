"""What red tests mean in the light of the merge base and of a second try: which of them block."""

from collections.abc import Iterator
from dataclasses import replace

from kiro_worker.config.settings import GateSettings
from kiro_worker.gate.baseline import RED, Baseline, Compared
from kiro_worker.gate.fault import one_line
from kiro_worker.gate.flaky import Tries, is_flaky
from kiro_worker.gate.port import Color, Finding, GateResult, TestCase

_MOST = 50
# What a red test explains; anything else that was found is red by itself.
_OF_TESTS = frozenset({"tests.failed", "tests.error", "tests.more"})
_NOTES = frozenset({"tests.definition-changed", "tests.other-suite"})


def against_base(
    result: GateResult,
    baseline: Baseline,
    compared: Compared,
    tries: Tries,
    *,
    touched: frozenset[str],
    settings: GateSettings,
) -> GateResult:
    """Hold the `tests` gate's result against what is known besides.

    A newly red test always blocks. One that was red on the base blocks unless `known_failures` allows it. One that
    passes when it is run again is flaky: that is told with all its tries, and blocks where the branch added or changed
    the test, or where `flaky` says so.

    Args:
        result: of the branch's head.
        baseline: what the tests said on the merge base.
        compared: both against each other.
        tries: what newly red tests said each time.
        touched: ids of tests that the branch adds or changes.
        settings: of the base branch and the operator.
    """
    if result.color is Color.GREEN:
        return _green(result, baseline, compared)
    if result.color is not Color.RED:
        return result
    known = {case.id: case for case in compared.red_before}
    shaky = {case.id: case for case in compared.newly_red if is_flaky(tries.get(case.id, ()))}
    allowed = frozenset(known) if settings.known_failures == "allow" else frozenset()
    allowed |= {name for name in shaky if settings.flaky == "tell" and name not in touched}
    red = [case for case in result.cases if case.outcome in RED]
    blocking = [case for case in red if case.id not in allowed]
    found = tuple(_findings(result, known, shaky, tries, allowed))
    alone = [finding for finding in result.findings if finding.code not in _OF_TESTS | _NOTES]
    if blocking or alone or not red:
        return replace(result, findings=found)
    summary = f"{result.tests.passed} tests passed" if result.tests else "the tests passed"
    told = [f"{len(allowed & set(known))} failed as before"] if allowed & set(known) else []
    told += [f"{len(allowed & set(shaky))} flaky"] if allowed & set(shaky) else []
    return replace(result, color=Color.GREEN, summary=", ".join((summary, *told)), findings=found)


def _green(result: GateResult, baseline: Baseline, compared: Compared) -> GateResult:
    if baseline.is_known and not result.cases and not (result.tests and result.tests.counted):
        finding = Finding(
            code="tests.not-counted",
            title=f"On the base {len(baseline.outcomes)} tests told what they said, and here none does.",
            detail=result.output[-3000:],
            cure="Let the test command run and report the tests as it does on the base branch.",
        )
        return replace(result, color=Color.RED, summary=finding.title, findings=(finding, *result.findings))
    if compared.fixed:
        return replace(result, summary=f"{result.summary}, {len(compared.fixed)} of them failed before")
    return result


def _findings(
    result: GateResult,
    known: dict[str, TestCase],
    shaky: dict[str, TestCase],
    tries: Tries,
    allowed: frozenset[str],
) -> Iterator[Finding]:
    """Every finding, those that block first, each saying how the test was before or in its other tries."""
    by_title = {one_line(case.id): case.id for case in (*known.values(), *shaky.values())}
    told = [(finding, by_title.get(finding.title, "")) for finding in result.findings]
    for finding, name in sorted(told, key=lambda each: each[1] in allowed):
        if name in shaky and finding.code in _OF_TESTS:
            said = ", ".join(outcome.value for outcome in tries[name])
            yield replace(
                finding,
                code="tests.flaky",
                title=f"{finding.title} is flaky: it {said}.",
                cure="Find what it depends on: order, time, the network, another test.",
            )
        elif name in known and finding.code in _OF_TESTS:
            yield replace(finding, code="tests.failed-before", title=f"{finding.title} failed on the base branch too.")
        else:
            yield finding

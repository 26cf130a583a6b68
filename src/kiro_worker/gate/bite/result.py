"""The verdicts over tests as a gate's result."""

from collections.abc import Iterable, Mapping

from kiro_worker.gate.fault import one_line
from kiro_worker.gate.port import Bite, Color, Finding, GateResult, TestCase

_CURE = "Let it assert what comes of the change: a value, a state or an error that would be another one without it."
_SMOKE_CURE = "Let it assert what comes of the call, or leave it as what it is: a test that nothing is thrown."
_MOST = 50


def result_of(tests: Iterable[TestCase], verdicts: Mapping[str, tuple[Bite, str]], *, blocks: bool) -> GateResult:
    """The gate `bite`: red when a new or changed test is hollow and that blocks.

    Args:
        tests: those that were tried.
        verdicts: each one's, and why; by id.
        blocks: whether a hollow test is red.
    """
    told = [(test, *verdicts[test.id]) for test in tests]
    hollow = [_finding("bite.hollow", test, why, _CURE) for test, bite, why in told if bite is Bite.HOLLOW]
    smoke = [_finding("bite.smoke", test, why, _SMOKE_CURE) for test, bite, why in told if bite is Bite.SMOKE]
    unknown: dict[str, list[TestCase]] = {}
    for test, bite, why in told:
        if bite is Bite.UNKNOWN:
            unknown.setdefault(why, []).append(test)
    return GateResult(
        gate="bite",
        color=Color.RED if hollow and blocks else Color.GREEN,
        summary=_summary([bite for _, bite, _ in told]),
        findings=(*_most(hollow), *_most(smoke), *(_unknown(why, some) for why, some in unknown.items())),
    )


def _finding(code: str, test: TestCase, why: str, cure: str) -> Finding:
    return Finding(code=code, title=one_line(test.id), detail=why, cure=cure, path=test.path, line=test.line)


def _unknown(why: str, tests: list[TestCase]) -> Finding:
    names = ", ".join(one_line(test.id, 120) for test in tests[:5])
    more = f" and {len(tests) - 5} more" if len(tests) > 5 else ""
    return Finding(
        code="bite.unknown",
        title=f"Whether {len(tests)} new or changed tests bite was not found out.",
        detail=f"{why}\n{names}{more}",
        path=tests[0].path,
        line=tests[0].line,
    )


def _most(findings: list[Finding]) -> list[Finding]:
    if len(findings) <= _MOST:
        return findings
    more = Finding(code=findings[0].code, title=f"{len(findings) - _MOST} more like these.", cure=findings[0].cure)
    return [*findings[:_MOST], more]


def _summary(found: list[Bite]) -> str:
    """One line.

    >>> _summary([Bite.BITES, Bite.HOLLOW, Bite.BITES])
    '2 of 3 new and changed tests fail without the change; 1 is hollow'
    """
    parts = [f"{found.count(Bite.BITES)} of {len(found)} new and changed tests fail without the change"]
    for bite, one, many in (
        (Bite.HOLLOW, "is hollow", "are hollow"),
        (Bite.SMOKE, "only runs it", "only run it"),
        (Bite.UNKNOWN, "could not be tried", "could not be tried"),
    ):
        if count := found.count(bite):
            parts.append(f"{count} {one if count == 1 else many}")
    return "; ".join(parts)

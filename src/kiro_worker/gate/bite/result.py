"""The verdicts over tests as a gate's result."""

from collections.abc import Iterable, Mapping

from kiro_worker.gate.fault import one_line
from kiro_worker.gate.port import Bite, Color, Finding, GateResult, TestCase

_CURES = {
    Bite.HOLLOW: "Let it assert what comes of the change: a value, a state or an error that is another one without it.",
    Bite.SMOKE: "Let it assert what comes of the call, or leave it as what it is: a test that nothing is thrown.",
    Bite.GUARD: "Nothing, if it is to say that something stays as it is; what is new needs a test of its own.",
}
_MOST = 50


def result_of(
    tests: Iterable[TestCase],
    verdicts: Mapping[str, tuple[Bite, str]],
    *,
    blocks: bool,
    has_code: bool,
    keeps: bool = False,
) -> GateResult:
    """The gate `bite`: red when a new or changed test is hollow, or when none of them bites, and that blocks.

    Args:
        tests: those that were tried.
        verdicts: each one's, and why; by id.
        blocks: whether that is red.
        has_code: whether there is something in the change that a test could fail without.
        keeps: whether the tasks ask for a change after which everything does what it did; guards are its proof.
    """
    told = [(test, *verdicts[test.id]) for test in tests]
    kinds = [bite for _, bite, _ in told]
    found = {kind: _findings(kind, told) for kind in _CURES}
    unknown: dict[str, list[TestCase]] = {}
    for test, bite, why in told:
        if bite is Bite.UNKNOWN:
            unknown.setdefault(why, []).append(test)
    # A guard of what was, or a test that nothing is thrown, is fine beside others, and proves nothing by itself.
    idle = has_code and not {Bite.BITES, Bite.UNKNOWN} & set(kinds)
    none = (_none(told[0][0]),) if idle and not found[Bite.HOLLOW] else ()
    guarded = keeps and Bite.GUARD in kinds
    return GateResult(
        gate="bite",
        color=Color.RED if blocks and (found[Bite.HOLLOW] or (none and not guarded)) else Color.GREEN,
        summary=_summary(kinds),
        findings=(
            *none,
            *(finding for some in found.values() for finding in _most(some)),
            *(_unknown(why, some) for why, some in unknown.items()),
        ),
    )


def _none(first: TestCase) -> Finding:
    return Finding(
        code="bite.none",
        title="No new or changed test would notice if what was changed did something else.",
        detail="Every one of them passes without the change, or only runs it.",
        cure=_CURES[Bite.HOLLOW],
        path=first.path,
        line=first.line,
    )


def _findings(kind: Bite, told: list[tuple[TestCase, Bite, str]]) -> list[Finding]:
    """One for each test; its sets of parameters are one test."""
    groups: dict[tuple[str, str, str], list[tuple[TestCase, str]]] = {}
    for test, bite, why in told:
        if bite is kind:
            groups.setdefault((test.path, test.suite, test.name.partition("[")[0]), []).append((test, why))
    return [_finding(kind, *some[0], more=len(some) - 1) for some in groups.values()]


def _finding(kind: Bite, test: TestCase, why: str, *, more: int) -> Finding:
    count = f" So it is with {more} more of its sets of parameters." if more else ""
    return Finding(
        code=f"bite.{kind}",
        title=one_line(test.id),
        detail=f"{why}{count}",
        cure=_CURES[kind],
        path=test.path,
        line=test.line,
    )


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
        (Bite.GUARD, "guards what was there", "guard what was there"),
        (Bite.UNKNOWN, "could not be tried", "could not be tried"),
    ):
        if count := found.count(bite):
            parts.append(f"{count} {one if count == 1 else many}")
    return "; ".join(parts)

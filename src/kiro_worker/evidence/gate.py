"""The gate over ticks: red where a worker ticked a task and nothing backs it."""

from collections.abc import Iterable, Mapping

from kiro_worker.evidence.model import Evidence, Phantom
from kiro_worker.evidence.work import tasks_path
from kiro_worker.gate.port import Color, Finding, GateResult
from kiro_worker.value import replace

GATE = "evidence"

_CURES = {
    False: "Do what the task asks for, or leave its box open: only a commit that changes something backs a tick.",
    True: "Write a test that fails without the change, with “Validates: {criteria}” in its name, its docstring or a "
    "comment right above it.",
}


def judge_ticks(evidence: Evidence, *, tests_block: bool = True) -> GateResult:
    """What evidence says of the ticks, as a gate's result.

    Args:
        evidence: of the head.
        tests_block: whether a tick without a test blocks (`gates.phantom: block`); one without work always does.
    """
    findings = tuple(_finding(phantom, evidence.spec, tests_block=tests_block) for phantom in evidence.phantoms)
    back = taken_back(evidence, tests_block=tests_block)
    if back:
        count = f"{len(back)} ticked {'task that nothing backs' if len(back) == 1 else 'tasks that nothing backs'}"
        summary = f"{count}: {', '.join(back[:10])}"
    else:
        summary = f"{len(findings)} ticked without a test" if findings else "every tick of the worker is backed"
    return GateResult(gate=GATE, color=Color.RED if back else Color.GREEN, summary=summary, findings=findings)


def taken_back(evidence: Evidence, *, tests_block: bool = True) -> tuple[str, ...]:
    """The ids of the tasks whose ticks are to be taken back; as for `judge_ticks`."""
    return tuple(phantom.task for phantom in evidence.phantoms if tests_block or not phantom.worked)


def with_criteria(results: Iterable[GateResult], evidence: Evidence) -> tuple[GateResult, ...]:
    """The results, with what each finding about a single test means for the criteria that the test speaks for."""
    spoken: dict[str, list[str]] = {}
    for criterion in evidence.criteria:
        for test in criterion.tests:
            spoken.setdefault(" ".join(test.id.split()), []).append(criterion.id)
    return tuple(
        replace(result, findings=tuple(_bound(finding, spoken) for finding in result.findings))
        if result.gate == "bite"
        else result
        for result in results
    )


def _bound(finding: Finding, spoken: Mapping[str, list[str]]) -> Finding:
    criteria = spoken.get(" ".join(finding.title.split()), [])
    if not criteria:
        return finding
    word = "criterion" if len(criteria) == 1 else "criteria"
    told = f"It speaks for {word} {', '.join(criteria)}."
    return replace(finding, detail="\n".join(filter(None, (finding.detail, told))))


def _finding(phantom: Phantom, spec: str, *, tests_block: bool) -> Finding:
    code = "evidence.no-test" if phantom.worked else "evidence.no-work"
    criteria = ", ".join(phantom.criteria)
    return Finding(
        code=code if tests_block or not phantom.worked else f"{code}.told",
        title=f"Task {phantom.task} is ticked, and nothing backs it",
        detail=phantom.why,
        cure=_CURES[phantom.worked].format(criteria=criteria),
        path=tasks_path(spec),
    )

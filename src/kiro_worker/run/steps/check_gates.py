"""Test: set the project up as it is now, run the gates, and leave the tree as it was."""

from dataclasses import asdict
from typing import Any

from kiro_worker.gate.port import Color, GateResult
from kiro_worker.run.facts import CheckGates, GatesJudged
from kiro_worker.run.undertaking import Undertaking

_FINDINGS_TOLD = 50
_OUTPUT_TOLD = 8_000


async def check_gates(work: Undertaking, step: CheckGates) -> GatesJudged:
    """Run the gates; what they left in the tree is not part of any commit."""
    prepared = await work.have.gates.prepare(work.tree.path)
    if prepared.color is Color.ERROR:
        # Without its dependencies the project cannot be tested; that is a red test, not a gate of its own.
        results: tuple[GateResult, ...] = (_as_tests(prepared),)
    else:
        results = await work.have.gates.judge(work.tree.path, work.tree.head)
    await _tidy(work)
    work.results = results
    told = [result_told(result, work.have.config.gates.coverage_threshold) for result in results]
    task = step.leaf.id if step.leaf else ""
    work.journal.write("gates.judged", scope=step.scope.value, task=task, commit=work.tree.head, results=told)
    return GatesJudged(_redacted(work, results))


async def _tidy(work: Undertaking) -> None:
    """Put back what the tests changed or left: they are not the author of anything."""
    before = {change.path for change in work.changed}
    left = tuple(change.path for change in await work.tree.changes() if change.path not in before)
    if left:
        await work.tree.restore(left)


def _as_tests(prepared: GateResult) -> GateResult:
    return GateResult(
        gate="tests",
        color=Color.ERROR,
        summary=f"the project could not be set up: {prepared.summary}",
        findings=prepared.findings,
        seconds=prepared.seconds,
        output=prepared.output,
        command=prepared.command,
    )


def result_told(result: GateResult, threshold: float) -> dict[str, Any]:
    """A result as plain JSON, without the lines of every file."""
    coverage = result.coverage
    return {
        "gate": result.gate,
        "color": result.color.value,
        "summary": result.summary,
        "seconds": round(result.seconds, 3),
        "command": result.command,
        "findings": [asdict(finding) for finding in result.findings[:_FINDINGS_TOLD]],
        "findings_left_out": max(0, len(result.findings) - _FINDINGS_TOLD),
        "tests": asdict(result.tests) if result.tests else None,
        "coverage": {
            "lines_covered": coverage.lines_covered,
            "lines_total": coverage.lines_total,
            "line_percent": coverage.line_percent,
            "branch_percent": coverage.branch_percent,
            "threshold": threshold,
            "source": coverage.source,
        }
        if coverage
        else None,
        "output": result.output[-_OUTPUT_TOLD:],
    }


def _redacted(work: Undertaking, results: tuple[GateResult, ...]) -> tuple[GateResult, ...]:
    """What goes on to the agent and into causes is redacted like everything that is written."""
    from dataclasses import replace

    text = work.redactor.text
    return tuple(
        replace(
            result,
            summary=text(result.summary),
            output=text(result.output),
            findings=tuple(
                replace(one, title=text(one.title), detail=text(one.detail), cure=text(one.cure))
                for one in result.findings
            ),
        )
        for result in results
    )

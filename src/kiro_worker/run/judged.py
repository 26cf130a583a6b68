"""What the gates said, as plain JSON for the receipt: without the lines of every file."""

from dataclasses import asdict
from typing import Any

from kiro_worker.changeset import ChangeSet
from kiro_worker.config.settings import GateSettings
from kiro_worker.gate.port import ChangedCoverage, Coverage, GateResult, Judgement

_FINDINGS_TOLD = 50
_OUTPUT_TOLD = 8_000
_FILES_TOLD = 200
_LINES_TOLD = 500


def judged_facts(judgement: Judgement, settings: GateSettings, change: ChangeSet | None = None) -> dict[str, Any]:
    """The facts of the event `gates.judged`.

    Args:
        judgement: what the gates said.
        settings: of the base branch and the operator.
        change: what the branch changes; None where only the tests were asked.
    """
    facts: dict[str, Any] = {"results": [_result(result, judgement, settings) for result in judgement.results]}
    if judgement.looked is not None:
        from kiro_worker.gate.looked import shares

        facts["looked"] = dict(shares(judgement.looked))
    if change is not None:
        facts["change"] = {
            "files": len(change),
            "added": sum(hunk.new_count for file in change for hunk in file.hunks),
            "deleted": sum(hunk.old_count for file in change for hunk in file.hunks),
        }
    return facts


def _result(result: GateResult, judgement: Judgement, settings: GateSettings) -> dict[str, Any]:
    return {
        "gate": result.gate,
        "color": result.color.value,
        "summary": result.summary,
        "seconds": round(result.seconds, 3),
        "command": result.command,
        "findings": [asdict(finding) for finding in result.findings[:_FINDINGS_TOLD]],
        "findings_left_out": max(0, len(result.findings) - _FINDINGS_TOLD),
        "tests": _tests(result, judgement),
        "coverage": _coverage(result, judgement, settings),
        "output": result.output[-_OUTPUT_TOLD:],
    }


def _tests(result: GateResult, judgement: Judgement) -> dict[str, Any] | None:
    if result.tests is None:
        return None
    told = asdict(result.tests)
    if not judgement.base_known:
        return told
    from kiro_worker.evidence.tally import tally_tests

    tally = tally_tests(judgement)
    return {**told, "new": tally.new, "fixed": tally.fixed, "known": tally.known, "flaky": tally.flaky,
            "gone": len(judgement.gone)}  # fmt: skip


def _coverage(result: GateResult, judgement: Judgement, settings: GateSettings) -> dict[str, Any] | None:
    coverage = result.coverage
    if coverage is None:
        return None
    told: dict[str, Any] = {
        "lines_covered": coverage.lines_covered,
        "lines_total": coverage.lines_total,
        "line_percent": coverage.line_percent,
        "branch_percent": coverage.branch_percent,
        "threshold": settings.coverage_threshold,
        "source": coverage.source,
    }
    return {**told, **_before(judgement.base_coverage), **_changed(result.changed, settings)}


def _before(base: Coverage | None) -> dict[str, Any]:
    return {"base_percent": base.line_percent if base is not None and base.lines_total else None}


def _changed(changed: ChangedCoverage | None, settings: GateSettings) -> dict[str, Any]:
    if changed is None:
        return {}
    return {
        "changed_covered": changed.covered,
        "changed_total": changed.total,
        "changed_percent": 100.0 * changed.covered / changed.total if changed.total else None,
        "changed_threshold": settings.changed_coverage_threshold,
        "files": [
            {
                "path": file.path,
                "covered": len(file.covered),
                "total": file.total,
                "missing": list(file.missing[:_LINES_TOLD]),
            }
            for file in changed.files[:_FILES_TOLD]
        ],
    }

"""What the gates said, as plain JSON for the receipt: without the lines of every file."""

from dataclasses import asdict
from typing import Any

from kiro_worker.changeset import ChangeSet
from kiro_worker.config.settings import GateSettings
from kiro_worker.gate.port import ChangedCoverage, Coverage, GateResult, Judgement, Looked

_FINDINGS_TOLD = 50
_OUTPUT_TOLD = 8_000
_FILES_TOLD = 200
_LINES_TOLD = 500


def results_told(judgement: Judgement, settings: GateSettings) -> list[dict[str, Any]]:
    """What each gate said.

    Args:
        judgement: of all of them.
        settings: of the base branch and the operator.
    """
    return [_result(result, judgement, settings) for result in judgement.results]


def looked_told(looked: Looked | None) -> dict[str, int]:
    """How many changed lines of code there are, and how many of them each kind of check saw."""
    if looked is None:
        return {}
    from kiro_worker.gate.looked import shares

    return dict(shares(looked))


def change_told(change: ChangeSet | None) -> dict[str, int]:
    """How large a change is."""
    if change is None:
        return {}
    hunks = [hunk for file in change for hunk in file.hunks]
    return {
        "files": len(change),
        "added": sum(hunk.new_count for hunk in hunks),
        "deleted": sum(hunk.old_count for hunk in hunks),
    }


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

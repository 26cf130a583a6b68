"""How a run's numbers are said, the same on the page, in the pull request and on the terminal."""

from collections.abc import Mapping
from typing import Any

from kiro_worker.run.record import RunRecord, TaskRecord
from kiro_worker.value import dataclass

# What a run is at, while it is at it.
STEP_WORDS: Mapping[str, str] = {
    "admit": "looking at the branch and its spec",
    "lease": "taking the branch's lease",
    "prepare": "preparing the workspace",
    "implement": "the agent is working",
    "inspect": "inspecting the changes",
    "approve": "waiting for a person's answer",
    "commit": "committing and pushing",
    "test": "running the gates",
    "publish": "publishing the pull request",
    "report": "writing the report",
    "clean": "cleaning up",
}

_MINUTE = 60
_HOUR = 3600


def duration(seconds: float | None) -> str:
    """Seconds for people.

    >>> [duration(seconds) for seconds in (None, 0.04, 3.26, 61, 7322)]
    ['', '0.04 s', '3.3 s', '1 min 1 s', '2 h 2 min']
    """
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min {int(seconds % _MINUTE)} s"
    return f"{int(seconds // _HOUR)} h {int(seconds % _HOUR // _MINUTE)} min"


def counted(number: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "fault"), counted(0, "fault")
    ('1 fault', '0 faults')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def task_words(run: RunRecord) -> str:
    """How many tasks are done.

    >>> task_words(RunRecord(tasks=(TaskRecord(id="2", title="b"),), before=(TaskRecord(id="1", title="a"),)))
    '0 of 1 task, 1 done before'
    """
    before = f"{len(run.before)} done before" if run.before else ""
    now = f"{len(run.done)} of {counted(len(run.tasks), 'task')}" if run.tasks or not before else ""
    return ", ".join(filter(None, (now, before)))


def percent(value: float) -> str:
    """A percentage with one decimal, rounded down: 79.99 must not read as 80.

    >>> percent(79.99), percent(80.0), percent(100)
    ('79.9 %', '80.0 %', '100.0 %')
    """
    return f"{int(value * 10 + 1e-9) / 10:.1f} %"


def test_words(run: RunRecord) -> Mapping[str, str]:
    """How many tests passed, or that they did not run."""
    gate = run.gate("tests")
    counts = gate.get("tests") if gate else None
    if gate is None:
        return {"value": "–", "unit": "not run"}
    if not counts or not counts["counted"]:
        return {"value": "✓" if gate["color"] == "green" else "✗", "unit": gate["color"]}
    bad = counts["failed"] + counts["errors"]
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    return {"value": str(bad or counts["passed"]), "unit": f"{'failed' if bad else 'passed'}{skipped}"}


test_words.__test__ = False  # type: ignore[attr-defined]  # its name is about tests, it is none


def coverage_words(run: RunRecord) -> Mapping[str, Any]:
    """The share of lines covered, beside its threshold."""
    gate = run.gate("coverage")
    coverage = gate.get("coverage") if gate else None
    if gate is None or not coverage:
        return {"value": "–", "unit": gate["color"] if gate else "not measured", "percent": None}
    return {
        "value": percent(coverage["line_percent"]),
        "unit": "of lines",
        "percent": round(coverage["line_percent"], 1),
        "threshold": coverage.get("threshold", 0),
        "tone": "good" if gate["color"] == "green" else "bad",
    }


def spent_words(run: RunRecord) -> tuple[tuple[str, str], ...]:
    """What the agent says it cost; what it does not say is not shown."""
    usage = run.usage
    said = []
    if usage.get("credits") is not None:
        said.append(("Credits", f"{usage['credits']:.2f}"))
    if usage.get("cost_usd") is not None:
        said.append(("Cost", f"${usage['cost_usd']:.2f}"))
    tokens = (usage.get("input_tokens") or 0) + (usage.get("output_tokens") or 0)
    if tokens:
        said.append(("Tokens", f"{tokens:,}"))
    return tuple(said)


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One criterion and the tasks that refer to it: those of this run, and those done before it."""

    id: str
    text: str
    tasks: tuple[TaskRecord, ...]


def evidence(run: RunRecord) -> tuple[EvidenceRow, ...]:
    """Requirement by requirement, what was done for it on the branch, by this run or an earlier one."""
    tasks = (*run.before, *run.tasks)
    return tuple(
        EvidenceRow(name, text, tuple(task for task in tasks if name in task.criteria)) for name, text in run.criteria
    )

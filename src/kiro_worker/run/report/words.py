"""How a run's numbers are said, the same on the page, in the pull request and on the terminal."""

from collections.abc import Iterable, Mapping
from typing import Any

from kiro_worker.run.record import RunRecord, TaskRecord, said_once
from kiro_worker.value import dataclass

# What a run is at, while it is at it.
STEP_WORDS: Mapping[str, str] = {
    "admit": "looking at the branch and its spec",
    "lease": "taking the branch's lease",
    "prepare": "preparing the workspace",
    "steer": "bringing the standards up to date",
    "implement": "the agent is working",
    "inspect": "inspecting the changes",
    "approve": "waiting for a person's answer",
    "commit": "committing and pushing",
    "test": "running the gates",
    "publish": "publishing the pull request",
    "report": "writing the report",
    "clean": "cleaning up",
}

_TONES = {"green": "good", "red": "bad", "error": "bad"}
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


def done_words(run: RunRecord, spec: str) -> str:
    """The same in a clause, those that earlier runs did among them.

    >>> done = TaskRecord(id="1", title="a", state="done")
    >>> done_words(RunRecord(tasks=(TaskRecord(id="2", title="b"),), before=(done,)), "lock")
    '1 of 2 tasks of the spec lock is done, 1 by an earlier run'
    >>> done_words(RunRecord(), "lock")
    'No task of the spec lock was begun'
    >>> done_words(RunRecord(tasks=(done,), open_besides=2), "lock")
    '1 of 1 chosen task of the spec lock is done'
    >>> done_words(RunRecord(tasks=(done,), before=(done, done), open_besides=1), "lock")
    '1 of 1 chosen task of the spec lock is done, 2 others by earlier runs'
    """
    if run.tasks and run.before and run.open_besides:
        # Whether what was done before was chosen too is not known; what was worked on now was.
        early = len(run.before)
        done = sum(task.state == "done" for task in run.tasks)
        others = "1 other by an earlier run" if early == 1 else f"{early} others by earlier runs"
        are = "is" if done == 1 else "are"
        return f"{done} of {counted(len(run.tasks), 'chosen task')} of the spec {spec} {are} done, {others}"
    every = (*run.before, *run.tasks)
    if not every:
        return f"No task of the spec {spec} was begun"
    done = sum(task.state == "done" for task in every)
    early = sum(task.state == "done" for task in run.before)
    by = f", {early} by {'an earlier run' if early == 1 else 'earlier runs'}" if early else ""
    are = "is" if done == 1 else "are"
    noun = "chosen task" if run.open_besides else "task"
    return f"{done} of {counted(len(every), noun)} of the spec {spec} {are} done{by}"


def open_words(run: RunRecord) -> str:
    """What the spec asks for besides; empty where all of it was to be done.

    >>> open_words(RunRecord(open_besides=2)), open_words(RunRecord())
    ('2 other required tasks of the spec are still open.', '')
    """
    others = run.open_besides
    if not others:
        return ""
    return f"{counted(others, 'other required task')} of the spec {'is' if others == 1 else 'are'} still open."


def percent(value: float) -> str:
    """A percentage with one decimal, rounded down: 79.99 must not read as 80.

    >>> percent(79.99), percent(80.0), percent(100)
    ('79.9 %', '80.0 %', '100.0 %')
    """
    return f"{int(value * 10 + 1e-9) / 10:.1f} %"


def changed_share(covered: int, total: int) -> str:
    """How much of something changed is covered; a report of coverage counts a statement of three lines once.

    >>> changed_share(3, 10), changed_share(0, 1)
    ('3 of 10 runnable changed lines', '0 of 1 runnable changed line')
    """
    return f"{covered} of {counted(total, 'runnable changed line')}"


def test_words(run: RunRecord) -> Mapping[str, str]:
    """How many tests passed, or that they did not run."""
    gate = run.gate("tests")
    counts = gate.get("tests") if gate else None
    if gate is None:
        return {"value": "–", "unit": "not run"}
    if not counts or not counts["counted"]:
        return {"value": "✓" if gate["color"] == "green" else "✗", "unit": gate["color"]}
    bad = counts["failed"] + counts["errors"]
    if gate["color"] == "error" and not bad:
        return {"value": "✗", "unit": "could not be judged", "tone": "bad"}
    others = {"skipped": counts["skipped"], "new": counts.get("new"), "fixed": counts.get("fixed")}
    told = "".join(f", {number} {word}" for word, number in others.items() if number)
    passed = f", {counts['passed']} passed" if bad else ""
    unit = f"{'failed' if bad else 'passed'}{passed}{told}"
    return {"value": str(bad or counts["passed"]), "unit": unit, "tone": "bad" if bad else ""}


def change_of_tests(run: RunRecord) -> str:
    """What became of the tests against the base; empty where that is not known, or nothing did.

    >>> gate = {"gate": "tests", "tests": {"new": 12, "fixed": 1, "flaky": 0, "known": 2}}
    >>> change_of_tests(RunRecord(gates=(gate,)))
    '12 new, 1 fixed, 2 failed before too'
    """
    counts = (run.gate("tests") or {}).get("tests") or {}
    words = {"new": "new", "fixed": "fixed", "flaky": "flaky", "known": "failed before too", "gone": "gone"}
    return ", ".join(f"{counts[name]} {word}" for name, word in words.items() if counts.get(name))


test_words.__test__ = False  # type: ignore[attr-defined]  # its name is about tests, it is none


def coverage_words(run: RunRecord) -> Mapping[str, Any]:
    """The share of lines covered, before and after, and of the change; beside its threshold."""
    gate = run.gate("coverage")
    coverage = gate.get("coverage") if gate else None
    if gate is None or not coverage:
        return {"value": "–", "unit": gate["color"] if gate else "not measured", "percent": None}
    before, now = coverage.get("base_percent"), percent(coverage["line_percent"])
    return {
        "value": now,
        "unit": "of lines" if before is None else f"of lines, {percent(before)} before",
        "way": now if before is None else f"{percent(before)} → {now}",
        "percent": round(coverage["line_percent"], 1),
        "threshold": coverage.get("threshold", 0),
        "tone": _TONES.get(gate["color"], ""),
        "change": coverage.get("changed_percent"),
        "change_value": percent(coverage["changed_percent"]) if coverage.get("changed_percent") is not None else "",
        "change_unit": _lines(coverage.get("changed_covered"), coverage.get("changed_total")),
    }


def _lines(covered: int | None, total: int | None) -> str:
    return changed_share(covered, total) if covered is not None and total is not None else ""


def change_words(run: RunRecord) -> str:
    """How large the change is: against the base where that is known, otherwise what this run committed.

    >>> change_words(RunRecord(change={"files": 3, "added": 40, "deleted": 2, "commits": 1}))
    '1 commit, 3 files, +40 −2 lines'
    """
    change = run.change
    if change:
        commits = f"{counted(change['commits'], 'commit')}, " if change.get("commits") else ""
        return f"{commits}{counted(change['files'], 'file')}, +{change['added']} −{change['deleted']} lines"
    if not run.commits:
        return ""
    added, deleted = (sum(getattr(commit, name) for commit in run.commits) for name in ("added", "deleted"))
    return f"{counted(len(run.commits), 'commit')} of this run, +{added} −{deleted} lines"


def looked_words(run: RunRecord) -> str:
    """How much of the change was seen by what; empty where nobody counted.

    >>> looked_words(RunRecord(looked={"lines": 40, "tests": 36, "lint": 40, "types": 40, "nothing": 0}))
    'Of 40 changed lines of code 36 were seen by tests, 40 by lint, 40 by types.'
    >>> looked_words(RunRecord(looked={"lines": 40, "tests": 36, "nothing": 4}))
    'Of 40 changed lines of code 36 were seen by tests; 4 by nothing.'
    >>> looked_words(RunRecord(looked={"lines": 3, "nothing": 3}))
    'Nothing is known to have seen the 3 changed lines of code.'
    """
    lines = run.looked.get("lines", 0)
    if not lines:
        return ""
    seen = [(name, number) for name, number in run.looked.items() if name not in {"lines", "nothing"}]
    words = ", ".join(f"{number} {'were seen ' if not nth else ''}by {name}" for nth, (name, number) in enumerate(seen))
    nothing = run.looked.get("nothing", 0)
    if not words:
        # No coverage and no tool that reads code: tests may well have run these lines.
        return f"Nothing is known to have seen the {counted(lines, 'changed line')} of code."
    unseen = f"; {nothing} by nothing" if nothing else ""
    return f"Of {counted(lines, 'changed line')} of code {words}{unseen}."


def note_words(notes: Iterable[str]) -> tuple[str, ...]:
    """Notes for people: one that was made several times is told once.

    >>> note_words(("Refused: a", "Put back: b", "Refused: a"))
    ('Refused: a (2 times)', 'Put back: b')
    """
    return tuple(f"{note} ({often} times)" if often > 1 else note for note, often in said_once(notes).items())


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

"""The worker's part of the pull request: the evidence, requirement by requirement, in GitHub's Markdown."""

from collections.abc import Iterator, Mapping
from typing import Any

from kiro_worker.forge.escape import code, fence, html, inline, title
from kiro_worker.run.quote import shortened
from kiro_worker.run.record import RunRecord, TaskRecord
from kiro_worker.run.report.words import counted, coverage_words, duration, evidence, percent, spent_words, task_words
from kiro_worker.run.verdict import MEANINGS, Verdict

_TITLE_LIMIT = 100
_FINDINGS_SHOWN = 20
_DETAIL_LIMIT = 2_000
_ROWS_SHOWN = 200

_MARKS = {"done": "✅", "failed": "❌", "partial": "🟡", "working": "🟡", "planned": "⬜"}
_GATE_MARKS = {"green": "✅", "red": "❌", "error": "❌", "not-applicable": "➖"}


def proposal_title(run: RunRecord, parents: tuple[str, ...]) -> str:
    """A title that says what the branch does: the spec, then the top-level tasks that were worked on.

    >>> proposal_title(RunRecord(spec="parcel-price"), ("Price one parcel", "Command line"))
    'parcel-price: Price one parcel, Command line'
    """
    words = ", ".join(parents) or "implementation"
    return title(f"{run.spec}: {words}", limit=_TITLE_LIMIT)


def block(run: RunRecord) -> str:
    """The Markdown between the markers; every text from outside is escaped."""
    parts = [
        _headline(run),
        _cause(run),
        _gates(run),
        _tasks(run),
        _requirements(run),
        _notes(run),
        _details(run),
    ]
    return "\n\n".join(part for part in parts if part)


def _headline(run: RunRecord) -> str:
    verdict = Verdict(run.verdict)
    tests = run.gate("tests")
    facts = [task_words(run)]
    if tests:
        facts.append(inline(tests["summary"]))
    if (shown := coverage_words(run))["percent"] is not None:
        facts.append(f"coverage {shown['value']} of lines (threshold {percent(shown['threshold'])})")
    mark = "✅" if verdict in {Verdict.DONE, Verdict.ALREADY_DONE} else "⚠️"
    return f"## {mark} Kiro Worker: {verdict}\n\n{MEANINGS[verdict].says} Spec {code(run.spec)} · {' · '.join(facts)}."


def _cause(run: RunRecord) -> str:
    cause = run.cause
    if not cause:
        return ""
    lines = [f"> **{inline(cause['message'], limit=600)}**", ">", f"> {code(cause['code'])}"]
    if cause.get("task"):
        lines[-1] += f" · task {code(cause['task'])}"
    if cause.get("step"):
        lines[-1] += f" · step {code(cause['step'])}"
    for word in ("kept", "next_step"):
        if cause.get(word):
            lines += [">", f"> {'Kept' if word == 'kept' else 'Next'}: {inline(cause[word], limit=600)}"]
    quoted = "\n".join(lines)
    if not cause.get("output"):
        return quoted
    return f"{quoted}\n\n{_folded('Last output', fence(shortened(cause['output'], _DETAIL_LIMIT), 'text'))}"


def _gates(run: RunRecord) -> str:
    if not run.gates:
        return "### Gates\n\nNo gate was run: the run ended before."
    rows = [
        f"| {_GATE_MARKS[gate['color']]} | {inline(gate['gate'])} "
        f"| {inline(gate['summary'])} | {duration(gate['seconds'])} |"
        for gate in run.gates
    ]
    table = "\n".join(["| | Gate | Says | Took |", "| --- | --- | --- | ---: |", *rows])
    findings = [entry for gate in run.gates for entry in _findings(gate)]
    more = len(findings) - _FINDINGS_SHOWN
    shown = findings[:_FINDINGS_SHOWN] + ([f"…and {more} more, in the run's files."] if more > 0 else [])
    return "\n\n".join(["### Gates", table, *shown])


def _findings(gate: Mapping[str, Any]) -> Iterator[str]:
    for finding in gate["findings"]:
        place = f" {code(_place(finding))}" if finding.get("path") else ""
        cure = f"\n  {inline(finding['cure'])}" if finding.get("cure") else ""
        line = f"- **{inline(finding['title'])}**{place}{cure}"
        detail = finding.get("detail", "").strip()
        if detail:
            line += f"\n\n{_folded('What it said', fence(shortened(detail, _DETAIL_LIMIT), 'text'))}"
        yield line


def _place(finding: Mapping[str, Any]) -> str:
    return f"{finding['path']}:{finding['line']}" if finding.get("line") else str(finding["path"])


def _tasks(run: RunRecord) -> str:
    if not run.tasks and not run.before:
        return ""
    rows = [*(_task_row(task, before=True) for task in run.before), *map(_task_row, run.tasks)][:_ROWS_SHOWN]
    table = ["### Tasks", "", "| | Task | Criteria | Commit | Change |", "| --- | --- | --- | --- | --- |", *rows]
    if run.open_besides:
        others = counted(run.open_besides, "other required task")
        table += ["", f"{others} of the spec {'is' if run.open_besides == 1 else 'are'} still open."]
    return "\n".join(table)


def _task_row(task: TaskRecord, *, before: bool = False) -> str:
    commits = " ".join(oid[:10] for oid in task.commits)
    change = f"{counted(task.files, 'file')}, +{task.added} −{task.deleted}" if task.files else ""
    kind = {"checkpoint": " *(checkpoint)*", "must-fail": " *(had to fail first)*"}.get(task.purpose, "")
    kind += " *(by an earlier run)*" if before else ""
    criteria = ", ".join(inline(criterion) for criterion in task.criteria)
    return (
        f"| {_MARKS[task.state]} | {inline(task.id)} {inline(task.title)}{kind} | {criteria} | {commits} | {change} |"
    )


def _requirements(run: RunRecord) -> str:
    rows = evidence(run)
    touched = [row for row in rows if row.tasks]
    if not touched:
        return ""
    lines = ["### Requirements", "", "| Criterion | | Tasks | Commits |", "| --- | --- | --- | --- |"]
    for row in touched[:_ROWS_SHOWN]:
        tasks = ", ".join(f"{_MARKS[task.state]} {inline(task.id)}" for task in row.tasks)
        commits = " ".join(oid[:10] for task in row.tasks for oid in task.commits)
        lines.append(f"| {inline(row.id)} | {inline(row.text, limit=400)} | {tasks} | {commits} |")
    left = len(rows) - len(touched)
    if left:
        told = "1 criterion of the spec is" if left == 1 else f"{left} criteria of the spec are"
        lines += ["", f"{told} referred to by no task of this branch so far."]
    return "\n".join(lines)


def _notes(run: RunRecord) -> str:
    if not run.notes:
        return ""
    return "\n".join(["### Notes", "", *(f"- {inline(note, limit=600)}" for note in run.notes[:_ROWS_SHOWN])])


def _details(run: RunRecord) -> str:
    agent = " ".join(str(run.agent[name]) for name in ("name", "version") if run.agent.get(name))
    spent = ", ".join(f"{value} {name.lower()}" for name, value in spent_words(run))
    facts = [
        ("Run", code(run.run)),
        ("Agent", inline(agent)),
        ("Model", inline(str(run.agent.get("model") or ""))),
        ("Started", inline(run.started)),
        ("Took", f"{duration(run.seconds)}, {counted(run.turns, 'turn')}"),
        ("Spent", inline(spent)),
        ("Fence", str(run.fence)),
        ("Build", f"[open]({run.build_url})" if _is_plain_link(run.build_url) else ""),
        ("Worker", inline(run.version)),
    ]
    return _folded("About this run", "\n".join(f"- {name}: {value}" for name, value in facts if value))


def _is_plain_link(url: str) -> bool:
    return url.startswith(("https://", "http://")) and not any(sign in url for sign in " \n()<>\"'")


def _folded(summary: str, body: str) -> str:
    return f"<details><summary>{html(summary)}</summary>\n\n{body}\n\n</details>"

"""The head of the block: how it came out, in two sentences and one row of figures; and why, where it is not well."""

from kiro_worker.forge.escape import code, fence, inline
from kiro_worker.run.quote import shortened
from kiro_worker.run.record import RunRecord
from kiro_worker.run.report.block.telling import Telling, folded
from kiro_worker.run.report.proof import criteria_words, standings
from kiro_worker.run.report.words import (
    change_words,
    counted,
    coverage_words,
    done_words,
    duration,
    open_words,
    percent,
    spent_words,
    task_words,
    test_words,
)
from kiro_worker.run.verdict import MEANINGS, Verdict

_GOOD = frozenset({Verdict.DONE, Verdict.ALREADY_DONE})
_NAMED = 3


def head(told: Telling) -> str:
    """The verdict, two sentences and the figures."""
    run = told.run
    verdict = Verdict(run.verdict)
    mark = "✅" if verdict in _GOOD else "⚠️"
    sentences = f"{_what(told)} {_how(told, verdict)}"
    return f"## {mark} Kiro Worker: {verdict}\n\n{sentences}\n\n{_figures(told)}"


def _what(told: Telling) -> str:
    """What the branch does, and how much of it is done."""
    run = told.run
    subjects = _subjects(told)
    named = ", ".join(f"*{inline(subject, limit=80)}*" for subject in subjects[:_NAMED])
    more = f" and {len(subjects) - _NAMED} more" if len(subjects) > _NAMED else ""
    about = f": {named}{more}" if named else ""
    size = change_words(run)
    said = f"{done_words(run, code(run.spec))}{f' ({size})' if size else ''}{about}."
    return " ".join(filter(None, (said, open_words(run))))


def _subjects(told: Telling) -> list[str]:
    """What was worked on: requirements where the evidence tells, otherwise tasks."""
    if told.evidence:
        worked = [
            requirement.title
            for requirement in told.evidence.requirements
            if any(task.done for criterion in requirement.criteria for task in criterion.tasks)
        ]
        if worked:
            return list(dict.fromkeys(filter(None, worked)))
    done = [task.title for task in (*told.run.before, *told.run.tasks) if task.state == "done"]
    return [
        task for task in done if task not in {each.title for each in told.run.tasks if each.purpose == "checkpoint"}
    ]


def _how(told: Telling, verdict: Verdict) -> str:
    """Whether it is safe."""
    if verdict not in _GOOD:
        return MEANINGS[verdict].says
    run = told.run
    change = coverage_words(run).get("change")
    facts = (
        _tests_said(run),
        f"tests run {percent(change)} of the changed lines" if change is not None else "",
        criteria_words(standings(told.evidence.criteria)) if told.evidence else "",
    )
    said = "; ".join(filter(None, facts))
    return f"{said[0].upper()}{said[1:]}." if said else MEANINGS[verdict].says


def _tests_said(run: RunRecord) -> str:
    gate = run.gate("tests")
    if gate is None:
        return ""
    counts = gate.get("tests") or {}
    if not counts.get("counted") or counts["failed"] + counts["errors"]:
        return inline(gate["summary"])
    new = f" ({counts['new']} new)" if counts.get("new") else ""
    return f"{'all ' if counts['passed'] > 1 else ''}{counted(counts['passed'], 'test')} passed{new}"


def _figures(told: Telling) -> str:
    run = told.run
    tests, coverage = test_words(run), coverage_words(run)
    spent = ", ".join(f"{value} {name.lower()}" for name, value in spent_words(run))
    cells = [("Tasks", task_words(run))]
    if told.evidence:
        found = standings(told.evidence.criteria)
        cells.append(("Criteria proved", f"{found.get('proved', 0)} of {sum(found.values())}"))
    cells.append(("Tests", f"{tests['value']} {tests['unit']}"))
    if coverage.get("change") is not None:
        cells.append(("Coverage of the change", f"{percent(coverage['change'])} ({coverage['change_unit']})"))
    if coverage["percent"] is not None:
        cells.append(("Coverage", f"{coverage['way']} (threshold {percent(coverage['threshold'])})"))
    cells.append(("Took", duration(run.seconds) + (f", {spent}" if spent else "")))
    names, values = zip(*cells, strict=True)
    rows = [names, ["---"] * len(names), [inline(value) for value in values]]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def cause(told: Telling) -> str:
    """Why it ended so; nothing for a good verdict."""
    why = told.run.cause
    if not why:
        return ""
    lines = [f"> **{inline(why['message'], limit=600)}**", ">", f"> {code(why['code'])}"]
    if why.get("task"):
        lines[-1] += f" · task {code(why['task'])}"
    if why.get("step"):
        lines[-1] += f" · step {code(why['step'])}"
    for word in ("kept", "next_step"):
        if why.get(word):
            lines += [">", f"> {'Kept' if word == 'kept' else 'Next'}: {inline(why[word], limit=600)}"]
    quoted = "\n".join(lines)
    if not why.get("output"):
        return quoted
    return f"{quoted}\n\n{folded('Last output', fence(shortened(why['output'], told.detail.log), 'text'))}"

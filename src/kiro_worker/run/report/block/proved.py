"""The heart of the block: requirement by requirement, what was done for each criterion and what shows it."""

from collections.abc import Iterable, Iterator

from kiro_worker.evidence.model import CriterionEvidence, FileBacking, RequirementEvidence
from kiro_worker.forge.escape import inline
from kiro_worker.run.report.block.detail import Row
from kiro_worker.run.report.block.telling import Telling, folded
from kiro_worker.run.report.proof import (
    OPEN,
    Cases,
    cases_of,
    criteria_words,
    first_range,
    standing,
    standings,
    standings_words,
    test_facts,
    worst,
)
from kiro_worker.run.report.words import counted, evidence

_MARKS = {"proved": "✅", "weak": "🟡", "missing": "❌", "stale": "🕒", "not-testable": "👤", OPEN: "⬜"}
_LEGEND = {
    "proved": "a test that names the criterion passes, and fails without the change",
    "weak": "weakly shown",
    "missing": "nothing shows it",
    "stale": "out of date",
    "not-testable": "no test can show it here",
    OPEN: "its tasks are open",
}
_HEADING = ("| | Criterion | Task and commit | Tests | Lines run |", "| --- | --- | --- | --- | --- |")
_RESULTS = {"passed": "✅", "failed": "❌", "error": "❌", "skipped": "⏭️"}
_ROWS_SHOWN = 200
_TASKS = 8


def proved(told: Telling) -> str:
    """The section; without evidence, which tasks refer to which criterion."""
    if told.evidence is None:
        return _referred(told)
    requirements = told.evidence.requirements
    if not requirements:
        return ""
    found = standings(told.evidence.criteria)
    words = criteria_words(found)
    legend = " · ".join(f"{_MARKS[state]} {meaning}" for state, meaning in _LEGEND.items() if state in found)
    parts = [f"### Evidence\n\n{words[0].upper()}{words[1:]}.\n\n<sub>{legend}</sub>"]
    parts += [_requirement(told, requirement) for requirement in requirements]
    return "\n\n".join(_joined(parts))


def _joined(parts: Iterable[str]) -> Iterator[str]:
    """Requirements of a single line each stand in one list."""
    lines: list[str] = []
    for part in parts:
        if part.startswith("- "):
            lines.append(part)
            continue
        if lines:
            yield "\n".join(lines)
            lines = []
        yield part
    if lines:
        yield "\n".join(lines)


def _requirement(told: Telling, requirement: RequirementEvidence) -> str:
    words = standings_words(standings(requirement.criteria))
    title = f"{_MARKS[worst(requirement)]} {requirement.id} {requirement.title}: {words}"
    rows, lines = [], []
    for criterion in requirement.criteria:
        state = standing(criterion)
        detail = told.detail.proved if state in {"proved", OPEN} else told.detail.rest
        if detail is not None and detail.text:
            rows.append(_row(told, criterion, detail))
        elif detail is not None:
            lines.append(_line(told, criterion, detail))
    if not rows and not lines:
        return f"- {inline(title, limit=160)}"
    table = "\n".join([*_HEADING, *rows]) if rows else ""
    return folded(title, "\n\n".join(filter(None, (table, "\n".join(lines)))))


def _row(told: Telling, criterion: CriterionEvidence, row: Row) -> str:
    state = standing(criterion)
    left_tests, left_files = criterion.tests_left_out, criterion.files_left_out
    why = f"<br>*{inline(criterion.why, limit=300)}*" if criterion.why and state != "proved" else ""
    cells = (
        _MARKS[state],
        f"**{inline(criterion.id)}** {inline(criterion.text, limit=row.text)}{why}",
        _work(told, criterion, row),
        "<br>".join(
            _some([_test(told, each, row) for each in cases_of(criterion.tests)], row.tests, "test", left_tests)
        ),
        "<br>".join(
            _some([_file(told, each, row) for each in _weighty(criterion.files)], row.files, "file", left_files)
        ),
    )
    return f"| {' | '.join(cells)} |"


def _line(told: Telling, criterion: CriterionEvidence, row: Row) -> str:
    """One line: its first tests and commits; GitHub makes a link of a commit's bare name."""
    state = standing(criterion)
    why = inline(criterion.why, limit=120) if state != "proved" else ""
    tests = [told.file(each.name, each.test.path, each.test.line, short=True) for each in cases_of(criterion.tests)]
    told_tests = " ".join(_some(tests, row.tests, "test", criterion.tests_left_out))
    commits = " ".join(_some([inline(oid[:10]) for oid in criterion.commits], row.commits, "commit"))
    return " ".join(filter(None, (f"- {_MARKS[state]} {inline(criterion.id)}", why, told_tests, commits)))


def _work(told: Telling, criterion: CriterionEvidence, row: Row) -> str:
    ids = [f"{'' if task.done else '⬜ '}{inline(task.id)}" for task in criterion.tasks]
    tasks = ", ".join(_some(ids, _TASKS, "task"))
    commits = [told.commit(oid, short=row.short) for oid in criterion.commits]
    return "<br>".join(filter(None, (tasks, " ".join(_some(commits, row.commits, "commit")))))


def _test(told: Telling, cases: Cases, row: Row) -> str:
    test = cases.test
    name = told.file(cases.name, test.path, test.line, short=row.short)
    result = "" if test.result == "passed" else f"**{inline(test.result)}**"
    facts = ", ".join(filter(None, (result, test_facts(test))))
    return f"{_RESULTS.get(test.result, '')} {name}{f': {facts}' if facts else ''}".strip()


def _weighty(files: Iterable[FileBacking]) -> list[FileBacking]:
    """Those that tests can run through: least covered first, so that what is cut is what is well."""
    return sorted((file for file in files if file.total), key=lambda file: (file.covered - file.total, file.path))


def _file(told: Telling, file: FileBacking, row: Row) -> str:
    # A cell is narrow, and a link tells the folder to those who ask.
    name = file.path.rpartition("/")[2] if told.web else file.path
    link = told.file(name, file.path, *first_range(file.lines), short=row.short)
    return f"{link} {file.covered} of {file.total}"


def _some(shown: list[str], limit: int, noun: str, left_out: int = 0) -> list[str]:
    """The first of them; the others, and those that the evidence itself left out, are counted."""
    more = max(0, len(shown) - limit) + left_out
    if not more:
        return shown
    return [*shown[:limit], f"+{more} more" if limit and shown else counted(more, noun)]


def _referred(told: Telling) -> str:
    rows = evidence(told.run)
    touched = [row for row in rows if row.tasks]
    if not touched:
        return ""
    lines = ["### Requirements", "", "| Criterion | | Tasks | Commits |", "| --- | --- | --- | --- |"]
    for row in touched[: told.detail.tasks or _ROWS_SHOWN // 10]:
        tasks = ", ".join(f"{'✅' if task.state == 'done' else '🟡'} {inline(task.id)}" for task in row.tasks)
        commits = " ".join(told.commit(oid) for task in row.tasks for oid in task.commits)
        lines.append(f"| {inline(row.id)} | {inline(row.text, limit=400)} | {tasks} | {commits} |")
    left = len(rows) - len(touched)
    if left:
        said = "1 criterion of the spec is" if left == 1 else f"{left} criteria of the spec are"
        lines += ["", f"{said} referred to by no task of this branch so far."]
    return "\n".join(lines)

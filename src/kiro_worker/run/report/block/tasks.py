"""Tasks that are done and that are left, with their commits."""

from kiro_worker.forge.escape import inline
from kiro_worker.run.record import TaskRecord
from kiro_worker.run.report.block.telling import Telling, folded
from kiro_worker.run.report.words import counted, open_words, task_words

_MARKS = {"done": "✅", "failed": "❌", "partial": "🟡", "working": "🟡", "planned": "⬜"}
_HEADING = ["| | Task | Criteria | Commit | Change |", "| --- | --- | --- | --- | --- |"]
_MOST = 100
# Of the criteria and the commits of one task.
_NAMED = 12


def tasks(told: Telling) -> str:
    """What is left, for everybody to see; what is done, folded."""
    run = told.run
    if not run.tasks and not run.before:
        return ""
    early = frozenset(task.id for task in run.before)
    every = (*run.before, *run.tasks)
    left = [task for task in every if task.state != "done"]
    done = [task for task in every if task.state == "done"]
    # Where nothing is left, the fold says as much.
    parts = ["### Tasks", *([_words(told, left)] if left or run.open_besides else [])]
    if left:
        parts.append(_table(told, left[:_MOST], early))
    if shown := done[: told.detail.tasks]:
        title = f"{counted(len(done), 'task')} done"
        title += f", the first {len(shown)} of them" if len(shown) < len(done) else ""
        parts.append(folded(title, _table(told, shown, early)))
    return "\n\n".join(parts)


def _words(told: Telling, left: list[TaskRecord]) -> str:
    words = f"{task_words(told.run)} done." if "before" not in task_words(told.run) else f"{task_words(told.run)}."
    if len(left) > _MOST:
        words += f" The first {_MOST} of {len(left)} that are left:"
    return " ".join(filter(None, (words, open_words(told.run))))


def _table(told: Telling, shown: list[TaskRecord], early: frozenset[str]) -> str:
    return "\n".join([*_HEADING, *(_row(told, task, before=task.id in early) for task in shown)])


def _row(told: Telling, task: TaskRecord, *, before: bool) -> str:
    commits = " ".join(told.commit(oid, short=True) for oid in task.commits[:_NAMED]) + _more(len(task.commits))
    change = f"{counted(task.files, 'file')}, +{task.added} −{task.deleted}" if task.files else ""
    kind = {"checkpoint": " *(checkpoint)*", "must-fail": " *(had to fail first)*"}.get(task.purpose, "")
    kind += " *(by an earlier run)*" if before else ""
    criteria = ", ".join(inline(criterion) for criterion in task.criteria[:_NAMED]) + _more(len(task.criteria))
    return (
        f"| {_MARKS[task.state]} | {inline(task.id)} {inline(task.title)}{kind} | {criteria} | {commits} | {change} |"
    )


def _more(number: int) -> str:
    return f" +{number - _NAMED} more" if number > _NAMED else ""

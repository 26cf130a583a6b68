"""A run in a few plain lines: for a terminal, a build's log and `summary.md`."""

from collections.abc import Iterator

from kiro_worker.forge.escape import visible
from kiro_worker.run.record import RunRecord
from kiro_worker.run.report.words import counted, duration, spent_words
from kiro_worker.run.verdict import MEANINGS, Verdict

_MARKS = {"done": "x", "failed": "!", "partial": "~", "working": "~", "planned": " "}


def summary(run: RunRecord) -> str:
    """The run, line by line; readable as text and as Markdown, without a code that a terminal would obey."""
    return visible("\n".join(_lines(run)) + "\n")


def _lines(run: RunRecord) -> Iterator[str]:
    says = MEANINGS[Verdict(run.verdict)].says if run.verdict else "It is still at work."
    yield f"# {run.verdict or 'RUNNING'}: {run.spec or 'no spec'} on {run.branch or 'no branch'}"
    yield ""
    yield says
    if run.cause:
        yield from _cause(run)
    if run.before:
        yield ""
        yield f"Done by earlier runs: {', '.join(task.id for task in run.before)}"
    if run.tasks:
        yield ""
        yield f"Tasks ({len(run.done)} of {len(run.tasks)} done):"
        yield ""
        for task in run.tasks:
            change = f"  ({counted(task.files, 'file')}, +{task.added} -{task.deleted})" if task.files else ""
            yield f"- [{_MARKS[task.state]}] {task.id} {task.title}{change}"
    if run.gates:
        yield ""
        yield "Gates:"
        yield ""
        for gate in run.gates:
            yield f"- {gate['gate']}: {gate['color']}. {gate['summary']}"
            for finding in gate["findings"]:
                yield f"  - {finding['title']}"
    yield ""
    if run.pull_request:
        draft = " (draft)" if run.pull_request.draft else ""
        yield f"Pull request: {run.pull_request.url}{draft}, {run.pull_request.change}"
    if run.commits:
        yield f"Commits: {len(run.commits)}, the last is {run.commits[-1].oid[:10]}"
    spent = ", ".join(f"{value} {name.lower()}" for name, value in spent_words(run))
    yield f"Took {duration(run.seconds) or 'no time'}, {counted(run.turns, 'turn')}{', ' + spent if spent else ''}."
    if run.kept_workspace:
        yield f"The working tree is kept in {run.kept_workspace}"
    for note in run.notes:
        yield f"Note: {note}"
    yield f"Run: {run.run}"


def _cause(run: RunRecord) -> Iterator[str]:
    assert run.cause is not None
    cause = run.cause
    yield ""
    place = ", ".join(f"{name} {cause[name]}" for name in ("task", "step") if cause.get(name))
    yield f"{cause['code']}{f' ({place})' if place else ''}: {cause['message']}"
    for name, word in (("kept", "kept"), ("next_step", "next")):
        if cause.get(name):
            yield f"  {word}: {cause[name]}"
    if cause.get("output"):
        yield ""
        yield from (f"    {line}" for line in str(cause["output"]).splitlines()[-20:])

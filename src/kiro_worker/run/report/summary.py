"""A run in a few plain lines: for a terminal, a build's log and `summary.md`."""

from collections.abc import Iterator

from kiro_worker.forge.escape import visible
from kiro_worker.run.record import RunRecord, is_of_what_was_stopped
from kiro_worker.run.report.concern import Concern, Item, Weight, concerns
from kiro_worker.run.report.proof import proof, standings, standings_words, worst
from kiro_worker.run.report.words import (
    change_of_tests,
    change_words,
    counted,
    duration,
    looked_words,
    note_words,
    open_words,
    spent_words,
)
from kiro_worker.run.verdict import MEANINGS, Verdict

_MARKS = {"done": "x", "failed": "!", "partial": "~", "working": "~", "planned": " "}
_WEIGHTS = {Weight.BLOCKS: "!", Weight.LOOK: "?", Weight.KNOW: "-"}
_ITEMS_SHOWN = 5
_REQUIREMENTS_SHOWN = 20


def summary(run: RunRecord) -> str:
    """The run, line by line; readable as text and as Markdown, without a code that a terminal would obey."""
    return visible("\n".join(_lines(run)) + "\n")


def _lines(run: RunRecord) -> Iterator[str]:
    says = MEANINGS[Verdict(run.verdict)].says if run.verdict else "It is still at work."
    # A run that ends before it has read the spec has nothing to say about it.
    what = f"{run.spec} on {run.branch}" if run.spec and run.branch else run.spec or run.branch or run.run
    yield f"# {run.verdict or 'RUNNING'}: {what}"
    yield ""
    yield says
    if run.cause:
        yield from _cause(run)
    yield from _eyes(concerns(run))
    yield from _evidence(run)
    yield from _tasks(run)
    yield from _gates(run)
    yield ""
    yield from _ends(run)


def _eyes(found: tuple[Concern, ...]) -> Iterator[str]:
    """What a person has to look at; a mark tells what blocks."""
    if not found:
        return
    yield ""
    yield "Look at this first (! blocks, ? is yours to judge, - is good to know):"
    yield ""
    for concern in found:
        head = f"- [{_WEIGHTS[concern.weight]}] {concern.title}"
        many = f" ({concern.count})" if concern.count > 1 else ""
        if len(concern.items) == 1 and not concern.left_out:
            yield f"{head}{many}: {_item(concern.items[0])}"
            continue
        yield f"{head}{many}"
        shown = concern.items[:_ITEMS_SHOWN]
        yield from (f"  - {_item(item)}" for item in shown)
        if more := concern.count - sum(item.number for item in shown):
            yield f"  - and {more} more"


def _item(item: Item) -> str:
    place = f"{item.path}:{item.line}" if item.line else item.path
    # Many a tool begins its words with the path.
    text = item.text.removeprefix(item.path).lstrip(": ") if item.path else item.text
    return " ".join(filter(None, (item.lead, place, text)))


def _evidence(run: RunRecord) -> Iterator[str]:
    """How many criteria are proved, and which requirements are not wholly."""
    evidence = proof(run)
    if evidence is None or not evidence.requirements:
        return
    yield ""
    yield f"Criteria: {standings_words(standings(evidence.criteria))}"
    rest = [each for each in evidence.requirements if worst(each) != "proved"]
    if rest:
        yield ""
    for requirement in rest[:_REQUIREMENTS_SHOWN]:
        yield f"- {requirement.id} {requirement.title}: {standings_words(standings(requirement.criteria))}"
    if len(rest) > _REQUIREMENTS_SHOWN:
        yield f"- and {len(rest) - _REQUIREMENTS_SHOWN} requirements more"


def _tasks(run: RunRecord) -> Iterator[str]:
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
    if others := open_words(run):
        yield ""
        yield others


def _gates(run: RunRecord) -> Iterator[str]:
    """One line each; what they found stands above, among what to look at."""
    if not run.gates:
        return
    yield ""
    yield "Gates:"
    yield ""
    for gate in run.gates:
        yield f"- {gate['gate']}: {gate['color']}. {gate['summary']}{_besides(run, gate['gate'])}"
    if looked := looked_words(run):
        yield ""
        yield looked


def _besides(run: RunRecord, gate: str) -> str:
    """What became of the tests against the base."""
    told = change_of_tests(run) if gate == "tests" else ""
    return f" ({told})" if told else ""


def _ends(run: RunRecord) -> Iterator[str]:
    if run.pull_request:
        draft = " (draft)" if run.pull_request.draft else ""
        yield f"Pull request: {run.pull_request.url}{draft}, {run.pull_request.change}"
    if run.commits:
        yield f"Commits: {len(run.commits)}, the last is {run.commits[-1].oid[:10]}"
    if run.change:
        yield f"Change: {change_words(run)}"
    spent = ", ".join(f"{value} {name.lower()}" for name, value in spent_words(run))
    yield f"Took {duration(run.seconds) or 'no time'}, {counted(run.turns, 'turn')}{', ' + spent if spent else ''}."
    if run.build_url:
        yield f"Build: {run.build_url}"
    if run.kept_workspace:
        yield f"The working tree is kept in {run.kept_workspace}"
    # What the agent was not let do stands above, among what to look at.
    for note in note_words(note for note in run.notes if not is_of_what_was_stopped(note)):
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

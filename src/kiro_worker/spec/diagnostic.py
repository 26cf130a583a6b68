"""What a reader has to say about a document: a stable code, a place, what is wrong and how to cure it.

A reader never raises and never drops a line silently; whatever it could not take as written becomes one of these.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

_SHOWN = 80


class Severity(StrEnum):
    """How much a diagnostic matters: an error means the document does not say what its author thinks it says."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Rule(NamedTuple):
    """What is fixed about one kind of diagnostic; `{…}` in its sentences stands for a fact of the case."""

    severity: Severity
    message: str
    cure: str


class Diagnostic(NamedTuple):
    """One thing to tell about one place.

    Attributes:
        code: stable and dotted, for machines, settings and the docs.
        document: the file's name within the spec's folder.
        line: counted from 1; 0 when the whole spec is meant.
        column: counted from 1, in characters.
        cure: what to do, as text to write where possible.
    """

    code: str
    severity: Severity
    document: str
    line: int
    column: int
    message: str
    cure: str


_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

RULES: Mapping[str, Rule] = MappingProxyType({
    "document.not-utf8": Rule(
        _ERROR,
        "A byte here is not UTF-8; it is read as U+FFFD.",
        "Save the file as UTF-8.",
    ),
    "document.not-text": Rule(
        _ERROR,
        "The file holds NUL characters, so it is probably UTF-16 or not a text at all.",
        "Save the file as UTF-8.",
    ),
    "document.mixed-line-ends": Rule(
        _INFO,
        "Lines end in different ways here; each is kept as it is.",
        "Let the editor or .gitattributes settle on one.",
    ),
    "document.fence-unclosed": Rule(
        _WARNING,
        "The code fence opened here is never closed, so it is read as ordinary text.",
        "Close it with a line of the same marks.",
    ),
    "document.unresolved-merge": Rule(
        _ERROR,
        "A merge was not resolved here: both sides stand in the file, up to line {last}.",
        "Keep what is right of the two, and remove the lines of <<<<<<<, ======= and >>>>>>>.",
    ),
    "tasks.none": Rule(
        _WARNING,
        "No line of this file is a task to Kiro.",
        "Write each task as: - [ ] 1. Title",
    ),
    "tasks.not-a-task": Rule(
        _ERROR,
        "This looks like a task, but Kiro does not read it as one ({reason}).",
        "Write: {line}",
    ),
    "tasks.box-in-words": Rule(
        _INFO,
        "This item begins with words in brackets; it is text, not a task.",
        "Nothing to do, unless a task was meant: - [ ] 1. Title",
    ),
    "tasks.empty-title": Rule(
        _ERROR,
        "This task has no title.",
        "Say what is to be done, or delete the line.",
    ),
    "tasks.number-doubled": Rule(
        _ERROR,
        "Task number {number} was used before, on line {first}; this one is known as {id}.",
        "Give it a number of its own.",
    ),
    "tasks.number-cut": Rule(
        _ERROR,
        "Kiro reads number {number} here, not {meant}.",
        "Write: {line}",
    ),
    "tasks.number-hidden": Rule(
        _WARNING,
        "Kiro sees no number in this title, so the task stands outside the numbered order.",
        "Write: {line}",
    ),
    "tasks.number-of-prose": Rule(
        _INFO,
        "Kiro reads {number} as the number of this task.",
        "If it is part of the title, put a word or a number before it.",
    ),
    "tasks.star-misplaced": Rule(
        _ERROR,
        "The star stands behind the number, so Kiro reads task {number}, and reads it as required.",
        "Write: {line}",
    ),
    "tasks.optional-in-words": Rule(
        _INFO,
        "The title says optional, but without a star the task is required.",
        "Write: {line}",
    ),
    "tasks.parent-missing": Rule(
        _INFO,
        "Task {number} has no parent task {parent}, so it stands on the top level.",
        "Nothing to do, unless line `- [ ] {parent}. …` was lost.",
    ),
    "tasks.moved-to-top": Rule(
        _WARNING,
        "This task has no number, so Kiro takes it out of task {parent}, along with the lines behind it.",
        "Give it a number below {parent}, or make it a plain bullet.",
    ),
    "tasks.swallowed": Rule(
        _WARNING,
        "Task {number} is indented under a task without a number, so Kiro files it there, whatever its number says.",
        "Move it out, or give line {line_above} a number.",
    ),
    "tasks.indent-disagrees": Rule(
        _INFO,
        "This task is indented under {above}, but its number puts it {place}; the number wins.",
        "Correct the number or the indentation.",
    ),
    "tasks.in-fence": Rule(
        _WARNING,
        "This task stands inside a code fence; Kiro counts it all the same.",
        "Take it out of the fence, or write the example without a check box.",
    ),
    "tasks.in-comment": Rule(
        _WARNING,
        "This task stands inside an HTML comment; Kiro counts it all the same.",
        "Take it out of the comment, or delete it.",
    ),
    "tasks.heading": Rule(
        _INFO,
        "This heading is numbered like a task, but only check boxes are tasks.",
        "If it is one, write: {line}",
    ),
    "waves.not-read": Rule(
        _WARNING,
        "The task dependency graph cannot be used ({reason}), so tasks are taken in the order of the document.",
        'Write a fence directly below the heading, with {{"waves": [{{"id": 0, "tasks": ["1.1"]}}]}}.',
    ),
    "waves.other-shape": Rule(
        _INFO,
        "This looks like an order of tasks ({shape}), but not in the form that Kiro reads.",
        'Use the heading `Task Dependency Graph` and a fence with {{"waves": [{{"id": 0, "tasks": ["1.1"]}}]}}.',
    ),
    "requirements.none": Rule(
        _WARNING,
        "No requirement with acceptance criteria was found.",
        "Write each as `### Requirement 1: Title` with a numbered list of criteria.",
    ),
    "requirements.number-doubled": Rule(
        _ERROR,
        "Requirement {number} was used before, on line {first}; this one is known as {id}.",
        "Give it a number of its own.",
    ),
    "requirements.without-criteria": Rule(
        _WARNING,
        "Requirement {number} has no acceptance criteria, so nothing can prove it.",
        "Add a numbered list of them below the heading.",
    ),
    "requirements.criterion-doubled": Rule(
        _ERROR,
        "Criterion {number} was used before, on line {first}; this one is known as {id}.",
        "Give it a number of its own.",
    ),
    "requirements.criterion-misplaced": Rule(
        _WARNING,
        "This criterion is numbered {written}, but stands in requirement {requirement}; it is known as {id}.",
        "Correct its number, or move it.",
    ),
    "reference.dangling": Rule(
        _ERROR,
        "Task {task} refers to {reference}, which {document} does not have.",
        "Correct the reference, or write the criterion.",
    ),
    "reference.property-dangling": Rule(
        _ERROR,
        "{source} refers to property {reference}, which design.md does not have.",
        "Correct the reference, or write the property.",
    ),
    "design.property-doubled": Rule(
        _WARNING,
        "Property {number} was used before, on line {first}.",
        "Give it a number of its own.",
    ),
    "design.reference-dangling": Rule(
        _WARNING,
        "Property {number} validates {reference}, which {document} does not have.",
        "Correct the reference, or write the criterion.",
    ),
    "config.not-json": Rule(
        _WARNING,
        "This is not a JSON object ({reason}), so nothing of it is used.",
        'Write: {{"specId": "…", "workflowType": "requirements-first", "specType": "feature"}}',
    ),
    "config.unknown-value": Rule(
        _WARNING,
        "{key} is {value}, which is not known.",
        "Use one of: {known}.",
    ),
    "spec.missing": Rule(
        _WARNING,
        "The spec has no {document}.",
        "{cure}",
    ),
    "spec.two-kinds": Rule(
        _WARNING,
        "The spec has both requirements.md and bugfix.md; {used} is used.",
        "Keep one of them, or set specType in .config.kiro.",
    ),
    "spec.other-name": Rule(
        _WARNING,
        "{document} is not read; names are compared letter by letter.",
        "Rename it to {known}.",
    ),
})  # fmt: skip


def diagnose(code: str, document: str, line: int, column: int = 1, /, **facts: object) -> Diagnostic:
    """Tell about one place, with the rule's own severity and sentences.

    >>> diagnose("tasks.none", "tasks.md", 1).severity
    <Severity.WARNING: 'warning'>
    """
    rule = RULES[code]
    told = {name: shown(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}
    return Diagnostic(
        code, rule.severity, document, line, column, rule.message.format(**told), rule.cure.format(**told)
    )


def shown(text: str) -> str:
    """A piece of somebody's document, short enough and plain enough to stand in a sentence."""
    kept = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    if kept.isprintable():
        return kept
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in kept)


def in_order(diagnostic: Diagnostic) -> tuple[int, int, str]:
    """The sorting key for a document's diagnostics: by place, then by code."""
    return diagnostic.line, diagnostic.column, diagnostic.code

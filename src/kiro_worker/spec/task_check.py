"""What is odd about a list of tasks: where Kiro's reading and a person's are likely to differ."""

import re
from collections.abc import Iterator, Sequence

from kiro_worker.expression import Expression
from kiro_worker.spec import vocabulary
from kiro_worker.spec.diagnostic import Diagnostic, diagnose
from kiro_worker.spec.document import SPACE
from kiro_worker.spec.outline import Outline
from kiro_worker.spec.task import Status, Task

_HIDDEN = Expression(
    rf"[*_`\[(#]*+(?:(?P<word>[^\W\d_]{{1,12}})[{SPACE}#-]*+)?(?P<number>[0-9]{{1,4}}(?:[.-][0-9]{{1,4}})*)[*_`\])]*+[.):\uff1a\u3001]?+[*_`]*+"
    rf"[{SPACE}](?P<title>[^\n]*)"
)
_MEANT = Expression(r"(?P<number>[0-9]+(?:\.[0-9]+)*)(?P<star>\\?\*)?(?P<rest>[^\n]*)")
_OPTIONAL = Expression(
    r"[(\uff08\[](?:optional|任意|可选|可選|オプション|opcional|optionnel|optionnelle|선택)[)\uff09\]]", re.IGNORECASE
)
_MARKS = {Status.PENDING: " ", Status.QUEUED: "~", Status.IN_PROGRESS: "-", Status.DONE: "x"}


def check(name: str, shape: Outline, tasks: Sequence[Task], odd: Sequence[int]) -> Iterator[Diagnostic]:
    """Everything to tell about the tasks of a document, rule by rule.

    Args:
        name: of the document.
        shape: its outline.
        tasks: in its order.
        odd: places in `tasks` of those with a blank title or a number that Kiro cuts short.
    """
    if not tasks:
        yield diagnose("tasks.none", name, 1)
        return
    yield from _hidden_numbers(name, tasks)
    yield from _doubled(name, tasks)
    yield from (_odd(name, tasks[at]) for at in odd)
    yield from _prose(name, tasks)
    yield from _orphans(name, tasks)
    yield from _titles(name, tasks)
    yield from _places(name, tasks)
    yield from _blocks(name, shape, tasks)
    yield from _headings(name, shape, tasks)


def _hidden_numbers(name: str, tasks: Sequence[Task]) -> Iterator[Diagnostic]:
    for task in [task for task in tasks if not task.number]:
        if hidden := _hidden(task):
            yield diagnose("tasks.number-hidden", name, task.line, task.indent + 1, line=hidden)


def _doubled(name: str, tasks: Sequence[Task]) -> Iterator[Diagnostic]:
    doubled = [task for task in tasks if task.number and task.id != task.number]
    first = {task.id: task.line for task in tasks} if doubled else {}
    for task in doubled:
        line = first[task.number]
        facts = {"number": task.number, "first": line, "id": task.id}
        yield diagnose("tasks.number-doubled", name, task.line, task.indent + 1, **facts)


def _hidden(task: Task) -> str:
    found = _HIDDEN.match(task.text)
    if not found or (found["word"] and found["word"].casefold() not in vocabulary.TASK):
        return ""
    if task.text[:1].isdigit() and found["number"].isdigit() and task.text[found.end("number")] in SPACE:
        return ""
    number = found["number"].replace("-", ".")
    return _line(task, f"{number if '.' in number else number + '.'} {found['title'].rstrip('*_` ')}")


def _line(task: Task, text: str, *, optional: bool = False) -> str:
    star = "*" if task.optional or optional else ""
    return f"- [{_MARKS[task.status]}]{star} {text}"


def _odd(name: str, task: Task) -> Diagnostic:
    """A blank title, or `7.9*` and `1.2a`, where Kiro takes what stands before the last dot."""
    meant = _MEANT.match(task.text)
    if not meant:
        return diagnose("tasks.empty-title", name, task.line, task.indent + 1)
    number, rest = meant["number"], meant["rest"].strip(SPACE)
    if meant["star"]:
        line = _line(task, f"{number} {rest}", optional=True)
        return diagnose("tasks.star-misplaced", name, task.line, task.indent + 1, number=task.number, line=line)
    whole = (number + meant["rest"]).split(maxsplit=1)
    line = _line(task, " ".join((number, *(whole[1:] or ["Title"]))))
    return diagnose("tasks.number-cut", name, task.line, task.indent + 1, number=task.number, meant=whole[0], line=line)


def _prose(name: str, tasks: Sequence[Task]) -> Iterator[Diagnostic]:
    """`- [ ] 404 page` among tasks that are written `1.`, `2.` …"""
    tops = [task for task in tasks if task.number and "." not in task.number]
    bare = [task for task in tops if task.text[len(task.number)] != "."]
    if 0 < len(bare) < len(tops) / 2:
        for task in bare:
            yield diagnose("tasks.number-of-prose", name, task.line, task.indent + 1, number=task.number)


def _orphans(name: str, tasks: Sequence[Task]) -> Iterator[Diagnostic]:
    orphans = [task for task in tasks if task.parent is None and "." in task.number]
    known = {task.number for task in tasks} if orphans else set()
    for task in orphans:
        above = task.number.rpartition(".")[0]
        if above not in known:
            known.add(above)
            facts = {"number": task.number, "parent": above}
            yield diagnose("tasks.parent-missing", name, task.line, task.indent + 1, **facts)


def _titles(name: str, tasks: Sequence[Task]) -> Iterator[Diagnostic]:
    bracketed = [task for task in tasks if "(" in task.text or "\uff08" in task.text]
    for task in bracketed:
        if not task.optional and _OPTIONAL.search(task.text):
            line = _line(task, task.text, optional=True)
            yield diagnose("tasks.optional-in-words", name, task.line, task.indent + 1, line=line)


def _places(name: str, tasks: Sequence[Task]) -> Iterator[Diagnostic]:
    """Where the tree of numbers and the picture that the indentation draws are not the same."""
    around: list[Task] = []
    for task in tasks:
        while around and task.indent <= around[-1].indent:
            around.pop()
        if around and (task.parent != around[-1].id or not around[-1].number):
            yield from _misplaced(name, task, around[-1])
        around.append(task)


def _misplaced(name: str, task: Task, above: Task) -> Iterator[Diagnostic]:
    place = name, task.line, task.indent + 1
    if task.parent == above.id:
        if task.number:
            yield diagnose("tasks.swallowed", *place, number=task.number, line_above=above.line)
    elif not task.number:
        yield diagnose("tasks.moved-to-top", *place, parent=above.id)
    elif above.number != task.number.rpartition(".")[0]:
        under = f"under {task.parent}" if task.parent else "on the top level"
        yield diagnose("tasks.indent-disagrees", *place, above=above.id, place=under)


def _blocks(name: str, shape: Outline, tasks: Sequence[Task]) -> Iterator[Diagnostic]:
    if not (shape.fences or shape.comments):
        return
    for task in tasks:
        if shape.in_fence(task.line - 1):
            yield diagnose("tasks.in-fence", name, task.line, task.indent + 1)
        elif shape.in_comment(task.line - 1):
            yield diagnose("tasks.in-comment", name, task.line, task.indent + 1)


def _headings(name: str, shape: Outline, tasks: Sequence[Task]) -> Iterator[Diagnostic]:
    """`### Task 1.1: Title` without a check box, unless it only stands above the tasks of that number."""
    named = [(heading, found) for heading in shape.headings if (found := _HIDDEN.match(heading.text + " "))]
    named = [(heading, found) for heading, found in named if (found["word"] or "").casefold() in vocabulary.TASK]
    known = {task.number for task in tasks} | {task.number.rpartition(".")[0] for task in tasks} if named else set()
    for heading, found in named:
        number = found["number"].replace("-", ".")
        if number not in known:
            line = f"- [ ] {number if '.' in number else number + '.'} {found['title'].strip()}"
            yield diagnose("tasks.heading", name, heading.line + 1, line=line)

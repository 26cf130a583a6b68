r"""A spec in one file: `TASK.md`, as people without a spec write it, read as one task with numbered criteria.

Its form is that of a note: a title, what is to be reached, constraints, and bullets below "Acceptance Criteria".
Nothing else on the branch says what has been done, so the worker's own tick is a last line of the file.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from kiro_worker.expression import Expression
from kiro_worker.spec import annotation, vocabulary
from kiro_worker.spec.config_file import SpecKind
from kiro_worker.spec.criterion import Criterion, Requirement, RequirementList
from kiro_worker.spec.detail import DetailLine
from kiro_worker.spec.document import Document
from kiro_worker.spec.task import Status, Task, TaskList

TASK_FILE = "TASK.md"
"""Also what such a spec is called: no folder below `.kiro/specs` can be."""

TASK_ID = "1"

_DONE = "<!-- kiro-worker:done -->"
_IS_DONE = Expression(r"^[ \t]*<!-- kiro-worker:done -->[ \t]*$", re.MULTILINE)
_HEADING = Expression(r"^#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$")
_BULLET = Expression(r"^[ \t]*(?:[-*+•]|\d{1,4}[.)])[ \t]+(?:\[[ xX]?\][ \t]+)?(.*)$")
_NAMED = Expression(
    r"^[ \t]*(?:#{1,6}[ \t]+)?[*_]{0,2}(title|task|goal|objective|constraints?|acceptance(?:[ \t]+criteria)?|criteria)"
    r"[*_]{0,2}[ \t]*(?::[*_]{0,2}[ \t]*(.*))?$",
    re.IGNORECASE,
)
# What a service that waits for the worker writes below its own text.
_WAITING = "⏳"
_LONGEST = 2_000


class _Part(Enum):
    OBJECTIVE = auto()
    CONSTRAINTS = auto()
    CRITERIA = auto()


_PARTS: dict[str, _Part | None] = {
    "title": None,
    "task": None,
    "goal": _Part.OBJECTIVE,
    "objective": _Part.OBJECTIVE,
    "constraint": _Part.CONSTRAINTS,
    "constraints": _Part.CONSTRAINTS,
    "acceptance": _Part.CRITERIA,
    "criteria": _Part.CRITERIA,
}


class Asked(NamedTuple):
    """What a task file says.

    Attributes:
        title: one line; the first line there is where none is marked as such.
        criteria: text and line of each.
        done: the line of the worker's tick, 0 while there is none.
    """

    title: str
    line: int
    objective: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    criteria: tuple[tuple[str, int], ...] = ()
    done: int = 0


def read_asked(content: bytes) -> Asked:
    r"""Read a task file; whatever is in it, it asks for one thing at most.

    >>> read_asked(b"# Add a button\n\nExport data.\n\nAcceptance Criteria:\n- It is there\n").criteria
    (('It is there', 6),)
    """
    reading = _Reading()
    for line, text in enumerate(Document(TASK_FILE, content).lines, 1):
        reading.take(text, line)
    found = reading.found
    return Asked(
        title=reading.title,
        line=reading.line,
        objective=tuple(text for text, _ in found[_Part.OBJECTIVE]),
        constraints=tuple(text for text, _ in found[_Part.CONSTRAINTS]),
        criteria=tuple(_criteria(found[_Part.CRITERIA])),
        done=reading.done,
    )


class _Reading:
    """Which part each line belongs to, line by line."""

    def __init__(self) -> None:
        self.title, self.line, self.done = "", 0, 0
        self.found: dict[_Part, list[tuple[str, int]]] = {part: [] for part in _Part}
        self._part = _Part.OBJECTIVE
        self._after_blank = False

    def take(self, text: str, line: int) -> None:
        bare = text.strip()
        if _IS_DONE.match(text):
            self.done = line
        elif bare and not bare.startswith(_WAITING):
            self._take(text, line)
        self._after_blank = not bare

    def _take(self, text: str, line: int) -> None:
        named = _NAMED.match(text)
        heading = _HEADING.match(text)
        if named and (named[2] is not None or heading):
            part = _PARTS[named[1].casefold().split()[0]]
            if part is not None:
                self._part, text = part, named[2] or ""
            elif not self.title and named[2]:
                self.title, self.line, text = _one_line(named[2]), line, ""
        elif not self.title:
            self.title, self.line, text = _one_line(heading[1] if heading else text), line, ""
        elif heading or (self._after_blank and self._ends_list(text)):
            self._part = _Part.OBJECTIVE
        if text.strip():
            self.found[self._part].append((text, line))

    def _ends_list(self, text: str) -> bool:
        """Whether a paragraph that follows the criteria is no part of the last one."""
        listed = self.found[_Part.CRITERIA]
        return self._part is _Part.CRITERIA and bool(listed) and not text[0].isspace() and not _BULLET.match(text)


def kind_and_parts(content: bytes) -> tuple[SpecKind, RequirementList, TaskList]:
    """A task file as the parts of a spec: one requirement, its criteria `1.1`, `1.2`, …, and the task `1` for all."""
    asked = read_asked(content)
    if not asked.title:
        return SpecKind.FEATURE, RequirementList(), TaskList()
    criteria = tuple(
        Criterion(id=f"1.{nth}", requirement="1", ordinal=str(nth), text=text, details=(), line=line, offset=0)
        for nth, (text, line) in enumerate(asked.criteria, 1)
    )
    stated = RequirementList(requirements=(_requirement(asked, criteria),)) if criteria else RequirementList()
    task = Task(
        id=TASK_ID,
        number=TASK_ID,
        text=f"{TASK_ID}. {_title(asked.title)}",
        status=Status.DONE if asked.done else Status.PENDING,
        optional=False,
        line=asked.done or asked.line,
        offset=0,
        indent=0,
        parent=None,
        children=(),
        below="\n".join(_below(asked, criteria)),
    )
    return SpecKind.FEATURE, stated, TaskList(tasks=(task,), roots=(TASK_ID,))


def ticked(content: bytes, *, done: bool) -> bytes:
    r"""The file with the worker's tick, or without it; all else stays as it is.

    >>> ticked(b"# A\n", done=True)
    b'# A\n\n<!-- kiro-worker:done -->\n'
    >>> ticked(ticked(b"# A\n", done=True), done=False)
    b'# A\n'
    """
    lines = content.splitlines(keepends=True)
    kept = [line for line in lines if line.strip() != _DONE.encode()]
    if len(kept) < len(lines) and kept and not kept[-1].strip():
        # The blank line that came with it.
        kept.pop()
    text = b"".join(kept)
    if not done:
        return text
    gap = b"" if not text else b"\n" if text.endswith(b"\n") else b"\n\n"
    return text + gap + _DONE.encode() + b"\n"


def written(title: str, objective: str = "", constraints: str = "", acceptance: tuple[str, ...] = ()) -> bytes:
    """A task file that says this, and reads back as it."""
    parts = [f"# {_one_line(title)}"]
    if objective.strip():
        parts.append(f"## Objective\n\n{_plain(objective)}")
    if constraints.strip():
        parts.append(f"## Constraints\n\n{_plain(constraints)}")
    if bullets := [_one_line(each) for each in acceptance if each.strip()]:
        parts.append("## Acceptance Criteria\n\n" + "\n".join(f"- {each}" for each in bullets))
    return ("\n\n".join(parts) + "\n").encode("utf-8", "replace")


def _requirement(asked: Asked, criteria: tuple[Criterion, ...]) -> Requirement:
    return Requirement(
        id="1",
        label="Requirement",
        number="1",
        title=asked.title,
        story=_one_line(" ".join(asked.objective)),
        criteria=criteria,
        line=asked.line,
        offset=0,
    )


def _criteria(lines: list[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Each bullet, with the lines that go on with it; a paragraph is one criterion, for nobody knows where it parts."""
    open_one: tuple[str, int] | None = None
    for text, line in lines:
        bullet = _BULLET.match(text)
        if bullet or open_one is None:
            if open_one and open_one[0]:
                yield open_one
            open_one = (_one_line(bullet[1] if bullet else text), line)
        else:
            open_one = (_one_line(f"{open_one[0]} {text}"), open_one[1])
    if open_one and open_one[0]:
        yield open_one


def _below(asked: Asked, criteria: tuple[Criterion, ...]) -> Iterator[str]:
    if criteria:
        yield f"  - _Requirements: {', '.join(each.id for each in criteria)}_"
    for label, lines in (("Objective", asked.objective), ("Constraints", asked.constraints)):
        if lines:
            yield f"  {label}:"
            yield from (f"  {_inert(line)}" for line in lines)


def _inert(line: str) -> str:
    """A line of somebody's text that is no remark of a task, no heading that ends it, no fence that hides the rest."""
    text = line.strip().lstrip("#").replace("```", "'''").replace("~~~", "---").strip()
    return _no_remark(text) if any(annotation.in_lines([DetailLine(1, text)])) else text


def _no_remark(text: str) -> str:
    return text.replace(":", " -").replace("\uff1a", " -")


def _title(title: str) -> str:
    text = _no_remark(title) if any(annotation.in_title(title, 1)) else title
    # A checkpoint is backed by the gates alone, and this is work.
    return f"Do: {text}" if vocabulary.CHECKPOINT.match(text) else text


def _plain(text: str) -> str:
    """Paragraphs that do not begin another part of the file."""
    lines = (line.rstrip() for line in text.strip().splitlines())
    return "\n".join(f"> {line}" if _NAMED.match(line) or _HEADING.match(line) else line for line in lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]

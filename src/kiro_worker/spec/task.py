"""Tasks as values: one check box each, filed in the tree that Kiro shows."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from kiro_worker.spec import annotation, detail, vocabulary
from kiro_worker.spec.annotation import Annotation, AnnotationRole
from kiro_worker.spec.detail import Passage
from kiro_worker.spec.diagnostic import Diagnostic
from kiro_worker.spec.document import PLAIN, SPACE, Form
from kiro_worker.spec.near_miss import NearMiss
from kiro_worker.spec.reference import Reference, read_references
from kiro_worker.spec.wave import NoGraph, WaveGraph


class Status(StrEnum):
    """What a check box says. A queued task waits in the IDE's queue; it is not done, and counts as pending."""

    PENDING = "pending"
    QUEUED = "queued"
    IN_PROGRESS = "in-progress"
    DONE = "done"


class Purpose(StrEnum):
    """What backs a task.

    A checkpoint is backed by the gates alone; so is a task that only wants tests which are there to pass, as after the
    fix of a bug. An exploration, the first task of a bugfix, is a test that must fail until the fix is there.
    """

    WORK = "work"
    CHECKPOINT = "checkpoint"
    EXPLORATION = "exploration"


class Task(NamedTuple):
    """One check box of tasks.md.

    A named tuple, as a file may hold thousands and a frozen dataclass takes six times as long to make.

    Attributes:
        id: its number; `2.1#2` for the second task of that number; `~` and 8 hex digits of the title's SHA-256 for one
            that has none.
        number: dotted digits as Kiro reads them; empty when it has none.
        text: all that stands behind the box, as Kiro shows it.
        optional: marked with a star.
        line: where it stands, from 1.
        offset: of the character within the box, in bytes; ticking changes this byte and no other.
        indent: white space before the bullet, in characters.
        parent: the id of the task it is filed under.
        children: ids, in Kiro's order.
        below: the lines below it, as they stand, if they are its own up to the next task.
        pieces: the lines that are its own otherwise.
        must_fail_first: the test of a bugfix that shows the bug before the fix is there.
    """

    id: str
    number: str
    text: str
    status: Status
    optional: bool
    line: int
    offset: int
    indent: int
    parent: str | None
    children: tuple[str, ...]
    below: str
    pieces: tuple[Passage, ...] = ()
    must_fail_first: bool = False

    @property
    def title(self) -> str:
        """The text without the number."""
        rest = self.text[len(self.number) :]
        cut = rest[:1] == "." and rest[1:2].isdigit()
        return (rest.removeprefix(".") if self.number and not cut else self.text).strip(SPACE)

    @property
    def purpose(self) -> Purpose:
        """What backs it."""
        if self.must_fail_first:
            return Purpose.EXPLORATION
        if self.is_leaf and (vocabulary.CHECKPOINT.match(self.title) or vocabulary.RUN_AGAIN.match(self.title)):
            return Purpose.CHECKPOINT
        return Purpose.WORK

    @property
    def is_leaf(self) -> bool:
        """Whether it is a unit of execution; any other task is only as done as its leaves."""
        return not self.children

    @property
    def is_open(self) -> bool:
        """Whether its box is not ticked."""
        return self.status is not Status.DONE

    @property
    def body(self) -> tuple[Passage, ...]:
        """The lines of the file that are its own, as they stand."""
        return self.pieces or ((Passage(self.line + 1, self.below),) if self.below else ())

    @property
    def details(self) -> tuple[str, ...]:
        """The lines below it, up to the next heading, without the indentation they share with it."""
        return tuple(line.text for line in detail.lines_of(self.body, self.indent + 2))

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        """Its keyed remarks, such as `_Requirements: 1.1_`."""
        lines = detail.lines_of(self.body, self.indent + 2)
        return (*annotation.in_title(self.text, self.line), *annotation.in_lines(lines))

    @property
    def references(self) -> tuple[Reference, ...]:
        """What its remarks say it implements, validates or keeps."""
        return tuple(
            reference
            for remark in self.annotations
            if remark.role in {AnnotationRole.REQUIREMENTS, AnnotationRole.PROPERTY}
            for reference in read_references(
                remark.tokens, line=remark.line, properties=remark.role is AnnotationRole.PROPERTY
            )
        )


class Progress(NamedTuple):
    """Required leaves by status; those queued are among the pending."""

    total: int
    done: int
    in_progress: int
    pending: int
    queued: int


class _Parts(NamedTuple):
    """What a task list is made of; a named tuple by itself could not keep an index."""

    tasks: tuple[Task, ...] = ()
    roots: tuple[str, ...] = ()
    waves: WaveGraph | NoGraph | None = None
    near_misses: tuple[NearMiss, ...] = ()
    form: Form = PLAIN
    diagnostics: tuple[Diagnostic, ...] = ()


class TaskList(_Parts):
    """All of tasks.md, as Kiro reads it.

    Attributes:
        tasks: every task, in the order of the file.
        roots: ids of the tasks on the top level.
        waves: the dependency graph as Kiro's companions read it, or why the one that is there cannot be read.
        near_misses: what was not read as a task but may have been meant as one.
        diagnostics: everything worth telling about the file, in its order.
    """

    @cached_property
    def _by_id(self) -> Mapping[str, Task]:
        return {task.id: task for task in self.tasks}

    def find(self, task_id: str) -> Task | None:
        """The task of that id, if there is one."""
        return self._by_id.get(task_id)

    def children_of(self, task: Task) -> tuple[Task, ...]:
        """The tasks filed directly under it."""
        return tuple(self._by_id[child] for child in task.children)

    def ancestors_of(self, task: Task) -> Iterator[Task]:
        """The tasks it is filed under, the nearest first."""
        while task.parent is not None:
            task = self._by_id[task.parent]
            yield task

    def leaves_of(self, task: Task) -> Iterator[Task]:
        """The leaves beneath a task, in Kiro's order; a leaf is its own."""
        waiting = [task]
        while waiting:
            task = waiting.pop()
            if task.is_leaf:
                yield task
            waiting.extend(self._by_id[child] for child in reversed(task.children))

    @property
    def leaves(self) -> tuple[Task, ...]:
        """Every unit of execution, optional ones included, in the order of the file."""
        return tuple(task for task in self.tasks if task.is_leaf)

    @property
    def open_required_leaves(self) -> tuple[Task, ...]:
        """What is left to do before the spec is done."""
        return tuple(task for task in self.leaves if task.is_open and not task.optional)

    @property
    def progress(self) -> Progress:
        """How far it is, counted as Kiro counts: neither parents nor optional leaves."""
        return _progress(task.status for task in self.leaves if not task.optional)

    @property
    def unreadable_lines(self) -> int:
        """How many lines have a list marker and brackets, but are no tasks."""
        return sum(near.counted for near in self.near_misses)


def _progress(statuses: Iterable[Status]) -> Progress:
    counted = dict.fromkeys(Status, 0)
    for status in statuses:
        counted[status] += 1
    queued = counted[Status.QUEUED]
    return Progress(
        total=sum(counted.values()),
        done=counted[Status.DONE],
        in_progress=counted[Status.IN_PROGRESS],
        pending=counted[Status.PENDING] + queued,
        queued=queued,
    )

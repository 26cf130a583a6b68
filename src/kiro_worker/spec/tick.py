"""Ticking a task: one byte for its box, one for each parent that is done with it, and nothing else."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from kiro_worker.spec.task import Task, TaskList
from kiro_worker.spec.task_reader import read_tasks

_TICKED, _BLANK = b"x", b" "


class Refusal(StrEnum):
    """Why a box is left alone."""

    GONE = "gone"
    CHANGED = "changed"
    ALREADY_SO = "already-so"
    OPEN_LEAVES = "open-leaves"


class Ticked(NamedTuple):
    """The document as it is to be written.

    Attributes:
        document: differs from the one given in the boxes of `changed`, one byte each, and nowhere else.
        changed: ids, the task's own first.
    """

    document: bytes
    changed: tuple[str, ...]


class NotTicked(NamedTuple):
    """Nothing was changed.

    Attributes:
        reason: for the program.
        message: for people.
    """

    reason: Refusal
    message: str


def tick(document: bytes, task: Task, *, expected: bytes) -> Ticked | NotTicked:
    """Tick a task, and every parent of which no required leaf is left open; optional parents are never touched.

    Args:
        document: the file as it is now.
        task: as it was read from `expected`.
        expected: the file as it was when `task` was read. What changed elsewhere since then is kept; a change of
            the task's own line is a reason to refuse, as somebody else then had a say about this task.
    """
    found = _find(document, task, expected)
    if isinstance(found, NotTicked):
        return found
    tasks, now = found
    if not now.is_open:
        return NotTicked(Refusal.ALREADY_SO, f"Task {task.id} is ticked already.")
    if not now.is_leaf and (left := [leaf for leaf in tasks.leaves_of(now) if leaf.is_open and not leaf.optional]):
        told = ", ".join(leaf.id for leaf in left[:5])
        return NotTicked(Refusal.OPEN_LEAVES, f"Task {task.id} still has open tasks: {told}.")
    done = [now]
    done += [above for above, is_done in _above(tasks, now, is_open=False) if is_done and above.is_open]
    return _written(document, done, _TICKED)


def untick(document: bytes, task: Task, *, expected: bytes) -> Ticked | NotTicked:
    """Take a tick away again, and those of the parents that are no longer done; arguments as in `tick`."""
    found = _find(document, task, expected)
    if isinstance(found, NotTicked):
        return found
    tasks, now = found
    if now.is_open:
        return NotTicked(Refusal.ALREADY_SO, f"Task {task.id} is not ticked.")
    opened = [now]
    opened += [above for above, is_done in _above(tasks, now, is_open=True) if not is_done and not above.is_open]
    return _written(document, opened, _BLANK)


def _find(document: bytes, task: Task, expected: bytes) -> tuple[TaskList, Task] | NotTicked:
    """The task in the document as it is now, if its line is still the one that was read."""
    tasks = read_tasks(document)
    now = tasks.find(task.id)
    if now is None:
        return NotTicked(Refusal.GONE, f"Task {task.id} is no longer in the file.")
    was = _line_around(expected, task.offset)
    if was is None or was != _line_around(document, now.offset):
        return NotTicked(Refusal.CHANGED, f"The line of task {task.id} was changed since it was read.")
    return tasks, now


def _line_around(document: bytes, offset: int) -> bytes | None:
    if offset >= len(document):
        return None
    start = max(document.rfind(b"\n", 0, offset), document.rfind(b"\r", 0, offset)) + 1
    ends = [end for end in (document.find(b"\n", offset), document.find(b"\r", offset)) if end >= 0]
    return document[start : min(ends, default=len(document))]


def _above(tasks: TaskList, now: Task, *, is_open: bool) -> Iterator[tuple[Task, bool]]:
    """Each required task above one, the nearest first, and whether no required leaf of it is left open.

    If all its leaves are optional, then whether every one is done. However deep the tree is, each leaf is seen once.

    Args:
        tasks: all of them.
        now: the task that is about to be ticked, or no longer to be.
        is_open: whether it is to count as open, if it is a leaf.
    """
    required = open_required = open_optional = 0
    below = None
    for task in (now, *tasks.ancestors_of(now)):
        for beside in [task] if below is None else tasks.children_of(task):
            for leaf in tasks.leaves_of(beside) if beside is not below else ():
                left = is_open if leaf.id == now.id else leaf.is_open
                required += not leaf.optional
                open_required += left and not leaf.optional
                open_optional += left and leaf.optional
        if below is not None and not task.optional:
            yield task, not open_required and (required > 0 or not open_optional)
        below = task


def _written(document: bytes, changed: Sequence[Task], mark: bytes) -> Ticked:
    written = bytearray(document)
    for task in changed:
        written[task.offset : task.offset + 1] = mark
    return Ticked(bytes(written), tuple(task.id for task in changed))

"""Where Kiro files each task: by number where there are numbers, else by indentation."""

from collections.abc import Sequence

from kiro_worker.expression import Expression
from kiro_worker.spec.detail import Passage
from kiro_worker.spec.document import SPACE
from kiro_worker.spec.task_line import TaskLine

NONE = -1
_UNINDENTED = Expression(rf"\n(?![{SPACE}]|\n|$)")


class TaskTree:
    """The tree of a task list; a task is known by its place in the file.

    Attributes:
        parents: for each task the one it is filed under, or `NONE`.
        children: for those that have any, in Kiro's order.
        pieces: for those whose own lines are not simply all lines up to the next task.
    """

    def __init__(self, lines: Sequence[TaskLine], text: str) -> None:
        self._lines = lines
        self._text = text
        self.parents = [NONE] * len(lines)
        self.children: dict[int, list[int]] = {}
        self.pieces: dict[int, list[Passage]] = {}
        self._walk()
        self._reparent()

    def below(self, task: int) -> str:
        """The lines between a task and the next one, wherever that stands."""
        end = self._lines[task + 1].start - 1 if task + 1 < len(self._lines) else len(self._text)
        return self._text[self._lines[task].below : end]

    @property
    def roots(self) -> list[int]:
        """The tasks on the top level, in the order of the file."""
        return [task for task, parent in enumerate(self.parents) if parent == NONE]

    def _file(self, task: int, parent: int) -> None:
        self.parents[task] = parent
        self.children.setdefault(parent, []).append(task)

    def _walk(self) -> None:
        """File by indentation, as far as Kiro does: only a task without a number takes others in."""
        around: list[int] = []
        for at, task in enumerate(self._lines):
            while around and task.indent <= self._lines[around[-1]].indent:
                around.pop()
            if around:
                self._file(at, around[-1])
            # A numbered task owns everything up to the next task line, however little that is indented.
            if not task.number:
                around.append(at)
                self._share(at, around)

    def _share(self, task: int, around: list[int]) -> None:
        """Give the lines below a task to it, or to those around it that reach further; the others end here."""
        text = self.below(task)
        if not text or not (self._lines[task].indent or _UNINDENTED.search("\n" + text)):
            return
        self.pieces[task] = []
        kept: list[str] = []
        first = self._lines[task].line + 1
        for number, line in enumerate(text.split("\n"), first):
            bare = line.lstrip(SPACE)
            if bare and len(line) - len(bare) <= self._lines[around[-1]].indent:
                self._keep(around[-1], first, kept)
                kept, first = [], number
                while around and len(line) - len(bare) <= self._lines[around[-1]].indent:
                    around.pop()
                if not around:
                    return
            kept.append(line)
        self._keep(around[-1], first, kept)

    def _keep(self, task: int, first: int, lines: list[str]) -> None:
        if not lines:
            return
        if task not in self.pieces:
            own = self.below(task)
            self.pieces[task] = [Passage(self._lines[task].line + 1, own)] if own else []
        self.pieces[task].append(Passage(first, "\n".join(lines)))

    def _reparent(self) -> None:
        """File numbered tasks by number alone, if there are any; the last of a doubled number gets the children."""
        numbers = {task: self._lines[task].number for task in self.roots}
        by_number = {number: task for task, number in numbers.items() if number}
        latest: dict[int, tuple[int, str]] = {}
        unsorted: set[int] = set()
        for task, number in numbers.items():
            above, _, last = number.rpartition(".")
            if not above or above not in by_number:
                continue
            parent = by_number[above]
            self._file(task, parent)
            # Nearly every file has its numbers in order; only the others are worth the sorting.
            place = (len(last), last)
            if place < latest.get(parent, place) or last.startswith("0"):
                unsorted.add(parent)
            latest[parent] = place
        for parent in unsorted:
            self.children[parent].sort(key=self._place)

    def _place(self, task: int) -> tuple[int, str]:
        """Where a task comes among its siblings; digits compare by length first, as int() refuses very many."""
        digits = self._lines[task].number.rpartition(".")[2].lstrip("0")
        return len(digits), digits

"""Which lines of a tasks.md are tasks to Kiro, and what each says."""

from typing import NamedTuple

from kiro_worker.expression import Expression
from kiro_worker.spec import near_miss
from kiro_worker.spec.document import SPACE
from kiro_worker.spec.task import Status

_WHITE = f"[{SPACE}]"
# A task line, or else a line that `near_miss` has to look at. Possessive, so that no line is gone through twice;
# but no group with another inside it, whose start is lost before Python 3.11.5 (gh-106052).
_LINE = Expression(
    rf"\n({_WHITE}*+)(?:[-*+]{_WHITE}++\[([ xX~-])\](\\?\*?){_WHITE}++"
    rf"((?:([0-9]++(?:\.[0-9]++)*)(?!\.[0-9])(?=[.{SPACE}]))?[^\n]++)"
    rf"|{near_miss.BEFORE}[\[\uff3b\u3010{near_miss.BOXES}][^\n]*+)"
)
# A title of nothing but white space is one to Kiro, if there is a character left to be it.
_BLANK = Expression(rf"({_WHITE}*+)[-*+]{_WHITE}++\[([ xX~-])\](\\?\*?){_WHITE}+(?![\u2028\u2029]){_WHITE}")
_DIGITS = Expression(r"[0-9]++(?:\.[0-9]++)*")
_STATUS = {" ": Status.PENDING, "~": Status.QUEUED, "-": Status.IN_PROGRESS, "x": Status.DONE, "X": Status.DONE}


class TaskLine(NamedTuple):
    """A line that is a task.

    Attributes:
        line: its number, from 1.
        indent: white space before the bullet, in characters.
        start: where it begins in the text.
        box: where the character within the box stands.
        below: where the line below it begins, or the text ends.
        text: what stands behind the box.
        number: dotted digits that the text begins with.
    """

    line: int
    indent: int
    start: int
    box: int
    below: int
    status: Status
    optional: bool
    text: str
    number: str


class Scan(NamedTuple):
    """The lines of a text that matter.

    Attributes:
        tasks: in the order of the text.
        odd: places in `tasks` of those with a blank title or a number that Kiro cuts short.
        loose: lines that are no tasks but deserve a second look, as (number, line).
    """

    tasks: list[TaskLine]
    odd: list[int]
    loose: list[tuple[int, str]]


def task_lines(text: str) -> Scan:
    """Go through a text once, and take out every task line and what looks like one."""
    scan = Scan([], [], [])
    # With a line end before the first line, too, the search can jump from one to the next.
    marked = "\n" + text
    line = at = 0
    for match in _LINE.finditer(marked):
        begin, end = match.span()
        start = begin + 1
        line += marked.count("\n", at, start)
        at = start
        indent, mark, star, title, number = match.groups()
        box = match.start(2)
        if mark is None or "\u2028" in title or "\u2029" in title:
            blank = _BLANK.fullmatch(marked, start, end)
            if not blank:
                scan.loose.append((line, marked[start:end]))
                continue
            (indent, mark, star), title, box = blank.groups(), marked[end - 1], blank.start(2)
        if number is None:
            number = _cut_number(title)
            if number or title in SPACE:
                scan.odd.append(len(scan.tasks))
        optional = star[-1:] == "*"
        scan.tasks.append(TaskLine(line, len(indent), begin, box - 1, end, _STATUS[mark], optional, title, number))
    return scan


def _cut_number(title: str) -> str:
    """What Kiro's expression backs off to when no white space or dot follows a number: `1.2a` is task 1."""
    digits = _DIGITS.match(title)
    return digits[0].rpartition(".")[0] if digits else ""

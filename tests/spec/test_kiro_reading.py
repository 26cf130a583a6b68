"""tasks.md is read as Kiro reads it: held against a second reader, which is slow, plain, and follows the rules one by one."""

import re
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from kiro_worker.spec import Status, TaskList, read_tasks

WHITE = "[\t\v\f \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"
TASK = re.compile(rf"({WHITE}*)[-*+]{WHITE}+\[([ xX~-])\](\\?\*?){WHITE}+([^\u2028\u2029]+)")
MARKED = re.compile(rf"{WHITE}*(?:[-*+]|[0-9]+[.)]){WHITE}+\[[^\]]*\]")
# A line separator in the title makes a line neither a task nor one that is counted as unreadable.
PARTED = re.compile(TASK.pattern.replace(r"[^\u2028\u2029]", "."))
NUMBER = re.compile(rf"([0-9]+(?:\.[0-9]+)*){WHITE}"), re.compile(r"([0-9]+(?:\.[0-9]+)*)\.")
STATUS = {"~": Status.QUEUED, "-": Status.IN_PROGRESS, "x": Status.DONE, "X": Status.DONE, " ": Status.PENDING}

pieces = st.sampled_from(
    ["- [ ]", "- [x]", "* [X]", "+ [-]", "- [~]", "-[ ]", "- []", "- [x ]", "1. [ ]", "[ ]", " ", "  ", "\t", "\u2028",
     "\xa0", "\ufeff", "*", "\\*", "\\", "\n", "\n", "\n", "\n\n", "\r\n", "\r", "1.", "1", "1.1", "2.1.1", "1.2a", "7.9*",
     "01.1", "Title", "  - [ ] ", "\n- [ ] 1. A", "\n  - [ ] 1.1 B", "\n  - [ ] x", "\n- [ ] y", "\n    detail", "```",
     "<!--", "\x85", "\x1c", "\u65e5", "\0", "-", "\n- [ ] 1.10 z", "\n- [x] 1.2 z", "\n- [ ] 1.02 z"]
)  # fmt: skip


@dataclass
class Read:
    line: int
    indent: int
    status: Status
    optional: bool
    text: str
    number: str
    below: list["Read"] = field(default_factory=list)


def plainly(text: str) -> tuple[list[Read], int]:
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    top, at = [], 0
    while at < len(lines):
        task = task_at(lines, at)
        at += 1
        if task:
            at = walk(lines, at, task)
            top.append(task)
    unreadable = sum(bool(MARKED.match(line)) and not PARTED.fullmatch(line) for line in lines)
    return (by_number(top) if any(task.number for task in top) else top), unreadable


def task_at(lines: list[str], at: int) -> Read | None:
    found = TASK.fullmatch(lines[at])
    if not found:
        return None
    indent, mark, star, text = found.groups()
    number = next((match[1] for pattern in NUMBER if (match := pattern.match(text))), "")
    return Read(at + 1, len(indent), STATUS[mark], star.endswith("*"), text, number)


def walk(lines: list[str], at: int, task: Read) -> int:
    while at < len(lines):
        line, child = lines[at], task_at(lines, at)
        depth = len(re.match(f"{WHITE}*", line)[0])
        if child if task.number else depth < len(line) and depth <= task.indent:
            break
        at += 1
        if child:
            at = walk(lines, at, child)
            task.below.append(child)
    return at


def by_number(top: list[Read]) -> list[Read]:
    numbered = sorted((task for task in top if task.number), key=lambda task: [*map(int, task.number.split("."))])
    last = {task.number: task for task in sorted(numbered, key=lambda task: task.line)}
    roots = []
    for task in numbered:
        parent = last.get(task.number.rpartition(".")[0])
        (parent.below if parent else roots).append(task)
    return sorted((*roots, *(task for task in top if not task.number)), key=lambda task: task.line)


def shape(tasks: list[Read]) -> list[tuple]:
    return [(t.line, t.indent, t.status, t.optional, t.text, t.number, shape(t.below)) for t in tasks]


def ours(tasks: TaskList, ids: tuple[str, ...]) -> list[tuple]:
    found = map(tasks.find, ids)
    return [(t.line, t.indent, t.status, t.optional, t.text, t.number, ours(tasks, t.children)) for t in found]


@settings(max_examples=400)
@given(st.lists(pieces, max_size=40).map("".join))
def test_any_text_is_read_as_kiro_reads_it(text: str):
    read = read_tasks(text.encode())
    expected, unreadable = plainly(text)
    assert ours(read, read.roots) == shape(expected)
    assert read.unreadable_lines == unreadable

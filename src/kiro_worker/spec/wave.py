"""The task dependency graph of tasks.md: which tasks may run before which."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from kiro_worker.expression import Expression
from kiro_worker.spec.diagnostic import Diagnostic, diagnose
from kiro_worker.spec.document import SPACE, Document
from kiro_worker.spec.outline import Block

_LONGEST = 128 * 1024
_TITLE = "task dependency graph"
_HEADING = Expression(r"#{1,6}+[ \t]++([^\n]*+)")
_OTHER = Expression(
    r'(?P<list>"waves"\s*:\s*\[\s*\[)|(?P<wave>"wave"\s*:\s*[0-9])|(?P<waves>"waves"\s*:)'
    r"|(?P<arrows>^[ \t]*(?:T|task[ _]?)?[0-9][0-9.]*[ \t]*(?:-->|->|→)[ \t]*(?:T|task[ _]?)?[0-9])",
    re.IGNORECASE,
)
_SHAPES = {
    "list": "waves as plain lists",
    "wave": "objects with `wave` in place of `id`",
    "waves": "`waves` elsewhere",
    "arrows": "arrows between tasks",
}


class Wave(NamedTuple):
    """Tasks that may run together.

    Attributes:
        id: waves run in the order of their ids.
        tasks: numbers of tasks, as they are written in tasks.md.
        depends: ids of waves that this one waits for, where it says so.
    """

    id: int
    tasks: tuple[str, ...]
    depends: tuple[int, ...] = ()


class WaveGraph(NamedTuple):
    """The waves in the order they run, and the line of their heading, from 1."""

    waves: tuple[Wave, ...]
    line: int

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every task number, wave by wave."""
        return tuple(number for wave in self.waves for number in wave.tasks)


class NoGraph(NamedTuple):
    """A dependency graph is there, but cannot be used."""

    reason: str
    line: int


def read_waves(document: Document) -> WaveGraph | NoGraph | None:
    """Read the graph as Kiro's companions do: the first heading of that name, then only blank lines, then a fence.

    Anything else in its place means that there is no graph; a wrong order is worse than none.
    """
    text = document.text
    for start in _marked_lines(text):
        heading = _HEADING.match(text, start)
        if heading and heading[1].strip(SPACE + "#").casefold() == _TITLE:
            line = text.count("\n", 0, start) + 1
            body = _fenced(text, heading.end())
            return NoGraph(body.reason, line) if isinstance(body, NoGraph) else _graph(body, line)
    return None


def _marked_lines(text: str) -> Iterator[int]:
    """Where lines begin that begin with `#`; looking for one letter is much faster than for two."""
    at = text.find("#")
    while at >= 0:
        if not at or text[at - 1] == "\n":
            yield at
        at = text.find("#", at + 1)


def _fenced(text: str, at: int) -> str | NoGraph:
    rest = text[at : at + 2 * _LONGEST].lstrip(SPACE + "\n")
    if not rest.startswith("```"):
        return NoGraph("no code fence stands directly below its heading", 0)
    kept: list[str] = []
    size = 0
    for line in rest.split("\n")[1:]:
        if line.strip(SPACE).startswith("```"):
            return "\n".join(kept)
        size += len(line.encode()) + 1
        if size > _LONGEST:
            return NoGraph("it is longer than 128 KiB", 0)
        kept.append(line)
    return NoGraph("its code fence is never closed", 0)


def _graph(body: str, line: int) -> WaveGraph | NoGraph:
    import json

    try:
        found = json.loads(body, parse_int=_small)
    except (ValueError, RecursionError):
        return NoGraph("it is not JSON", line)
    waves = found.get("waves") if isinstance(found, dict) else None
    if not isinstance(waves, list) or not waves:
        return NoGraph("it has no list of waves", line)
    read = [_wave(each) for each in waves]
    if not all(read):
        return NoGraph("a wave is not of the form " + '{"id": 0, "tasks": ["1.1"]}', line)
    kept = sorted((wave for wave in read if wave), key=_id)
    graph = WaveGraph(tuple(kept), line)
    if not graph.numbers:
        return NoGraph("it lists no task", line)
    doubled = _doubled(graph.numbers)
    return NoGraph(f"task {doubled} is listed twice", line) if doubled else graph


def _small(digits: str) -> int | None:
    # int() refuses more than some thousand digits with an error that is no fault of the document's form.
    return int(digits) if len(digits) <= 9 else None


def _wave(each: Any) -> Wave | None:
    if not isinstance(each, dict):
        return None
    number, tasks = each.get("id"), each.get("tasks")
    if type(number) is not int or number < 0 or not isinstance(tasks, list):
        return None
    if not all(isinstance(task, str) for task in tasks):
        return None
    depends: Any = next((each[key] for key in ("depends", "depends_on", "dependsOn") if key in each), [])
    known = isinstance(depends, list) and all(type(other) is int for other in depends)
    return Wave(number, tuple(tasks), tuple(depends) if known else ())


def _id(wave: Wave) -> int:
    return wave.id


def _doubled(numbers: tuple[str, ...]) -> str:
    seen: set[str] = set()
    for number in numbers:
        if number in seen:
            return number
        seen.add(number)
    return ""


def other_shapes(document: Document, blocks: Iterable[Block]) -> Iterator[Diagnostic]:
    """Tell of an order of tasks in a code block that is not in the form that is read."""
    for block in blocks:
        for number in range(block.first + 1, block.last):
            if found := _OTHER.search(document.lines[number]):
                yield diagnose("waves.other-shape", document.name, number + 1, shape=_SHAPES[str(found.lastgroup)])
                return

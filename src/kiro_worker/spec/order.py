"""The order in which open tasks are carried out: by waves where the graph can be trusted, else as they are written."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, Literal, NamedTuple

from kiro_worker.spec.task import Task, TaskList
from kiro_worker.spec.wave import NoGraph, WaveGraph


class ExecutionOrder(NamedTuple):
    """What to do, one after another.

    Attributes:
        tasks: open leaves.
        by: what the order follows.
        reason: why the file's graph was not followed, if it has one.
        unknown: ids that were asked for and do not exist; the caller refuses, as a slip of the pen is likely.
        already_done: ids that were asked for and have nothing left to do.
    """

    tasks: tuple[Task, ...]
    by: Literal["waves", "document"] = "document"
    reason: str = ""
    unknown: tuple[str, ...] = ()
    already_done: tuple[str, ...] = ()


def execution_order(
    tasks: TaskList,
    *,
    include_optional: bool = False,
    only: frozenset[str] = frozenset(),
    until: str | None = None,
) -> ExecutionOrder:
    """Put the open leaves in the order they are to be carried out.

    Args:
        tasks: the task list as it was read.
        include_optional: also those marked with a star.
        only: ids; a parent stands for its leaves, and an optional leaf that is named is wanted.
        until: stop after this task, or after the last leaf of this parent. If it does not exist nothing is selected,
            because then nobody knows where to stop.
    """
    reason = not_followed(tasks.waves, tasks.tasks)
    graph = tasks.waves if isinstance(tasks.waves, WaveGraph) and not reason else None
    ordered = _by_waves(tasks, graph) if graph else list(tasks.leaves)
    named = [task for name in sorted(only) if (task := tasks.find(name))]
    wanted = {leaf.id for task in named for leaf in tasks.leaves_of(task)}
    selected = tuple(
        leaf
        for leaf in _up_to(ordered, tasks, until)
        if leaf.is_open
        and (not only or leaf.id in wanted)
        and (include_optional or not leaf.optional or leaf.id in only)
    )
    return ExecutionOrder(
        tasks=selected,
        by="waves" if graph else "document",
        reason=reason,
        unknown=tuple(sorted(name for name in only | ({until} - {None}) if name and not tasks.find(name))),
        already_done=tuple(task.id for task in named if not any(leaf.is_open for leaf in tasks.leaves_of(task))),
    )


def _up_to(ordered: list[Task], tasks: TaskList, until: str | None) -> list[Task]:
    if until is None:
        return ordered
    last = tasks.find(until)
    ending = {leaf.id for leaf in tasks.leaves_of(last)} if last else set()
    return ordered[: max((at for at, leaf in enumerate(ordered, 1) if leaf.id in ending), default=0)]


def not_followed(graph: WaveGraph | NoGraph | None, tasks: Sequence[Task]) -> str:
    """Why a file's graph cannot be followed; empty when it can, or when there is none.

    A wrong order is worse than none.
    """
    if graph is None:
        return ""
    if isinstance(graph, NoGraph):
        return graph.reason
    leaves: dict[str, int] = {}
    parents: set[str] = set()
    for task in tasks:
        leaves[task.number] = leaves.get(task.number, 0) + 1
        if not task.is_leaf:
            parents.add(task.number)
    for number in graph.numbers:
        if not number or number not in leaves:
            return f"it lists task {number}, which is not there"
        if number in parents:
            return f"it lists task {number}, which has sub-tasks of its own"
        if leaves[number] > 1:
            return f"it lists task {number}, of which there are {leaves[number]}"
    return _depends_fault(graph)


def _depends_fault(graph: WaveGraph) -> str:
    known = {wave.id for wave in graph.waves}
    for wave in graph.waves:
        for other in wave.depends:
            if other not in known:
                return f"wave {wave.id} depends on wave {other}, which is not there"
            if other >= wave.id:
                # The waves run by their ids, so anything else than an earlier one is a cycle or a contradiction.
                return f"wave {wave.id} depends on wave {other}, which does not come before it"
    return ""


def _by_waves(tasks: TaskList, graph: WaveGraph) -> list[Task]:
    """Leaves wave by wave; one that no wave lists comes after the last listed one that its number follows.

    Graphs leave checkpoints out, and a checkpoint belongs behind the work it looks at.
    """
    by_number = {task.number: task for task in tasks.leaves if task.number}
    listed = [by_number[number] for number in graph.numbers]
    in_graph = {task.id for task in listed}
    by_key = _Reach(_key(task.number) for task in listed)
    by_line = _Reach((0, task.line) for task in listed)
    behind: dict[int, list[Task]] = {}
    for leaf in tasks.leaves:
        if leaf.id not in in_graph:
            at = by_key.of(_key(leaf.number)) if leaf.number else by_line.of((0, leaf.line))
            behind.setdefault(at, []).append(leaf)
    ordered = behind.get(0, [])
    for at, task in enumerate(listed, 1):
        ordered.append(task)
        ordered.extend(behind.get(at, ()))
    return ordered


def _key(number: str) -> tuple[tuple[int, str], ...]:
    # Digits compare by length first, as int() refuses very many of them.
    digits = [part.lstrip("0") for part in number.split(".")]
    return tuple((len(part), part) for part in digits)


class _Reach:
    """How far into a list one has to go to have everything with a smaller key behind oneself."""

    def __init__(self, keys: Iterable[tuple[Any, ...]]) -> None:
        placed = sorted((key, at) for at, key in enumerate(keys, 1))
        self._keys = [key for key, _ in placed]
        self._furthest = [0, *accumulate((at for _, at in placed), max)]

    def of(self, key: tuple[Any, ...]) -> int:
        return self._furthest[bisect_left(self._keys, key)]

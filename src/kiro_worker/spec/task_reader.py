"""tasks.md, exactly as Kiro reads it.

The rules are those of Kiro's own reader (agent server 2.21.4): one expression for a task line, numbers before
indentation, fences and comments not looked at. What a person may have meant beyond that is told by `near_miss`
and `task_check`.
"""

from collections.abc import Iterator, Sequence

from kiro_worker.spec import near_miss, order, task_check, vocabulary, wave
from kiro_worker.spec.diagnostic import Diagnostic, diagnose, in_order
from kiro_worker.spec.document import SPACE, Document
from kiro_worker.spec.outline import Outline, outline
from kiro_worker.spec.task import Task, TaskList
from kiro_worker.spec.task_line import TaskLine, task_lines
from kiro_worker.spec.task_tree import NONE, TaskTree


def read_tasks(data: bytes, *, name: str = "tasks.md", bugfix: bool = False) -> TaskList:
    r"""Read a tasks.md; never fails, whatever the bytes are.

    Args:
        data: the file.
        name: how diagnostics call it.
        bugfix: whether the spec is a bugfix, so that a test which must fail first is one.

    >>> [task.id for task in read_tasks(b"- [x] 1. Lock\n  - [ ]* 1.1 Test it\n").tasks]
    ['1', '1.1']
    """
    document = Document(name, data)
    lines, odd, loose = task_lines(document.text)
    tree = TaskTree(lines, document.text)
    tasks = tuple(_tasks(document, lines, tree, bugfix=bugfix))
    shape = outline(document)
    graph = wave.read_waves(document)
    misses = tuple(near_miss.near_misses(loose))
    told = (
        *document.complaints(),
        *shape.complaints(name),
        *near_miss.tell(misses, name, shape),
        *task_check.check(name, shape, tasks, odd),
        *_check_waves(document, shape, graph, tasks),
    )
    return TaskList(
        tasks=tasks,
        roots=tuple([tasks[root].id for root in tree.roots]),
        waves=graph,
        near_misses=misses,
        form=document.form(),
        diagnostics=tuple(sorted(told, key=in_order)),
    )


def _check_waves(
    document: Document, shape: Outline, graph: wave.WaveGraph | wave.NoGraph | None, tasks: tuple[Task, ...]
) -> Iterator[Diagnostic]:
    if graph is None:
        yield from wave.other_shapes(document, shape.fences)
    elif reason := order.not_followed(graph, tasks):
        yield diagnose("waves.not-read", document.name, graph.line, reason=reason)


def _tasks(document: Document, lines: list[TaskLine], tree: TaskTree, *, bugfix: bool) -> Iterator[Task]:
    """The tasks as values, with the bytes they stand at."""
    ids = _ids(lines)
    parents, children, pieces = tree.parents, tree.children, tree.pieces
    ends = [*(task.start - 1 for task in lines[1:]), len(document.text)]
    exploration = _exploration(lines, tree) if bugfix else NONE
    offsets = document.bytes_of([(task.line, task.box) for task in lines])
    for at, (line, indent, _, _, below, status, optional, text, number) in enumerate(lines):
        yield Task(
            ids[at],
            number,
            text,
            status,
            optional,
            line,
            offsets[at],
            indent,
            ids[parents[at]] if parents[at] != NONE else None,
            tuple([ids[child] for child in children[at]]) if at in children else (),
            "" if at in pieces else document.text[below : ends[at]],
            tuple(pieces[at]) if at in pieces else (),
            at == exploration,
        )


def _ids(lines: Sequence[TaskLine]) -> list[str]:
    """An id of its own for each task, stable as long as its number or title is."""
    used: dict[str, int] = {}
    ids = []
    for task in lines:
        name = task.number or _fingerprint(task.text)
        count = used[name] = used.get(name, 0) + 1
        ids.append(name if count == 1 else f"{name}#{count}")
    return ids


def _fingerprint(title: str) -> str:
    from hashlib import sha256

    return "~" + sha256(title.strip(SPACE).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _exploration(lines: Sequence[TaskLine], tree: TaskTree) -> int:
    """The first leaf of a bugfix that says that it must fail: the test which shows the bug."""
    fails = vocabulary.MUST_FAIL.search
    leaves = (at for at in range(len(lines)) if at not in tree.children)
    return next((at for at in leaves if fails(lines[at].text) or fails(tree.below(at))), NONE)

"""The tasks of a spec and the commits that carried them out: who ticked what, and which criteria it is for."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cached_property

from kiro_worker.changeset import ChangeSet
from kiro_worker.evidence.lines import owners_of
from kiro_worker.evidence.tag import named_criteria
from kiro_worker.expression import Expression
from kiro_worker.gate.kind import FileKind, kind_of
from kiro_worker.gate.port import Color, Judgement
from kiro_worker.ids import Oid
from kiro_worker.spec.spec import TASKS, Spec, read_spec
from kiro_worker.spec.task import Task
from kiro_worker.spec.task_file import TASK_FILE
from kiro_worker.spec.task_reader import read_tasks
from kiro_worker.workspace.change import CommitLines

SPECS = ".kiro/specs/"
_DOCS = frozenset({FileKind.DOCS})
_BESIDES_CODE = frozenset({FileKind.DOCS, FileKind.CONFIG, FileKind.DATA, FileKind.GENERATED})
_BY_HAND = Expression(
    r"\bmanual(?:ly)?\s+(?:test|check|verif|review|inspect|validat|qa)|\b(?:test|check|verif\w*|validat\w*|review\w*)"
    r"\s+(?:\w+\s+){0,3}manually\b|\bby hand\b|\(manual\)|\bvon hand\b|\bmanuell|\bmanualmente\b|手动|手動|수동",
)
_OF_DOCS = Expression(
    r"\b(?:docs?|document\w*|readme|changelog|guide|runbook|docstrings?|comments?|wiki|adr)\b|文档|文書"
)
_OF_SETUP = Expression(
    r"\bset(?:ting)?[ -]?up\b|\bconfigur|\binstall|\bdependenc|\bscaffold|\binitiali[sz]|\bproject structure\b"
    r"|\bbootstrap|\bci(?:/cd)?\b|\bpipeline|\bworkflow|\bdocker|\binfrastructure|\bdeploy|\beinricht|\binstal|搭建|配置|初始化|安装"
    r"|セットアップ|設定|초기화|설정|설치|настро"
)


class Tested(StrEnum):
    """What the tests gate could tell."""

    NAMED = "named"  #: every test by its name
    UNNAMED = "unnamed"  #: only whether all is well
    BROKEN = "broken"  #: nothing: it could not look
    NONE = "none"  #: there are no tests to run


def tested(judgement: Judgement) -> Tested:
    """What the tests gate could tell of the branch."""
    if judgement.tests:
        return Tested.NAMED
    result = next((each for each in judgement.results if each.gate == "tests"), None)
    if result is None or result.color is Color.NOT_APPLICABLE:
        return Tested.NONE
    if result.color is Color.ERROR:
        return Tested.BROKEN
    return Tested.UNNAMED if result.tests is None or not result.tests.counted else Tested.NAMED


class Work:
    """What was done on a branch for a spec.

    Args:
        spec: as it is at the head, ticks included.
        change: everything that the branch changes.
        commits: of the branch, oldest first.
    """

    def __init__(self, spec: Spec, change: ChangeSet, commits: Iterable[CommitLines]) -> None:
        self.spec, self.change, self.commits = spec, change, tuple(commits)
        self.tasks_path = tasks_path(spec.name)
        self.owners = owners_of(self.commits)
        self._order = {each.commit.oid: at for at, each in enumerate(self.commits)}

    @cached_property
    def by_task(self) -> dict[str, tuple[CommitLines, ...]]:
        """The worker's commits for each task, oldest first, unfinished work and repairs included."""
        found: dict[str, tuple[CommitLines, ...]] = {}
        for each in self.commits:
            task = each.commit.trailer("Kiro-Task")
            if task and (each.commit.trailer("Kiro-Spec") or self.spec.name) == self.spec.name:
                found[task] = (*found.get(task, ()), each)
        return found

    @cached_property
    def task_of(self) -> dict[Oid, str]:
        """The task that each of the worker's commits is for."""
        return {each.commit.oid: task for task, commits in self.by_task.items() for each in commits}

    @cached_property
    def criteria_of(self) -> dict[str, frozenset[str]]:
        """The ids of the criteria that each leaf names; one that names none is for those of the task above it."""
        tasks = self.spec.tasks
        named = {task.id: _named(task, self.spec) for task in tasks.tasks}
        return {
            leaf.id: next(
                (found for each in (leaf, *tasks.ancestors_of(leaf)) if (found := named[each.id])), frozenset()
            )
            for leaf in tasks.leaves
        }

    @cached_property
    def leaves_of(self) -> dict[str, tuple[Task, ...]]:
        """The leaves that name each criterion, in the order of the file."""
        found: dict[str, tuple[Task, ...]] = {}
        for leaf in self.spec.tasks.leaves:
            for criterion in self.criteria_of[leaf.id]:
                found[criterion] = (*found.get(criterion, ()), leaf)
        return found

    @cached_property
    def ticked(self) -> tuple[Task, ...]:
        """The leaves that were ticked on this branch, by whomever."""
        file = self.change.by_path.get(self.tasks_path)
        if file is None:
            # A task file that has left the branch was this branch's own.
            return tuple(leaf for leaf in self.spec.tasks.leaves if self.spec.name == TASK_FILE and not leaf.is_open)
        tasks = _tasks(self.spec.name, file.before or b"")
        before = {(task.id, task.title) for task in tasks if not task.is_open}
        return tuple(
            leaf for leaf in self.spec.tasks.leaves if not leaf.is_open and (leaf.id, leaf.title) not in before
        )

    @cached_property
    def lines_of(self) -> dict[Oid, dict[str, set[int]]]:
        """The lines that are each commit's at the head, by path."""
        found: dict[Oid, dict[str, set[int]]] = {}
        for path, owners in self.owners.items():
            for line, oid in owners.items():
                found.setdefault(oid, {}).setdefault(path, set()).add(line)
        return found

    def commits_of(self, criterion: str) -> tuple[CommitLines, ...]:
        """The worker's commits for the tasks that name a criterion, oldest first."""
        found = [each for leaf in self.leaves_of.get(criterion, ()) for each in self.by_task.get(leaf.id, ())]
        return tuple(sorted(found, key=lambda each: self._order[each.commit.oid]))

    def needs_no_test(self, leaf: Task) -> bool:
        """Whether a task is for documents, or for setting the project up, and its commits are of nothing else."""
        touched = set(beside_spec(self.by_task.get(leaf.id, ())))
        kinds = {kind_of(path) for path in touched if not self._is_empty(path)}
        apart = (is_of_docs(leaf) and kinds <= _DOCS) or (is_of_setup(leaf) and kinds <= _BESIDES_CODE)
        return bool(touched) and apart

    def _is_empty(self, path: str) -> bool:
        """Whether a file has nothing in it at the head, such as the one that makes a folder a package."""
        file = self.change.by_path.get(path)
        return file is not None and file.after is not None and not file.after.strip()

    def commit(self, oid: Oid | None) -> CommitLines | None:
        """The commit of that id, if it is one of the branch's."""
        return self.commits[self._order[oid]] if oid in self._order else None


def beside_spec(commits: Iterable[CommitLines]) -> Iterator[str]:
    """The paths that commits touch besides specs."""
    return (path for each in commits for path in each.files if not is_of_spec(path))


def is_of_spec(path: str) -> bool:
    """Whether a path says what to build, and is nothing that was built."""
    return path.startswith(SPECS) or path == TASK_FILE


def tasks_path(spec: str) -> str:
    """Where the ticks of a spec stand."""
    return TASK_FILE if spec == TASK_FILE else f"{SPECS}{spec}/{TASKS}"


def _tasks(spec: str, content: bytes) -> tuple[Task, ...]:
    if spec == TASK_FILE:
        return read_spec(TASK_FILE, {TASK_FILE: content}).tasks.tasks
    return read_tasks(content).tasks


def is_by_hand(task: Task) -> bool:
    """Whether a task says that people look for themselves."""
    return bool(_BY_HAND.search(_told(task)))


def is_of_docs(task: Task) -> bool:
    """Whether a task's title speaks of documents."""
    return bool(_OF_DOCS.search(task.title.casefold()))


def is_of_setup(task: Task) -> bool:
    """Whether a task's title speaks of setting the project up."""
    return bool(_OF_SETUP.search(task.title.casefold()))


def _told(task: Task) -> str:
    return "\n".join((task.title, *task.details)).casefold()


def _named(task: Task, spec: Spec) -> frozenset[str]:
    """A task may name whole requirements: it is for each of their criteria."""
    tags = named_criteria(task.references, spec)
    return tags.criteria | tags.requirements

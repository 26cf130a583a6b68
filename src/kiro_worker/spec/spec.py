"""A whole spec: the documents of its folder, read together."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kiro_worker.spec.bugfix_reader import read_bugfix
from kiro_worker.spec.config_file import SpecConfig, SpecKind, read_config
from kiro_worker.spec.criterion import Criterion, Requirement, RequirementList, Term
from kiro_worker.spec.design import Design, read_design
from kiro_worker.spec.diagnostic import Diagnostic, diagnose, in_order
from kiro_worker.spec.requirement_reader import read_requirements
from kiro_worker.spec.resolution import dangling, dangling_properties
from kiro_worker.spec.task import TaskList
from kiro_worker.spec.task_file import TASK_FILE, kind_and_parts
from kiro_worker.spec.task_reader import read_tasks
from kiro_worker.spec.wave import NoGraph, WaveGraph

REQUIREMENTS, BUGFIX, DESIGN, TASKS, CONFIG = "requirements.md", "bugfix.md", "design.md", "tasks.md", ".config.kiro"
_KNOWN = (REQUIREMENTS, BUGFIX, DESIGN, TASKS, CONFIG)


class Spec(NamedTuple):
    """One spec as all verbs see it.

    Attributes:
        name: of its folder.
        stated: requirements.md, or bugfix.md for a bugfix.
        source: which of the two that is; empty if there is none.
        config: None where there is no .config.kiro.
        files: the names of everything in the folder, whether it was read or not.
        diagnostics: everything worth telling, document by document.
    """

    name: str
    kind: SpecKind
    stated: RequirementList = RequirementList()
    source: str = ""
    design: Design = Design()
    tasks: TaskList = TaskList()
    config: SpecConfig | None = None
    files: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Its requirements, in the order they are written."""
        return self.stated.requirements

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Every acceptance criterion, in the order they are written."""
        return self.stated.criteria

    @property
    def glossary(self) -> tuple[Term, ...]:
        """The terms it defines."""
        return self.stated.glossary

    @property
    def waves(self) -> WaveGraph | NoGraph | None:
        """The dependency graph of its tasks; see `TaskList.waves`."""
        return self.tasks.waves


def read_spec(name: str, files: Mapping[str, bytes]) -> Spec:
    """Read a spec from the files of its folder; never fails, whatever they hold.

    Args:
        name: of the folder.
        files: contents by file name, such as `tasks.md`; any may be missing, and others are only noted.
    """
    if name == TASK_FILE:
        return _of_task_file(files)
    config = read_config(files[CONFIG]) if CONFIG in files else None
    kind, source = _kind(files, config)
    stated = RequirementList()
    if source:
        stated = read_bugfix(files[BUGFIX]) if source == BUGFIX else read_requirements(files[REQUIREMENTS])
    design = read_design(files[DESIGN]) if DESIGN in files else Design()
    tasks = read_tasks(files[TASKS], bugfix=kind is SpecKind.BUGFIX) if TASKS in files else TaskList()
    told = [*_of_the_folder(files, source), *(config.diagnostics if config else ())]
    told += stated.diagnostics
    told += sorted((*design.diagnostics, *dangling_properties(stated, design, source)), key=in_order)
    told += sorted((*tasks.diagnostics, *dangling(stated, design, tasks, source)), key=in_order)
    return Spec(
        name=name,
        kind=kind,
        stated=stated,
        source=source,
        design=design,
        tasks=tasks,
        config=config,
        files=tuple(sorted(files)),
        diagnostics=tuple(told),
    )


def _of_task_file(files: Mapping[str, bytes]) -> Spec:
    kind, stated, tasks = kind_and_parts(files.get(TASK_FILE, b""))
    return Spec(name=TASK_FILE, kind=kind, stated=stated, source=TASK_FILE, tasks=tasks, files=tuple(sorted(files)))


def _kind(files: Mapping[str, bytes], config: SpecConfig | None) -> tuple[SpecKind, str]:
    """The kind of a spec and the document that states what is to hold; .config.kiro decides where both are there."""
    there = [name for name in (REQUIREMENTS, BUGFIX) if name in files]
    said = config.spec_type if config else None
    preferred = BUGFIX if said is SpecKind.BUGFIX else REQUIREMENTS
    source = preferred if preferred in there else next(iter(there), "")
    return said or (SpecKind.BUGFIX if source == BUGFIX else SpecKind.FEATURE), source


def _of_the_folder(files: Mapping[str, bytes], source: str) -> Iterator[Diagnostic]:
    if REQUIREMENTS in files and BUGFIX in files:
        yield diagnose("spec.two-kinds", source, 0, used=source)
    cures = {
        TASKS: "Without tasks there is nothing to carry out; have Kiro write them, or write them.",
        source or REQUIREMENTS: "Without criteria nothing can be proved; write them.",
    }
    for document, cure in cures.items():
        if document not in files:
            yield diagnose("spec.missing", document, 0, document=document, cure=cure)
    for name in files:
        known = name.casefold()
        if name not in _KNOWN and known in _KNOWN and known not in files:
            yield diagnose("spec.other-name", name, 0, document=name, known=known)

"""From references to what they mean: criteria with their text, properties, and what cannot be found."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from kiro_worker.spec.criterion import Criterion, RequirementList
from kiro_worker.spec.design import Design, Property
from kiro_worker.spec.diagnostic import Diagnostic, diagnose
from kiro_worker.spec.reference import Reference, ReferenceKind
from kiro_worker.spec.task import Task, TaskList

if TYPE_CHECKING:
    from kiro_worker.spec.spec import Spec


class Resolved(NamedTuple):
    """What a task refers to.

    Attributes:
        criteria: each once, in the order of the document.
        properties: each once, in the order of the design.
        dangling: references that point, wholly or at one end, to nothing.
        free: what is written in words.
        all: whether it says that all requirements are meant; they are not listed in `criteria` for that.
    """

    criteria: tuple[Criterion, ...] = ()
    properties: tuple[Property, ...] = ()
    dangling: tuple[Reference, ...] = ()
    free: tuple[str, ...] = ()
    all: bool = False


def resolve(spec: "Spec", task: Task) -> Resolved:
    """Look up everything that a task refers to."""
    return resolve_references(task.references, spec.stated, spec.design)


def resolve_references(references: Iterable[Reference], stated: RequirementList, design: Design) -> Resolved:
    """Look up references among the criteria of a spec and the properties of its design."""
    criteria: list[Criterion] = []
    properties: set[int] = set()
    dangling: list[Reference] = []
    free: list[str] = []
    everything = False
    for each in references:
        match each.kind:
            case ReferenceKind.TEXT:
                free.append(each.text)
            case ReferenceKind.ALL if not each.label:
                everything = True
            case ReferenceKind.ALL | ReferenceKind.PROPERTY:
                found = _properties(each, design)
                properties.update(property_.line for property_ in found)
                # Where the design states none, a task's own words are all there is of them.
                if not found and design.properties:
                    dangling.append(each)
            case ReferenceKind.CRITERION | ReferenceKind.REQUIREMENT:
                criteria += stated.between(each.label, each.first, each.last)
                if is_dangling(each, stated):
                    dangling.append(each)
            case ReferenceKind.NOTHING:
                pass
    return Resolved(
        criteria=stated.in_order(criteria),
        properties=tuple(each for each in design.properties if each.line in properties),
        dangling=tuple(dangling),
        free=tuple(dict.fromkeys(free)),
        all=everything,
    )


def is_dangling(reference: Reference, stated: RequirementList) -> bool:
    """Whether a reference to criteria or requirements points to nothing, at either end if it is a range."""
    ends = stated.ends(reference.first, reference.last)
    return any(stated.lookup(reference.label, end) is None for end in ends) or ends != sorted(ends)


def _properties(reference: Reference, design: Design) -> list[Property]:
    if reference.kind is ReferenceKind.ALL:
        return list(design.properties)
    if not reference.last:
        return [each for each in design.properties if each.number == reference.first]
    first, last = int(reference.first.split(".")[0]), int(reference.last.split(".")[0])
    return [each for each in design.properties if first <= int(each.number.split(".")[0]) <= last]


def dangling(stated: RequirementList, design: Design, tasks: TaskList, source: str) -> Iterator[Diagnostic]:
    """Tell of references that point to nothing; where nothing was stated, nothing can dangle."""
    for task in tasks.tasks:
        for each in task.references:
            line, column = each.line or task.line, 1
            if each.kind in {ReferenceKind.CRITERION, ReferenceKind.REQUIREMENT}:
                if stated.requirements and is_dangling(each, stated):
                    yield diagnose(
                        "reference.dangling",
                        "tasks.md",
                        line,
                        column,
                        task=task.id,
                        reference=each.text,
                        document=source,
                    )
            elif each.kind is ReferenceKind.PROPERTY and design.properties and not _properties(each, design):
                yield diagnose(
                    "reference.property-dangling",
                    "tasks.md",
                    line,
                    column,
                    source=f"Task {task.id}",
                    reference=each.text,
                )


def dangling_properties(stated: RequirementList, design: Design, source: str) -> Iterator[Diagnostic]:
    """Tell of properties that validate what is not there."""
    for each in design.properties if stated.requirements else ():
        for reference in each.validates:
            if reference.kind in {ReferenceKind.CRITERION, ReferenceKind.REQUIREMENT} and is_dangling(
                reference, stated
            ):
                yield diagnose(
                    "design.reference-dangling",
                    "design.md",
                    reference.line or each.line,
                    number=each.number,
                    reference=reference.text,
                    document=source,
                )

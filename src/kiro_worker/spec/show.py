"""A spec as people and programs read it: its tasks, its criteria, the order of work, and what is wrong with it."""

from collections.abc import Iterable, Iterator
from typing import Any

from kiro_worker.spec.criterion import Criterion, Requirement
from kiro_worker.spec.design import Property
from kiro_worker.spec.diagnostic import Diagnostic, Severity
from kiro_worker.spec.order import execution_order
from kiro_worker.spec.resolution import Resolved, resolve
from kiro_worker.spec.spec import Spec
from kiro_worker.spec.task import Status, Task
from kiro_worker.spec.wave import WaveGraph

FOLDER = ".kiro/specs"

_BOXES = {Status.PENDING: "[ ]", Status.QUEUED: "[~]", Status.IN_PROGRESS: "[-]", Status.DONE: "[x]"}


def progress_line(spec: Spec) -> str:
    """How far it is, in one line."""
    progress = spec.tasks.progress
    optional = sum(leaf.is_open and leaf.optional for leaf in spec.tasks.leaves)
    besides = f", {optional} optional open" if optional else ""
    return f"{progress.done} of {progress.total} required tasks done{besides}"


def list_document(specs: Iterable[Spec]) -> dict[str, Any]:
    """Several specs in short, as plain JSON."""
    return {"schema": "kiro-worker/spec-list/1", "specs": [_short(spec) for spec in specs]}


def show_document(spec: Spec) -> dict[str, Any]:
    """One spec as plain JSON: everything that the reader made of its files."""
    order = execution_order(spec.tasks)
    waves = spec.waves
    return {
        "schema": "kiro-worker/spec-show/1",
        **_short(spec),
        "source": spec.source,
        "files": list(spec.files),
        "tasks": [_task(task, resolve(spec, task)) for task in spec.tasks.tasks],
        "order": {"by": order.by, "reason": order.reason, "tasks": [task.id for task in order.tasks]},
        "waves": [wave._asdict() for wave in waves.waves] if isinstance(waves, WaveGraph) else None,
        "requirements": [_requirement(requirement) for requirement in spec.requirements],
        "properties": [_property(each) for each in spec.design.properties],
        "glossary": [{"name": term.name, "meaning": term.meaning} for term in spec.glossary],
        "diagnostics": [diagnostic_document(spec.name, each) for each in spec.diagnostics],
    }


def check_document(specs: Iterable[Spec]) -> dict[str, Any]:
    """What is wrong with several specs, as plain JSON."""
    told = [diagnostic_document(spec.name, each) for spec in specs for each in spec.diagnostics]
    good = all(each["severity"] != Severity.ERROR for each in told)
    return {"schema": "kiro-worker/spec-check/1", "good": good, "diagnostics": told}


def errors(spec: Spec) -> int:
    """How many of its diagnostics are errors."""
    return sum(each.severity is Severity.ERROR for each in spec.diagnostics)


def diagnostic_document(name: str, each: Diagnostic) -> dict[str, Any]:
    """One diagnostic as plain JSON."""
    return {
        "code": each.code,
        "severity": each.severity.value,
        "path": f"{FOLDER}/{name}/{each.document}",
        "line": each.line,
        "column": each.column,
        "message": each.message,
        "cure": each.cure,
    }


def diagnostic_line(name: str, each: Diagnostic) -> str:
    """One diagnostic as editors and terminals link it; what concerns the whole file stands at its first line."""
    place = f"{FOLDER}/{name}/{each.document}:{max(each.line, 1)}:{max(each.column, 1)}"
    return f"{place}: {each.severity.value}: {each.message} {each.cure} [{each.code}]"


def _short(spec: Spec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "kind": spec.kind.value,
        "folder": f"{FOLDER}/{spec.name}",
        "progress": spec.tasks.progress._asdict(),
        "open_optional": sum(leaf.is_open and leaf.optional for leaf in spec.tasks.leaves),
        "criteria": len(spec.criteria),
        "errors": errors(spec),
        "warnings": sum(each.severity is Severity.WARNING for each in spec.diagnostics),
    }


def _task(task: Task, meant: Resolved) -> dict[str, Any]:
    return {
        "id": task.id,
        "number": task.number,
        "title": task.title,
        "status": task.status.value,
        "optional": task.optional,
        "purpose": task.purpose.value,
        "line": task.line,
        "parent": task.parent,
        "children": list(task.children),
        "criteria": [criterion.id for criterion in meant.criteria],
        "all_criteria": meant.all,
        "properties": [each.number for each in meant.properties],
        "dangling": [reference.text for reference in meant.dangling],
        "free": list(meant.free),
    }


def _requirement(requirement: Requirement) -> dict[str, Any]:
    return {
        "id": requirement.id,
        "title": requirement.title,
        "story": requirement.story,
        "aspect": requirement.aspect.value if requirement.aspect else None,
        "line": requirement.line,
        "criteria": [_criterion(criterion) for criterion in requirement.criteria],
    }


def _criterion(criterion: Criterion) -> dict[str, Any]:
    ears = criterion.ears
    return {
        "id": criterion.id,
        "text": criterion.text,
        "details": list(criterion.details),
        "line": criterion.line,
        "ears": {
            "pattern": ears.pattern.value,
            "keywords": list(ears.keywords),
            "system": ears.system,
            "modal": ears.modal,
            "negative": ears.negative,
        },
    }


def _property(each: Property) -> dict[str, Any]:
    return {
        "number": each.number,
        "title": each.title,
        "text": each.text,
        "validates": [reference.text for reference in each.validates],
        "line": each.line,
    }


def show_lines(spec: Spec) -> Iterator[str]:
    """One spec for people."""
    yield f"{spec.name} ({spec.kind.value}): {progress_line(spec)}"
    yield f"{FOLDER}/{spec.name}"
    if spec.tasks.tasks:
        yield ""
        yield "Tasks"
        yield from (_task_line(spec, task) for task in spec.tasks.tasks)
        yield from _order_lines(spec)
    for requirement in spec.requirements:
        yield ""
        yield f"{requirement.label} {requirement.id}: {requirement.title}".strip()
        yield from (f"  {each.id:<5} {each.ears.pattern.value:<10} {each.text}" for each in requirement.criteria)
    if spec.diagnostics:
        yield ""
        yield from (diagnostic_line(spec.name, each) for each in spec.diagnostics)


def _task_line(spec: Spec, task: Task) -> str:
    meant = resolve(spec, task)
    criteria = ["all criteria"] if meant.all else [criterion.id for criterion in meant.criteria]
    names = [*criteria, *(f"property {each.number}" for each in meant.properties)]
    names += [f"{reference.text}?" for reference in meant.dangling]
    mark = "*" if task.optional else " "
    depth = sum(1 for _ in spec.tasks.ancestors_of(task))
    about = f"  ({', '.join(names)})" if names else ""
    return f"  {'  ' * depth}{_BOXES[task.status]}{mark} {task.id} {task.title}{about}"


def _order_lines(spec: Spec) -> Iterator[str]:
    order = execution_order(spec.tasks)
    if order.reason:
        yield f"  The task graph is not followed: {order.reason}."
    if order.tasks:
        how = "waves" if order.by == "waves" else "as written"
        yield f"  Next ({how}): {', '.join(task.id for task in order.tasks)}"

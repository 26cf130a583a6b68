"""What a spec asks for, in the words that gates understand."""

from kiro_worker.gate.intent import Intent
from kiro_worker.policy import paths_named
from kiro_worker.spec.spec import Spec


def intent_of(spec: Spec, folder: str) -> Intent:
    """All that a spec says.

    Args:
        spec: whole, for what was done by earlier runs is judged again.
        folder: where it lies, relative to the root.
    """
    tasks = tuple((task.id, "\n".join((task.title, *map(str, task.details)))) for task in spec.tasks.tasks)
    design = "\n".join(f"{section.title}\n{section.text}" for section in spec.design.sections)
    criteria = "\n".join(criterion.full_text for criterion in spec.criteria)
    words = "\n".join(text for _, text in tasks)
    return Intent(tasks=tasks, criteria=f"{criteria}\n{design}", named=paths_named(f"{words}\n{design}"), spec=folder)

"""Evidence made small enough for a place that takes only so much: of long lists the beginning, and what is left out."""

from collections.abc import Mapping
from typing import Any

from kiro_worker.evidence.document import document
from kiro_worker.evidence.model import CriterionEvidence, Evidence
from kiro_worker.value import replace

# Tests and files of each criterion, from the most to the fewest that are tried.
_STEPS = (25, 10, 5, 3, 1, 0)


def fitted(evidence: Evidence, *, entries: int, characters: int) -> Evidence:
    """The evidence with as many tests and files of each criterion as its document has room for.

    Args:
        evidence: all of it.
        entries: how many names, texts and list items the document may have.
        characters: how many characters its texts may have altogether.
    """
    for most in _STEPS:
        cut = _cut(evidence, most)
        told = _size(document(cut))
        if told[0] <= entries and told[1] <= characters:
            return cut
    return _cut(evidence, 0)


def _cut(evidence: Evidence, most: int) -> Evidence:
    return replace(
        evidence,
        requirements=tuple(
            replace(each, criteria=tuple(_criterion(criterion, most) for criterion in each.criteria))
            for each in evidence.requirements
        ),
    )


def _criterion(criterion: CriterionEvidence, most: int) -> CriterionEvidence:
    return replace(
        criterion,
        tests=criterion.tests[:most],
        tests_left_out=criterion.tests_left_out + max(0, len(criterion.tests) - most),
        files=criterion.files[:most],
        files_left_out=criterion.files_left_out + max(0, len(criterion.files) - most),
    )


def _size(value: Any) -> tuple[int, int]:
    """Entries and characters of a document, names included."""
    if isinstance(value, str):
        return 0, len(value)
    children = [*value.values()] if isinstance(value, Mapping) else value if isinstance(value, list) else []
    names = sum(map(len, value)) if isinstance(value, Mapping) else 0
    sizes = [_size(child) for child in children]
    return len(children) + sum(size[0] for size in sizes), names + sum(size[1] for size in sizes)

"""What evidence is worth at a later commit: what backed each criterion, is it still there as it was?"""

from collections.abc import Callable, Collection, Iterator, Mapping

from kiro_worker.changeset import Hunk
from kiro_worker.evidence.build import sha256_of
from kiro_worker.evidence.lines import carried, numbers, spans
from kiro_worker.evidence.model import CriterionEvidence, Evidence, FileBacking, RequirementEvidence, State, TestBacking
from kiro_worker.evidence.sources import Read, Sources
from kiro_worker.gate.port import TestCase
from kiro_worker.value import dataclass, field, replace

_BACKED = frozenset({State.PROVED, State.WEAK})
_MOST_REASONS = 5
# All lines that are followed; a document of a stranger could name any number.
_MOST_LINES = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A later commit.

    Attributes:
        criteria: the text of each criterion of the spec by its id.
        read: reads a file of it.
        paths: every file of it.
        moved: the lines of a path that changed since the evidence was made; None where that cannot be known.
    """

    criteria: Mapping[str, str]
    read: Read
    paths: Collection[str]
    moved: Callable[[str], tuple[Hunk, ...] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """Evidence as it is worth at a later commit.

    Attributes:
        evidence: with the criteria that are out of date as stale, and why.
        stale: the reasons by the criterion's id, in the order of the spec.
        added: ids of criteria that the spec did not have then.
    """

    evidence: Evidence
    stale: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    added: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether everything still stands."""
        return not self.stale and not self.added


def age(evidence: Evidence, later: Later) -> Aged:
    """Hold evidence against a later commit; what backed nothing then cannot become stale."""
    comparison = _Comparison(later)
    stale = {}
    for criterion in evidence.criteria:
        reasons = tuple(comparison.reasons(criterion)) if criterion.state in _BACKED else ()
        if reasons:
            stale[criterion.id] = reasons
    known = {criterion.id for criterion in evidence.criteria}
    return Aged(
        evidence=replace(evidence, requirements=tuple(_aged(each, stale) for each in evidence.requirements)),
        stale=stale,
        added=tuple(each for each in later.criteria if each not in known),
    )


def _aged(requirement: RequirementEvidence, stale: Mapping[str, tuple[str, ...]]) -> RequirementEvidence:
    return replace(
        requirement,
        criteria=tuple(
            replace(each, state=State.STALE, why=" ".join(stale[each.id][:_MOST_REASONS])) if each.id in stale else each
            for each in requirement.criteria
        ),
    )


class _Comparison:
    """Looks each file up once, however many criteria it backs."""

    def __init__(self, later: Later) -> None:
        self._later = later
        self._sources = Sources(later.read, later.paths)
        self._hashes: dict[str, str | None] = {}
        self._lines_left = _MOST_LINES

    def reasons(self, criterion: CriterionEvidence) -> Iterator[str]:
        """Why a criterion is not backed as it was."""
        text = self._later.criteria.get(criterion.id)
        if text is None:
            yield "The spec does not have it any more."
        elif sha256_of(text) != criterion.sha256:
            yield "Its text was changed."
        for test in criterion.tests:
            yield from _of_test(test, self._sources)
        for file in criterion.files:
            yield from self._of_file(file)

    def _of_file(self, file: FileBacking) -> Iterator[str]:
        now = self._hash(file.path)
        if now is None:
            yield f"{file.path} is gone."
        elif now != file.sha256:
            hunks = self._later.moved(file.path)
            if hunks is None or self._lines_left <= 0:
                yield f"{file.path} was changed, and which lines of it is not known here."
                return
            lines = numbers(file.lines)
            self._lines_left -= len(lines)
            lost = lines - carried(lines, hunks).keys()
            if lost:
                word, verb = ("Line", "was") if len(lost) == 1 else ("Lines", "were")
                yield f"{word} {spans(lost)} of {file.path} {verb} changed."

    def _hash(self, path: str) -> str | None:
        if path not in self._hashes:
            content = self._later.read(path)
            self._hashes[path] = None if content is None else sha256_of(content)
        return self._hashes[path]


def _of_test(test: TestBacking, sources: Sources) -> Iterator[str]:
    if not test.sha256:
        return
    suite, parted, name = test.id.partition("::")
    suite, name = (suite, name) if parted else ("", suite)
    found = sources.find(TestCase(name=name, suite=suite, path=test.path, line=test.line))
    if found is None:
        yield f"The test {name} is gone with its file {test.path}."
    elif test.line and not found.is_found:
        yield f"The test {name} is not in {test.path} any more."
    elif sha256_of(found.text) != test.sha256:
        what = f"The test {name}" if test.line else f"{test.path}, which holds the test {name},"
        yield f"{what} was changed."

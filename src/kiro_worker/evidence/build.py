"""Evidence put together: from a spec, what the gates said, and the branch's commits."""

import hashlib
from collections.abc import Collection, Iterable, Mapping

from kiro_worker.changeset import ChangeSet, How
from kiro_worker.evidence.binding import BoundTest, bind, is_unplaced
from kiro_worker.evidence.judge import judge
from kiro_worker.evidence.lines import spans
from kiro_worker.evidence.model import (
    Before,
    CriterionEvidence,
    Evidence,
    FileBacking,
    RequirementEvidence,
    TaskBacking,
    TestBacking,
)
from kiro_worker.evidence.phantom import phantoms, unbacked
from kiro_worker.evidence.sources import Read, Sources
from kiro_worker.evidence.tally import tally_coverage, tally_tests
from kiro_worker.evidence.work import Tested, Work, is_of_spec, tested
from kiro_worker.gate.kind import is_of_tests
from kiro_worker.gate.port import Judgement, Outcome, TestFact
from kiro_worker.ids import Oid
from kiro_worker.spec.criterion import Aspect, Criterion
from kiro_worker.spec.spec import Spec
from kiro_worker.value import dataclass
from kiro_worker.workspace.change import CommitLines

_MOST_TESTS = 25
_MOST_FILES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whose evidence it is, and when it was made (UTC, as in the receipt)."""

    run: str
    branch: str
    made_at: str


def build(
    spec: Spec,
    judgement: Judgement,
    change: ChangeSet,
    commits: Iterable[CommitLines],
    read: Read,
    *,
    paths: Collection[str],
    about: About,
) -> Evidence:
    """What backs each criterion of a spec.

    Args:
        spec: as it is at the head, ticks included.
        judgement: what the gates said of the head.
        change: everything that the branch changes, up to the head.
        commits: of the branch, oldest first.
        read: reads a file of the head; only asked for files that tests may be in.
        paths: every file of the head.
        about: whose it is.
    """
    work = Work(spec, change, commits)
    can_tell = tested(judgement)
    sources = Sources(read, paths)
    bindings = bind(work, judgement.tests, sources)
    whole = _Whole(work, judgement, bindings, can_tell)
    return Evidence(
        run=about.run,
        spec=spec.name,
        branch=about.branch,
        base=change.base,
        head=change.head,
        made_at=about.made_at,
        tests=tally_tests(judgement),
        coverage=tally_coverage(judgement),
        requirements=tuple(
            RequirementEvidence(
                id=each.id, title=each.title, criteria=tuple(whole.criterion(one, each.aspect) for one in each.criteria)
            )
            for each in spec.requirements
        ),
        unbacked=unbacked(work, bindings, can_tell),
        phantoms=phantoms(work, bindings, can_tell, unplaced=is_unplaced(judgement.tests, sources)),
    )


def sha256_of(text: str | bytes) -> str:
    """The hash by which a text is known again."""
    content = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    return hashlib.sha256(content).hexdigest()


class _Whole:
    """What every criterion is looked up in."""

    def __init__(
        self, work: Work, judgement: Judgement, bindings: Mapping[str, tuple[BoundTest, ...]], can_tell: Tested
    ) -> None:
        self._work, self._bindings, self._can_tell = work, bindings, can_tell
        self._base_known = judgement.base_known
        files = judgement.coverage.files if judgement.coverage else ()
        self._hits = {file.path: file.lines for file in files}
        self._hashes: dict[str, str] = {}

    def criterion(self, criterion: Criterion, aspect: Aspect | None) -> CriterionEvidence:
        tasks = self._work.leaves_of.get(criterion.id, ())
        tests = self._bindings.get(criterion.id, ())
        commits = self._work.commits_of(criterion.id)
        unrun = {task.id for task in tasks if self._work.needs_no_test(task)}
        state, why = judge(tests, tasks, self._can_tell, unrun=unrun, aspect=_aspect(criterion, aspect))
        files = self._files(each.commit.oid for each in commits)
        return CriterionEvidence(
            id=criterion.id,
            text=criterion.full_text,
            sha256=sha256_of(criterion.full_text),
            state=state,
            why=why,
            tasks=tuple(TaskBacking(id=task.id, title=task.title, done=not task.is_open) for task in tasks),
            commits=tuple(each.commit.oid for each in commits),
            tests=tuple(map(self._test, tests[:_MOST_TESTS])),
            tests_left_out=max(0, len(tests) - _MOST_TESTS),
            files=files[:_MOST_FILES],
            files_left_out=max(0, len(files) - _MOST_FILES),
        )

    def _test(self, test: BoundTest) -> TestBacking:
        fact, source = test.fact, test.source
        return TestBacking(
            id=fact.case.id,
            path=source.path if source else fact.case.path,
            line=source.line if source else 0,
            result=fact.case.outcome.value,
            base=_before(fact, base_known=self._base_known),
            bite=fact.bite.value if fact.bite else "",
            bound=test.bound,
            sha256=sha256_of(source.text) if source else "",
        )

    def _files(self, oids: Iterable[Oid]) -> tuple[FileBacking, ...]:
        """The product's files that commits wrote, those with the most of their lines first."""
        found: dict[str, set[int]] = {}
        for oid in oids:
            for path, lines in self._work.lines_of.get(oid, {}).items():
                if self._is_shown(path):
                    found[path] = found.get(path, set()) | lines
        order = sorted(found, key=lambda path: (-len(found[path]), path))
        return tuple(self._file(path, found[path]) for path in order)

    def _is_shown(self, path: str) -> bool:
        file = self._work.change.by_path.get(path)
        is_there = file is not None and file.how is not How.DELETED
        return is_there and not is_of_spec(path) and not is_of_tests(path)

    def _file(self, path: str, lines: set[int]) -> FileBacking:
        hits = self._hits.get(path, {})
        known = [line for line in lines if line in hits]
        if path not in self._hashes:
            self._hashes[path] = sha256_of(self._work.change.by_path[path].after or b"")
        return FileBacking(
            path=path,
            lines=spans(lines),
            covered=sum(hits[line] > 0 for line in known),
            total=len(known),
            sha256=self._hashes[path],
        )


def _aspect(criterion: Criterion, aspect: Aspect | None) -> Aspect | None:
    """A feature, too, can have criteria that say what is to stay as it is."""
    return Aspect.UNCHANGED if aspect is None and "shall continue to" in criterion.text.casefold() else aspect


def _before(fact: TestFact, *, base_known: bool) -> Before:
    if not base_known:
        return Before.UNKNOWN
    match fact.base:
        case None:
            return Before.ABSENT
        case Outcome.PASSED:
            return Before.PASSED
        case Outcome.SKIPPED:
            return Before.SKIPPED
        case Outcome.FAILED | Outcome.ERROR:
            return Before.FAILED

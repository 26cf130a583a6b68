"""Evidence as values: requirement by requirement, criterion by criterion, what was done and what shows it."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from kiro_worker.value import dataclass, field


class State(StrEnum):
    """How well a criterion is backed."""

    PROVED = "proved"  #: a test names it, passes, and fails without the change
    WEAK = "weak"  #: something speaks for it, and less than that
    MISSING = "missing"  #: nothing that passes speaks for it, or a test that names it fails
    STALE = "stale"  #: it was backed, and what backed it has changed since
    NOT_TESTABLE = "not-testable"  #: no test can show it here, and why


class Bound(StrEnum):
    """What binds a test to a criterion."""

    TAG = "tag"  #: the test names the criterion
    REQUIREMENT = "requirement"  #: the test names the whole requirement that the criterion is one of
    TASK = "task"  #: the commits of a task that names the criterion added or changed the test


class Before(StrEnum):
    """What a test said on the merge base."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ABSENT = "absent"  #: it was not there
    UNKNOWN = "unknown"  #: the tests were not run there


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskBacking:
    """A task that names the criterion.

    Attributes:
        done: whether its box is ticked at the head.
    """

    id: str
    title: str
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TestBacking:
    """A test that is bound to the criterion.

    Attributes:
        id: the same on every commit: its suite and its name.
        path: its file; empty where nothing says it.
        line: where it begins; 0 where it was not found, and then `sha256` is of the whole file.
        result: passed, failed, error or skipped.
        base: what it said on the merge base: passed, failed, skipped, absent or unknown.
        bite: bites, guard, smoke, hollow or unknown; empty for a test that the branch did not touch.
        bound: tag, requirement or task.
        sha256: of the test's own lines; empty where its file is not known.
    """

    __test__ = False

    id: str
    path: str = ""
    line: int = 0
    result: str = "passed"
    base: Before = Before.UNKNOWN
    bite: str = ""
    bound: Bound = Bound.TAG
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBacking:
    """A file that the criterion's commits changed.

    Attributes:
        lines: those that these commits wrote, as they are counted at the head: `3-9, 12`.
        covered: how many of these lines the tests ran through.
        total: how many of them can be run through; 0 where coverage does not know the file.
        sha256: of the whole file at the head.
    """

    path: str
    lines: str = ""
    covered: int = 0
    total: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionEvidence:
    """One acceptance criterion and what backs it.

    Attributes:
        text: the criterion, whole.
        sha256: of that text.
        why: one sentence on the state.
        commits: oldest first, whole object ids.
        tests: at most 25, those that matter most first.
        tests_left_out: how many more there are.
        files: at most 50, those with the most lines first.
        files_left_out: how many more there are.
    """

    id: str
    text: str
    sha256: str
    state: State
    why: str
    tasks: tuple[TaskBacking, ...] = ()
    commits: tuple[str, ...] = ()
    tests: tuple[TestBacking, ...] = ()
    tests_left_out: int = 0
    files: tuple[FileBacking, ...] = ()
    files_left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementEvidence:
    """One requirement with its criteria."""

    id: str
    title: str
    criteria: tuple[CriterionEvidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phantom:
    """A task that a worker ticked and that nothing backs.

    Attributes:
        task: its id.
        commit: which ticked it.
        why: one sentence.
        worked: whether its commits change anything besides the spec; what is missing is a test then.
        criteria: ids of the criteria that it names.
    """

    task: str
    commit: str
    why: str
    worked: bool = False
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TestTally:
    """The tests in numbers.

    Attributes:
        counted: whether the runner named its tests; only an exit status is known otherwise, and all numbers are 0.
        new: were not there on the merge base.
        fixed: failed there, and pass.
        broken: passed there, and fail.
        known: failed there, and fail.
        flaky: said different things of the same code.
    """

    __test__ = False

    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    counted: bool = True
    new: int = 0
    fixed: int = 0
    broken: int = 0
    known: int = 0
    flaky: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageTally:
    """Coverage in numbers; null where it was not measured.

    Attributes:
        percent: of all lines at the head.
        base_percent: of all lines on the merge base.
        changed_covered: how many of the changed lines the tests ran through.
        changed_total: how many of the changed lines can be run through.
    """

    percent: float | None = None
    base_percent: float | None = None
    changed_covered: int = 0
    changed_total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What backs each criterion of a spec on one branch, as one run saw it.

    Attributes:
        base: the merge base, a whole object id.
        head: the commit that was judged, a whole object id.
        made_at: UTC, as in `2026-11-27T18:54:00.000Z`.
        requirements: in the order of the spec.
        unbacked: ids of tasks that people ticked and that no commit or test backs; nobody takes them back.
        phantoms: tasks that a worker ticked and that nothing backs.
    """

    run: str
    spec: str
    branch: str
    base: str
    head: str
    made_at: str
    tests: TestTally = field(default_factory=TestTally)
    coverage: CoverageTally = field(default_factory=CoverageTally)
    requirements: tuple[RequirementEvidence, ...] = ()
    unbacked: tuple[str, ...] = ()
    phantoms: tuple[Phantom, ...] = ()

    @property
    def criteria(self) -> Iterator[CriterionEvidence]:
        """Every criterion, in the order of the spec."""
        return (criterion for requirement in self.requirements for criterion in requirement.criteria)

    @property
    def states(self) -> Mapping[State, int]:
        """How many criteria are in each state; each state is there."""
        counted = dict.fromkeys(State, 0)
        for criterion in self.criteria:
            counted[criterion.state] += 1
        return counted

"""A gate is a check that must pass before publishing; what it finds are findings, and an error is never a pass."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kiro_worker.value import dataclass, field

if TYPE_CHECKING:
    from kiro_worker.gate.libraries import Libraries


class Color(StrEnum):
    """What a gate says."""

    GREEN = "green"
    RED = "red"
    ERROR = "error"  #: it could not look; the reason is a finding
    NOT_APPLICABLE = "not-applicable"  #: there is nothing to look at, and why


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a gate found.

    Attributes:
        code: stable, dotted, such as `tests.failed` or `coverage.low`.
        title: one line for people: a failing test's name, a file.
        detail: the message, at most a few kilobytes.
        cure: what to do about it, where the gate knows.
        path, line: where, relative to the root; line 0 is unknown.
    """

    code: str
    title: str
    detail: str = ""
    cure: str = ""
    path: str = ""
    line: int = 0


class Outcome(StrEnum):
    """How one test ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"  #: it could not be run to its end: a broken fixture, an import that fails
    SKIPPED = "skipped"


#: How a test ends that speaks against the branch.
RED = frozenset({Outcome.FAILED, Outcome.ERROR})


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCase:
    """One test of one run, with an identity that holds from run to run.

    Attributes:
        name: as its runner calls it, parameters included.
        suite: the class, module or file that holds it; `id` is both together.
        path, line: where, relative to the root; empty and 0 when the report does not say.
        message: why it is not green, at most a few kilobytes; empty for a passed one.
        properties: name and value pairs from the report, such as the criterion it validates.
        output: the end of what a test that is not green printed.
    """

    __test__ = False

    name: str
    suite: str = ""
    outcome: Outcome = Outcome.PASSED
    path: str = ""
    line: int = 0
    seconds: float = 0.0
    message: str = ""
    properties: tuple[tuple[str, str], ...] = ()
    output: str = ""

    @property
    def id(self) -> str:
        """Suite and name: the same test has the same id on another commit."""
        return f"{self.suite}::{self.name}" if self.suite else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCounts:
    """What a test run counted; `counted` is False when only an exit status is known."""

    __test__ = False

    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    counted: bool = True

    @property
    def total(self) -> int:
        """All tests that were reported."""
        return self.passed + self.failed + self.errors + self.skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCoverage:
    """Coverage of one file: line number to hits; branches as (covered, total).

    Attributes:
        path: relative to the root once it was resolved.
        branches: line number to (covered, total) of the branches that start there, where the report says.
    """

    path: str
    lines: Mapping[int, int]
    branches_covered: int = 0
    branches_total: int = 0
    branches: Mapping[int, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Coverage of a whole run.

    Attributes:
        files: per file, where the report has them; empty for a summary-only report.
        branches_total: 0 when branches were not measured.
        source: the report's format; for `go` a "line" is a statement, as Go's own tool counts.
    """

    lines_covered: int
    lines_total: int
    branches_covered: int = 0
    branches_total: int = 0
    files: tuple[FileCoverage, ...] = ()
    source: str = ""

    @property
    def line_percent(self) -> float:
        """Percentage of lines, 0 to 100; nothing measured is 0, never 100."""
        return 100.0 * self.lines_covered / self.lines_total if self.lines_total else 0.0

    @property
    def branch_percent(self) -> float | None:
        """Percentage of branches, None when they were not measured."""
        return 100.0 * self.branches_covered / self.branches_total if self.branches_total else None

    @property
    def combined_percent(self) -> float:
        """Lines and branches in one percentage, the total that coverage.py prints."""
        total = self.lines_total + self.branches_total
        return 100.0 * (self.lines_covered + self.branches_covered) / total if total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFileCoverage:
    """Coverage of the lines that a branch adds or changes in one file; only executable lines are counted.

    Attributes:
        covered: the numbers of those that a test ran.
        missing: the numbers of those that none did.
        branches_covered, branches_total: of the branches that start on changed lines, where they were measured.
        guessed: whether the report does not know the file, so that every line that looks like code is missing.
    """

    path: str
    covered: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    branches_covered: int = 0
    branches_total: int = 0
    guessed: bool = False

    @property
    def total(self) -> int:
        """How many executable lines were changed."""
        return len(self.covered) + len(self.missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedCoverage:
    """Coverage of all lines that a branch adds or changes.

    Attributes:
        files: each file with an executable changed line, by path.
        not_measured: changed files of code that nothing measures: no report tells of their language, the base branch's
            own settings leave them out, or they lie beside the product, such as in `scripts`.
    """

    files: tuple[ChangedFileCoverage, ...] = ()
    not_measured: tuple[str, ...] = ()

    @property
    def covered(self) -> int:
        """How many of the changed executable lines a test ran."""
        return sum(len(file.covered) for file in self.files)

    @property
    def total(self) -> int:
        """How many executable lines were changed; with 0 there is nothing to cover, which is not 100 %."""
        return sum(file.total for file in self.files)

    @property
    def branches_covered(self) -> int:
        """How many of the branches that start on changed lines were taken."""
        return sum(file.branches_covered for file in self.files)

    @property
    def branches_total(self) -> int:
        """How many branches start on changed lines; 0 where branches were not measured."""
        return sum(file.branches_total for file in self.files)

    @property
    def line_percent(self) -> float | None:
        """Percentage of the changed lines; None when there is nothing to cover."""
        return 100.0 * self.covered / self.total if self.total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """What one gate says of one commit.

    Attributes:
        summary: one line for people: "41 tests passed", "coverage 91.2 % of 80 %".
        output: what the tool said, bounded; for the artifacts.
        reports: files to keep as artifacts: name to path.
        changed: coverage of the lines that the branch changes; None where it was not asked or not measured.
        cases: each test with its identity, where the run told them.
    """

    gate: str
    color: Color
    summary: str
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    output: str = ""
    command: str = ""
    tests: TestCounts | None = None
    coverage: Coverage | None = None
    changed: ChangedCoverage | None = None
    reports: Mapping[str, Path] = field(default_factory=dict)
    cases: tuple[TestCase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is to be judged.

    Attributes:
        tree: the working tree; a gate may write build files there, never tracked ones.
        scratch: a folder of this gate's own for reports; empty at the start.
        environment: the whole environment of what is run: no forge, cloud or agent credential in it.
        commit: what the tree is at.
        libraries: what set-up compiled of the libraries that it installed.
    """

    tree: Path
    scratch: Path
    environment: Mapping[str, str]
    commit: str = ""
    libraries: "Libraries | None" = None


class Bite(StrEnum):
    """What became of a new or changed test when the change that it tests was taken away."""

    BITES = "bites"  #: it failed without the change
    SMOKE = "smoke"  #: it calls what was changed, and would not notice what comes of it
    GUARD = "guard"  #: it asserts what was so before, and fails when that is taken away
    HOLLOW = "hollow"  #: it passed without the change, or needs no more of it than its names
    UNKNOWN = "unknown"  #: it could not be tried, and why is a finding


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFact:
    """One test as the branch has it, and what is known of it besides.

    Attributes:
        case: what it says now.
        base: what it said on the merge base; None when it was not there, or when that was not asked.
        touched: whether the branch added or changed it.
        bite: whether it fails without the change; None for one that was not tried.
        tries: what it said each time, where it was run again by itself.
    """

    __test__ = False

    case: TestCase
    base: Outcome | None = None
    touched: bool = False
    bite: Bite | None = None
    tries: tuple[Outcome, ...] = ()

    @property
    def is_flaky(self) -> bool:
        """Whether it said different things of the same code."""
        return len(set(self.tries)) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How many of the changed lines were seen by what: the numbers of the lines, by path.

    Attributes:
        code: every line of code that the branch adds or changes.
        seen: by `tests`, `lint`, `types` and so on: which of these.
    """

    code: Mapping[str, frozenset[int]]
    seen: Mapping[str, Mapping[str, frozenset[int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All that the gates say of a branch, and what evidence is made of.

    Attributes:
        results: in the order in which people read them.
        tests: every test that was run, where the runner names them.
        base_known: whether the tests were run on the merge base too.
        gone: ids of tests that were run on the merge base and are not any more, though their file is there.
        coverage, base_coverage: of the head and of the merge base; None where they were not measured.
    """

    results: tuple[GateResult, ...]
    tests: tuple[TestFact, ...] = ()
    base_known: bool = False
    gone: tuple[str, ...] = ()
    coverage: Coverage | None = None
    base_coverage: Coverage | None = None
    looked: Looked | None = None


class Gate(Protocol):
    """One check. It never raises for what it finds; what it could not look at is `Color.ERROR`."""

    @property
    def name(self) -> str:
        """Stable and short: `tests`, `coverage`, `lint`."""
        ...

    async def judge(self, subject: Subject) -> tuple[GateResult, ...]:
        """Look at the subject; one run may answer for several gates (tests bring their coverage along)."""
        ...

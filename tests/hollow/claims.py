"""Ticks of tasks that nothing backs, and ticks that only look so: what a run of the worker left on a branch."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from evidence.branches import BASE, TASKS, Branch

SRC = {"src/rates.py": "LIMIT = 31\n"}
TEST = 'def test_heavy():\n    """Validates: 1.1"""\n    assert refuse(31)\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A test of the branch, and how it went; `bite` is empty for one that nobody tried."""

    name: str
    path: str = "tests/test_rates.py"
    outcome: str = "passed"
    bite: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One task that the worker ticked.

    Attributes:
        plan: tasks.md; the task is `task`.
        files: what its commit changes besides the tick.
        open_still: ids of tasks that are not ticked.
        hollow: whether the tick has to be taken back.
        proved: whether criterion 1.1 may be called proved.
    """

    name: str
    why: str
    hollow: bool
    plan: str = "# Plan\n- [ ] 1. Refuse heavy parcels\n  - _Requirements: 1.1_\n"
    task: str = "1"
    files: Mapping[str, str] = field(default_factory=lambda: SRC)
    tests: tuple[Ran, ...] = (Ran(name="test_other", path="tests/test_other.py"),)
    proved: bool = False

    def branch(self) -> Branch:
        """The branch as evidence is made of it."""
        branch = Branch({**BASE, TASKS: self.plan})
        branch.commit(dict(self.files), task=self.task)
        for test in self.tests:
            branch.test(test.name, test.path, outcome=test.outcome, bite=test.bite or None)
        return branch


CLAIMS = (
    Claim(name="ticked-without-work", why="spec-kit #1865: 2 of 770 ticked tasks were done.", hollow=True, files={}),
    Claim(
        name="ticked-with-words-in-the-spec",
        why="Only documents of specs were changed.",
        hollow=True,
        files={".kiro/specs/other/design.md": "Refuses heavy parcels.\n"},
    ),
    Claim(
        name="ticked-with-a-claim-of-numbers",
        why="LLMKube #1076: a document says what was measured, and nothing was.",
        hollow=True,
        files={"README.md": "Refuses heavy parcels in 3 ms, validated over 1,200 parcels, coverage 98 %.\n"},
    ),
    Claim(name="ticked-without-a-test", why="Code, and no test for its criterion.", hollow=True),
    Claim(
        name="ticked-with-a-test-that-fails",
        why="The test for its criterion fails.",
        hollow=True,
        files={**SRC, "tests/test_rates.py": TEST},
        tests=(Ran(name="test_heavy", outcome="failed"),),
    ),
    Claim(
        name="ticked-with-a-test-that-is-skipped",
        why="The test for its criterion is skipped.",
        hollow=True,
        files={**SRC, "tests/test_rates.py": TEST},
        tests=(Ran(name="test_heavy", outcome="skipped"),),
    ),
    Claim(
        name="ticked-with-a-test-that-nobody-ran",
        why="The file of the test is there, and no runner knows of it.",
        hollow=True,
        files={**SRC, "checks/heavy.py": TEST},
    ),
    Claim(
        name="ticked-with-a-test-of-another-criterion",
        why="The only test names another criterion.",
        hollow=True,
        tests=(Ran(name="test_zones_validates_2_1", path="tests/test_zones.py"),),
    ),
    Claim(
        name="backed-by-a-hollow-test",
        why="There is a test, and it would pass without the work: nothing is proved.",
        hollow=False,
        files={**SRC, "tests/test_rates.py": TEST},
        tests=(Ran(name="test_heavy", bite="hollow"),),
    ),
    Claim(
        name="backed",
        why="Code, and a test that names the criterion and fails without it.",
        hollow=False,
        files={**SRC, "tests/test_rates.py": TEST},
        tests=(Ran(name="test_heavy", bite="bites"),),
        proved=True,
    ),
    Claim(
        name="backed-by-a-task-to-come",
        why="The tests are a task of their own, which is still to be done.",
        hollow=False,
        plan="# Plan\n- [ ] 1. Refuse heavy parcels\n  - _Requirements: 1.1_\n- [ ] 2. Test it\n  - _Requirements: 1.1_\n",
    ),
    Claim(
        name="a-checkpoint",
        why="A checkpoint has no work of its own; the gates are its backing.",
        hollow=False,
        plan="# Plan\n- [ ] 1. Checkpoint - Ensure all tests pass\n",
        files={},
    ),
    Claim(
        name="a-task-without-criteria",
        why="It names no criterion, and something was done.",
        hollow=False,
        plan="# Plan\n- [ ] 1. Set up the project\n",
    ),
    Claim(
        name="a-task-for-documents",
        why="The task asks for a document, and that is what there is.",
        hollow=False,
        plan="# Plan\n- [ ] 1. Document the limits in the README\n  - _Requirements: 1.1_\n",
        files={"README.md": "The limit is 30.\n"},
    ),
)

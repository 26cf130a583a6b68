"""What evidence is worth at a later commit."""

from dataclasses import replace

import pytest

from evidence.branches import BASE, PLAN, Branch, hunks_between
from kiro_worker.changeset import Hunk
from kiro_worker.evidence.document import document_text
from kiro_worker.evidence.model import FileBacking, State
from kiro_worker.evidence.reading import read_evidence
from kiro_worker.evidence.staleness import Later, age
from kiro_worker.evidence.status import CONTEXT, status_of, summary_of
from kiro_worker.forge.port import StatusState
from kiro_worker.testing.evidence_sample import sample_evidence

CODE = "LIMIT = 30\n\n\ndef quote(weight):\n    if weight > LIMIT:\n        raise ValueError\n    return weight\n"
TESTS = 'def test_heavy():\n    """Validates: 1.1"""\n    assert quote(31)\n\n\ndef test_other():\n    assert True\n'
TEST_PATH, CODE_PATH = "tests/test_rates.py", "src/rates.py"


@pytest.fixture
def branch():
    made = Branch()
    made.commit({CODE_PATH: CODE, TEST_PATH: TESTS}, task="1.1")
    made.test("test_heavy", bite="bites")
    return made


def aged(branch, changes=(), *, moved=True):
    evidence = read_evidence(document_text(branch.evidence()).encode(), place="here")
    then, now = dict(branch.tree), {**branch.tree, **dict(changes)}
    branch.tree = now
    later = Later(
        criteria={each.id: each.full_text for each in branch.spec.criteria},
        read=branch.read,
        paths=[path for path, text in now.items() if text is not None],
        moved=lambda path: hunks_between(then[path], now[path]) if moved else None,
    )
    return age(evidence, later)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"src/other.py": "x = 1\n"},
        # What stands before the criterion's lines, and behind them.
        {CODE_PATH: "import math\n" + CODE + "\n\ndef more():\n    pass\n"},
        {CODE_PATH: CODE.replace("LIMIT = 30", "LIMIT = 40")},
        {TEST_PATH: "import pytest\n\n\n" + TESTS.replace("assert True", "assert 1")},
        {".kiro/specs/rates/tasks.md": PLAN.replace("Know zones", "Know all zones")},
    ],
    ids=["nothing", "another file", "around it", "a line of the base", "another test", "a task"],
)
def test_what_does_not_touch_a_criterion_leaves_it_as_it_was(branch, changes):
    told = aged(branch, changes)
    assert (told.is_current, told.stale, told.added) == (True, {}, ())
    assert told.evidence == branch_evidence(told)


def branch_evidence(told):
    """Nothing else of the evidence changes with its age."""
    assert [each.state for each in told.evidence.criteria] == [State.PROVED, State.MISSING, State.MISSING]
    return told.evidence


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({CODE_PATH: CODE.replace("> LIMIT", ">= LIMIT")}, "Line 5 of src/rates.py was changed."),
        ({CODE_PATH: "LIMIT = 30\n"}, "Lines 2-7 of src/rates.py were changed."),
        ({CODE_PATH: None}, "src/rates.py is gone."),
        ({TEST_PATH: TESTS.replace("31", "32")}, "The test test_heavy was changed."),
        ({TEST_PATH: TESTS.replace("1.1", "1.2")}, "The test test_heavy was changed."),
        (
            {TEST_PATH: TESTS.replace("test_heavy", "test_light")},
            "The test test_heavy is not in tests/test_rates.py any more.",
        ),
        ({TEST_PATH: None}, "The test test_heavy is gone with its file tests/test_rates.py."),
        ({TEST_PATH: "def test_heavy(:\n"}, "The test test_heavy is not in tests/test_rates.py any more."),
        (
            {
                ".kiro/specs/rates/requirements.md": BASE[".kiro/specs/rates/requirements.md"].replace(
                    "heavy THE", "very heavy THE"
                )
            },
            "Its text was changed.",
        ),
        (
            {
                ".kiro/specs/rates/requirements.md": "# Requirements\n### Requirement 1: Weights\n#### Acceptance Criteria\n2. It is\n"
            },
            "The spec does not have it any more.",
        ),
    ],
)
def test_what_backs_a_criterion_and_changes_makes_it_stale(branch, changes, why):
    told = aged(branch, changes)
    assert told.stale == {"1.1": (why,)}
    first = next(told.evidence.criteria)
    assert (first.state, first.why) == (State.STALE, why)
    status = status_of(told.evidence, commit="c")
    assert (status.state, status.context) == (StatusState.FAILURE, CONTEXT)
    assert status.description.startswith("out of date: 1.1; 0 of 3 criteria proved")


def test_where_the_commit_of_then_is_not_there_only_whole_files_can_be_compared(branch):
    told = aged(branch, {CODE_PATH: "import math\n" + CODE}, moved=False)
    assert told.stale == {"1.1": ("src/rates.py was changed, and which lines of it is not known here.",)}


def test_a_strangers_document_cannot_keep_us_busy(branch):
    evidence = branch.evidence()
    whole = next(evidence.criteria)
    file = FileBacking(path=CODE_PATH, lines="1-900000", sha256="0" * 64)
    bloated = replace(
        evidence,
        requirements=(replace(evidence.requirements[0], criteria=(replace(whole, files=(file,) * 20, tests=()),)),),
    )
    later = Later(criteria={"1.1": whole.text}, read=branch.read, paths=(), moved=lambda path: (Hunk(1, 1, 1, 1),))
    told = age(bloated, later)
    assert told.stale["1.1"][0] == "Line 1 of src/rates.py was changed."
    assert told.stale["1.1"][-1] == "src/rates.py was changed, and which lines of it is not known here."


def test_criteria_that_came_later_are_told(branch):
    more = BASE[".kiro/specs/rates/requirements.md"].replace("### Requirement 2", "3. It is new\n### Requirement 2")
    told = aged(branch, {".kiro/specs/rates/requirements.md": more})
    assert (told.is_current, told.stale, told.added) == (False, {}, ("1.3",))
    status = status_of(told.evidence, commit="c", added=told.added)
    assert (status.state, status.description[:25]) == (StatusState.FAILURE, "new since then: 1.3; 1 of")


def test_a_file_of_tests_that_was_only_known_whole_is_compared_whole(branch):
    branch.facts.clear()
    branch.test("test_heavy", bite="bites", properties=(("validates", "1.1"),))
    branch.tree[TEST_PATH] = "def test_heavy(:\n"
    told = aged(branch, {TEST_PATH: "def test_heavy(::\n"})
    assert told.stale == {"1.1": ("tests/test_rates.py, which holds the test test_heavy, was changed.",)}


# The commit status


def test_work_that_is_to_come_is_pending_and_work_that_is_done_without_proof_is_not(branch):
    evidence = branch.evidence()
    assert status_of(evidence, commit="c").state is StatusState.PENDING
    branch.commit({"src/more.py": "x = 1\n"}, task="1.2")
    branch.commit({"src/zones.py": "x = 1\n"}, task="2")
    told = status_of(branch.evidence(), commit="c", url="https://x")
    assert (told.state, told.url, told.commit) == (StatusState.FAILURE, "https://x", "c")
    assert told.description == "ticked and not done: 1.2, 2; 1 of 3 criteria proved, 2 missing"
    branch.results = []
    branch.facts.clear()
    assert status_of(branch.evidence(), commit="c").state is StatusState.SUCCESS


def test_a_missing_criterion_of_a_done_task_is_a_failure():
    branch = Branch()
    branch.commit({CODE_PATH: CODE, TEST_PATH: TESTS}, task="1.1")
    branch.test("test_heavy", outcome="failed")
    branch.test("test_other")
    told = status_of(branch.evidence(), commit="c")
    assert (told.state, told.description[:18]) == (StatusState.FAILURE, "nothing shows 1.1;")


def test_a_criterion_of_which_one_task_is_still_open_is_waited_for():
    plan = "- [ ] 1. Refuse\n  - _Requirements: 1.1_\n- [ ] 2. Take\n  - _Requirements: 1, 2_\n"
    branch = Branch({**BASE, ".kiro/specs/rates/tasks.md": plan})
    branch.commit({CODE_PATH: CODE}, task="1")
    branch.test("test_other")
    assert status_of(branch.evidence(), commit="c").state is StatusState.PENDING


def test_the_states_are_told_in_one_line():
    assert summary_of(sample_evidence(3)) == "7 of 12 criteria proved, 2 weak, 1 missing, 2 for people to look at"
    branch = Branch({**BASE, ".kiro/specs/rates/requirements.md": "# Requirements\n"})
    assert status_of(branch.evidence(), commit="c").description == "the spec has no criteria"

"""What backs each criterion: from a spec, a branch's commits and what the gates said of it."""

import hashlib
from dataclasses import replace

import jsonschema
import pytest

from evidence.branches import BASE, FOLDER, PLAN, REQUIREMENTS, TASKS, Branch, oid
from kiro_worker.evidence.binding import BoundTest
from kiro_worker.evidence.document import document
from kiro_worker.evidence.model import Before, Bound, FileBacking, State, TaskBacking, TestBacking, TestTally
from kiro_worker.gate.port import (
    Bite,
    ChangedCoverage,
    ChangedFileCoverage,
    Color,
    GateResult,
    Outcome,
    TestCase,
    TestCounts,
    TestFact,
)
from reference import evidence_schema

CODE = "LIMIT = 30\n\n\ndef quote(weight):\n    if weight > LIMIT:\n        raise ValueError\n    return weight\n"
TAGGED = 'def test_heavy():\n    """Validates: 1.1"""\n    assert quote(31)\n'
PLAIN = "def test_heavy():\n    assert quote(31)\n"


def tagged(**fact):
    branch = Branch()
    branch.commit({"src/rates.py": CODE, "tests/test_rates.py": TAGGED}, task="1.1")
    branch.test("test_heavy", **fact)
    return branch


def test_a_criterion_is_proved_by_a_test_that_names_it_and_bites():
    branch = tagged(bite="bites")
    branch.hits = {"src/rates.py": {1: 1, 4: 1, 5: 1, 6: 0, 7: 1}}
    told = branch.criterion("1.1")
    assert (told.state, told.why) == (State.PROVED, "A test that names it passes, and fails without the change.")
    assert told.text == "WHEN it is heavy THE SYSTEM SHALL refuse it"
    assert told.sha256 == hashlib.sha256(told.text.encode()).hexdigest()
    assert told.tasks == (TaskBacking(id="1.1", title="Refuse heavy parcels", done=True),)
    assert told.commits == (oid("commit 0"),)
    assert told.tests == (
        TestBacking(
            id="tests.test_rates::test_heavy",
            path="tests/test_rates.py",
            line=1,
            base=Before.ABSENT,
            bite="bites",
            bound=Bound.TAG,
            sha256=hashlib.sha256(TAGGED.encode()).hexdigest(),
        ),
    )
    # The line of the limit was there before; of the others, four can be run and three were.
    assert told.files == (
        FileBacking(
            path="src/rates.py", lines="2-7", covered=3, total=4, sha256=hashlib.sha256(CODE.encode()).hexdigest()
        ),
    )


def test_a_criterion_that_nothing_was_done_for_is_missing_and_says_what_is_to_come():
    told = tagged(bite="bites").criterion("1.2")
    assert (told.state, told.tests, told.commits, told.files) == (State.MISSING, (), (), ())
    assert told.why == "No test names it, and task 1.2 is still open."


@pytest.mark.parametrize(
    ("fact", "state", "why"),
    [
        (
            {"bite": "smoke"},
            State.WEAK,
            "test_heavy names it and calls what was changed, but would not notice what comes of it.",
        ),
        ({"bite": "hollow"}, State.WEAK, "test_heavy names it, and passes without the change too."),
        ({"bite": "unknown"}, State.WEAK, "test_heavy names it and passes; it could not be tried without the change."),
        ({}, State.WEAK, "test_heavy names it and passes; it was not tried without the change."),
        (
            {"touched": False, "base": "failed"},
            State.PROVED,
            "A test that names it passes, and failed before the change.",
        ),
        ({"touched": False, "base": "passed"}, State.WEAK, "test_heavy names it, and passed before the change too."),
        # An import that failed says nothing of what was asked for.
        (
            {"touched": False, "base": "error"},
            State.WEAK,
            "test_heavy names it and passes; what it said before the change is not known.",
        ),
        # Changed by the branch, it may have been another test then.
        (
            {"touched": True, "base": "failed"},
            State.WEAK,
            "test_heavy names it and passes; it was not tried without the change.",
        ),
        (
            {"touched": False, "base": "failed", "bite": "hollow"},
            State.WEAK,
            "test_heavy names it, and passes without the change too.",
        ),
        ({"outcome": "failed", "bite": "bites"}, State.MISSING, "A test that names it fails: test_heavy."),
        ({"outcome": "error"}, State.MISSING, "A test that names it fails: test_heavy."),
        ({"outcome": "skipped"}, State.MISSING, "The only test that names it is skipped: test_heavy."),
    ],
)
def test_a_test_that_names_a_criterion_is_no_more_than_it_is(fact, state, why):
    told = tagged(**fact).criterion("1.1")
    assert (told.state, told.why) == (state, why)


def test_only_a_test_that_names_a_criterion_proves_it():
    bites = TestFact(case=TestCase(name="x"), touched=True, bite=Bite.BITES)
    assert BoundTest(bites, Bound.TAG, None).proves
    assert not BoundTest(bites, Bound.REQUIREMENT, None).proves
    assert not BoundTest(bites, Bound.TASK, None).proves


def test_one_failing_test_outweighs_those_that_prove():
    branch = tagged(bite="bites")
    branch.tree["tests/test_rates.py"] += TAGGED.replace("heavy", "heavier")
    branch.test("test_heavier", outcome="failed")
    told = branch.criterion("1.1")
    assert (told.state, told.why) == (State.MISSING, "A test that names it fails: test_heavier.")
    assert [test.result for test in told.tests] == ["failed", "passed"]


def test_a_test_without_a_tag_speaks_weakly_for_what_its_task_names():
    branch = Branch()
    branch.commit({"src/rates.py": CODE, "tests/test_rates.py": PLAIN}, task="1.1")
    branch.commit({"tests/test_rates.py": PLAIN + PLAIN.replace("heavy", "light")}, task="1.2")
    branch.test("test_heavy", bite="bites")
    branch.test("test_light", bite="bites")
    told = branch.criterion("1.1")
    assert (told.state, told.why) == (State.WEAK, "No test names it; a test that its tasks' commits wrote passes.")
    assert [(test.id, test.bound) for test in told.tests] == [("tests.test_rates::test_heavy", Bound.TASK)]
    assert [test.id for test in branch.criterion("1.2").tests] == ["tests.test_rates::test_light"]


def test_where_lines_are_not_known_a_touched_test_speaks_for_the_tasks_that_touched_its_file():
    branch = Branch()
    branch.commit({"tests/test_rates.py": PLAIN, "tests/test_old.py": PLAIN}, task="1.1")
    branch.commits = [replace(each, files=dict.fromkeys(each.files, ())) for each in branch.commits]
    branch.test("test_heavy", bite="bites")
    branch.test("test_heavy", path="tests/test_old.py", touched=False)
    assert [test.path for test in branch.criterion("1.1").tests] == ["tests/test_rates.py"]


def test_a_test_that_names_something_else_does_not_speak_for_its_task():
    branch = Branch()
    branch.commit({"tests/test_rates.py": TAGGED.replace("1.1", "2.1")}, task="1.1")
    branch.test("test_heavy", bite="bites")
    assert branch.criterion("1.1").state is State.MISSING
    assert branch.criterion("2.1").state is State.PROVED


def test_a_test_that_names_a_whole_requirement_speaks_weakly_for_each_of_its_criteria():
    branch = Branch()
    branch.commit({"tests/test_rates.py": TAGGED.replace("1.1", "Requirement 1")}, task="1.1")
    branch.test("test_heavy", bite="bites")
    for criterion in ("1.1", "1.2"):
        told = branch.criterion(criterion)
        assert (told.state, told.tests[0].bound) == (State.WEAK, Bound.REQUIREMENT)
        assert (
            told.why
            == "No test names it by itself; a passing test names its whole requirement, or many criteria at once."
        )


def test_a_task_that_names_nothing_is_for_the_criteria_of_the_task_above_it():
    plan = "- [ ] 1. Weigh\n  - [ ] 1.1 Refuse\n  - _Requirements: 1.1, 1.2_\n- [ ] 2. Zones\n  - _Requirements: 2_\n"
    branch = Branch({**BASE, TASKS: plan})
    branch.commit({"src/rates.py": CODE}, task="1.1")
    assert [task.id for task in branch.criterion("1.2").tasks] == ["1.1"]
    assert [task.id for task in branch.criterion("2.1").tasks] == ["2"]


def test_tasks_that_are_left_to_people_make_a_criterion_not_testable():
    plan = PLAN.replace("Know zones", "Check the zones on a map (manual)")
    told = Branch({**BASE, TASKS: plan}).criterion("2.1")
    branch = Branch({**BASE, TASKS: plan})
    branch.test("test_x")
    told = branch.criterion("2.1")
    assert told.state is State.NOT_TESTABLE
    assert told.why == "Task 2 leaves it to people: “Check the zones on a map (manual)”."


@pytest.mark.parametrize(
    ("result", "state", "why"),
    [
        (None, State.NOT_TESTABLE, "This repository's gates run no tests."),
        (
            GateResult(gate="tests", color=Color.NOT_APPLICABLE, summary=""),
            State.NOT_TESTABLE,
            "This repository's gates run no tests.",
        ),
        (GateResult(gate="tests", color=Color.ERROR, summary=""), State.MISSING, "The tests could not be run."),
        (
            GateResult(gate="tests", color=Color.GREEN, summary="", tests=TestCounts(counted=False)),
            State.NOT_TESTABLE,
            "The test command tells whether all is well, and names no test.",
        ),
        (
            GateResult(gate="tests", color=Color.GREEN, summary="", tests=TestCounts()),
            State.MISSING,
            "No test names it, and task 1.1 is still open.",
        ),
    ],
)
def test_where_no_test_is_named_it_is_told_why(result, state, why):
    branch = Branch()
    branch.results = [result] if result else []
    told = branch.criterion("1.1")
    assert (told.state, told.why) == (state, why)


def test_a_criterion_that_nobody_speaks_of_is_missing():
    branch = Branch({**BASE, TASKS: "- [ ] 1. Weigh\n"})
    branch.test("test_x")
    assert branch.criterion("2.1").why == "No task and no test names it."


def test_lines_that_a_later_task_rewrote_are_that_tasks():
    branch = Branch()
    branch.commit({"src/rates.py": CODE}, task="1.1")
    branch.commit(
        {"src/rates.py": "import math\n" + CODE.replace("return weight", "return math.ceil(weight)")}, task="1.2"
    )
    assert [file.lines for file in branch.criterion("1.1").files] == ["3-7"]
    assert [file.lines for file in branch.criterion("1.2").files] == ["1, 8"]


def test_neither_the_spec_nor_tests_nor_what_is_gone_is_among_the_files():
    branch = Branch()
    branch.commit({"src/rates.py": CODE, "src/old.py": "x\n", "tests/test_rates.py": TAGGED}, task="1.1")
    branch.commit({"src/old.py": None}, task="1.2")
    assert [file.path for file in branch.criterion("1.1").files] == ["src/rates.py"]


def test_many_tests_of_one_criterion_are_cut_and_counted():
    branch = tagged(bite="bites")
    branch.facts *= 40
    told = branch.criterion("1.1")
    assert (len(told.tests), told.tests_left_out) == (25, 15)


def fact(before, now, *tries):
    return TestFact(
        case=TestCase(name="x", outcome=Outcome(now)), base=before and Outcome(before), tries=tuple(map(Outcome, tries))
    )


def test_the_tests_and_the_coverage_are_told_in_numbers():
    branch = Branch()
    moves = [
        (None, "passed"),
        ("failed", "passed"),
        ("error", "passed"),
        ("passed", "failed"),
        ("failed", "error"),
        ("passed", "skipped"),
    ]
    branch.facts = [fact(*move) for move in moves] + [fact("passed", "passed", "failed", "passed")]
    changed = ChangedCoverage(files=(ChangedFileCoverage(path="src/rates.py", covered=(4, 5), missing=(6,)),))
    branch.results.append(GateResult(gate="coverage", color=Color.GREEN, summary="", changed=changed))
    told = branch.evidence()
    assert told.tests == TestTally(passed=4, failed=1, errors=1, skipped=1, new=1, fixed=2, broken=1, known=1, flaky=1)
    assert (told.coverage.percent, told.coverage.base_percent) == (75.0, None)
    assert (told.coverage.changed_covered, told.coverage.changed_total) == (2, 3)
    branch.known = False
    assert branch.evidence().tests.new == 0


def test_counts_without_names_are_told_and_an_exit_status_is_not_called_a_count():
    branch = Branch()
    branch.results = [GateResult(gate="tests", color=Color.GREEN, summary="", tests=TestCounts(passed=7, skipped=1))]
    assert branch.evidence().tests == TestTally(passed=7, skipped=1)
    branch.results = [GateResult(gate="tests", color=Color.GREEN, summary="", tests=TestCounts(counted=False))]
    assert branch.evidence().tests == TestTally(counted=False)


def test_what_a_run_makes_fits_the_schema():
    branch = tagged(bite="bites")
    branch.commit({}, task="1.2")
    told = document(branch.evidence())
    jsonschema.validate(told, evidence_schema.schema(), jsonschema.Draft202012Validator)
    assert (told["base"], told["head"], told["spec"]) == (oid("base"), oid("head"), "rates")
    assert told["states"] == {"proved": 1, "weak": 0, "missing": 2, "stale": 0, "not-testable": 0}


@pytest.mark.parametrize(
    ("title", "files"),
    [
        ("Document the limit in the README", {"README.md": "# Rates\n"}),
        ("Set up the pipeline", {".github/workflows/ci.yml": "a\n"}),
    ],
)
def test_documents_and_settings_are_for_people_to_look_at_and_nothing_is_missing(title, files):
    branch = Branch({**BASE, TASKS: PLAN.replace("Refuse heavy parcels", title)})
    branch.commit(files, task="1.1")
    branch.test("test_other", path="tests/test_other.py", touched=False)
    told = branch.criterion("1.1")
    assert told.state is State.NOT_TESTABLE
    assert told.why == "Task 1.1 made documents or settings alone, which no test runs."
    branch.commit({"src/x.py": "x = 1\n"}, task="1.1", kind="repair")
    assert branch.criterion("1.1").state is State.MISSING


def test_a_task_for_documents_that_did_nothing_leaves_its_criterion_missing():
    branch = Branch({**BASE, TASKS: PLAN.replace("Refuse heavy parcels", "Document the limit in the README")})
    branch.commit({}, task="1.1")
    branch.test("test_other", path="tests/test_other.py", touched=False)
    assert branch.criterion("1.1").state is State.MISSING


BUGFIX = """# Bugfix Requirements Document

## Bug Analysis

### Current Behavior (Defect)

1.1 WHEN it weighs 30 THEN the system refuses it

### Expected Behavior (Correct)

2.1 WHEN it weighs 30 THEN the system SHALL take it

### Unchanged Behavior (Regression Prevention)

3.1 WHEN it weighs 31 THEN the system SHALL CONTINUE TO refuse it
"""


def fixed(number, **fact):
    """A branch that fixes a bug, with a test that names one criterion of it."""
    base = {path: text for path, text in BASE.items() if not path.endswith("requirements.md")}
    plan = f"# Plan\n- [ ] 1. Fix it\n  - _Requirements: {number}_\n"
    branch = Branch({**base, TASKS: plan, f"{FOLDER}/bugfix.md": BUGFIX})
    branch.commit({"src/rates.py": CODE, "tests/test_rates.py": TAGGED.replace("1.1", number)}, task="1")
    branch.test("test_heavy", **fact)
    return branch


def test_what_is_to_stay_as_it_is_is_proved_by_a_test_that_says_so_of_both():
    told = fixed("3.1", bite="guard").criterion("3.1")
    assert told.state is State.PROVED
    assert told.why == "A test that names it passes with the change and without it, as it should."
    told = fixed("2.1", bite="guard").criterion("2.1")
    assert told.state is State.WEAK
    assert told.why == "test_heavy names it, and asserts what was so before the change."
    assert fixed("3.1", bite="smoke").criterion("3.1").state is State.WEAK


def test_a_feature_too_can_say_what_is_to_stay_as_it_is():
    kept = REQUIREMENTS.replace("THE SYSTEM SHALL refuse it", "THE SYSTEM SHALL CONTINUE TO refuse it")
    branch = Branch({**BASE, f"{FOLDER}/requirements.md": kept})
    branch.commit({"src/rates.py": CODE, "tests/test_rates.py": TAGGED}, task="1.1")
    branch.test("test_heavy", bite="guard")
    assert branch.criterion("1.1").state is State.PROVED


def test_a_defect_is_told_as_gone_and_is_nothing_that_is_missing():
    told = fixed("1.1", bite="bites").criterion("1.1")
    assert told.state is State.PROVED
    assert told.why.startswith("The defect that it states is gone: ")
    told = fixed("2.1", bite="bites").criterion("1.1")
    assert (told.state, told.why) == (
        State.NOT_TESTABLE,
        "It states the defect; what is to be instead is a criterion of its own.",
    )

"""Ticks that nothing backs: a worker's are phantoms, people's are told."""

from dataclasses import replace

import pytest

from evidence.branches import BASE, PLAN, TASKS, Branch, oid, ticked
from kiro_worker.gate.port import Color, GateResult, TestCounts

TEST = 'def test_heavy():\n    """Validates: 1.1"""\n    assert True\n'
CODE = {"src/rates.py": "LIMIT = 31\n"}
NO_TEST = "No passing test is bound to any criterion that it names (1.1)."


def branch_of(plan=PLAN):
    branch = Branch({**BASE, TASKS: plan, "tests/test_other.py": "def test_other():\n    assert True\n"})
    branch.test("test_other", path="tests/test_other.py", touched=False)
    return branch


def whys(branch):
    return {phantom.task: phantom.why for phantom in branch.evidence().phantoms}


def test_a_tick_with_a_change_and_a_test_is_backed():
    branch = branch_of()
    branch.commit({**CODE, "tests/test_rates.py": TEST}, task="1.1")
    branch.test("test_heavy")
    assert whys(branch) == {}
    assert branch.evidence().unbacked == ()


def test_a_tick_whose_commit_changes_nothing_else_is_a_phantom():
    branch = branch_of()
    branch.commit({".kiro/specs/other/tasks.md": "- [ ] 1. x\n"}, task="1.1")
    (phantom,) = branch.evidence().phantoms
    assert (phantom.task, phantom.commit) == ("1.1", oid("commit 0"))
    assert phantom.why == "Its commits change nothing besides the spec."


def test_unfinished_work_of_an_earlier_run_counts_as_the_tasks_own():
    branch = branch_of()
    branch.commit({**CODE, "tests/test_rates.py": TEST}, task="1.1", kind="partial")
    branch.test("test_heavy")
    branch.commit({}, task="1.1")
    assert whys(branch) == {}


def test_unfinished_work_alone_is_no_tick_of_the_workers():
    branch = branch_of()
    branch.commit(CODE, task="1.1", kind="partial")
    assert whys(branch) == {}
    branch.commit({TASKS: ticked(PLAN, "1.1")}, worker=False)
    assert whys(branch) == {}
    assert branch.evidence().unbacked == ("1.1",)


def test_a_task_that_names_criteria_needs_a_test_that_passes():
    branch = branch_of()
    branch.commit({**CODE, "tests/test_rates.py": TEST}, task="1.1")
    assert whys(branch) == {"1.1": NO_TEST}
    branch.test("test_heavy", outcome="failed")
    assert whys(branch) == {"1.1": NO_TEST}
    branch.facts.pop()
    branch.test("test_heavy", outcome="skipped")
    assert whys(branch) == {"1.1": NO_TEST}


def test_a_test_that_the_task_wrote_without_a_tag_is_enough():
    branch = branch_of()
    branch.commit({**CODE, "tests/test_rates.py": "def test_heavy():\n    assert True\n"}, task="1.1")
    branch.test("test_heavy")
    assert whys(branch) == {}


def test_a_task_that_names_nothing_needs_only_its_change():
    branch = branch_of("- [ ] 1. Weigh\n")
    branch.commit(CODE, task="1")
    assert whys(branch) == {}


@pytest.mark.parametrize("star", ["", "*"])
def test_tests_that_another_open_task_is_to_write_are_waited_for(star):
    plan = f"- [ ] 1.1 Refuse\n  - _Requirements: 1.1_\n- [ ]{star} 1.2 Test it\n  - _Requirements: 1.1, 1.2_\n"
    branch = branch_of(plan)
    branch.commit(CODE, task="1.1")
    assert whys(branch) == {}
    branch.commit({"src/more.py": "x\n", TASKS: plan.replace("[ ]", "[x]")}, task="1.2")
    assert whys(branch) == {"1.1": NO_TEST, "1.2": NO_TEST.replace("1.1", "1.1, 1.2")}


def test_a_checkpoint_is_backed_by_the_gates_alone():
    branch = branch_of("- [ ] 1. Checkpoint - Ensure all tests pass\n  - _Requirements: 1.1_\n")
    branch.commit({}, task="1")
    assert whys(branch) == {}
    assert branch.evidence().unbacked == ()


@pytest.mark.parametrize(
    "result",
    [
        GateResult(gate="tests", color=Color.NOT_APPLICABLE, summary=""),
        GateResult(gate="tests", color=Color.GREEN, summary="", tests=TestCounts(counted=False)),
        GateResult(gate="tests", color=Color.ERROR, summary=""),
    ],
)
def test_where_no_test_can_be_named_the_change_is_enough(result):
    branch = Branch()
    branch.results = [result]
    branch.commit(CODE, task="1.1")
    branch.commit({}, task="1.2")
    assert whys(branch) == {"1.2": "Its commits change nothing besides the spec."}


def test_what_is_left_to_people_needs_no_test():
    branch = branch_of(PLAN.replace("Refuse heavy parcels", "Refuse heavy parcels, to be verified manually"))
    branch.commit(CODE, task="1.1")
    assert whys(branch) == {}


def test_documents_need_no_test_and_a_document_in_the_place_of_code_does():
    branch = branch_of(PLAN.replace("Refuse heavy parcels", "Document the limit in the README"))
    branch.commit({"README.md": "# Rates\n"}, task="1.1")
    assert whys(branch) == {}
    branch.commit({"src/x.py": "x\n"}, task="1.1", kind="repair")
    assert whys(branch) == {"1.1": NO_TEST}
    branch = branch_of()
    branch.commit({"README.md": "# It refuses heavy parcels\n"}, task="1.1")
    assert whys(branch) == {"1.1": NO_TEST}


@pytest.mark.parametrize(
    "title", ["Set up project structure", "Configure the CI pipeline", "Install dependencies", "搭建项目"]
)
def test_setting_a_project_up_needs_no_test_as_long_as_it_is_no_code(title):
    branch = branch_of(PLAN.replace("Refuse heavy parcels", title))
    branch.commit(
        {"pyproject.toml": "[project]\n", "src/x/__init__.py": "\n", ".github/workflows/ci.yml": "a\n"}, task="1.1"
    )
    assert whys(branch) == {}
    branch.commit({"src/x/__init__.py": "def f(): ...\n"}, task="1.1", kind="repair")
    assert whys(branch) == {"1.1": NO_TEST}
    branch = branch_of()
    branch.commit({"pyproject.toml": "[project]\n"}, task="1.1")
    assert whys(branch) == {"1.1": NO_TEST}


@pytest.mark.parametrize("title", ["Refactor the limit", "Move the limit to `src/limits.py`", "Speed up the weighing"])
def test_a_task_that_wants_what_was_so_before_is_backed_by_the_tests_that_were_there(title):
    branch = branch_of(PLAN.replace("Refuse heavy parcels", title))
    branch.commit(CODE, task="1.1")
    assert whys(branch) == {}
    branch = branch_of(PLAN.replace("Refuse heavy parcels", "Refuse heavy parcels\n    - Refactor on the way"))
    branch.commit(CODE, task="1.1")
    assert whys(branch) == {"1.1": NO_TEST}


def test_what_was_ticked_before_the_branch_is_nobodys_business():
    branch = Branch({**BASE, TASKS: ticked(PLAN, "1.1")})
    branch.test("test_other", path="tests/test_other.py", touched=False)
    branch.commit(CODE, worker=False)
    assert (whys(branch), branch.evidence().unbacked) == ({}, ())
    branch.commit({TASKS: branch.tree[TASKS].replace("- [x] 1.1", "* [x] 1.1")}, worker=False)
    assert branch.evidence().unbacked == (), "only its bullet is another"
    # Its number may be another task's by now.
    branch.commit({TASKS: branch.tree[TASKS].replace("Refuse heavy", "Weigh all")}, worker=False)
    assert branch.evidence().unbacked == ("1.1",)


def test_a_tick_that_was_taken_back_is_none():
    branch = branch_of()
    branch.commit({}, task="1.1")
    branch.commit({**CODE, "tests/test_rates.py": TEST.replace("1.1", "1.2")}, task="1.2")
    branch.test("test_heavy")
    branch.commit({TASKS: ticked(PLAN, "1.2")}, kind="untick")
    assert whys(branch) == {}


def test_ticks_of_people_without_backing_are_told_and_never_called_phantoms():
    branch = branch_of()
    branch.commit({TASKS: ticked(PLAN, "1.1", "1.2", "2"), **CODE}, worker=False)
    branch.tree["tests/test_rates.py"] = TEST
    branch.test("test_heavy", touched=False)
    assert whys(branch) == {}
    assert branch.evidence().unbacked == ("1.2", "2")


def test_a_tick_of_a_person_beside_work_is_backed_where_no_criterion_is_named():
    plan = "- [ ] 1. Weigh\n- [ ] 2. Zones\n"
    branch = branch_of(plan)
    branch.commit({TASKS: ticked(plan, "1"), **CODE}, worker=False)
    branch.commit({TASKS: ticked(plan, "1", "2")}, worker=False)
    assert branch.evidence().unbacked == ("2",)


def test_ticks_that_came_with_the_base_are_not_the_branchs():
    branch = branch_of()
    branch.commit({TASKS: ticked(PLAN, "1.1")}, merge=True, worker=False)
    assert (whys(branch), branch.evidence().unbacked) == ({}, ())


def test_a_phantom_says_whether_there_was_work_and_for_what():
    branch = branch_of()
    branch.commit(CODE, task="1.1")
    branch.commit({}, task="1.2")
    one, two = branch.evidence().phantoms
    assert (one.worked, one.criteria) == (True, ("1.1",))
    assert (two.worked, two.criteria) == (False, ("1.2",))


def test_new_tests_that_stand_nowhere_known_may_be_the_tasks_own():
    branch = branch_of()
    branch.facts.clear()
    branch.commit({**CODE, "tests/rates_test.c": "TEST(heavy) {}\n"}, task="1.1")
    branch.commit({"src/more.py": "x\n"}, task="1.2")
    branch.test("rates.heavy", path="", outcome="failed")
    assert set(whys(branch)) == {"1.1", "1.2"}
    branch.test("rates.heavy", path="", base="passed", touched=False)
    assert set(whys(branch)) == {"1.1", "1.2"}, "it was there before"
    branch.test("rates.light", path="", touched=False)
    assert set(whys(branch)) == {"1.2"}, "whose commits touch no test"


def test_where_no_test_can_be_named_a_persons_tick_needs_only_work():
    branch = Branch()
    branch.results = []
    branch.commit({TASKS: ticked(PLAN, "1.1"), **CODE}, worker=False)
    branch.commit({TASKS: ticked(PLAN, "1.1", "1.2")}, worker=False)
    assert branch.evidence().unbacked == ("1.2",)


def test_commits_for_another_spec_are_not_this_ones():
    branch = branch_of()
    branch.commit({TASKS: ticked(PLAN, "1.1"), **CODE}, task="1.1", kind="partial")
    other = replace(branch.commits[0].commit, trailers=(("Kiro-Spec", "other"), ("Kiro-Task", "1.1")))
    branch.commits[0] = replace(branch.commits[0], commit=other)
    assert (whys(branch), branch.evidence().unbacked) == ({}, ("1.1",))

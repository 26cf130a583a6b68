from dataclasses import replace

from kiro_worker.evidence.model import State
from kiro_worker.run.record import RunRecord, TaskRecord
from kiro_worker.run.report.summary import summary
from run.report.proven import criterion, finding, judged, proven


def test_a_summary_tells_tasks_gates_and_what_to_do(run):
    cause = {
        "code": "tests.failed",
        "message": "1 failed",
        "kept": "all",
        "next_step": "mend it",
        "task": "1.1",
        "step": "test",
        "output": "E assert",
    }
    text = summary(replace(run, verdict="TESTS_RED", cause=cause, kept_workspace="/x/tree"))
    for words in (
        "# TESTS_RED: engine on feature/x", "- [x] 1.1 Add a lock", "- tests: green. 12 tests passed",
        "tests.failed (task 1.1, step test): 1 failed", "  next: mend it", "    E assert", "/x/tree",
        "Pull request: https://github.com/ada/engine/pull/7, created", "1 min 1 s, 2 turns, 1.50 credits",
    ):  # fmt: skip
        assert words in text


def test_a_run_that_has_only_begun_can_be_told(run):
    assert "RUNNING" in summary(RunRecord(run="r-01"))


def test_what_earlier_runs_did_is_named(run):
    before = (TaskRecord(id="0.1", title="a", state="done"), TaskRecord(id="0.2", title="b", state="done"))
    assert "Done by earlier runs: 0.1, 0.2\n" in summary(replace(run, before=before))


def test_one_is_told_as_one(run):
    text = summary(replace(run, turns=1, tasks=(replace(run.tasks[0], files=1),)))
    assert "1 turn," in text
    assert "(1 file, +10 -1)" in text


def test_no_code_that_a_terminal_obeys_is_in_it(run):
    text = summary(replace(run, notes=("Undone: c\x1b[31md \u202eback",)))
    assert "Undone: cd back" in text


def test_what_to_look_at_stands_before_tasks_and_gates_and_tells_what_blocks(run):
    found = [finding(f"test_{nth} failed", path="tests/test_a.py", line=nth) for nth in range(1, 9)]
    gates = ({**run.gates[0], "color": "red", "findings": found}, run.gates[1])
    text = summary(replace(proven(run, [criterion("1.1"), criterion("1.2", State.MISSING)]), gates=gates))
    assert text.index("Look at this first") < text.index("Criteria: ") < text.index("Tasks (") < text.index("Gates:")
    for words in (
        "- [!] Tests fail (8)\n  - tests/test_a.py:1 test_1 failed\n", "  - and 3 more\n",
        "- [?] Criteria that nothing shows: 1.2 No test is bound to it.\n",
        "- [-] The agent was stopped, or its changes were undone: Refused in 1.1: rm -rf /",
        "Criteria: 1 of 2 proved, 1 missing\n\n- 1 Lock number 1: 1 of 2 proved, 1 missing\n",
    ):  # fmt: skip
        assert words in text


def test_tests_are_told_against_the_base_and_the_size_of_the_change(run):
    text = summary(replace(judged(run), change={"files": 3, "added": 40, "deleted": 2, "commits": 2}))
    assert "- tests: green. 12 tests passed (6 new, 1 fixed, 1 flaky)\n" in text
    assert "Change: 2 commits, 3 files, +40 −2 lines\n" in text
    assert "Build: https://console.example.com/build/1\n" in text


def test_a_spec_that_is_wholly_proved_needs_one_line(run):
    text = summary(proven(replace(run, notes=(), gates=()), *[[criterion(f"{nth}.1")] for nth in range(1, 61)]))
    assert "Criteria: 60 of 60 proved\n\nTasks" in text
    assert "Look at this" not in text


def test_many_requirements_that_are_not_proved_are_counted(run):
    text = summary(proven(run, *[[criterion(f"{nth}.1", State.WEAK)] for nth in range(1, 61)]))
    assert "- 20 Lock number 20: 0 of 1 proved, 1 weak\n- and 40 requirements more\n" in text
    assert "- [?] Criteria that are only weakly shown (60): 1.1, 2.1, " in text


def test_a_place_is_not_told_twice(run):
    found = finding("pyproject.toml is named by no task", path="pyproject.toml")
    text = summary(replace(run, gates=({**run.gates[0], "gate": "scope", "findings": [found]},)))
    assert "- [?] Files that no task names: pyproject.toml is named by no task\n" in text


def test_a_run_that_ended_before_it_read_the_spec_says_nothing_about_specs(run):
    assert summary(RunRecord(run="r-01", verdict="CONFIG", branch="feature/x")).startswith("# CONFIG: feature/x\n")
    assert summary(RunRecord(run="r-01", verdict="CONFIG")).startswith("# CONFIG: r-01\n")


def test_what_was_not_chosen_and_is_open_is_told(run):
    assert "\n2 other required tasks of the spec are still open.\n" in summary(replace(run, open_besides=2))
    assert "still open" not in summary(run)


def test_that_nobody_knows_what_saw_the_lines_is_a_whole_sentence(run):
    text = summary(replace(run, looked={"lines": 3, "nothing": 3}))
    assert "\nNothing is known to have seen the 3 changed lines of code.\n" in text


def test_what_was_refused_several_times_is_told_once_and_in_one_place(run):
    refused = "Refused in 1.1: Write ../x (path.outside: ../x is outside of the workspace)"
    text = summary(replace(run, notes=(refused, "The branch is 1 commit behind its base.", refused, refused)))
    assert text.count("Write ../x") == 1
    assert "were undone (3): " + refused + " (3 times)" in text
    assert "Note: The branch is 1 commit behind its base.\n" in text

from dataclasses import replace

from kiro_worker.run.record import RunRecord, TaskRecord
from kiro_worker.run.report.summary import summary


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

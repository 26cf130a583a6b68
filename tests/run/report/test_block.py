import re
from dataclasses import replace

import pytest

from kiro_worker.forge.body import find_block, merge
from kiro_worker.run.record import TaskRecord
from kiro_worker.run.report.block import block, proposal_title
from kiro_worker.run.verdict import Verdict


def plain(text: str) -> str:
    return text.replace("\\", "").replace("\u200b", "")


def red(run, **cause):
    told = {"code": "tests.failed", "message": "1 of 3 tests failed", "kept": "pushed", "next_step": "mend it", **cause}
    return replace(run, verdict="TESTS_RED", exit_status=10, cause=told)


def test_a_title_says_what_the_branch_does(run):
    assert proposal_title(run, ("Lock the door", "Open it")) == "engine: Lock the door, Open it"
    assert len(proposal_title(run, ("x" * 500,))) <= 100
    assert proposal_title(run, ()) == "engine: implementation"


def test_the_section_names_tasks_criteria_and_commits(run):
    text = plain(block(run))
    assert "| ✅ | 1.1 Add a lock | 1.1 | aaaaaaaaaa | 2 files, +10 −1 |" in text
    assert "| 1.1 | WHEN two come, THE Lock SHALL hold one | ✅ 1.1 | aaaaaaaaaa |" in text
    assert "1 criterion of the spec is referred to by no task of this branch so far" in text


def test_what_earlier_runs_did_for_the_branch_is_part_of_the_evidence(run):
    before = TaskRecord(id="0", title="Lay the ground", state="done", criteria=("1.2",), commits=("c" * 40,))
    text = plain(block(replace(run, before=(before,))))
    assert "*Lay the ground*, *Add a lock* of the spec `engine`: 3 of 3 tasks are done, 1 by an earlier run" in text
    assert "| ✅ | 0 Lay the ground *(by an earlier run)* | 1.2 | cccccccccc |  |" in text
    assert "| 1.2 | THE Lock SHALL open | ✅ 0 | cccccccccc |" in text
    alone = plain(block(replace(run, before=(before,), tasks=())))
    assert "*Lay the ground* of the spec `engine`: 1 of 1 task is done, 1 by an earlier run" in alone
    assert "Lay the ground" in alone


def test_tests_and_coverage_are_told(run):
    text = plain(block(run))
    assert "12 tests passed" in text
    assert "| 91.2 % (threshold 80.0 %) |" in text


def test_the_build_is_linked(run):
    assert "[open](https://console.example.com/build/1)" in block(run)
    assert "javascript" not in block(replace(run, build_url="javascript:alert(1)"))


def test_a_failed_task_is_named_with_step_cause_and_last_output(run):
    text = plain(block(red(run, task="1.1", step="test", output="assert 1 == 2")))
    for words in ("TESTS_RED", "1 of 3 tests failed", "task `1.1`", "step `test`", "Next: mend it", "assert 1 == 2"):
        assert words in text


def test_what_was_refused_is_told(run):
    assert "Refused in 1.1: rm -rf /" in plain(block(run))


def test_findings_are_shown_and_many_are_counted(run):
    findings = [{"title": f"test_{n} failed", "detail": "assert", "path": "a.py", "line": n} for n in range(30)]
    gates = ({**run.gates[0], "color": "red", "findings": findings},)
    text = plain(block(replace(red(run), gates=gates)))
    assert "**Tests fail** (30)" in text
    assert "test_7 failed" in text
    assert "test_8 failed" not in text.partition("<details>")[0]
    assert "and 22 more" in text


def test_a_run_that_ended_before_its_gates_says_so(run):
    assert "No gate was run" in block(replace(red(run), gates=()))


@pytest.mark.parametrize(
    "hostile", ["<!-- kiro:end -->", "@ada fixes #1", "| a | b |", "<img src=x onerror=alert(1)>", "```\n# x"]
)
def test_text_from_outside_does_nothing_in_the_section(run, hostile):
    task = TaskRecord(id="1.1", title=hostile, state="failed")
    text = block(replace(red(run, message=hostile, output=hostile), tasks=(task,), notes=(hostile,), spec=hostile))
    body = merge("People's text.", text, run="r-01").body
    found = find_block(body)
    assert found is not None
    assert found.intact
    # Inside a code span neither does anything, and the name of the spec is shown as one.
    active = re.sub(r"`[^`]*`", "", body)
    assert "<img" not in active
    assert "@ada" not in active


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_can_be_told(run, verdict):
    assert f"Kiro Worker: {verdict}" in block(replace(run, verdict=verdict.value))


def test_a_very_long_run_still_fits(run):
    tasks = tuple(TaskRecord(id=f"{n}", title="t" * 200, state="done", commits=("c" * 40,)) for n in range(2000))
    assert len(merge("", block(replace(run, tasks=tasks)), run="r-01").body) <= 60_000

import re
from dataclasses import replace

from adversary.page import acting_parts
from kiro_worker.evidence.model import State
from kiro_worker.run.record import RunRecord, TaskRecord
from kiro_worker.run.report.page import page
from run.report.proven import HEAD, criterion, finding, judged, proven

TRANSCRIPT = [
    {"kind": "prompt", "task": "1.1", "ask": "first", "text": "Task ID: 1.1"},
    {"kind": "started", "name": "kiro", "version": "3", "mode": "ask"},
    {"kind": "plan", "entries": [["look", "completed"]]},
    {"kind": "tool", "title": "write a.py", "status": "completed", "output": "ok"},
    {
        "kind": "permission",
        "allowed": False,
        "command": "rm -rf /",
        "paths": [],
        "title": "",
        "rule": "path.outside",
        "reason": "no",
    },
    {"kind": "said", "text": "Done."},
]


def test_the_page_tells_the_whole_run(run):
    text = page(run, TRANSCRIPT)
    for words in ("DONE", "Add a lock", "91.2 %", "12", "WHEN two come", "rm -rf /", "Time line", "#7 engine: Lock"):
        assert words in text


def test_the_page_loads_nothing_and_runs_nothing(run):
    text = page(run, TRANSCRIPT)
    assert "<script" not in text
    assert not re.search(r'(?:src|href)="(?!https://(?:github|console)\b)', text)
    assert "default-src 'none'" in text


def test_hostile_text_is_shown_and_does_nothing(run):
    evil = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>"
    entries = [
        {**entry, **({"text": evil} if "text" in entry else {}), **({"title": evil} if "title" in entry else {})}
        for entry in TRANSCRIPT
    ]
    task = replace(run.tasks[0], title=evil)
    pull = replace(run.pull_request, url="javascript:alert(1)", title=evil)
    text = page(
        replace(run, tasks=(task,), spec=evil, notes=(evil,), branch=evil, pull_request=pull, build_url="javascript:1"),
        entries,
    )
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert 'href="javascript' not in text


def test_a_run_that_has_only_begun_has_a_page():
    assert "RUNNING" in page(RunRecord(run="r-01"))


def test_a_huge_transcript_makes_no_huge_page(run):
    entries = [TRANSCRIPT[0], *[{"kind": "said", "text": "x" * 5_000} for _ in range(5_000)]]
    assert len(page(run, entries)) < 400_000


def test_what_nobody_sees_is_not_on_the_page(run):
    turned = "pay \u202e01 \u2066euro\u2069\u200b \x1b[31mnow"
    told = page(replace(run, notes=(turned,), spec=turned), [{"kind": "prompt", "task": "1", "text": turned}])
    assert not set("\u202e\u2066\u2069\u200b\x1b") & set(told)
    assert told.count("pay 01 euro now") >= 3


def test_tasks_of_earlier_runs_stand_beside_those_of_this_one(run):
    before = TaskRecord(id="0", title="Lay the ground", state="done", criteria=("1.2",), commits=("c" * 40,))
    told = page(replace(run, before=(before,)))
    assert "Lay the ground" in told
    assert "done by an earlier run" in told
    assert "<dd>3<small> of 3, 1 before</small></dd>" in told
    assert "no task so far" not in told


def test_what_needs_eyes_and_the_evidence_are_on_the_page_with_their_links(run):
    told = page(proven(judged(run), [criterion("1.1"), criterion("1.2", State.WEAK)], [criterion("2.1")]))
    assert told.index("What needs your eyes") < told.index("<h2>Evidence") < told.index("<h2>Gates")
    lines = f"https://github.com/ada/engine/blob/{HEAD}"
    assert f'<a href="{lines}/src/lock.py#L14">src/lock.py:14</a>' in told
    assert f'<a href="{lines}/tests/test_lock.py#L12">test_opens_1_1</a>' in told
    assert f'<a href="{lines}/src/lock.py#L3-L9">src/lock.py</a></span> <span class="soft">7 of 8 run</span>' in told
    assert f'<a href="https://github.com/ada/engine/commit/{"a" * 40}">aaaaaaaaaa</a>' in told
    assert "<dd>2<small> of 3</small></dd>" in told
    assert "73.1 %<small> 30 of 41 runnable changed lines" in told


def test_only_requirements_that_are_not_wholly_proved_are_open(run):
    told = page(proven(run, [criterion("1.1"), criterion("1.2", State.MISSING)], [criterion("2.1")]))
    evidence = told.partition("<h2>Evidence")[2].partition("<h2>")[0]
    assert [bool(each) for each in re.findall(r"<details( open)?>", evidence)] == [True, False]


def test_where_nothing_stands_out_the_page_says_who_looked(run):
    quiet = proven(replace(run, notes=(), gates=run.gates[1:]), [criterion("1.1")])
    assert "Nothing stands out. Nothing was found by: coverage." in page(quiet)
    assert "Nothing stands out" not in page(replace(quiet, verdict="TIMEOUT"))


def test_many_tasks_that_are_done_are_folded_and_those_that_are_left_are_not(run):
    done = tuple(TaskRecord(id=f"{nth}", title="Lay a stone", state="done") for nth in range(1, 14))
    told = page(replace(run, tasks=(*done, TaskRecord(id="14", title="Ring the bell")))).partition("<h2>Tasks")[2]
    assert told.index("Ring the bell") < told.index("13 tasks done") < told.index("Lay a stone")
    assert '<li class="task">' in told
    assert "<summary>13 tasks done" not in page(replace(run, tasks=done[:12]))


def test_hostile_evidence_does_nothing_on_the_page(run):
    evil = '"></a><script>alert(1)</script>'
    told = proven(judged(run), [criterion(evil, State.WEAK, text=evil, path=evil)])
    coverage = {**told.gates[1]["coverage"], "files": [{"path": evil, "covered": 0, "total": 3, "missing": evil}]}
    found = finding(evil, path=evil, detail=evil, cure=evil)
    gates = ({**told.gates[0], "findings": [found], "command": evil}, {**told.gates[1], "coverage": coverage})
    text = page(
        replace(
            told, gates=gates, branch=evil, looked={"lines": 1, evil: 1}, change={"files": 1, "added": 1, "deleted": 1}
        )
    )
    assert acting_parts(text) == []
    assert not re.search(r'href="(?!https://(?:github|console)\b)', text)


def test_a_spec_without_end_makes_no_page_without_end(run):
    told = page(proven(run, *[[criterion(f"{nth}.{each}") for each in range(50)] for nth in range(1, 101)]))
    assert "Lock number 60" in told
    assert "Lock number 61" not in told
    assert "40 requirements more" in told


def test_what_could_not_be_judged_is_no_number_of_passed_tests(run):
    gates = ({**run.gates[0], "color": "error", "tests": {**run.gates[0]["tests"], "passed": 0}}, run.gates[1])
    told = page(replace(run, gates=gates, verdict="TESTS_RED"))
    assert "✗<small> could not be judged</small>" in told
    assert "0<small> passed" not in told


def test_coverage_that_does_not_apply_is_neither_good_nor_bad(run):
    gates = (run.gates[0], {**run.gates[1], "color": "not-applicable"})
    assert '<div class="meter "' in page(replace(run, gates=gates))
    assert '<div class="meter good"' in page(run)

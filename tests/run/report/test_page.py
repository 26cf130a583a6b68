import re
from dataclasses import replace

from kiro_worker.run.record import RunRecord, TaskRecord
from kiro_worker.run.report.page import page

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

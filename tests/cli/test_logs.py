import json
import re
import signal
import subprocess
import sys

import pytest

from e2e.world import BIN
from kiro_worker.run.report.feed import Feed
from kiro_worker.run.report.log import entry_line, event_line


def test_events_and_what_the_agent_did_come_in_the_order_they_happened(kiro):
    rows = [line[10:] for line in kiro("logs", kiro.ids["done"]).lines[1:]]
    wanted = [
        "run           ",
        "step          looking at the branch and its spec",
        "prompt        1.1, ",
        "started       test-agent 1",
        "thought       A file will do.",
        "permission    refused: /etc/passwd (path.outside: /etc/passwd is outside of the workspace)",
        "said          Done red. <!-- a remark -->",
        "changes       A greet.txt",
        "commit        ",
        "branch        pushed ",
        "gates         tests green",
        "run           verdict DONE (exit status 0)",
        "pull-request  created",
        "run           ended, ",
    ]
    at = 0
    for start in wanted:
        at = next((place for place, row in enumerate(rows) if place >= at and row.startswith(start)), None)
        assert at is not None, f"{start} is missing or too early in\n" + "\n".join(rows)


def test_evidence_is_told_in_words_and_not_as_a_document(kiro):
    rows = [line[10:] for line in kiro("logs", kiro.ids["done"], "--events").lines[1:]]
    told = [row for row in rows if row.startswith("evidence ")]
    assert re.fullmatch(r"evidence      [0-9]+ of 3 criteria proved at [0-9a-f]{10}", told[0])
    assert told[1] == "evidence      kept on the remote as refs/kiro-worker/evidence/feature%2Fgreeting"
    assert not [row for row in rows if "{'" in row]


def test_only_the_agent_or_only_the_events(kiro):
    agent = {line[10:24].strip() for line in kiro("logs", kiro.ids["done"], "--agent").lines[1:]}
    events = {line[10:24].strip() for line in kiro("logs", kiro.ids["done"], "--events").lines[1:]}
    assert "said" in agent
    assert "commit" in events
    assert "agent" in events
    assert not (agent - {""}) & (events - {"", "permission", "tool"})


def test_each_entry_as_a_json_line(kiro):
    told = [json.loads(line) for line in kiro("logs", kiro.ids["done"], "--json").lines]
    assert {each["schema"] for each in told} == {"kiro-worker/logs/1"}
    assert {each["source"] for each in told} == {"events", "agent"}
    written = (kiro.folder_of("done") / "events.jsonl").read_text().splitlines()
    assert [each["entry"] for each in told if each["source"] == "events"] == [json.loads(line) for line in written]


def test_terminal_codes_of_the_agent_never_reach_the_terminal(kiro):
    plain = kiro("logs", kiro.ids["done"]).out
    assert "\x1b" not in plain
    assert "\x1b" in (kiro.folder_of("done") / "transcript.jsonl").read_text().replace("\\u001b", "\x1b")
    painted = kiro("logs", kiro.ids["done"], terminal=True).out
    assert "\x1b[2m" in painted
    assert "Done red." in painted
    assert "\x1b[31mred" not in painted


def test_a_killed_run_has_logs_and_following_it_ends_with_advice(kiro):
    said = kiro("logs", kiro.ids["died"], "--follow")
    assert said.status == 0
    assert "the agent is working (1.1)" in said.out
    assert f"kiro-worker resume {kiro.ids['died']}" in said.err
    assert kiro("logs", kiro.ids["died"]).err == ""


def follow(place, *words):
    return subprocess.Popen(
        [str(BIN / "kiro-worker"), "logs", "--follow", *words],
        env=place.world.variables(place.machine), cwd=place.clone, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("ending", ["ends", "is killed"])
def test_following_goes_on_until_the_run(fresh, ending):
    fresh.world.honest(pause=0.5)
    with fresh.world.running() as running:
        running.at_step("implement", "1.1")
        with follow(fresh) as following:
            assert following.stdout is not None
            seen = []
            for line in following.stdout:
                seen.append(line)
                if "working (1.2)" in line:
                    break
            assert running.process.poll() is None
            if ending == "is killed":
                running.signal(signal.SIGKILL)
            running.end()
            seen += following.stdout.read().splitlines(keepends=True)
            assert following.wait(20) == 0
    assert any("ended, " in line for line in seen[-3:]) is (ending == "ends")


def test_what_goes_on_is_followed_though_a_later_run_is_over(fresh):
    fresh.world.honest(pause=0.5)
    with fresh.world.running() as running:
        running.at_step("implement", "1.1")
        assert fresh.world.run().verdict == "BUSY"
        with follow(fresh) as following:
            assert following.stdout is not None
            assert any("working (1.2)" in line for line in following.stdout)
            running.end()
            following.communicate(timeout=20)


def test_a_reader_that_has_seen_enough_is_no_fault(kiro):
    words = [sys.executable, "-m", "kiro_worker", "logs", kiro.ids["done"], "--json"]
    with subprocess.Popen(
        words, env=kiro.world.variables("laptop"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as reading:
        assert reading.stdout is not None
        assert reading.stderr is not None
        reading.stdout.readline()
        reading.stdout.close()
        assert reading.stderr.read() == ""


# The views


def test_a_feed_gives_each_line_once_and_waits_for_the_rest_of_a_line(tmp_path):
    path = tmp_path / "events.jsonl"
    feed = Feed(path)
    assert list(feed.fresh()) == []
    path.write_bytes(b'{"n":1}\n{"n":')
    assert list(feed.fresh()) == [{"n": 1}]
    assert list(feed.fresh()) == []
    with path.open("ab") as file:
        file.write(b'2}\nno json\n[3]\n{"n":4}\n')
    assert list(feed.fresh()) == [{"n": 2}, {"n": 4}]


def test_a_feed_of_the_end_begins_at_a_whole_line(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(b'{"n":%d}\n' % number for number in range(100)))
    assert list(Feed(path, last=20).fresh()) == [{"n": 98}, {"n": 99}]
    assert len(list(Feed(path, last=10_000).fresh())) == 100


def test_a_line_beyond_all_measure_is_passed_over(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"n":1}\n"' + b"x" * (18 * 1024 * 1024) + b'"\n{"n":2}\n')
    assert list(Feed(path).fresh()) == [{"n": 1}, {"n": 2}]


def test_an_event_of_a_newer_worker_is_shown_with_its_facts():
    line = event_line({"n": 1, "at": "x", "event": "moon.risen", "phase": "full", "note": "", "hash": "h"})
    assert (line.label, line.text) == ("moon", "phase=full")
    assert entry_line({"kind": "sang", "text": "la"}).text == "text=la"
    assert entry_line({"kind": "said", "text": "\n"}) is None


@pytest.mark.parametrize(
    ("body", "tone", "text"),
    [
        ({"event": "turn.ended", "outcome": "silent", "detail": "nothing came", "seconds": 3.0}, "bad",
         "silent: nothing came, 3.0 s"),
        ({"event": "turn.started", "task": "", "ask": "repair", "round": 2}, "", "begins: repair round 2 (repair)"),
        ({"event": "run.stopping", "message": "SIGTERM"}, "bad", "stopping: SIGTERM"),
        ({"event": "run.bug", "traceback": "Traceback\n  x"}, "bad", "Traceback\n  x"),
        ({"event": "run.noted", "note": "behind"}, "", "behind"),
        ({"event": "workspace.kept", "path": "/w"}, "", "kept in /w"),
        ({"event": "commit.adopted", "oid": "a" * 40, "run": "r-1"}, "", "aaaaaaaaaa taken over from r-1"),
        ({"event": "project.set-up", "color": "error", "summary": "no", "seconds": 0}, "bad", "no"),
        ({"event": "permission.refused", "asked": "rm", "rule": "a.b", "reason": "no"}, "bad", "refused: rm (a.b: no)"),
        ({"event": "run.decided", "verdict": "BUSY", "exit_status": 31,
          "cause": {"code": "lease.busy", "message": "m", "kept": "", "next_step": "wait"}}, "bad",
         "verdict BUSY (exit status 31)\nlease.busy: m\n  next: wait"),
        ({"event": "changes.inspected", "files": [], "undone": [{"title": "a link"}], "claims": ["t.md"]}, "bad",
         "undone: a link\nput back: t.md"),
        ({"event": "changes.inspected"}, "", "nothing changed"),
        ({"event": "gates.judged", "results": [{"gate": "tests", "color": "red", "summary": "1 failed",
          "findings": [{"title": "t::a"}]}]}, "bad", "tests red: 1 failed\n  t::a"),
    ],
)  # fmt: skip
def test_each_kind_of_event_in_words(body, tone, text):
    line = event_line({"at": "", **body})
    assert (line.tone, line.text) == (tone, text)


@pytest.mark.parametrize(
    "body", [{}, {"event": None}, {"event": "gates.judged", "results": 3}, {"event": "run.decided"}]
)
def test_a_line_that_lacks_its_facts_is_shown_as_far_as_it_goes(body):
    assert event_line(body) is not None


@pytest.mark.parametrize(
    ("entry", "tone", "text"),
    [
        ({"kind": "tool", "title": "Run", "status": "pending"}, None, None),
        ({"kind": "tool", "title": "Run", "status": "in_progress"}, "soft", "Run …"),
        ({"kind": "tool", "title": "Run", "status": "failed", "output": "no\nway\n"}, "bad", "Run (failed)\n  no\n  way"),
        ({"kind": "permission", "allowed": True, "command": "ls"}, "soft", "allowed: ls"),
        ({"kind": "plan", "entries": [["write it", "done"], "odd"]}, "soft", "done: write it"),
        ({"kind": "note", "text": "retry"}, "soft", "retry"),
        ({"kind": "said", "text": "in /s/workspaces/r-1/tree/a.py"}, "", "in a.py"),
    ],
)  # fmt: skip
def test_each_kind_of_entry_in_words(entry, tone, text):
    line = entry_line(entry, run="r-1")
    assert (line and line.tone, line and line.text) == (tone, text)

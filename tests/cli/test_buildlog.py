import io
import json

import pytest

from kiro_worker.cli.buildlog import BuildLog
from kiro_worker.run.journal import Event
from kiro_worker.testing.clock import HandClock


@pytest.fixture
def out():
    return io.StringIO()


@pytest.fixture
def log(out):
    return BuildLog(out, HandClock(), "r-1")


def lines(out):
    return [json.loads(line) for line in out.getvalue().splitlines()]


def event(name, **facts):
    return Event(number=1, at="2026-11-21T09:30:00.000Z", name=name, facts=facts)


def test_a_line_tells_what_when_which_run_and_which_task(log, out):
    log.event(event("turn.started", task="2.1", ask="first"))
    log.echo({"kind": "said", "at": "2026-11-21T09:30:01.000Z", "turn": 1, "text": "Hello."})
    assert lines(out)[1] == {
        "at": "2026-11-21T09:30:01.000Z", "level": "info", "event": "agent.said", "run": "r-1", "task": "2.1", "turn": 1,
        "text": "Hello.",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "facts", "level"),
    [
        ("run.decided", {"exit_status": 0}, "info"),
        ("run.decided", {"exit_status": 10}, "error"),
        ("run.bug", {}, "error"),
        ("run.noted", {}, "warning"),
        ("commit.made", {}, "info"),
    ],
)
def test_what_somebody_has_to_look_at_is_marked(log, out, name, facts, level):
    log.event(event(name, **facts))
    assert lines(out)[0]["level"] == level


def test_a_long_text_comes_in_parts_and_whole(log, out):
    text = "".join(f"line {number}\n" for number in range(20_000)) + "x" * 100_000
    log.echo({"kind": "output", "task": "", "gate": "tests", "text": text})
    told = lines(out)
    assert "".join(line["text"] for line in told) == text
    assert [line["part"] for line in told] == list(range(1, len(told) + 1))
    assert all(len(line.encode()) < 256 * 1024 for line in out.getvalue().splitlines())


def test_an_event_that_no_log_takes_is_named_and_left_to_the_receipt(log, out):
    log.event(event("evidence.judged", evidence=["x" * 1000] * 1000))
    (told,) = lines(out)
    assert told["event"] == "evidence.judged"
    assert "in the receipt" in told["left_out"]


def test_no_fact_changes_what_a_line_is(log, out):
    log.echo({"kind": "note", "run": "r-2", "level": "error", "event": "run.decided", "text": "a\nb\ud800"})
    (told,) = lines(out)
    assert (told["run"], told["level"], told["event"]) == ("r-1", "info", "agent.note")

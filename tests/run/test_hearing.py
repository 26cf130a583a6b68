import pytest

from kiro_worker.agent.port import (
    AgentStarted,
    Permission,
    PermissionDecided,
    SessionId,
    ToolCalled,
    ToolKind,
    ToolRequest,
)
from kiro_worker.clock import SystemClock
from kiro_worker.redact import Redactor, Secret
from kiro_worker.run.hearing import Hearing
from kiro_worker.run.journal import Journal
from kiro_worker.run.transcript import Transcript


@pytest.fixture
def heard(tmp_path):
    redactor, clock = Redactor((Secret("TOKEN", "s3cret-value-1"),)), SystemClock()
    with (
        Journal(tmp_path / "events.jsonl", clock, redactor) as journal,
        Transcript(tmp_path / "transcript.jsonl", clock, redactor) as transcript,
    ):
        yield Hearing("2.1", journal=journal, transcript=transcript, redactor=redactor, show=lambda _: None), journal


def asked(command, *, allowed):
    return PermissionDecided(
        request=ToolRequest(call="t1", kind=ToolKind.EXECUTE, command=command, paths=("a.py",)),
        permission=Permission(allowed=allowed, rule="command.test", reason="because"),
    )


def tool(number, status="completed"):
    return ToolCalled(call=f"t{number}", title="Read a.py", kind=ToolKind.READ, status=status, output="text")


def names(journal):
    return [event.name for event in journal.events]


def test_each_request_is_written_with_what_was_decided(heard):
    hearing, journal = heard
    hearing(asked("make test", allowed=True))
    hearing(asked("curl -H s3cret-value-1", allowed=False))
    assert names(journal) == ["permission.allowed", "permission.refused"]
    facts = journal.events[1].facts
    assert (facts["task"], facts["kind"], facts["rule"], facts["paths"]) == ("2.1", "execute", "command.test", ["a.py"])
    assert facts["asked"] == "curl -H [redacted:TOKEN]"


def test_a_tool_call_is_written_once_when_it_is_over(heard):
    hearing, journal = heard
    for status in ("pending", "in_progress", "completed"):
        hearing(tool(1, status))
    hearing(tool(2, "failed"))
    assert [(event.name, event.facts["status"]) for event in journal.events] == [
        ("tool.ended", "completed"),
        ("tool.ended", "failed"),
    ]
    assert journal.events[0].facts["output"] == 4
    assert hearing.tools == 2


def test_the_model_that_served_is_known(heard):
    hearing, journal = heard
    hearing(AgentStarted(name="kiro", version="2.1", model="auto", session=SessionId("s")))
    hearing(AgentStarted(name="kiro", version="2.1", model="small"))
    hearing(AgentStarted(name="kiro", version="2.1"))
    assert hearing.model == "small"
    assert names(journal) == ["agent.started"] * 3


def test_a_flood_is_counted_and_the_receipt_stays_small(heard, tmp_path):
    hearing, journal = heard
    for number in range(5_000):
        hearing(tool(number))
        hearing(asked("x" * 100_000 if number < 1000 else "x", allowed=number % 2 == 0))
    assert hearing.tools == 5_000
    assert dict(hearing.left_out) == {"tools": 4_500, "allowed": 2_000, "refused": 2_300}
    assert names(journal).count("tool.ended") == 500
    assert names(journal).count("permission.refused") == 200
    assert (tmp_path / "events.jsonl").stat().st_size < 4 * 1024 * 1024

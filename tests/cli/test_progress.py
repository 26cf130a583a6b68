import io
import json
import time

import pytest

from kiro_worker.agent.port import (
    AgentSaid,
    Permission,
    PermissionDecided,
    ToolCalled,
    ToolRequest,
    Usage,
    UsageSeen,
)
from kiro_worker.cli.live import Live
from kiro_worker.cli.progress import JsonLines, Lines, Story, Unbroken, progress_for
from kiro_worker.run.journal import Event


def event(name: str, **facts) -> Event:
    return Event(number=1, at="2026-11-21T09:00:00.000Z", name=name, facts=facts)


def ended(credits_: float | None) -> Event:
    return event("turn.ended", task="1", outcome="ended", detail="", usage={"credits": credits_})


def test_credits_are_those_of_all_turns_so_far():
    story = Story()
    assert story.credits is None
    story.hear(UsageSeen(Usage(credits=0.2)))
    story.hear(UsageSeen(Usage(credits=0.3)))
    assert story.credits == pytest.approx(0.3)
    story.tell(ended(0.3))
    assert story.credits == pytest.approx(0.3)
    story.hear(UsageSeen(Usage(credits=0.1)))
    assert story.credits == pytest.approx(0.4)
    story.tell(ended(0.15))
    story.tell(ended(None))
    assert story.credits == pytest.approx(0.45)


def plan(story, *ids):
    tasks = [{"id": each, "title": f"Do {each}", "purpose": "work"} for each in ids]
    return story.tell(event("run.admitted", spec="s", branch="b", plan=tasks))


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (event("run.started", run="r-1", agent="kiro"), "run r-1 with kiro"),
        (event("workspace.prepared", head="a" * 40, base="main", behind=2),
         "workspace ready at aaaaaaaaaa, 2 commits behind main"),
        (event("turn.started", task="", ask="repair", round=2), "repair round 2: the agent mends what the gates found"),
        (event("turn.ended", task="1", outcome="crashed", detail="status 3"),
         "the agent's turn ended as crashed: status 3"),
        (event("changes.inspected", undone=[{"title": "a link"}]), "undone: a link"),
        (event("changes.inspected", undone=[]), None),
        (event("gates.judged", results=[{"gate": "tests", "color": "red", "summary": "1 failed"}]),
         "tests red: 1 failed"),
        (event("gates.judged", results=[
            {"gate": "tests", "color": "green", "summary": "12 tests passed"},
            {"gate": "coverage", "color": "not-applicable", "summary": "it is off"},
            {"gate": "tamper", "color": "green", "summary": "no check was weakened"},
            {"gate": "bite", "color": "not-applicable", "summary": "it is off"},
            {"gate": "scope", "color": "red", "summary": "1 file"},
            {"gate": "secrets", "color": "green", "summary": "no secret found"},
        ]), "tests green: 12 tests passed; coverage not-applicable: it is off; scope red: 1 file; tamper, secrets green"),
        (event("pull-request.published", change="created", url="u"), "pull request created: u"),
        (event("run.stopping", message="SIGTERM"), "stopping: SIGTERM"),
        (event("run.noted", note="so"), "so"),
        (event("steering.synced", files=[], waiting=[]), None),
        (event("steering.synced", files=[{"path": "a.md", "outcome": "updated"}],
               waiting=[{"path": "b.md", "state": "conflict"}]), "steering files: a.md updated, b.md conflict"),
        (event("run.decided", verdict="DONE"), "DONE"),
        (event("moon.risen"), None),
    ],
)  # fmt: skip
def test_each_event_that_is_worth_one_has_a_sentence(told, sentence):
    assert Story().tell(told) == sentence


def test_tasks_are_counted_in_the_order_they_are_begun():
    story = Story()
    assert plan(story, "1", "2") == "s on b: 2 open tasks to do"
    first = event("turn.started", task="1", ask="first", round=0)
    assert story.tell(first) == "task 1 of 2: 1 Do 1"
    again = event("turn.started", task="1", ask="nothing-changed", round=0)
    assert story.tell(again) == "task 1 of 2: 1 Do 1 (nothing changed)"
    assert story.tell(event("turn.started", task="2", ask="first", round=0)) == "task 2 of 2: 2 Do 2"


def test_a_checkpoint_that_needed_no_turn_is_counted():
    story = Story()
    plan(story, "1", "2", "3")
    story.tell(event("turn.started", task="1", ask="first", round=0))
    for task, kind in (("1", "task"), ("2", "checkpoint")):
        story.tell(event("commit.made", oid="a" * 40, subject="s", task=task, kind=kind, added=0, deleted=0))
    assert story.tell(event("turn.started", task="3", ask="first", round=0)) == "task 3 of 3: 3 Do 3"


REFUSED = PermissionDecided(
    request=ToolRequest(call="t", title="Read", command="cat /etc/passwd \x1b[31m"),
    permission=Permission(allowed=False, rule="path.outside", reason="it is outside"),
)


def test_plain_lines_tell_what_matters_without_codes_of_the_agent():
    out = io.StringIO()
    with Lines(out, quiet=False) as lines:
        lines.event(event("run.noted", note="a\x1b[31m note"))
        lines.agent(REFUSED)
        lines.agent(AgentSaid("not shown"))
    first, second = out.getvalue().splitlines()
    assert first.endswith("] a note")
    assert "refused: cat /etc/passwd" in second
    assert "\x1b" not in out.getvalue()


def test_what_an_agent_says_cannot_pass_for_a_line_of_the_worker_s():
    out = io.StringIO()
    with Lines(out, quiet=False) as lines:
        lines.event(event("turn.ended", task="1", outcome="crashed", detail="oh\n[     9 s] DONE\r\x1b]0;title\x07"))
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().endswith("] the agent's turn ended as crashed: oh [ 9 s] DONE\n")


def test_quiet_lines_tell_nothing():
    out = io.StringIO()
    with Lines(out, quiet=True) as lines:
        lines.event(event("run.noted", note="a"))
    assert out.getvalue() == ""


def test_json_lines_hold_each_event_and_each_tool_call():
    out = io.StringIO()
    with JsonLines(out) as lines:
        lines.event(event("run.noted", note="a"))
        lines.agent(ToolCalled(call="t", title="Run", status="pending"))
        lines.agent(AgentSaid("not shown"))
    first, second = map(json.loads, out.getvalue().splitlines())
    assert (first["event"], first["note"]) == ("run.noted", "a")
    assert (second["event"], second["title"], second["status"]) == ("tool.called", "Run", "pending")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_fitting_way_to_show_is_chosen():
    def chosen(err: io.StringIO, *, as_json: bool = False, quiet: bool = False) -> type:
        shown = progress_for(as_json=as_json, quiet=quiet, err=err)
        assert isinstance(shown, Unbroken)
        return type(shown.shown)

    assert chosen(Terminal(), as_json=True) is JsonLines
    assert chosen(Terminal()) is Live
    assert chosen(Terminal(), quiet=True) is Lines
    assert chosen(io.StringIO()) is Lines


class Gone(io.StringIO):
    """A reader that takes one line and goes."""

    def write(self, text: str) -> int:
        if self.getvalue():
            raise BrokenPipeError
        return super().write(text)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_reader_that_goes_away_does_not_end_the_run(as_json):
    out = Gone()
    with progress_for(as_json=as_json, quiet=False, out=out, err=out) as progress:
        for _ in range(3):
            progress.event(event("run.noted", note="a"))
            progress.agent(ToolCalled(call="t", title="Run", status="pending"))
    assert out.getvalue().count("\n") == 1


def test_nothing_moves_on_the_terminal_while_somebody_is_asked(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with progress_for(as_json=False, quiet=False, err=out) as progress:
        with progress.paused():
            before = out.getvalue()
            time.sleep(0.4)
            assert out.getvalue() == before
        time.sleep(0.4)
        assert len(out.getvalue()) > len(before)


def test_numbers_of_one_are_told_as_one():
    story = Story()
    assert plan(story, "1") == "s on b: 1 open task to do"
    behind = event("workspace.prepared", head="a" * 40, base="main", behind=1)
    assert story.tell(behind) == "workspace ready at aaaaaaaaaa, 1 commit behind main"


def test_a_branch_that_has_no_name_yet_is_a_new_one():
    told = event("run.admitted", spec="s", branch="", plan=[{"id": "1", "title": "t", "purpose": "work"}])
    assert Story().tell(told) == "s on a new branch: 1 open task to do"


def test_the_live_line_tells_the_step_the_tool_and_the_credits(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    out = Terminal()
    live = Live(out)

    def line() -> str:
        return str(live._line().text)

    with live:
        live.event(event("run.admitted", spec="s", branch="b", plan=[{"id": "1", "title": "t", "purpose": "work"}]))
        live.event(event("step.started", step="test", task="1"))
        assert "running the gates" in line()
        live.event(event("turn.started", task="1", ask="first", round=0))
        live.agent(ToolCalled(call="t", title="Run\n the tests", status="in_progress"))
        live.agent(UsageSeen(Usage(credits=0.5)))
        assert "task 1 of 1 · the agent is working · Run the tests · " in line()
        assert line().endswith(" · 0.50 credits")
        live.agent(ToolCalled(call="t", title="Run the tests", status="completed"))
        assert "Run the tests" not in line()
        live.agent(ToolCalled(call="t", title="Run", status="pending"))
        live.agent(AgentSaid("well"))
        assert "Run" not in line()
        live.agent(REFUSED)
    assert "refused: cat /etc/passwd" in out.getvalue()

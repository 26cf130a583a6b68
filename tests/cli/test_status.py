from datetime import UTC, datetime

from e2e.world import wait_for
from kiro_worker.lease.port import Holder
from kiro_worker.run.registry import RunEntry
from kiro_worker.run.report.present import present, resumable, status_lines


def test_where_nothing_runs_it_says_so_and_names_what_was_killed(kiro):
    said = kiro("status")
    assert said.status == 0
    assert said.lines[0] == "Nothing is running."
    assert said.lines[1] == (
        f"{kiro.ids['died']} greeting on feature/killed was killed. "
        f"Go on with it: kiro-worker resume {kiro.ids['died']}"
    )


def test_the_status_as_a_document(kiro):
    told = kiro("status", "--json").json
    assert (told["schema"], told["running"]) == ("kiro-worker/status/1", [])
    assert [each["run"] for each in told["died"]] == [kiro.ids["died"]]


def test_a_running_run_is_told_with_step_task_and_tool(fresh):
    fresh.world.turn(
        "1\\.1",
        {"update": {"sessionUpdate": "tool_call", "toolCallId": "t", "title": "Run the tests", "status": "pending"}},
        {"wait": 30},
        {"say": "Done."},
    )
    with fresh.world.running() as running:
        run = str(running.until(lambda event: event["event"] == "run.started")["run"])
        running.at_step("implement", "1.1")
        wait_for(lambda: fresh("status", "--json").json["running"][0]["tool"] is not None)
        (told,) = fresh("status", "--json").json["running"]
        assert (told["run"], told["process"], told["step"]) == (run, running.process.pid, "implement")
        assert (told["task"], told["task_number"], told["tasks"], told["tasks_done"]) == ("1.1", 1, 4, 0)
        assert told["tool"] == {"title": "Run the tests", "status": "pending"}
        said = fresh("status")
        assert said.lines[0].startswith(f"{run} greeting on feature/greeting (kiro-worker-replay, process ")
        assert "  task 1 of 4: 1.1 Greet a name" in said.lines
        assert any(line.startswith("  last tool: Run the tests (pending), last sign ") for line in said.lines)
        listed = fresh("list", "--json").json["runs"][0]
        assert (listed["state"], listed["verdict"]) == ("running", None)
        assert listed["seconds"] is not None
        shown = fresh("show", run)
        assert f"kiro-worker logs --follow {run}" in shown.out
        assert "still at work" in shown.out
        page = fresh("show", run, "--page")
        assert (page.status, page.out) == (2, "")
        assert "still at work" in page.err


def entry(run: str, **more) -> RunEntry:
    holder = Holder(run=run, host="elsewhere", pid=1, started=1)
    facts = {"repository": "r", "branch": "b", "spec": "s", "agent": "kiro", "began": "2026-11-21T09:00:00.000Z"}
    return RunEntry(run=run, holder=holder, **{**facts, **more})


def test_a_run_of_which_nothing_is_written_yet_is_starting():
    now = datetime(2026, 11, 21, 9, 0, 5, tzinfo=UTC)
    assert status_lines(present(entry("r-1"), (), ()), now=now) == (
        "r-1  s on b  (kiro, process 1)",
        "  starting for 5.0 s",
        "  running for 5.0 s, 0 turns",
    )


def test_only_the_newest_run_of_a_branch_is_offered_to_be_resumed(tmp_path):
    def dead(run: str, **more) -> RunEntry:
        from kiro_worker.lease.holder import this_host

        return entry(run, **more).__class__(
            **{
                **{name: getattr(entry(run, **more), name) for name in RunEntry.__slots__},
                "holder": Holder(run=run, host=this_host(), pid=2**22 - 1, started=1),
            }
        )

    over = {"ended": "2026-11-21T09:01:00.000Z", "verdict": "DONE"}
    assert [each.run for each in resumable([dead("r-2"), dead("r-1")])] == ["r-2"]
    assert resumable([entry("r-2", **over), dead("r-1")]) == ()
    assert resumable([entry("r-2", branch="other", resumes="r-1", **over), dead("r-1")]) == ()
    assert [each.run for each in resumable([dead("r-2", branch=""), dead("r-1", branch="")])] == ["r-2", "r-1"]

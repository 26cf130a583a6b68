import signal

from e2e.world import BRANCH, wait_for
from kiro_worker.lease.holder import this_holder
from kiro_worker.run.registry import Registry, RunEntry
from kiro_worker.state import open_state


def test_the_run_that_runs_is_meant_whatever_ended_since(fresh):
    fresh.world.turn("1\\.1", {"wait": 60}, {"say": "Done."})
    with fresh.world.running() as running:
        run = str(running.until(lambda event: event["event"] == "run.started")["run"])
        running.at_step("implement", "1.1")
        # Another one of the same branch has begun since, and ended.
        busy = fresh.world.run()
        assert busy.cause["code"] == "lease.busy"
        assert str(busy.cause["next_step"]).endswith(f"kiro-worker cancel {run}")
        said = fresh("cancel", "--no-wait")
        assert (said.status, said.err) == (0, f"{run} on {BRANCH} was asked to stop.\n")
        assert running.end().verdict == "INTERRUPTED"
    over = fresh("cancel", run)
    assert over.status == 2
    assert f"The run {run} does not run any more (it ended as INTERRUPTED)." in over.err
    assert f"next: See how it went: kiro-worker show {run}" in over.err
    none = fresh("cancel")
    assert (none.status, "No run of this machine is running." in none.err) == (2, True)
    assert "next: See how they ended: kiro-worker list" in none.err


def test_a_branch_names_the_run_that_works_on_it_and_a_killed_one_is_gone_on_with(fresh):
    fresh.world.turn("1\\.1", {"wait": 60}, {"say": "Done."})
    with fresh.world.running() as running:
        run = str(running.until(lambda event: event["event"] == "run.started")["run"])
        running.at_step("implement", "1.1")
        running.signal(signal.SIGKILL)
        running.process.wait(20)
    wait_for(lambda: fresh("status", "--json").json["died"])
    said = fresh("cancel", BRANCH)
    assert said.status == 2
    assert f"next: Go on with it: kiro-worker resume {run}" in said.err


def test_of_several_that_run_none_is_guessed(fresh):
    state = open_state(fresh.state)
    for run in ("r-1", "r-2"):
        facts = {"repository": "r", "branch": run, "spec": "s", "agent": "a", "began": "2026-11-21T09:00:00.000Z"}
        Registry(state).begin(RunEntry(run=run, holder=this_holder(run), **facts))
    state.close()
    said = fresh("cancel")
    assert said.status == 2
    assert "2 runs may be meant: r-2 (running on r-2), r-1 (running on r-1)." in said.err

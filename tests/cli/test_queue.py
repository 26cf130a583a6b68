import subprocess
import sys
import time

import pytest

from kiro_worker.clock import SystemClock
from kiro_worker.launch.port import LaunchRequest
from kiro_worker.launch.slot import Slots
from kiro_worker.launch.table import Jobs
from kiro_worker.lease.holder import this_holder
from kiro_worker.state import open_state


@pytest.fixture
def jobs(fresh):
    state = open_state(fresh.state)
    yield Jobs(state, SystemClock())
    state.close()


@pytest.fixture
def put(jobs, fresh):
    def put(number, branch="feature/greeting", **more):
        run = f"r-{number}"
        repository = str(fresh.world.folder / "nowhere.git")
        return jobs.put(LaunchRequest(token=run, run=run, repository=repository, branch=branch, **more), "local")

    return put


def test_an_empty_queue_says_so_and_keeps_standard_output_clean(fresh):
    said = fresh("queue", "list")
    assert (said.status, said.out, said.err) == (0, "", "Nothing is in the queue of this machine.\n")
    assert fresh("queue", "list", "--json").json == {"schema": "kiro-worker/queue/1", "jobs": []}


def test_what_runs_and_what_waits_is_listed(fresh, jobs, put):
    put(1)
    put(2, branch="feature/\x1b[31mred", item="7")
    slot = Slots(fresh.state / "launch").hold(1)
    jobs.take(this_holder(""), 1, 1)
    heading, first, second = fresh("queue", "list").lines
    assert heading.split() == ["RUN", "STATE", "BRANCH", "REPOSITORY", "ITEM", "ASKED", "BY", "SINCE"]
    assert first.split()[:3] == ["r-1", "running", "feature/greeting"]
    assert second.split()[:2] == ["r-2", "waiting"]
    assert "\x1b" not in second
    told = fresh("queue", "list", "--json").json["jobs"]
    assert [(each["run"], each["state"], each["slot"], each["item"]) for each in told] == [
        ("r-1", "running", 1, ""), ("r-2", "waiting", None, "7"),
    ]  # fmt: skip
    slot.free()


def test_one_that_waits_is_taken_out_and_one_that_runs_is_asked_to_stop(fresh, jobs, put):
    put(1)
    put(2)
    slot = Slots(fresh.state / "launch").hold(1)
    jobs.take(this_holder(""), 1, 1)
    assert fresh("queue", "cancel", "r-2").out == "r-2 on feature/greeting was taken out of the queue.\n"
    assert fresh("queue", "cancel", "r-1").out == "r-1 on feature/greeting was asked to stop.\n"
    assert [(job.run, job.stopping) for job in jobs.live()] == [("r-1", True)]
    assert fresh("queue", "list").lines[1].split()[:2] == ["r-1", "stopping"]
    slot.free()


@pytest.mark.parametrize("asked", ["r-3", "", "feature/greeting", "r-"])
def test_what_fits_no_job_or_several_is_refused(fresh, put, asked):
    put(1)
    put(2)
    said = fresh("queue", "cancel", asked)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("queue.unknown: ")
    assert "kiro-worker queue list" in said.err


def test_a_worker_carries_out_what_waits_and_tells_how_it_ended(fresh, jobs, put):
    put(1)
    put(2)
    said = fresh("queue", "work", "--until-empty")
    assert said.status == 0, said.err
    ends = [job.as_ended() for job in jobs.untold("local")]
    assert [end.run for end in ends] == ["r-1", "r-2"]
    assert all(end.exit_status for end in ends)
    assert all(end.said for end in ends)
    assert jobs.live() == ()


def test_a_worker_for_whom_no_slot_is_free_leaves_the_queue_to_whoever_has_it(fresh, jobs, put):
    put(1)
    slot = Slots(fresh.state / "launch").hold(1)
    assert fresh("queue", "work", "--until-empty").status == 0
    assert [job.state for job in jobs.live()] == ["waiting"]
    slot.free()


def test_a_worker_that_waits_takes_over_when_a_slot_is_free_and_ends_when_it_is_asked_to(fresh, jobs, put):
    slot = Slots(fresh.state / "launch").hold(1)
    words = [sys.executable, "-m", "kiro_worker", "queue", "work"]
    worker = subprocess.Popen(words, env=fresh.world.variables("laptop"), stderr=subprocess.PIPE, text=True)
    assert worker.stderr.readline().startswith("At work on the queue of this machine, with at most 1 run at once")
    put(1)
    time.sleep(0.3)
    assert [job.state for job in jobs.live()] == ["waiting"]
    slot.free()
    until = time.monotonic() + 20
    while not jobs.untold("local") and time.monotonic() < until:
        time.sleep(0.02)
    assert [job.run for job in jobs.untold("local")] == ["r-1"]
    assert worker.poll() is None
    worker.terminate()
    assert worker.communicate(timeout=20)[1] == ""
    assert worker.returncode == 0

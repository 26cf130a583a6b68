"""Runs that are stopped, killed or overtaken at each step: nothing is lost, and nothing is done twice."""

import json
import os
import signal
import subprocess
import time

import psutil
import pytest

from e2e.world import BRANCH, wait_for

STEPS = [
    ("admit", ""), ("lease", ""), ("prepare", ""), ("implement", "1.1"), ("inspect", "1.1"), ("commit", "1.1"),
    ("implement", "1.2"), ("test", "2"), ("commit", "2"), ("implement", "3"), ("test", ""), ("publish", ""),
    ("report", ""), ("clean", ""),
]  # fmt: skip
# What comes again for each task, and finds the same as it did for another; `make fuzz` takes these, too.
AGAIN = {("implement", "1.2"), ("test", "2"), ("implement", "3")}
# A stop that is asked for is seen to in one place, whatever is under way: here the steps that hold something else.
STOPPED_ALIKE = {("implement", "1.2"), ("commit", "2"), ("implement", "3"), ("test", ""), ("report", "")}


def steps_without(alike):
    """All steps by `make fuzz`; otherwise those that are not like another one."""
    assert alike < set(STEPS)
    return [step for step in STEPS if os.environ.get("PROPERTIES") == "fuzz" or step not in alike]


def left_running(world) -> list[str]:
    """Processes of any worker of this world that still are there."""
    mark = str(world.folder)
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and mark in " ".join(process.cmdline()) + process.environ().get("HOME", ""):
                found.append(" ".join(process.cmdline()))
        except (psutil.Error, OSError):
            continue
    return found


def _replays_below(pid: int) -> int:
    children = psutil.Process(pid).children()
    return sum("kiro-worker-replay" in " ".join(child.cmdline()) for child in children)


def all_done_once(world) -> None:
    assert world.done_by_worker() == ["1.1", "1.2", "2", "3"]
    assert "- [ ]" not in world.tasks()


@pytest.mark.parametrize(("step", "task"), steps_without(AGAIN))
def test_a_killed_run_is_gone_on_with_by_another_machine(world, step, task):
    world.spec()
    world.honest(pause=0.2)
    with world.running() as run:
        run.at_step(step, task)
        run.signal(signal.SIGKILL)
        run.process.wait()
    before = [each["oid"] for each in world.log()]
    resumed = world.run(BRANCH, verb="resume", machine="another")
    assert resumed.verdict in {"DONE", "ALREADY_DONE"}
    all_done_once(world)
    assert [each["oid"] for each in world.log()][: len(before)] == before
    assert resumed.event("pull-request.published")["number"] == 1


@pytest.mark.parametrize("event", ["commit.made", "branch.pushed"])
def test_a_commit_that_was_not_pushed_is_pushed_by_the_run_that_goes_on(world, event):
    world.spec()
    world.honest()
    with world.running() as run:
        made = run.until(lambda seen: seen["event"] == "commit.made")
        if event == "branch.pushed":
            run.until(lambda seen: seen["event"] == "branch.pushed")
        run.signal(signal.SIGKILL)
        run.process.wait()
    resumed = world.run(verb="resume")
    assert resumed.verdict == "DONE"
    all_done_once(world)
    assert made["oid"] in {each["oid"] for each in world.log()}


def test_a_push_that_a_killed_worker_left_in_the_middle_leaves_no_lock_on_a_remote_of_this_machine(world):
    held = world.folder / "held"
    # Git asks it while the refs are locked, and their new values not yet there.
    hold = f'[ "$1" = prepared ] && grep -q refs/heads/ && touch {held} && exec sleep 60\nexit 0'
    world.spec()
    world.honest()
    with world.running() as run:
        run.until(lambda seen: seen["event"] == "workspace.prepared")
        world.remote.hook("reference-transaction", hold)
        wait_for(held.exists, 30)
        run.signal(signal.SIGKILL)
        run.process.wait()
    assert list(world.remote.path.rglob("*.lock"))
    world.remote.hook("reference-transaction", "")
    resumed = world.run(verb="resume")
    assert resumed.verdict == "DONE"
    all_done_once(world)


def test_what_a_killed_worker_left_running_is_ended_by_the_run_that_goes_on_at_the_latest(world):
    world.spec()
    world.environment["ISOLATION"] = "none"
    world.turn("1\\.1", {"daemon": 600}, {"wait": 60}, unless={"file": "asked-before"})
    world.honest()
    with world.running() as run:
        run.at_step("implement", "1.1")
        # The worker itself (its --agent), the agent, and the daemon that it left.
        # The daemon is there once it is the worker's own child, beside the agent that made it.
        wait_for(lambda: _replays_below(run.process.pid) >= 2)
        run.signal(signal.SIGKILL)
        run.process.wait()
    # Where control groups can be made, what guards them has ended the daemon by now.
    world.turns = []
    world.honest()
    resumed = world.run("--agent", world.agent, verb="resume")
    assert resumed.verdict == "DONE"
    assert left_running(world) == []


def test_an_isolated_agent_and_all_that_it_started_die_with_a_killed_worker(world):
    world.spec()
    world.turn("1\\.1", {"daemon": 600}, {"wait": 60})
    with world.running() as run:
        if run.until(lambda seen: seen["event"] == "run.isolated")["kind"] == "none":
            pytest.skip("no isolation works here")
        run.at_step("implement", "1.1")
        time.sleep(0.5)
        assert left_running(world)
        run.signal(signal.SIGKILL)
        run.process.wait()
    wait_for(lambda: left_running(world) == [])
    mark = f"kiro-worker-{run.process.pid}-"
    wait_for(lambda: not [name for _, names, _ in os.walk("/sys/fs/cgroup") for name in names if name.startswith(mark)])


@pytest.mark.parametrize(("step", "task"), steps_without(STOPPED_ALIKE))
def test_being_terminated_keeps_the_work_and_leaves_nothing_running(world, step, task):
    world.spec()
    world.turn("1\\.1", {"write": "greet.txt", "content": "hi"}, {"wait": 0.5})
    world.turn("1\\.2", {"write": "world.txt", "content": "hi"}, {"wait": 0.5})
    world.turn("3", {"write": "loud.txt", "content": "hi"}, {"wait": 0.5})
    with world.running() as run:
        run.at_step(step, task)
        run.signal(signal.SIGTERM)
        ended = run.end()
    # A stop that comes in the last moments finds everything done.
    assert (ended.status, ended.verdict) in {(143, "INTERRUPTED"), (0, "DONE")}
    assert left_running(world) == []
    assert not [commit for commit in ended.all("commit.made")[:-1] if not ended.all("branch.pushed")]
    resumed = world.run(verb="resume")
    assert resumed.verdict in {"DONE", "ALREADY_DONE"}
    all_done_once(world)


def _stopped_after_its_work(world) -> None:
    world.spec()
    world.turn("1\\.1", {"write": "greet.txt", "content": "hello\n"}, {"wait": 30})
    with world.running("--only", "1.1") as run:
        run.until(lambda event: event["event"] == "tool.ended")
        run.signal(signal.SIGTERM)
        assert run.end().verdict == "INTERRUPTED"
    world.turns.clear()


def test_work_that_was_whole_when_it_was_stopped_is_not_called_a_phantom_by_the_run_that_goes_on(world):
    _stopped_after_its_work(world)
    world.turn("1\\.1", {"say": "All of it is there."})
    resumed = world.run(BRANCH, "--only", "1.1", verb="resume", machine="another")
    assert resumed.verdict == "DONE"
    assert len(resumed.all("turn.started")) == 1
    assert world.done_by_worker() == ["1.1"]


def test_work_that_somebody_took_back_since_is_a_phantom_when_it_is_claimed(world):
    _stopped_after_its_work(world)
    world.remote.commit({"greet.txt": None}, branch=BRANCH, message="Take it back")
    for _ in range(2):
        world.turn("1\\.1", {"say": "All of it is there."})
    assert world.run(BRANCH, "--only", "1.1", verb="resume", machine="another").verdict == "PHANTOM"
    assert world.done_by_worker() == []


def test_an_interrupt_from_the_keyboard_has_its_own_status(world):
    world.spec()
    world.turn("1\\.1", {"write": "greet.txt", "content": "hi"}, {"wait": 30})
    with world.running() as run:
        run.until(lambda event: event["event"] == "tool.called" and event["status"] == "completed")
        run.signal(signal.SIGINT)
        ended = run.end()
    assert (ended.status, ended.verdict) == (130, "INTERRUPTED")
    assert world.remote.read("greet.txt", BRANCH) == b"hi"
    assert world.log()[-1]["Kiro-Kind"] == "partial"


def test_cancel_stops_a_run_and_waits_for_it(world):
    world.spec()
    world.turn("1\\.1", {"write": "greet.txt", "content": "hi"}, {"wait": 30})
    with world.running() as run:
        run.at_step("implement", "1.1")
        said = world.call("cancel")
        assert (said.status, said.out) == (0, "It ended as INTERRUPTED.\n")
        assert run.end().status == 143
    again = world.call("cancel")
    assert again.status == 2
    assert "No run of this machine is running." in again.err


def test_two_workers_of_one_machine_never_work_on_one_branch(world):
    world.spec()
    world.turn("1\\.1", {"wait": 20})
    with world.running() as run:
        run.at_step("implement", "1.1")
        other = world.run()
        assert (other.status, other.verdict) == (31, "BUSY")
        assert world.call("resume").status == 31
        run.signal(signal.SIGTERM)
        run.end()


def test_two_machines_that_share_only_the_remote_never_work_on_one_branch(world):
    world.spec()
    world.turn("1\\.1", {"wait": 20})
    with world.running("--set", "lease.store=gitref") as run:
        run.at_step("implement", "1.1")
        other = world.run("--set", "lease.store=gitref", machine="another")
        assert (other.status, other.verdict) == (31, "BUSY")
        run.signal(signal.SIGTERM)
        run.end()


def test_a_worker_that_was_replaced_writes_nothing_more(world):
    world.spec()
    world.honest(pause=0.3)
    with world.running() as run:
        run.at_step("implement", "1.1")
        run.signal(signal.SIGSTOP)
        # Another machine, with a store of its own, takes the branch's fence on the remote.
        other = world.run("--only", "1.1", machine="another")
        assert other.verdict == "DONE"
        head = world.remote.tip(BRANCH)
        run.signal(signal.SIGCONT)
        lost = run.end()
    assert lost.verdict in {"LEASE_LOST", "BRANCH_MOVED"}
    assert lost.status in {30, 34}
    assert world.remote.tip(BRANCH) == head
    assert not lost.all("pull-request.published")


def test_a_person_who_pushes_meanwhile_is_not_overwritten(world):
    world.spec()
    world.honest(pause=0.5)
    with world.running() as run:
        run.at_step("implement", "1.1")
        theirs = world.remote.commit({"theirs.txt": b"mine"}, branch=BRANCH)
        ended = run.end()
    assert (ended.status, ended.verdict) == (34, "BRANCH_MOVED")
    assert world.remote.tip(BRANCH) == theirs
    assert "workspaces" in ended.event("workspace.kept")["path"]
    resumed = world.run(verb="resume")
    assert resumed.verdict == "DONE"
    assert world.remote.read("theirs.txt", BRANCH) == b"mine"


def test_a_branch_that_somebody_deletes_is_not_made_again_and_what_is_said_brings_all_of_it_back(world):
    world.spec()
    world.honest(pause=0.5)
    with world.running() as run:
        run.at_step("implement", "1.1")
        before = world.remote.tip(BRANCH)
        world.remote.git("update-ref", "-d", f"refs/heads/{BRANCH}")
        ended = run.end()
    assert (ended.status, ended.verdict) == (34, "BRANCH_MOVED")
    assert "somebody else deleted it" in ended.cause["message"]
    assert f"refs/heads/{BRANCH}" not in world.remote.refs()
    assert f"git push origin {before}:refs/heads/{BRANCH}; then run: kiro-worker resume" in ended.cause["next_step"]
    world.remote.git("update-ref", f"refs/heads/{BRANCH}", before)
    resumed = world.run(verb="resume")
    assert resumed.verdict == "DONE"
    # The task whose commit could not be pushed is not done a second time.
    assert len(resumed.all("turn.started")) == 2


def test_a_remote_that_refuses_is_told_in_its_own_words(world):
    world.spec()
    world.honest()
    world.remote.hook(
        "update", 'case "$1" in refs/heads/*) echo "GH006: Protected branch update failed" >&2; exit 1;; esac'
    )
    ended = world.run()
    assert (ended.status, ended.verdict) == (33, "GIT_FAULT")
    assert "Protected branch" in ended.cause["message"]
    assert not ended.all("pull-request.published")
    world.remote.hook("update", "")
    resumed = world.run(verb="resume")
    assert resumed.verdict == "DONE"
    assert len(resumed.all("turn.started")) == 2
    all_done_once(world)


def test_a_full_disk_is_named_and_nothing_is_claimed(world):
    if os.geteuid() != 0 or subprocess.run(("unshare", "-m", "true"), check=False, capture_output=True).returncode:
        pytest.skip("a small file system can only be mounted by root, in a mount namespace")
    world.spec()
    world.turn("1\\.1", {"write": "big.bin", "content": "x" * 3_000_000})
    state = world.folder / "laptop/state"
    state.mkdir(parents=True)
    script = 'mount -t tmpfs -o size=2m tmpfs "$1" && shift && exec "$@"'
    over = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", str(state), *world.arguments("run", "--only", "1.1")],
        cwd=world.folder, env=world.variables("laptop"), capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    # Either the watch over the turn's files is quicker, or whoever writes next.
    codes = {20: {"agent.fills-disk"}, 70: {"git.disk-full", "run.disk-full"}}
    assert over.returncode in codes, over.stderr[-2000:]
    decided = next(json.loads(line) for line in over.stdout.splitlines() if '"run.decided"' in line)
    assert decided["cause"]["code"] in codes[over.returncode]
    assert "No space left" in over.stdout + over.stderr or "disk" in (over.stdout + over.stderr).lower()
    assert world.done_by_worker() == []

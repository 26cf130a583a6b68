"""A run whose reader or terminal goes away, or that is told twice to stop."""

import os
import signal
import subprocess

import psutil

from e2e.world import BRANCH, wait_for


def test_a_reader_that_goes_away_costs_the_run_nothing(world):
    world.spec()
    world.honest()
    with world.running() as run:
        run.until(lambda event: event["event"] == "run.admitted")
        assert run.process.stdout is not None
        run.process.stdout.close()
        assert run.process.wait(60) == 0
        assert run.process.stderr is not None
        assert run.process.stderr.read() == ""
    assert world.done_by_worker() == ["1.1", "1.2", "2", "3"]


def test_the_verdict_stays_when_nobody_reads_the_summary(world):
    world.spec()
    world.turn("1\\.1", {"write": "RED", "content": ""})
    words = world.arguments("run", "--only", "1.1", "--repair-rounds", "0", json_events=False)
    reading, writing = os.pipe()
    os.close(reading)
    over = subprocess.run(
        words, cwd=world.folder, env=world.variables("laptop"), stdout=writing, stderr=subprocess.PIPE, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    os.close(writing)
    assert over.returncode == 10
    assert "Traceback" not in over.stderr


def test_a_terminal_that_is_closed_keeps_the_work(world):
    world.spec()
    world.honest(pause=0.3)
    with world.running() as run:
        run.at_step("implement", "1.2")
        run.signal(signal.SIGHUP)
        ran = run.end()
    assert (ran.status, ran.verdict) == (143, "INTERRUPTED")
    assert world.done_by_worker()[0] == "1.1"


def test_who_does_not_hear_hangups_goes_on(world):
    world.spec()
    world.honest(pause=0.1)
    with world.running(wrapper=("nohup",)) as run:
        run.at_step("implement", "1.1")
        run.signal(signal.SIGHUP)
        ran = run.end()
    assert (ran.status, ran.verdict) == (0, "DONE")


def test_a_second_signal_ends_the_run_at_once_and_says_how_to_go_on(world):
    world.spec()
    world.turn("1\\.1", {"write": "greet.txt", "content": "hello"}, {"run": ["sh", "-c", "trap '' TERM; sleep 600"]})
    with world.running() as run:
        run.at_step("implement", "1.1")
        below = psutil.Process(run.process.pid)
        wait_for(lambda: any("sleep" in each.name() for each in below.children(recursive=True)))
        started = below.children(recursive=True)
        run.signal(signal.SIGINT)
        run.until(lambda event: event["event"] == "run.stopping")
        run.signal(signal.SIGINT)
        ran = run.end()
    assert ran.status == 130
    assert ran.err.startswith("run.cut-off: ")
    assert ran.err.splitlines()[-1] == "  next: Run: kiro-worker resume"
    assert "Traceback" not in ran.err
    wait_for(lambda: not any(each.is_running() and each.status() != "zombie" for each in started))
    world.turns.clear()
    world.honest()
    assert world.run(BRANCH, verb="resume").verdict == "DONE"

"""Runs from the machine's queue: they go on whatever becomes of whoever took them from the board."""

import contextlib
import json
import os
import signal
import subprocess

from e2e.world import BIN, BRANCH, wait_for


def add(world, *more):
    said = world.call("board", "add", "--repository", world.remote.url, "--branch", BRANCH, "--json", *more)
    assert said.status == 0, said.err
    return json.loads(said.out)["id"]


def column(world, card):
    return json.loads(world.call("board", "show", card, "--json").out)["column"]


def queued(world):
    return [(each["run"], each["state"]) for each in json.loads(world.call("queue", "list", "--json").out)["jobs"]]


@contextlib.contextmanager
def watching(world):
    words = (str(BIN / "kiro-worker"), "watch", "--interval", "1", "--agent", world.agent, "--launch", "queue")
    process = subprocess.Popen(
        words, cwd=world.folder, env=world.variables("laptop"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_dispatcher_that_is_killed_loses_nothing_and_the_next_one_settles_what_it_had_begun(world):
    world.spec()
    world.honest(pause=0.1)
    card = add(world)
    with watching(world) as process:
        wait_for(lambda: len(world.log()) > 1, 30)
        process.send_signal(signal.SIGKILL)
    (at_work,) = queued(world)
    assert at_work[1] == "running"
    # Nobody watches; the run goes on by itself.
    wait_for(lambda: not queued(world), 60)
    assert column(world, card) == "working"
    said = world.call("poll", "--agent", world.agent, "--launch", "queue", "--json")
    assert said.status == 0, said.err
    assert column(world, card) == "review", said.out
    assert [each["Kiro-Task"] for each in world.log()[1:]] == ["1.1", "1.2", "2", "3"]
    runs = json.loads(world.call("list", "--json").out)["runs"]
    assert [(run["run"], run["verdict"]) for run in runs] == [(at_work[0], "DONE")]


def test_a_run_whose_worker_is_killed_pushes_what_it_has_and_is_gone_on_with(world):
    world.spec()
    world.honest(pause=0.3)
    card = add(world)
    with watching(world):
        wait_for(lambda: len(world.log()) > 1, 30)
        (job,) = json.loads(world.call("queue", "list", "--json").out)["jobs"]
        os.kill(job["worker"], signal.SIGKILL)
        wait_for(lambda: column(world, card) == "review", 60)
    assert [each["Kiro-Task"] for each in world.log()[1:]] == ["1.1", "1.2", "2", "3"]
    after, before = json.loads(world.call("list", "--json").out)["runs"]
    assert (before["verdict"], after["verdict"], after["resumes"]) == ("INTERRUPTED", "DONE", before["run"])


def test_who_only_looks_begins_nothing_of_the_queue(world):
    world.spec()
    world.honest()
    add(world)
    for words in (("--shadow",), ("--explain",)):
        assert world.call("poll", "--agent", world.agent, "--launch", "queue", *words).status == 0
    assert queued(world) == []
    assert json.loads(world.call("list", "--json").out)["runs"] == []

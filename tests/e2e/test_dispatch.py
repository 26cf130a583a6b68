"""Work from a board, as a person has it done: cards in, pull requests out."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from e2e.world import BIN, BRANCH, FOLDER, World, wait_for
from kiro_worker.testing.git_remote import BareRemote


def add(world, *more):
    said = world.call("board", "add", "--repository", world.remote.url, "--branch", BRANCH, "--json", *more)
    assert said.status == 0, said.err
    return json.loads(said.out)["id"]


def card(world, number):
    return json.loads(world.call("board", "show", number, "--json").out)


def poll(world, *more):
    said = world.call("poll", "--agent", world.agent, "--json", *more)
    return said, json.loads(said.out) if said.out else {}


def deeds(told):
    return [(each["deed"], each["item"]) for each in told["actions"]]


@pytest.fixture
def till(world, tmp_path):
    """A second repository of the same machine."""
    second = World(folder=tmp_path, remote=BareRemote(tmp_path / "till.git"))
    second.spec()
    return second


def test_cards_of_two_repositories_become_pull_requests_one_after_another(world, till):
    world.spec()
    world.honest()
    first, second = add(world), add(till)
    said, told = poll(world)
    assert (said.status, deeds(told)) == (0, [("begun", first), ("settled", first)])
    assert [card(world, each)["column"] for each in (first, second)] == ["review", "ready"]
    (note,) = card(world, first)["told"]
    assert ("**DONE**" in note["text"], "pull/1" in note["text"]) == (True, True)
    said, told = poll(world)
    assert deeds(told) == [("begun", second), ("settled", second)]
    assert [each["Kiro-Task"] for each in till.log()[1:]] == ["1.1", "1.2", "2", "3"]
    said, told = poll(world)
    assert (said.status, told["actions"], told["waiting"]) == (0, [], [])


def test_what_would_be_done_and_why_not_is_told_without_writing_anything(world):
    world.spec({f"{FOLDER}/tasks.md": b"# Implementation Plan\n"})
    empty = add(world)
    state = world.folder / "laptop/state/kiro-worker/state.db"

    def written():
        with contextlib.closing(sqlite3.connect(state)) as connection:
            queries = ("SELECT * FROM board_card", "SELECT * FROM board_note")
            return [connection.execute(query).fetchall() for query in queries]

    before = written()
    for words in (("--explain",), ("--dry-run",), ("--shadow",)):
        said, told = poll(world, *words)
        assert (said.status, told["acted"], deeds(told)) == (0, False, [("asked", empty)])
        assert told["waiting"][0]["reasons"][0]["code"] == "spec.nothing-open"
    said = world.call("poll", "--explain")
    assert "spec.nothing-open: The spec has no open task" in said.out
    assert written() == before
    said, told = poll(world)
    assert (deeds(told), card(world, empty)["column"]) == ([("asked", empty)], "needs-input")


def test_a_board_that_cannot_be_used_is_a_fault_of_its_own(world):
    said = world.call("poll", "--board", "github")
    assert (said.status, "board.setting" in said.err) == (2, True)


def test_polls_that_overlap_keep_to_the_limit_and_one_that_is_ended_is_gone_on_with_by_the_next(world, till):
    world.spec()
    # Long enough for the second turn to outlast the poll beside it: a scripted turn that is over is not played again.
    world.honest(pause=3)
    first, second = add(world), add(till)
    with started(world, "poll") as process:
        wait_for(lambda: len(world.log()) == 2, 90)
        said, told = poll(world)
        assert (said.status, told["actions"], len(told["running"])) == (0, [], 1)
        assert [each["reasons"][0]["code"] for each in told["waiting"]] == ["dispatch.at-limit"]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=90)
        assert process.returncode == 143
    assert (card(world, first)["column"], card(world, second)["column"]) == ("working", "ready")
    assert "goes on where it ended" in card(world, first)["told"][0]["text"]
    said, told = poll(world)
    assert deeds(told) == [("tried-again", first), ("settled", first)]
    assert world.done_by_worker() == ["1.1", "1.2", "2", "3"]


@contextlib.contextmanager
def started(world, verb, *more):
    words = [str(BIN / "kiro-worker"), verb, *more, "--agent", world.agent, "--json"]
    process = subprocess.Popen(
        words,
        cwd=world.folder,
        env=world.variables("laptop"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=90)


def watching(world):
    return started(world, "watch", "--interval", "1")


def test_a_run_that_is_killed_is_gone_on_with_and_one_whose_card_is_moved_away_is_stopped(world, till):
    world.spec()
    world.honest(pause=0.5)
    first = add(world)
    with watching(world) as process:
        wait_for(lambda: len(world.log()) == 2, 90)
        with contextlib.closing(sqlite3.connect(world.folder / "laptop/state/kiro-worker/state.db")) as connection:
            pid, run = connection.execute("SELECT pid, run FROM run").fetchone()
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: card(world, first)["column"] == "review", 90)
        assert [each["Kiro-Task"] for each in world.log()[1:]] == ["1.1", "1.2", "2", "3"]
        assert [note["key"] == f"run:{run}" for note in card(world, first)["told"]] == [True, False]
        second = add(till)
        wait_for(lambda: len(till.log()) >= 2, 90)
        world.call("board", "move", second, "Backlog")
        wait_for(lambda: not json.loads(world.call("status", "--json").out)["running"], 90)
        assert (card(world, second)["place"], card(world, second)["told"]) == ("Backlog", [])
        assert len(till.log()) < 5
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    told = [each for line in out.splitlines() for each in deeds(json.loads(line))]
    assert told[:3] == [("begun", first), ("tried-again", first), ("settled", first)]
    assert ("stopped", second) in told


def test_a_run_whose_launcher_is_killed_with_all_its_threads_ends_in_order(world):
    world.spec()
    world.honest(pause=0.4)
    add(world)
    with started(world, "poll") as process:
        wait_for(lambda: len(world.log()) == 2, 90)
        # The kernel tells the run of each thread of its launcher that dies.
        assert len(list(Path(f"/proc/{process.pid}/task").iterdir())) > 1
        process.kill()
        process.communicate()
    wait_for(lambda: not json.loads(world.call("status", "--json").out)["running"], 90)
    (run,) = json.loads(world.call("list", "--json").out)["runs"]
    assert (run["state"], run["verdict"]) == ("ended", "INTERRUPTED")


def test_a_run_that_is_told_many_times_at_once_ends_in_order(world):
    world.spec()
    world.honest(pause=5)
    with world.running() as running:
        running.at_step("implement")
        for _ in range(5):
            running.signal(signal.SIGTERM)
        ran = running.end()
    assert (ran.status, ran.verdict) == (143, "INTERRUPTED")

"""What one look at the processes of a machine tells."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from kiro_worker.process.table import Process, Table, environment_of, environments, look

# Starts a child that waits and one that is over at once, and says who they are.
PARENT = """
import os, subprocess, sys, time
waits = subprocess.Popen(["sleep", "60"])
over = os.fork()
if not over:
    os._exit(0)
time.sleep(0.1)
print(waits.pid, over, flush=True)
sys.stdin.read()
waits.kill()
"""


@pytest.fixture
def family():
    """A process, its child that waits, and its child that is over."""
    environment = {**os.environ, "MARK": "of the family", "EMPTY": ""}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        waits, over = map(int, process.stdout.readline().split())
        yield process.pid, waits, over
        process.communicate()


def test_children_are_found_with_their_parent_and_told_from_those_that_are_over(family):
    parent, waits, over = family
    table = look()
    assert {*table.children(parent)} == {Process(waits, parent, over=False), Process(over, parent, over=True)}
    (own,) = (process for process in table.children(os.getpid()) if process.pid == parent)
    assert {process.pid for process in table.tree(own)} == {parent, waits, over}
    assert table.children(waits) == ()


def test_as_many_are_seen_as_others_see(family):
    # What was there before and is there afterwards was there when we looked.
    before = {process.pid for process in psutil.Process(1).children(recursive=True)}
    seen = {process.pid for process in look().tree(Process(1, 0, over=False))}
    after = {process.pid for process in psutil.Process(1).children(recursive=True)}
    assert before & after <= seen
    assert {*family} <= seen


def test_a_name_may_hold_anything(tmp_path):
    program = tmp_path / "x) Z 1 (y z"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([str(program), "60"]) as process:
        while not psutil.Process(process.pid).name().startswith("x"):
            time.sleep(0.01)
        assert Process(process.pid, os.getpid(), over=False) in look().children(os.getpid())
        process.kill()


def test_a_process_tells_what_it_was_started_with(family):
    parent, waits, over = family
    for pid in (parent, waits):
        told = environment_of(pid)
        assert (told["MARK"], told["EMPTY"]) == ("of the family", "")
        assert told == psutil.Process(pid).environ()
    assert dict(environments())[waits]["MARK"] == "of the family"
    # Whoever is over or not there says nothing.
    assert environment_of(over) == environment_of(2**22 + 1) == {}
    assert over not in dict(environments())


def test_a_circle_of_pids_that_were_used_again_has_an_end():
    one, other = Process(7, 8, over=False), Process(8, 7, over=False)
    assert [*Table(iter((one, other))).tree(one)] == [one, other]

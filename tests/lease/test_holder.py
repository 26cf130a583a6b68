import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kiro_worker.lease import is_gone, this_holder
from kiro_worker.lease.holder import holder_at, this_boot, this_host


@pytest.fixture
def process():
    started = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with started:
        yield started
        started.kill()


def test_this_process_holds_as_long_as_it_lives():
    mine = this_holder("r-1")
    assert (mine.run, mine.pid, mine.host) == ("r-1", os.getpid(), this_host())
    assert mine == this_holder("r-1")
    assert not is_gone(mine)


def test_another_process_of_this_host_is_told_from_this_one(process):
    other = holder_at(process.pid, "r-2")
    assert other.host == this_host()
    assert other.started >= this_holder("r-1").started
    assert not is_gone(other)
    code = "from kiro_worker.lease import this_holder; print(this_holder('r').host)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == this_host()


def test_a_stopped_process_lives(process):
    other = holder_at(process.pid, "r-2")
    process.send_signal(signal.SIGSTOP)
    assert not is_gone(other)


def test_a_killed_process_is_gone_even_before_its_parent_has_noticed(process):
    other = holder_at(process.pid, "r-2")
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(other)
    process.wait()
    assert is_gone(other)


def test_a_pid_that_was_given_out_again_is_another_process(process):
    other = holder_at(process.pid, "r-2")
    assert is_gone(replace(other, started=other.started - 1))


def test_what_lives_elsewhere_is_never_known_to_be_gone():
    assert not is_gone(replace(this_holder("r-1"), host="elsewhere", pid=2**22 - 1, started=0))


@pytest.mark.parametrize("pid", [0, -1, -(2**40), 2**31, 2**63, 10**30])
def test_a_pid_that_none_can_be_is_not_asked_about(pid):
    assert not is_gone(replace(this_holder("r-1"), pid=pid))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look as another user")
def test_a_process_of_another_user_lives(process):
    other = holder_at(process.pid, "r-3")
    os.setresuid(65534, 65534, 0)
    try:
        with pytest.raises(PermissionError):
            os.kill(process.pid, 0)
        assert not is_gone(other)
    finally:
        os.setresuid(0, 0, 0)


def test_the_host_is_named_for_people_and_gives_no_machine_id_away():
    name, _, mark = this_host().rpartition(".")
    assert name
    assert all(letter.isalnum() or letter == "-" for letter in name)
    assert len(mark) == 16
    for path in ("/etc/machine-id", "/proc/sys/kernel/random/boot_id"):
        assert Path(path).read_text().strip() not in this_host() + this_boot()

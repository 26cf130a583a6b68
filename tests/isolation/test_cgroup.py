"""Limits for all processes of a run together, and no group left behind."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from kiro_worker.isolation.cgroup import Hierarchy, make_groups, own_hierarchies
from kiro_worker.isolation.choice import Chosen
from kiro_worker.isolation.enclosure import Enclosure
from kiro_worker.isolation.none import NoIsolation
from kiro_worker.isolation.port import Ground
from kiro_worker.isolation.ration import MIB, Ration
from kiro_worker.process import Children, Command, Limits

TOP = Path("/sys/fs/cgroup")
RATION = Ration(memory=256 * MIB, processes=40)


def is_over(pid: int) -> bool:
    """Whether a process is gone, or waits in the process table for somebody to look at it."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def left(pid: int) -> list[Path]:
    # Not a glob, which fails when a group goes away while it looks.
    return [
        Path(above, name)
        for above, names, _ in os.walk(TOP)
        for name in names
        if name.startswith(f"kiro-worker-{pid}-")
    ]


@pytest.fixture
def writable():
    groups = make_groups(RATION)
    groups.remove()
    if not {"memory", "processes"} <= groups.limited:
        pytest.skip(f"control groups cannot be made here, but for {sorted(groups.limited) or 'nothing'}")


@pytest.fixture
async def enclosure(writable):
    async with Children() as children:
        enclosure = Enclosure(children, Chosen(isolation=NoIsolation(), passed_over={}), RATION)
        await enclosure.open()
        yield enclosure
        await enclosure.close()
    assert left(os.getpid()) == []


def python(code: str) -> Command:
    return Command(argv=(sys.executable, "-c", code), cwd=Path("/"), environment={"PATH": os.environ["PATH"]})


async def test_a_fork_bomb_is_stopped(enclosure):
    confined = enclosure.on(Ground(tree=Path("/nonexistent")))
    code = """
import os, time
made = 0
try:
    while made < 500:
        if os.fork() == 0:
            time.sleep(60)
        made += 1
except OSError:
    print(made)
"""
    over = await confined.run(python(code), Limits(wall=30))
    assert 0 < int(over.stdout) < 40


async def test_memory_is_limited_for_all_processes_together(enclosure):
    confined = enclosure.on(Ground(tree=Path("/nonexistent")))
    each = "x = bytearray(100_000_000); import sys; sys.stdout.write('had '); sys.stdout.flush(); import time; time.sleep(1)"
    code = f"import subprocess, sys; p = [subprocess.Popen([sys.executable, '-c', {each!r}]) for _ in range(6)]; print(sorted(one.wait() for one in p))"
    over = await confined.run(python(code), Limits(wall=30))
    assert not over.ok or "-9" in over.stdout.decode()


async def test_groups_of_a_killed_worker_are_removed_with_all_that_is_in_them(writable, tmp_path):
    code = """
import asyncio
from pathlib import Path
from kiro_worker.isolation.choice import Chosen
from kiro_worker.isolation.enclosure import Enclosure
from kiro_worker.isolation.none import NoIsolation
from kiro_worker.isolation.port import Ground
from kiro_worker.isolation.ration import Ration
from kiro_worker.process import Children, Command

async def main():
    async with Children() as children:
        enclosure = Enclosure(children, Chosen(isolation=NoIsolation(), passed_over={}), Ration(memory=2**28, processes=40))
        await enclosure.open()
        confined = enclosure.on(Ground(tree=Path("/nonexistent")))
        script = "setsid sh -c 'trap : TERM; echo $$; sleep 63; sleep 63' & wait"
        child = await confined.start(Command(argv=("sh", "-c", script), cwd=Path("/"), environment={"PATH": "/usr/bin:/bin"}))
        print((await child.stdout.readline()).decode(), flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""
    worker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220
    daemon = int(worker.stdout.readline())
    assert left(worker.pid)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    for _ in range(100):
        if not left(worker.pid) and is_over(daemon):
            break
        await asyncio.sleep(0.05)
    assert left(worker.pid) == []
    assert is_over(daemon)


async def test_groups_that_nobody_guarded_any_more_are_removed_by_the_next_worker(writable):
    made = make_groups(RATION)
    dead = [path.with_name("kiro-worker-999999-1-abcdef01") for path in made.paths]
    for path in dead:
        path.mkdir()
    again = make_groups(RATION)
    assert not [path for path in dead if path.exists()]
    made.remove()
    again.remove()


def test_where_no_group_can_be_made_nothing_is_limited_and_nothing_fails(tmp_path):
    # A plain folder is as good as a hierarchy that is read-only: no limit can be written in it.
    elsewhere = Hierarchy(version=2, controllers=frozenset(), own=tmp_path / "no/such", top=tmp_path)
    made = make_groups(RATION, hierarchies=(elsewhere,))
    assert (made.paths, made.limited) == ([], set())


def test_every_place_of_this_process_is_found():
    for found in own_hierarchies():
        assert found.version in {1, 2}
        assert found.own.is_relative_to(found.top)


def test_a_hierarchy_is_read_as_the_kernel_tells_it(tmp_path):
    (tmp_path / "cgroup").write_text("4:memory:/docker/abc\n0::/user.slice/app.scope\n")
    (tmp_path / "mountinfo").write_text(
        "31 23 0:28 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        "32 23 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
    )
    assert [(one.version, str(one.own)) for one in own_hierarchies(tmp_path)] == [
        (1, "/sys/fs/cgroup/memory"),
        (2, "/sys/fs/cgroup/unified/user.slice/app.scope"),
    ]


def test_what_cannot_be_limited_is_said():
    told = RATION.unlimited(limited=frozenset(), own_account=False)
    assert told == (
        "memory is limited for each process only, not for all together",
        "the number of processes is not limited",
    )
    assert RATION.unlimited(limited=frozenset({"memory"}), own_account=True) == ()

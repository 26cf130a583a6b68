import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from kiro_worker.clock import SystemClock
from kiro_worker.lease import this_holder
from kiro_worker.lease.presence import is_absent, own_presence
from kiro_worker.lease.sqlite import SqliteLeases
from kiro_worker.state import open_state
from kiro_worker.testing.lease_contract import ANNA, KEY, contender, taken

HOLD = """
import sys
from pathlib import Path
from kiro_worker.lease.presence import own_presence
print(own_presence(Path(sys.argv[1])), flush=True)
sys.stdin.readline()
"""


@contextlib.contextmanager
def another(folder, *before):
    process = subprocess.Popen(
        [*before, sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def test_a_process_is_there_until_it_is_killed(tmp_path):
    with another(tmp_path) as (process, token):
        assert token
        assert not is_absent(tmp_path, token)
        process.kill()
        process.wait()
        assert is_absent(tmp_path, token)


def test_a_process_that_ends_leaves_no_file(tmp_path):
    with another(tmp_path) as (process, token):
        process.stdin.write("\n")
        process.stdin.flush()
        process.wait()
        assert not (tmp_path / token).exists()
        assert not is_absent(tmp_path, token)


def test_one_process_has_one_file_and_sees_itself(tmp_path):
    token = own_presence(tmp_path)
    assert own_presence(tmp_path) == token
    assert not is_absent(tmp_path, token)
    assert [path.name for path in tmp_path.iterdir()] == [token]


def test_a_file_that_is_not_there_tells_nothing(tmp_path):
    assert not is_absent(tmp_path, "0123456789abcdef")
    assert not is_absent(tmp_path / "nowhere", "0123456789abcdef")


@pytest.mark.parametrize("token", ["../secret", "/etc/passwd", "..", ".", "", "a/b", "a\0b"])
def test_a_name_does_not_lead_out_of_the_folder(tmp_path, token):
    (tmp_path / "secret").write_text("")
    folder = tmp_path / "alive"
    folder.mkdir()
    assert not is_absent(folder, token)


def test_where_no_file_can_be_made_there_is_no_presence(tmp_path):
    (tmp_path / "file").write_text("")
    assert own_presence(tmp_path / "file") == ""


def test_what_the_killed_left_is_swept_after_a_day_and_the_living_stay(tmp_path):
    with another(tmp_path) as (process, old), another(tmp_path) as (_, living), another(tmp_path) as (_, fresh):
        process.kill()
        process.wait()
        for token in (old, living):
            os.utime(tmp_path / token, (time.time() - 90_000,) * 2)
        with another(tmp_path) as (_, mine):
            assert {path.name for path in tmp_path.iterdir()} == {living, fresh, mine}


@pytest.fixture
def state(tmp_path):
    opened = open_state(tmp_path / "state")
    yield opened
    opened.close()


async def elsewhere(state, leases):
    """Make the holder one whose pid means nothing here, as of another container."""
    await state.write(lambda connection: connection.execute("UPDATE lease SET host = 'container.0'"))
    return await leases.look(KEY)


def opening(tmp_path):
    return f"""
from pathlib import Path
from kiro_worker.clock import SystemClock
from kiro_worker.lease.sqlite import SqliteLeases
from kiro_worker.state import open_state
leases = SqliteLeases(open_state(Path({str(tmp_path / "state")!r})), SystemClock())
"""


async def test_a_holder_whose_pid_cannot_be_seen_is_replaced_at_once_when_it_is_killed(state, tmp_path):
    leases = SqliteLeases(state, SystemClock())
    async with contender(opening(tmp_path), "r-victim") as victim:
        fence = await victim.take()
        await elsewhere(state, leases)
        assert await leases.take(KEY, ANNA) is None
        begun = time.monotonic()
        victim.process.kill()
        while (lease := await leases.take(KEY, ANNA)) is None:  # noqa: ASYNC110  # a store cannot call back
            await asyncio.sleep(0.005)
        assert time.monotonic() - begun < 5
        assert lease.fence > fence


async def test_without_its_file_time_decides(state, tmp_path):
    leases = SqliteLeases(state, SystemClock())
    async with contender(opening(tmp_path), "r-victim") as victim:
        await victim.take()
        await elsewhere(state, leases)
        shutil.rmtree(state.path.parent / "alive")
        victim.process.kill()
        await victim.process.wait()
        assert await leases.take(KEY, ANNA) is None


async def test_a_lock_of_another_kernel_tells_nothing(state, tmp_path):
    async with contender(opening(tmp_path), "r-victim") as victim:
        await victim.take()
        victim.process.kill()
        await victim.process.wait()
    leases = SqliteLeases(state, SystemClock(), boot="another")
    await elsewhere(state, leases)
    # The first look writes down when the lease ends in this kernel's time; it must not make the lock this kernel's.
    for _ in range(2):
        assert await leases.take(KEY, ANNA) is None


async def test_only_a_process_itself_says_that_it_is_there(state):
    leases = SqliteLeases(state, SystemClock())
    this = this_holder("r-this")
    for holder, has in ((replace(this, pid=this.pid + 1), False), (ANNA, False), (this, True)):
        lease = await taken(leases, KEY, holder)
        seen = await state.read(lambda connection: connection.execute("SELECT presence FROM lease").fetchone()[0])
        assert bool(seen) is has
        await leases.release(lease)


def test_a_process_with_pids_of_its_own_is_seen_to_end(tmp_path):
    unshare = shutil.which("unshare")
    if (
        unshare is None
        or subprocess.run([unshare, "--pid", "--fork", "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("this kernel, or the user's rights, allow no pid namespace (unshare --pid)")
    with another(tmp_path, unshare, "--pid", "--fork", "--kill-child") as (process, token):
        assert not is_absent(tmp_path, token)
        process.kill()
        process.wait()
        end = time.monotonic() + 5
        while not is_absent(tmp_path, token):
            assert time.monotonic() < end
            time.sleep(0.01)

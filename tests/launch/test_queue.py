import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kiro_worker.launch.queue import NoWorker
from kiro_worker.testing.launch_contract import DurableLaunchesContract, ends, over, ready, request, started
from launch.queueing import Place

FINDING_TESTS = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}

LAUNCHER = """
import asyncio, sys
from pathlib import Path
from launch.queueing import Place
from kiro_worker.testing.launch_contract import request

async def main(folder):
    launches = Place(folder).open()
    for number in range(1, 4):
        print(await launches.launch(request(f"r-{number}", "wait" if number < 3 else "exit-6")), flush=True)
    await asyncio.sleep(60)

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.fixture
async def place(tmp_path):
    """A queue of two slots; at the end, nothing of it is left running."""
    place = Place(tmp_path)
    yield place
    await emptied(place)
    place.close()


@pytest.fixture
def launches(place):
    return place.open()


async def emptied(place):
    launches, jobs = place.open(), place.jobs()
    async with asyncio.timeout(30):
        while live := jobs.live():
            for job in live:
                jobs.stop(job.token)
            await launches.running()
            await asyncio.sleep(0.05)
        while place.slots.free_ones(place.most) < place.most:  # noqa: ASYNC110  # other processes end
            await asyncio.sleep(0.02)


def pid_of(place, run):
    (path,) = (place.folder / "starts").glob(f"{run}.*")
    return int(path.name.rpartition(".")[2])


def worker_of(place, run):
    (job,) = (job for job in place.jobs().begun() if job.run == run)
    return job.worker.pid


class TestQueueLaunches(DurableLaunchesContract):
    @pytest.fixture
    def launches(self, place):
        return place.open()

    @pytest.fixture
    def reopened(self, place):
        return place.open


async def test_a_launcher_that_is_killed_loses_nothing_and_its_runs_go_on(place, tmp_path):
    words = (sys.executable, "-c", LAUNCHER, str(tmp_path))
    launcher = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE, env=FINDING_TESTS)
    for run in ("r-1", "r-2"):
        await started(tmp_path, run)
    assert [(await launcher.stdout.readline())[:8] for _ in range(3)] == [b"Launched"] * 3
    launcher.kill()
    await launcher.communicate()
    launches = place.open()
    assert [each.run for each in await launches.running()] == ["r-1", "r-2", "r-3"]
    await launches.stop("r-2")
    assert [(end.run, end.exit_status) for end in await ends(launches, 2)] == [("r-2", 143), ("r-3", 6)]
    assert [place.starts(run) for run in ("r-1", "r-2", "r-3")] == [1, 1, 1]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child of its parent's death")
async def test_the_run_of_a_worker_that_is_killed_ends_in_order_before_the_next_one_begins(launches, place, tmp_path):
    place.most = 1
    await launches.launch(request("r-1"))
    await ready(tmp_path)
    await launches.launch(request("r-2", "exit-0"))
    os.kill(worker_of(place, "r-1"), signal.SIGKILL)
    told = await ends(launches, 2)
    assert [(end.run, end.exit_status, end.said) for end in told] == [
        ("r-1", None, "asked to end"), ("r-2", 0, "last words of r-2"),
    ]  # fmt: skip


async def test_a_run_whose_worker_is_gone_keeps_its_slot_for_as_long_as_it_lives(launches, place, tmp_path):
    await launches.launch(request("r-1"))
    await ready(tmp_path)
    run = pid_of(place, "r-1")
    os.kill(run, signal.SIGSTOP)
    os.kill(worker_of(place, "r-1"), signal.SIGKILL)
    await asyncio.sleep(0.2)
    assert [each.run for each in await launches.running()] == ["r-1"]
    os.kill(run, signal.SIGCONT)
    (end,) = await ends(launches, 1)
    assert (end.run, end.exit_status) == ("r-1", None)


async def test_what_was_killed_together_with_its_worker_is_noticed_at_once(launches, place, tmp_path):
    await launches.launch(request("r-1"))
    await ready(tmp_path)
    for pid in (worker_of(place, "r-1"), pid_of(place, "r-1")):
        os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    (end,) = await ends(launches, 1)
    assert (end.run, end.exit_status) == ("r-1", None)
    # 0.2 s where nothing else runs; benchmarks/bench_queue.py measures it.
    assert time.monotonic() - began < 3


async def test_a_job_that_was_begun_and_never_started_is_begun_again(launches, place):
    jobs = place.jobs()
    jobs.put(request("r-1", "exit-7"), "board")
    taking = (
        "import sys; from pathlib import Path; from launch.queueing import Place;"
        "from kiro_worker.lease.holder import this_holder;"
        "place = Place(Path(sys.argv[1])); slot = place.slots.hold(1);"
        "place.jobs().take(this_holder(''), 1, 2); import os; os.kill(os.getpid(), 9)"
    )
    taker = await asyncio.create_subprocess_exec(sys.executable, "-c", taking, str(place.folder), env=FINDING_TESTS)
    assert await taker.wait() == -signal.SIGKILL
    assert [job.run for job in jobs.begun()] == ["r-1"]
    (end,) = await ends(launches, 1)
    assert (end.run, end.exit_status, place.starts("r-1")) == ("r-1", 7, 1)


async def test_two_boards_share_a_queue_and_each_is_told_of_its_own(place):
    one, other = place.open("one"), place.open("other")
    await one.launch(request("r-1", "exit-1"))
    await other.launch(request("r-2", "exit-2"))
    assert [end.run for end in await ends(other, 1)] == ["r-2"]
    assert [end.run for end in await ends(one, 1)] == ["r-1"]
    assert not await one.stop("r-2")


async def launched_for_ever(launches):
    async with asyncio.timeout(20):
        while True:
            await launches.launch(request("r-1", "exit-0"))
            await asyncio.sleep(0.05)


async def test_whoever_launches_is_told_when_no_worker_stays_alive(place):
    broken = place.open(worker=(sys.executable, "-c", "import sys; sys.exit('the disk is on fire')"))
    await broken.launch(request("r-1", "exit-0"))
    with pytest.raises(NoWorker, match="the disk is on fire"):
        await launched_for_ever(broken)
    (end,) = await ends(place.open(), 1)
    assert (end.run, end.exit_status, place.starts("r-1")) == ("r-1", 0, 1)


async def test_a_worker_that_is_asked_to_end_lets_its_run_end_first(launches, place, tmp_path):
    await launches.launch(request("r-1"))
    await ready(tmp_path)
    await launches.launch(request("r-2"))
    os.kill(worker_of(place, "r-1"), signal.SIGTERM)
    (end,) = await ends(launches, 1)
    assert (end.run, end.exit_status, end.said) == ("r-1", None, "asked to end")


async def test_nothing_is_lost_or_doubled_while_workers_are_killed(launches, place):
    runs = [f"r-{number}" for number in range(30)]
    for number, run in enumerate(runs):
        await launches.launch(request(run, f"exit-{number % 5}"))

    killed = 0

    async def kill_now_and_then():
        nonlocal killed
        for pause in (0.1, 0.25, 0.15, 0.3, 0.2, 0.35):
            await asyncio.sleep(pause)
            for job in place.jobs().begun()[:1]:
                if job.worker_lives:
                    os.kill(job.worker.pid, signal.SIGKILL)
                    killed += 1

    async with asyncio.TaskGroup() as group:
        group.create_task(kill_now_and_then())
        told = await ends(launches, len(runs))
    assert killed
    assert sorted(end.run for end in told) == sorted(runs)
    assert {place.starts(run) for run in runs} <= {0, 1}
    assert {end.run for end in told if end.exit_status is not None} <= {run for run in runs if place.starts(run)}
    await over(launches)


async def test_the_jobs_of_another_board_wait_for_a_worker_with_that_boards_environment(place):
    one, other = place.open("one"), place.open("other")
    place.jobs().put(request("r-2", "exit-2"), "other")
    await one.launch(request("r-1", "exit-1"))
    assert [end.run for end in await ends(one, 1)] == ["r-1"]
    await asyncio.sleep(0.3)
    assert [(each.run, each.began) for each in place.jobs().live()] == [("r-2", None)]
    assert [end.run for end in await ends(other, 1)] == ["r-2"]


async def test_no_more_run_at_once_than_may_even_when_there_were_more_slots_before(place, tmp_path):
    wide = place.open()
    for run in ("r-1", "r-2"):
        await wide.launch(request(run))
        await started(tmp_path, run)
    place.most = 1
    place.worker = (*place.worker[:-1], "1")
    narrow = place.open()
    await narrow.launch(request("r-3"))
    for pid in (worker_of(place, "r-1"), pid_of(place, "r-1")):
        os.kill(pid, signal.SIGKILL)
    assert [end.run for end in await ends(narrow, 1)] == ["r-1"]
    await narrow.running()
    await asyncio.sleep(0.5)
    assert [(each.run, each.began is None) for each in await narrow.running()] == [("r-2", False), ("r-3", True)]

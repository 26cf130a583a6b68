"""The queue beside DBOS on the same disk: jobs put in and drawn out, idle workers, take-over, and kills without end.

DBOS is installed into an environment of its own for the time of the measurement, or taken from the Python that
`BENCH_DBOS` names; where neither can be had, its columns stay empty. Ratios are of one run, in turn, the median of
three pairs. Seconds depend on the disk and on what else the machine does.
"""

import asyncio
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kiro_worker.clock import SystemClock
from kiro_worker.launch.port import Ended, LaunchRequest
from kiro_worker.launch.queue import QueueLaunches
from kiro_worker.launch.slot import Slots
from kiro_worker.launch.table import Jobs
from kiro_worker.lease.holder import this_holder
from kiro_worker.state import State, open_state
from pair import table

_PAIRS = 3
_JOBS = 200
_TAKEOVERS = 7
_TORTURED = 400
_WORKERS = 3
_IDLE_SECONDS = 15.0
_DBOS = "dbos==3.4.0"

Row = tuple[str, str, str, str, str]

# What is started in place of a run: notes that, works for a moment, and ends.
_RUN = """#!/bin/sh
for word; do case $word in --run-id=*) run=${word#--run-id=} ;; esac; done
: > "$STARTS/$run.$$"
exec sleep "${RUN_SECONDS:-0}"
"""

_WORKER = """
import asyncio, os, sys
from pathlib import Path
from kiro_worker.clock import SystemClock
from kiro_worker.launch.slot import Slots
from kiro_worker.launch.table import Jobs
from kiro_worker.launch.worker import Worker, heeding
from kiro_worker.process import Children
from kiro_worker.state import open_state

async def main(folder, most, lasting):
    clock = SystemClock()
    async with Children(clock) as children:
        worker = Worker(
            Jobs(open_state(folder / "state"), clock), Slots(folder / "launch"), children, clock,
            program=("/bin/sh", str(folder / "run.sh")), environment=dict(os.environ), most=most, lasting=lasting,
        )
        async with heeding(worker):
            await worker.work()

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "lasting"))
"""

# Put in by a client, as a dispatcher would; drawn out by a worker, from the first begun to the last written as done.
_DBOS_SIDE = """
import json, sqlite3, sys, time
from dbos import DBOS, DBOSClient

what, url, many = sys.argv[1], sys.argv[2], int(sys.argv[3])
if what == "put":
    client = DBOSClient(system_database_url=url)
    begun = time.perf_counter()
    for number in range(many):
        client.enqueue({"queue_name": "jobs", "workflow_name": "job"}, number)
    print(json.dumps(many / (time.perf_counter() - begun)))
    sys.exit()

DBOS(config={"name": "bench", "system_database_url": url, "log_level": "ERROR", "run_admin_server": False})
first = None

@DBOS.workflow(name="job")
def job(number):
    global first
    first = first or time.perf_counter()

DBOS.launch()
DBOS.register_queue("jobs", polling_interval_sec=0.1)
if what == "make":
    DBOS.destroy()
elif what == "draw":
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        while connection.execute("SELECT count(*) FROM workflow_status WHERE status = 'SUCCESS'").fetchone()[0] < many:
            time.sleep(0.01)
    print(json.dumps(many / (time.perf_counter() - first)), flush=True)
    DBOS.destroy()
else:
    print("ready", flush=True)
    time.sleep(many)
"""


class Place:
    """A queue of ours on a disk of its own."""

    def __init__(self, folder: Path, most: int = 1) -> None:
        self.folder, self.most = folder, most
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "starts").mkdir(exist_ok=True)
        (folder / "run.sh").write_text(_RUN)
        self.clock, self.slots = SystemClock(), Slots(folder / "launch")
        self.state: State = open_state(folder / "state")
        self.jobs = Jobs(self.state, self.clock)

    def put(self, number: int) -> None:
        """One more job, durable once this returns."""
        self.jobs.put(request(number), "bench")

    def worker(self, *, lasting: bool, seconds: float = 0) -> subprocess.Popen[bytes]:
        """A worker's process; runs in it take so long."""
        words = [sys.executable, "-c", _WORKER, str(self.folder), str(self.most), "lasting" if lasting else "once"]
        return subprocess.Popen(words, env=self.environment(seconds))

    def launches(self, seconds: float = 0) -> QueueLaunches:
        """A launcher that starts such workers by itself."""
        words = (sys.executable, "-c", _WORKER, str(self.folder), str(self.most), "once")
        return QueueLaunches(
            self.jobs, self.slots, self.clock,
            asker="bench", worker=words, environment=self.environment(seconds), most=self.most,
        )  # fmt: skip

    def environment(self, seconds: float) -> dict[str, str]:
        """Of workers and runs."""
        return {**os.environ, "STARTS": str(self.folder / "starts"), "RUN_SECONDS": str(seconds)}

    def starts(self, run: str) -> list[int]:
        """The processes that a run was started as."""
        return [int(path.suffix[1:]) for path in (self.folder / "starts").glob(f"{run}.*")]


def request(number: int) -> LaunchRequest:
    """A job."""
    return LaunchRequest(token=f"r-{number}", run=f"r-{number}", repository="/srv/shop.git", branch=f"b-{number}")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dbos = _dbos(folder)
        rows = [*_throughput(folder, dbos), *_idle(folder, dbos), _takeover(folder), _told(folder), _torture(folder)]
    table("The queue", rows)


def _dbos(folder: Path) -> Path | None:
    """A Python that has DBOS; None where it cannot be had."""
    if given := os.environ.get("BENCH_DBOS"):
        return Path(given)
    python = folder / "dbos" / "bin" / "python"
    venv.create(folder / "dbos", with_pip=True)
    words = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", _DBOS)
    over = subprocess.run(words, capture_output=True, text=True, check=False)
    if over.returncode:
        print(f"{_DBOS} cannot be installed, so nothing is measured beside it: {over.stderr.strip()[-300:]}")
        return None
    return python


def _throughput(folder: Path, dbos: Path | None) -> Iterator[Row]:
    rates: dict[str, list[float]] = {"put": [], "draw": [], "dbos put": [], "dbos draw": []}
    for pair in range(_PAIRS):
        place = Place(folder / f"ours-{pair}")
        rates["put"].append(_rate(lambda number, place=place: place.put(number)))
        me = this_holder("")
        rates["draw"].append(_rate(lambda _, place=place, me=me: _draw(place, me)))
        place.state.close()
        if dbos is not None:
            url = f"sqlite:///{folder}/dbos-{pair}.sqlite"
            _ask(dbos, "make", url, 1)
            rates["dbos put"].append(float(_ask(dbos, "put", url, _JOBS)))
            rates["dbos draw"].append(float(_ask(dbos, "draw", url, _JOBS)))
    for what, told in (("put", "jobs put in, one by one"), ("draw", "jobs drawn out and settled, nothing done")):
        yield _compared(told, rates[what], rates[f"dbos {what}"], "/s", ">= 3x DBOS")


def _draw(place: Place, me: object) -> None:
    job = place.jobs.take(me, 1, 1)  # type: ignore[arg-type]  # a holder
    assert job is not None
    assert place.jobs.end(job, exit_status=0, said="")


def _rate(work: Callable[[int], None]) -> float:
    begun = time.perf_counter()
    for number in range(_JOBS):
        work(number)
    return _JOBS / (time.perf_counter() - begun)


def _ask(dbos: Path, what: str, url: str, many: int) -> str:
    words = (str(dbos), "-c", _DBOS_SIDE, what, url, str(many))
    over = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)
    if over.returncode:
        raise SystemExit(f"DBOS: {over.stderr[-2000:]}")
    return over.stdout.strip().rpartition("\n")[2] or "0"


def _compared(what: str, ours: list[float], theirs: list[float], unit: str, target: str) -> Row:
    mine = f"{statistics.median(ours):,.0f} {unit}"
    if not theirs:
        return (what, mine, "-", "-", target)
    ratio = statistics.median(own / other for own, other in zip(ours, theirs, strict=True))
    return (what, mine, f"{statistics.median(theirs):,.0f} {unit} (DBOS)", f"{ratio:.1f}x", target)


def _idle(folder: Path, dbos: Path | None) -> Iterator[Row]:
    home = folder / "home"
    words = [sys.executable, "-P", "-m", "kiro_worker", "queue", "work"]
    ours = _quiet(words, {"HOME": str(home), "PATH": os.defpath})
    theirs = None
    if dbos is not None:
        url = f"sqlite:///{folder}/dbos-idle.sqlite"
        theirs = _quiet([str(dbos), "-c", _DBOS_SIDE, "idle", url, str(int(_IDLE_SECONDS * 3))], dict(os.environ))
    for at, (what, form, target) in enumerate((
        ("an idle worker: processor", "{:.2f} %", "<= 1 %"),
        ("an idle worker: memory", "{:.0f} MiB", "<= 30 MiB"),
    )):  # fmt: skip
        baseline = "-" if theirs is None else f"{form.format(theirs[at])} (DBOS)"
        ratio = "-" if theirs is None else f"{ours[at] / theirs[at]:.2f}x"
        yield (what, form.format(ours[at]), baseline, ratio, target)


def _quiet(words: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Percent of a processor, and MiB, of a process that has nothing to do."""
    with _alive(subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)) as process:
        time.sleep(5)
        before, begun = _ticks(process.pid), time.perf_counter()
        time.sleep(_IDLE_SECONDS)
        share = (_ticks(process.pid) - before) / os.sysconf("SC_CLK_TCK") / (time.perf_counter() - begun)
        status = Path(f"/proc/{process.pid}/status").read_text()
        resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return share * 100, resident / 1024


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _takeover(folder: Path) -> Row:
    """A worker and its run are killed; how soon another worker has begun the next job."""
    place = Place(folder / "takeover")
    took = []
    with _alive(place.worker(lasting=True, seconds=60)) as first:
        workers = [first]
        for number in range(_TAKEOVERS):
            place.put(2 * number)
            place.put(2 * number + 1)
            (pid,) = _until(lambda number=number: place.starts(f"r-{2 * number}"))
            with _alive(_waiting(place)) as second:
                os.kill(workers[-1].pid, signal.SIGKILL)
                os.kill(pid, signal.SIGKILL)
                begun = time.perf_counter()
                (next_pid,) = _until(lambda number=number: place.starts(f"r-{2 * number + 1}"))
                took.append(time.perf_counter() - begun)
                _end(next_pid)
                _end(second.pid)
            workers.append(place.worker(lasting=True, seconds=60))
        for worker in workers:
            with suppress(ProcessLookupError):
                worker.kill()
            worker.wait()
    place.state.close()
    told = f"{statistics.median(took) * 1000:.0f} ms (at most {max(took) * 1000:.0f})"
    return (
        "kill -9 of a worker and its run, until the next run begins",
        told,
        "never (DBOS, other id)",
        "-",
        "<= 200 ms",
    )


def _waiting(place: Place) -> subprocess.Popen[bytes]:
    """A second worker, which waits for the slot of the first."""
    process = place.worker(lasting=True, seconds=60)
    time.sleep(1)
    return process


def _end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.05)


def _told(folder: Path) -> Row:
    """A worker that the launcher had started is killed with its run; how soon the launcher tells of that end."""
    place = Place(folder / "told")
    took = asyncio.run(_hear(place))
    place.state.close()
    told = f"{statistics.median(took) * 1000:.0f} ms (at most {max(took) * 1000:.0f})"
    return ("kill -9 of a worker and its run, until its end is told", told, "-", "-", "<= 200 ms")


async def _hear(place: Place) -> list[float]:
    launches, took = place.launches(60), []
    ends = launches.ends()
    for number in range(_TAKEOVERS):
        await launches.launch(request(number))
        async with asyncio.TaskGroup() as group:
            heard = group.create_task(anext(ends))
            while not (started := place.starts(f"r-{number}")):  # noqa: ASYNC110  # another process starts it
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)
            (job,) = place.jobs.begun()
            assert job.worker is not None
            for pid in (job.worker.pid, started[0]):
                os.kill(pid, signal.SIGKILL)
            begun = time.perf_counter()
            end: Ended = await heard
            took.append(time.perf_counter() - begun)
            assert (end.run, end.exit_status) == (f"r-{number}", None)
    await launches.close()
    return took


def _torture(folder: Path) -> Row:
    """Workers are killed at random moments while many jobs are carried out."""
    place = Place(folder / "torture", most=_WORKERS)
    for number in range(_TORTURED):
        place.put(number)
    heard, kills = asyncio.run(_tortured(place))
    place.state.close()
    runs = [f"r-{number}" for number in range(_TORTURED)]
    lost = len(set(runs) - heard.keys())
    doubled = sum(len(place.starts(run)) > 1 for run in runs)
    unknown = sum(status is None for status in heard.values())
    told = f"{lost} lost, {doubled} doubled; {unknown} ends unknown"
    return (f"{_TORTURED} jobs, {_WORKERS} workers, {kills} kills -9", told, "-", "-", "0 lost, 0 doubled")


async def _tortured(place: Place) -> tuple[dict[str, int | None], int]:
    launches, heard, kills = place.launches(), dict[str, int | None](), 0
    source = random.Random(5)

    async def kill() -> None:
        nonlocal kills
        while True:
            await asyncio.sleep(source.uniform(0.05, 0.4))
            workers = [job.worker for job in place.jobs.begun() if job.worker is not None and job.worker_lives]
            if workers:
                with suppress(ProcessLookupError):
                    os.kill(source.choice(workers).pid, signal.SIGKILL)
                    kills += 1

    async with asyncio.TaskGroup() as group:
        killing = group.create_task(kill())
        async for end in launches.ends():
            heard[end.run] = end.exit_status
            if len(heard) == _TORTURED:
                break
        killing.cancel()
    await launches.close()
    return heard, kills


@contextmanager
def _alive(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()


def _until(look: Callable[[], list[int]]) -> list[int]:
    until = time.perf_counter() + 30
    while not (found := look()):
        if time.perf_counter() > until:
            raise SystemExit("it did not come to pass")
        time.sleep(0.002)
    return found


if __name__ == "__main__":
    main()

"""Leases: claims a second (a take and its release) beside the bare commands below them, and how soon a take-over is.

Ratios are of one run, ours and the baseline in turn, the median of five pairs; seconds depend on the disk.
"""

import asyncio
import contextlib
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from kiro_worker.clock import SystemClock
from kiro_worker.git import Git, RefUpdate, look, push
from kiro_worker.git.object import Signature, commit_content, empty_tree, write_object
from kiro_worker.lease import Holder, LeaseKey, Leases, this_holder
from kiro_worker.lease.gitref import GitRefLeases
from kiro_worker.lease.memory import MemoryLeases
from kiro_worker.lease.sqlite import SqliteLeases
from kiro_worker.process import Children
from kiro_worker.state import open_state
from kiro_worker.testing.git_remote import BareRemote

_PAIRS = 5
_TAKEOVERS = 5
_WHO = this_holder("r-bench")

Claim = Callable[[int], Awaitable[None]]


def main() -> None:
    print(f"{'what':44} {'ours':>16} {'baseline':>40} {'ratio':>7}  target")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> None:
    clock = SystemClock()
    await _row("memory, claims", _claim(MemoryLeases(clock)), None, 5000, "for information")
    state = open_state(folder / "state")
    sqlite = SqliteLeases(state, clock)
    with contextlib.closing(_bare_database(folder / "bare.db")) as connection:
        bare = _bare_transactions(connection)
        await _row("sqlite, claims", _claim(sqlite), (bare, "two bare transactions"), 300, "for information")
    await _latency("sqlite, take with 4 workers, p99", sqlite, 500, "<= 20 ms")
    await _takeover("sqlite, take-over after kill -9, same host", folder / "state", sqlite, "<= 200 ms")
    state.close()
    async with Children() as children:
        remote = BareRemote(folder / "remote.git")
        remote.commit({"README.md": b"hello"})
        git = Git(children, home=folder / "git")
        leases = GitRefLeases(git, remote.url, folder / "lease", clock)
        await leases.look(LeaseKey("warm"))
        await _claim(leases)(0)
        baseline = (await _bare_pushes(git, remote, folder), "two ls-remotes and two pushes")
        await _row("gitref on a local remote, claims", _claim(leases), baseline, 8, "for information")


async def _row(what: str, ours: Claim, baseline: tuple[Claim, str] | None, count: int, target: str) -> None:
    mine, theirs = [], []
    for pair in range(_PAIRS):
        mine.append(await _rate(ours, count, pair))
        if baseline:
            theirs.append(await _rate(baseline[0], count, pair))
    rate = statistics.median(mine)
    if baseline is None:
        _print(what, f"{rate:,.0f} /s", "-", "-", target)
        return
    told = f"{statistics.median(theirs):,.0f} /s ({baseline[1]})"
    ratio = statistics.median(own / bare for own, bare in zip(mine, theirs, strict=True))
    _print(what, f"{rate:,.0f} /s", told, f"{ratio:.2f}x", target)


async def _rate(claim: Claim, count: int, pair: int) -> float:
    begun = time.perf_counter()
    for number in range(count):
        await claim(pair * count + number)
    return count / (time.perf_counter() - begun)


def _claim(leases: Leases) -> Claim:
    async def claim(number: int) -> None:
        lease = await leases.take(LeaseKey(f"branch-{number % 100}"), _WHO)
        assert lease is not None
        await leases.release(lease)

    return claim


def _bare_database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE lease (key TEXT PRIMARY KEY, run TEXT, until REAL)")
    return connection


def _bare_transactions(connection: sqlite3.Connection) -> Claim:
    def write(key: str, run: str | None) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("SELECT * FROM lease WHERE key = ?", (key,)).fetchone()
        connection.execute("INSERT OR REPLACE INTO lease VALUES (?, ?, ?)", (key, run, time.monotonic()))
        connection.execute("COMMIT")

    async def claim(number: int) -> None:
        for run in ("r-bench", None):
            await asyncio.to_thread(write, f"branch-{number % 100}", run)

    return claim


async def _bare_pushes(git: Git, remote: BareRemote, folder: Path) -> Claim:
    store = folder / "bare.git"
    await git.run(("init", "--quiet", "--bare", str(store)))
    tree = write_object(store / "objects", "tree", b"", "sha1")
    assert tree == empty_tree("sha1")

    async def claim(number: int) -> None:
        for step in range(2):
            ref = f"refs/bench/{number % 100}"
            now = await look(git, remote.url, ref)
            who = Signature(name="bench", email="bench@localhost", when=SystemClock().now())
            message = f"{number} {step} {time.monotonic_ns()}"
            content = commit_content(tree=tree, parents=(), author=who, committer=who, message=message)
            new = write_object(store / "objects", "commit", content, "sha1")
            update = RefUpdate(ref=ref, new=new, expected=now.refs.get(ref))
            assert (await push(git, remote.url, (update,), git_dir=store)).moved

    return claim


async def _latency(what: str, leases: Leases, count: int, target: str) -> None:
    took: list[float] = []

    async def work(worker: int) -> None:
        who = Holder(run=f"r-{worker}", host=_WHO.host, pid=_WHO.pid, started=_WHO.started)
        for number in range(count // 4):
            begun = time.perf_counter()
            lease = await leases.take(LeaseKey(f"shared-{number % 20}"), who)
            took.append(time.perf_counter() - begun)
            if lease is not None:
                await leases.release(lease)

    async with asyncio.TaskGroup() as group:
        for worker in range(4):
            group.create_task(work(worker))
    _print(what, f"{statistics.quantiles(took, n=100)[98] * 1000:.1f} ms", "-", "-", target)


_VICTIM = """
import asyncio, sys
from pathlib import Path
from kiro_worker.clock import SystemClock
from kiro_worker.lease import this_holder
from kiro_worker.lease.sqlite import SqliteLeases
from kiro_worker.state import open_state

leases = SqliteLeases(open_state(Path(sys.argv[1])), SystemClock())
assert asyncio.run(leases.take(sys.argv[2], this_holder("r-victim")))
print("taken", flush=True)
sys.stdin.readline()
"""


async def _takeover(what: str, folder: Path, leases: Leases, target: str) -> None:
    took = []
    pipe = asyncio.subprocess.PIPE
    for number in range(_TAKEOVERS):
        argv = (sys.executable, "-c", _VICTIM, str(folder), f"victim-{number}")
        victim = await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe, env=dict(os.environ))
        assert victim.stdout is not None
        await victim.stdout.readline()
        assert await leases.take(LeaseKey(f"victim-{number}"), _WHO) is None
        begun = time.perf_counter()
        victim.kill()
        while await leases.take(LeaseKey(f"victim-{number}"), _WHO) is None:
            pass
        took.append(time.perf_counter() - begun)
        await victim.wait()
    _print(what, f"{statistics.median(took) * 1000:.1f} ms", "-", "-", target)


def _print(what: str, ours: str, baseline: str, ratio: str, target: str) -> None:
    print(f"{what:44} {ours:>16} {baseline:>40} {ratio:>7}  {target}")


if __name__ == "__main__":
    main()

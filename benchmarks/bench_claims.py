"""Claims: each store under torture, how soon a take is answered, and how soon a dead holder is replaced.

    bench_claims.py [--claims N] [--store sqlite|postgres|dynamodb|gitref]

The torture stops and kills workers, sets their clocks, and loses questions and answers; see `claim_torture`. Take-overs
are measured with a life of 3 s in place of 60 s; what is printed is what comes on top of it. DynamoDB is an emulator of
this machine: its times are those of the emulator and the library, on AWS those of the network come on top.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from kiro_worker.aws import Aws
from kiro_worker.clock import SystemClock
from kiro_worker.lease import Holder, LeaseKey, Leases, Timing, this_holder
from kiro_worker.testing.aws_emulator import EmulatorMissing, aws_emulator
from kiro_worker.testing.claim_stores import DYNAMODB, GITREF, POSTGRES, SQLITE
from kiro_worker.testing.claim_torture import Ordeal, Torture, torture
from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.testing.postgres_server import PostgresMissing, postgres_server

_STORES = ("sqlite", "postgres", "dynamodb", "gitref")
_HOURS = 2 * 3600.0
_TAKES = 600
_TAKEOVERS = 5
_SHORT = Timing(ttl=timedelta(seconds=3), beat=timedelta(seconds=0.75))
_POLL = 0.02

_VICTIM = """
import asyncio, sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from kiro_worker.clock import SystemClock
from kiro_worker.lease import Timing, this_holder
clock, timing, home = SystemClock(), Timing(ttl=timedelta(seconds=3), beat=timedelta(seconds=0.75)), Path({home!r})
{opening}
lease = asyncio.run(leases.take({key!r}, replace(this_holder("r-victim"), **{changes!r})))
print(lease.until, flush=True)
sys.stdin.readline()
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--claims", type=int, default=10_000)
    parser.add_argument("--store", choices=_STORES, action="append")
    asked = parser.parse_args()
    wanted = asked.store or _STORES
    print(f"Claim torture, {asked.claims:,} claims a store")
    print(
        f"{'store':9} {'claims':>7} {'s':>6} {'stops':>6} {'kills':>6} {'faults':>7} {'lost':>5} {'fenced':>7} "
        f"{'double runs':>12} {'pushes after loss':>18} {'low fences':>11} {'slowest re-claim':>17} {'one round':>10}"
    )
    for store in wanted:
        with tempfile.TemporaryDirectory() as folder, _opening(store, Path(folder)) as opening:
            if opening:
                _print(store, torture(_how(store, opening, Path(folder), asked.claims)))
    print(f"\n{'what':62} {'ours':>10}  target")
    for store in wanted:
        with tempfile.TemporaryDirectory() as folder, _opening(store, Path(folder), durable=True) as opening:
            if opening:
                asyncio.run(_figures(store, opening, Path(folder)))


@contextlib.contextmanager
def _opening(store: str, folder: Path, *, durable: bool = False) -> Iterator[str]:
    """How a process opens an empty store; empty where it cannot be had on this machine."""
    if store == "sqlite":
        yield SQLITE.format(folder=str(folder / "state"))
    elif store == "gitref":
        remote = BareRemote(folder / "remote.git")
        remote.commit({"README.md": b"hello"})
        yield GITREF.format(url=remote.url)
    elif store == "dynamodb":
        with contextlib.ExitStack() as stack:
            try:
                emulator = stack.enter_context(aws_emulator())
            except EmulatorMissing as missing:
                print(f"{store:9} skipped: {missing}")
                yield ""
            else:
                yield DYNAMODB.format(environment=emulator.environment(), table=_table(emulator.environment()))
    else:
        with contextlib.ExitStack() as stack:
            try:
                server = stack.enter_context(postgres_server(durable=durable))
            except PostgresMissing as missing:
                print(f"{store:9} skipped: {missing}")
                yield ""
            else:
                yield POSTGRES.format(address=server.address())


def _table(environment: Mapping[str, str]) -> str:
    """An empty table of leases."""
    os.environ.update(environment)
    Aws().client("dynamodb").create_table(
        TableName="leases",
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return "leases"


def _how(store: str, opening: str, folder: Path, claims: int) -> Torture:
    slow = store == "gitref"
    times = {"ttl": 2.4, "beat": 0.6} if slow else {"ttl": 0.8, "beat": 0.2}
    return Torture(
        opening=opening, folder=folder, claims=claims, seconds=_HOURS, workers=4 if slow else 6, keys=8 if slow else 32,
        pause=1.0, **times,
    )  # fmt: skip


def _print(store: str, ordeal: Ordeal) -> None:
    told = ordeal.report
    reclaim = f"{told.slowest_reclaim * 1000:,.0f} ms" + ("" if ordeal.reclaimed else ", NOT ALL")
    print(
        f"{store:9} {told.claims:>7,} {ordeal.seconds:>6.0f} {ordeal.stops:>6,} {ordeal.kills:>6,} "
        f"{sum(told.faults.values()):>7,} {told.lost:>5} {told.fenced:>7} {told.double_runs:>12} "
        f"{told.pushes_after_loss:>18} {told.low_fences:>11} {reclaim:>17} {told.round * 1000:>7,.0f} ms",
        flush=True,
    )


async def _figures(store: str, opening: str, folder: Path) -> None:
    bound: dict[str, Any] = {"clock": SystemClock(), "timing": _SHORT, "home": folder / "home"}
    exec(opening, bound)  # noqa: S102  # our own text
    leases: Leases = bound["leases"]
    if store != "gitref":
        for workers in (1, 4):
            target = "<= 20 ms" if store == "sqlite" else "<= 50 ms"
            # The emulator answers one after another.
            target = "for information" if store == "dynamodb" and workers > 1 else target
            took = await _latency(leases, workers)
            row(f"{store}: a take, {workers} at once, p99", statistics.quantiles(took, n=100)[98], target)
            row(f"{store}: a take, {workers} at once, median", statistics.median(took), "for information")
    here = [await _takeover(leases, opening, folder, f"here-{number}", {}) for number in range(_TAKEOVERS)]
    row(f"{store}: kill -9 to another's lease, same host, slowest of {_TAKEOVERS}", max(here), "<= 200 ms")
    there = [
        await _takeover(leases, opening, folder, f"there-{number}", {"host": "elsewhere"})
        for number in range(_TAKEOVERS)
    ]
    row(f"{store}: expiry to another's lease, another host, slowest of {_TAKEOVERS}", max(there), "<= 1 s")


def row(what: str, seconds: float, target: str) -> None:
    print(f"{what:62} {seconds * 1000:>7,.1f} ms  {target}", flush=True)


async def _latency(leases: Leases, workers: int) -> list[float]:
    took: list[float] = []
    this = this_holder("r-bench")

    async def work(worker: int) -> None:
        who = Holder(run=f"r-{worker}", host=this.host, pid=this.pid, started=this.started)
        for number in range(_TAKES // workers):
            begun = time.perf_counter()
            lease = await leases.take(LeaseKey(f"shared-{number % 20}"), who)
            took.append(time.perf_counter() - begun)
            if lease is not None:
                await leases.release(lease)

    async with asyncio.TaskGroup() as group:
        for worker in range(workers):
            group.create_task(work(worker))
    return took


async def _takeover(leases: Leases, opening: str, folder: Path, key: str, changes: dict[str, str]) -> float:
    """Seconds from the death of a holder (here) or the end of its lease (elsewhere) until somebody who waits has it."""
    pipe = asyncio.subprocess.PIPE
    source = _VICTIM.format(opening=opening, home=str(folder / key), key=key, changes=changes)
    victim = await asyncio.create_subprocess_exec(sys.executable, "-c", source, stdin=pipe, stdout=pipe)
    assert victim.stdout is not None
    until = float(await victim.stdout.readline())
    clock, who = SystemClock(), this_holder("r-next")
    assert await leases.take(LeaseKey(key), who) is None
    victim.kill()
    begun = until if changes else clock.monotonic()
    while await leases.take(LeaseKey(key), who) is None:  # noqa: ASYNC110  # a store cannot call back
        await asyncio.sleep(_POLL)
    took = clock.monotonic() - begun
    await victim.wait()
    return took


if __name__ == "__main__":
    main()

"""Ticks of the dispatcher: how long one takes by the number of cards, and whether ten thousand of them grow.

On this machine's own board. The baseline is what a dispatcher does that asks the remote about every ready card: one
`git ls-remote` each, measured over twenty of them.
"""

import asyncio
import gc
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kiro_worker.bootstrap.dispatch import Dispatching, launches_for
from kiro_worker.bootstrap.machine import Machine, this_machine
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.testing.git_remote import BareRemote

_SIZES = (30, 300, 1_000, 10_000)
_TICKS = 10_000
_SAMPLE = 20
_ADD = (
    "INSERT INTO board_card (title, body, repository, branch, place, priority, author, labels, created, changed) "
    "VALUES (?, ?, ?, ?, 'For Implementation', NULL, 'ada', '[]', ?, ?)"
)
_THEN = "2026-11-01T00:00:00.000Z"


def main() -> None:
    ticks = int(sys.argv[1]) if len(sys.argv) > 1 else _TICKS
    print(f"{'cards':>8} {'tick':>9} {'processor':>10} {'a look at each':>15} {'ratio':>7}  target")
    for cards in _SIZES:
        asyncio.run(_row(cards))
    asyncio.run(_for_long(ticks))


async def _row(cards: int) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-tick-") as folder:
        remote = BareRemote(Path(folder) / "shop.git")
        remote.commit({"a.txt": b"a"})
        async with workshop(_machine(folder)) as shop, launches_for(shop, {}) as launches:
            dispatching = Dispatching(shop, {}, launches, acts=True)
            await dispatching.dispatcher.tick()
            _fill(shop, remote.url, cards)
            # What comes of the first looks is remembered; what a tick costs from then on is what matters.
            for _ in range(3):
                await dispatching.dispatcher.tick()
            wall, processor = time.perf_counter(), time.process_time()
            report = await dispatching.dispatcher.tick()
            wall, processor = time.perf_counter() - wall, time.process_time() - processor
            assert report.cards == cards
            await dispatching.close()
        each = _look(remote.url)
    ratio = each * cards / wall
    print(f"{cards:>8} {wall * 1e3:>6.0f} ms {processor * 1e3:>7.0f} ms {each * cards:>13.1f} s {ratio:>6.0f}×  ≤ 1 s")


async def _for_long(ticks: int) -> None:
    """Memory over many quiet ticks."""
    with tempfile.TemporaryDirectory(prefix="bench-tick-") as folder:
        async with workshop(_machine(folder)) as shop, launches_for(shop, {}) as launches:
            dispatching = Dispatching(shop, {}, launches, acts=True)
            for _ in range(max(100, ticks // 10)):
                await dispatching.dispatcher.tick()
            gc.collect()
            before, processor = _memory(), time.process_time()
            for _ in range(ticks):
                await dispatching.dispatcher.tick()
            processor = time.process_time() - processor
            gc.collect()
            print(
                f"\n{ticks:,} quiet ticks: {before / 1024:.1f} MiB before, {_memory() / 1024:.1f} MiB after "
                f"(target: flat), {processor / ticks * 1e3:.2f} ms of processor each"
            )
            await dispatching.close()
    print(f"most at any time: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def _machine(folder: str) -> Machine:
    return this_machine({"HOME": folder, "XDG_STATE_HOME": f"{folder}/state", "PATH": "/usr/local/bin:/usr/bin:/bin"})


def _fill(shop: Workshop, url: str, cards: int) -> None:
    rows = [(f"card {number}", "x" * 500, url, f"feature/{number}", _THEN, _THEN) for number in range(cards)]
    with shop.state.transaction() as connection:
        connection.executemany(_ADD, rows)


def _look(url: str) -> float:
    began = time.perf_counter()
    for _ in range(_SAMPLE):
        subprocess.run(["git", "ls-remote", url, "refs/heads/x"], capture_output=True, check=True)
    return (time.perf_counter() - began) / _SAMPLE


def _memory() -> int:
    """KiB that this process holds now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


if __name__ == "__main__":
    main()

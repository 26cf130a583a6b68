"""What each isolation adds to an agent's start, beside starting the same program plainly; one ratio, one run.

An agent's start is a process that answers once: the time from `start` to its first line, with the tree and a HOME
handed over before, and closed after it. What is only done once for a run is told apart.
"""

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

from kiro_worker.isolation import Ground, Isolation
from kiro_worker.isolation.account import account_for
from kiro_worker.isolation.bubblewrap import BubblewrapIsolation
from kiro_worker.isolation.cgroup import make_groups
from kiro_worker.isolation.choice import Chosen
from kiro_worker.isolation.enclosure import Enclosure
from kiro_worker.isolation.none import NoIsolation
from kiro_worker.isolation.ration import MIB, Ration, machine_memory
from kiro_worker.isolation.tools import tools_for
from kiro_worker.isolation.user import UserIsolation
from kiro_worker.process import Children, Command

_ROUNDS = 40
_FILES = 1000
_TARGET_MS = 50.0


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kiro-worker-bench-") as folder:
        Path(folder).chmod(0o711)
        asyncio.run(_all(Path(folder) / "state"))


async def _all(state: Path) -> None:
    account = account_for("r-bench")
    path = os.environ["PATH"]
    home = Path.home()
    isolations: tuple[Isolation, ...] = (
        NoIsolation(),
        UserIsolation(account, state=state),
        BubblewrapIsolation(account, state=state, search_path=path),
    )
    print(f"an agent's start, medians of {_ROUNDS} interleaved rounds; {_FILES} files, worker uid {os.geteuid()}")
    async with Children() as children:
        working = []
        for isolation in isolations:
            state.mkdir(exist_ok=True)
            probe = await isolation.probe(children)
            if probe.works:
                working.append(await _Case.make(isolation, children, state, home))
            else:
                print(f"{isolation.name}: does not work here: {probe.reason}")
        plain = []
        for _ in range(_ROUNDS):
            plain.append(await working[0].plain())
            for case in working:
                await case.round()
        base = statistics.median(plain) * 1000
        print(
            f"{'isolation':12} {'first line':>12} {'added':>10} {'worst':>10} {'ratio':>7} {'once a run':>12}   target"
        )
        print(f"{'plain':12} {base:>9.1f} ms")
        for case in working:
            ours = statistics.median(case.times) * 1000
            added = statistics.median(ours_ - theirs for ours_, theirs in zip(case.times, plain, strict=True)) * 1000
            met = "met" if added <= _TARGET_MS else "MISSED"
            print(
                f"{case.name:12} {ours:>9.1f} ms {added:>7.1f} ms {max(case.times) * 1000:>7.1f} ms {ours / base:>7.2f}"
                f" {case.once * 1000:>9.1f} ms   adds <= {_TARGET_MS:.0f} ms: {met}"
            )
            await case.enclosure.close()
    began = time.perf_counter()
    groups = make_groups(Ration(memory=machine_memory(), processes=4096))
    made = time.perf_counter() - began
    groups.remove()
    print(f"control groups: {len(groups.limited)} limits, made in {made * 1000:.1f} ms")


class _Case:
    def __init__(self, name: str, enclosure: Enclosure, ground: Ground, home: Path, once: float) -> None:
        self.name, self.enclosure, self.once = name, enclosure, once
        self.confined = enclosure.on(ground)
        self.times: list[float] = []
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "MODEL_KEY": "secret"}
        self._command = Command(argv=("/bin/sh", "-c", "echo ready; read x"), cwd=ground.tree, environment=environment)
        self._children = enclosure.children

    @classmethod
    async def make(cls, isolation: Isolation, children: Children, state: Path, real: Path) -> "_Case":
        tree = state / "workspaces" / f"r-{isolation.name}" / "tree"
        home = state / "homes" / f"r-{isolation.name}" / "leaf"
        home.mkdir(parents=True)
        for number in range(_FILES):
            file = tree / f"src/{number % 25}/file{number}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("x" * 2000)
        began = time.perf_counter()
        ration = Ration(memory=machine_memory() - 64 * MIB, processes=4096, open_files=65_536)
        enclosure = Enclosure(children, Chosen(isolation=isolation, passed_over={}), ration)
        await isolation.probe(children)
        await enclosure.open()
        shown = tools_for(dict(os.environ), home=real)
        ground = Ground(tree=tree, homes=home.parent, readable=shown, private=(state, real))
        isolation.settle(ground)  # the first time, every file is given away
        once = time.perf_counter() - began
        isolation.regain(ground)
        return cls(isolation.name, enclosure, ground, home, once)

    async def round(self) -> None:
        self.times.append(await _first_line(self.confined, self._command))

    async def plain(self) -> float:
        return await _first_line(self._children, self._command)


async def _first_line(children: Children, command: Command) -> float:
    began = time.perf_counter()
    child = await children.start(command)
    assert child.stdout is not None
    line = await child.stdout.readline()
    seconds = time.perf_counter() - began
    assert line == b"ready\n", line
    await children.end(child, grace=0)
    return seconds


if __name__ == "__main__":
    main()

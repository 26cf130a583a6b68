"""What a workspace costs beside the bare git commands, on a repository of 200 MB.

    python benchmarks/bench_workspace.py [FOLDER]

FOLDER keeps the repository between calls. Ratios are of one run, ours and each baseline in turn, the median of the
pairs: by the clock, and by the processor time of all processes, which a busy machine changes less. The branches that
eight workspaces are asked for are made before the clock runs: making them is no part of either side.

"Warm" is what a machine is that has seen one run to its end: there is a mirror, and its template. How long making the
template took is told; the run that makes it does so when its work is pushed.

Nothing is deleted between rounds: on ext4, creating files is about ten times slower for some seconds after many were
deleted, and that would be measured instead.
"""

import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from kiro_worker.git import Git
from kiro_worker.process import Children
from kiro_worker.workspace import Claim, CommitText, Remote
from kiro_worker.workspace.git_workspace import GitWorkspace
from kiro_worker.workspace.git_workspaces import GitWorkspaces
from make_repository import make_repository

PAIRS = 5
AT_ONCE = 8
COMMITS = 25
BRANCH = "feature/login"
_QUIET = {"GIT_CONFIG_GLOBAL": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"], "LC_ALL": "C"}
_WHO = {f"GIT_{role}_{part}": "person" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
_CONFIG = ("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "advice.detachedHead=false")

Work = Callable[[], Awaitable[object]]


def git(*args: str | Path, cwd: Path | None = None) -> None:
    subprocess.run(("git", *_CONFIG, *args), cwd=cwd, check=True, capture_output=True, env={**_QUIET, **_WHO})


def main() -> None:
    keep = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(prefix="bench-workspace-", dir=keep) as scratch:
        folder = Path(scratch)
        remote = folder / "remote.git"
        # Linked, so that what is pushed here is not there the next time.
        git("clone", "-q", "--mirror", make_repository((keep or folder) / "big.git"), remote)
        print(f"on {_filesystem(folder)}, {os.cpu_count()} cores, {_version()}, load {os.getloadavg()[0]:.1f}")
        print(f"{'what':42} {'ours':>9} {'baseline':>9}  {'of what':34} {'ratio':>7} {'by cpu':>7}  target")
        asyncio.run(Benchmark(folder, remote).run())


class Benchmark:
    def __init__(self, folder: Path, remote: Path) -> None:
        self.folder = folder
        self.remote = remote
        self.url = f"file://{remote}"
        self.state = folder / "state"
        self.count = 0

    def place(self) -> Path:
        self.count += 1
        return self.folder / f"baseline-{self.count}"

    async def run(self) -> None:
        async with Children() as children:
            self.git = Git(children, home=self.folder / "git-home")
            await self.first_run()
            self.bare_mirror = self.folder / "bare-mirror.git"
            git("clone", "-q", "--mirror", self.url, self.bare_mirror)
            warm, bare = "warm workspace, fetch and fence too", "git fetch && git clone mirror"
            await self.row(warm, self.ours, self.full, "git clone", ">= 30", times=True)
            await self.row(warm, self.ours, self.depth, "git clone --depth 1", ">= 3", times=True)
            await self.row(warm, self.ours, self.bare, bare, "<= 1.15")
            await self.row(bare, self.bare, self.depth, "git clone --depth 1", "what ours can reach", times=True)
            at_once = f"{AT_ONCE} x git clone --depth 1"
            what = f"{AT_ONCE} workspaces at once"
            await self.row(
                what, self.ours_at_once, self.depth_at_once, at_once, ">= 5", times=True, before=self.new_branches
            )
            await self.commits()
            self.disk()

    async def first_run(self) -> None:
        """Make the mirror, and the template as a run does at its end; nothing is in the trash yet to be deleted."""
        workspaces = self.opened()
        snapshot = await workspaces.snapshot(BRANCH, None)
        await workspaces.prepare(snapshot, Claim(run="r-0", fence=1))
        made = await spent(workspaces.close)
        print(f"{'the template, once, after a run':42} {made.seconds * 1000:7.0f}ms", flush=True)

    def opened(self) -> GitWorkspaces:
        return GitWorkspaces(self.git, Remote(url=self.url), self.state)

    async def ours(self) -> GitWorkspace:
        """As a run begins: nothing is kept running yet."""
        self.count += 1
        run = f"r-{self.count}"
        workspaces = self.opened()
        snapshot = await workspaces.snapshot(BRANCH, None)
        self.last = await workspaces.prepare(snapshot, Claim(run=run, fence=1))
        return self.last

    async def full(self) -> None:
        git("clone", "-q", "-b", BRANCH, self.url, self.place())

    async def depth(self) -> None:
        self.shallow_clone(self.place())

    def shallow_clone(self, place: Path) -> None:
        git("clone", "-q", "--depth", "1", "-b", BRANCH, self.url, place)

    async def bare(self) -> None:
        git("fetch", "-q", "--prune", "origin", cwd=self.bare_mirror)
        git("clone", "-q", "--no-tags", "--single-branch", "-b", BRANCH, self.bare_mirror, self.place())

    def new_branches(self) -> None:
        self.branches = [f"feature/{self.count + number}" for number in range(1, AT_ONCE + 1)]
        for branch in self.branches:
            git("branch", "-q", "--no-track", branch, BRANCH, cwd=self.remote)

    async def ours_at_once(self) -> None:
        async def one(branch: str) -> None:
            self.count += 1
            run = f"r-{self.count}"
            workspaces = self.opened()
            snapshot = await workspaces.snapshot(branch, None)
            await workspaces.prepare(snapshot, Claim(run=run, fence=1))

        async with asyncio.TaskGroup() as group:
            for branch in self.branches:
                group.create_task(one(branch))

    async def depth_at_once(self) -> None:
        places = [self.place() for _ in range(AT_ONCE)]
        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(self.shallow_clone, places))

    async def commits(self) -> None:
        """Ours looks, commits and pushes branch and fence; the baseline's three commands push the branch."""
        workspace = await self.ours()
        clone = self.place()
        git("clone", "-q", "--no-tags", "--single-branch", "-b", BRANCH, self.bare_mirror, clone)
        git("remote", "set-url", "origin", self.url, cwd=clone)
        git("switch", "-q", "-c", "baseline", cwd=clone)

        async def ours() -> None:
            change(workspace.path)
            await workspace.changes()
            await workspace.commit(CommitText(subject="Work"))
            await workspace.push()

        async def bare() -> None:
            change(clone)
            git("add", "-A", cwd=clone)
            git("commit", "-q", "--no-verify", "-m", "Work", cwd=clone)
            git("push", "-q", "origin", "baseline", cwd=clone)

        what = "look, commit and push with fence"
        await self.row(what, ours, bare, "git add; git commit; git push", "<= 1.10", pairs=COMMITS)

    def disk(self) -> None:
        path = self.last.path
        tree = size(path, skip=path / ".git")
        beside = sum(size(part) for part in path.parent.iterdir() if part.name != "tree")
        whole = tree + beside + size(path / ".git", shared=False)
        told = f"{whole >> 10:7}Ki {tree >> 10:7}Ki  {'its files':34} {whole / tree:7.2f}"
        print(f"{'disk of a workspace':42} {told}  <= 1.05")

    async def row(
        self,
        what: str,
        ours: Work,
        baseline: Work,
        of: str,
        target: str,
        *,
        pairs: int = PAIRS,
        times: bool = False,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        before()
        await ours()
        taken: list[tuple[Spent, Spent]] = []
        for number in range(pairs):
            before()
            first, second = (ours, baseline) if number % 2 else (baseline, ours)
            one, other = await spent(first), await spent(second)
            taken.append((one, other) if number % 2 else (other, one))
        mine, theirs = (statistics.median(pair[side].seconds for pair in taken) for side in (0, 1))
        ratio = statistics.median(_ratio(a.seconds, b.seconds, times=times) for a, b in taken)
        by_processor = statistics.median(_ratio(a.processor, b.processor, times=times) for a, b in taken)
        told = f"{mine * 1000:7.0f}ms {theirs * 1000:7.0f}ms  {of:34} {ratio:7.2f} {by_processor:7.2f}"
        print(f"{what:42} {told}  {target}", flush=True)


class Spent(NamedTuple):
    seconds: float
    processor: float


async def spent(work: Work) -> Spent:
    began, processor = time.perf_counter(), _processor()
    await work()
    return Spent(time.perf_counter() - began, _processor() - processor)


def _processor() -> float:
    """Of this process, and of all its children that are over."""
    told = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in told)


def _ratio(ours: float, baseline: float, *, times: bool) -> float:
    return baseline / ours if times else ours / baseline


def change(tree: Path) -> None:
    (tree / "src/os.py").write_text(f"changed = {time.perf_counter_ns()}\n")


def size(path: Path, *, skip: Path | None = None, shared: bool = True) -> int:
    """Bytes on the disk below a folder; with `shared` False only of files that no other folder links."""
    total = 0
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if Path(folder, name) != skip]
        for name in (".", *files):
            told = os.lstat(Path(folder, name))
            total += told.st_blocks * 512 if shared or told.st_nlink == 1 or name == "." else 0
    return total


def _filesystem(folder: Path) -> str:
    told = subprocess.run(("stat", "-f", "-c", "%T", folder), capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown file system"


def _version() -> str:
    return subprocess.run(("git", "version"), capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()

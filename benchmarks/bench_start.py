"""How soon the command answers, as a multiple of Python's own start."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from e2e.world import BIN, BRANCH, FOLDER, REQUIREMENTS, World  # noqa: E402  # the tests' own small world
from kiro_worker.testing.git_remote import BareRemote  # noqa: E402
from pair import in_turn, table  # noqa: E402

_PAIRS = 21


def hundred_tasks() -> bytes:
    """A task list as long as long ones are."""
    lines = ["# Implementation Plan", ""]
    for number in range(1, 26):
        lines.append(f"- [ ] {number}. Part {number}")
        for sub in range(1, 4):
            lines += [f"  - [ ] {number}.{sub} Do this and that", "    - Write it down", "    - _Requirements: 1.1_"]
    return "\n".join(lines).encode()


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="bench-start-"))
    spec = folder / "clone" / FOLDER
    spec.mkdir(parents=True)
    (spec / "tasks.md").write_bytes(hundred_tasks())
    (spec / "requirements.md").write_bytes(REQUIREMENTS)
    python, worker = (sys.executable,), str(BIN / "kiro-worker")

    def call(*words: str, cwd: Path = folder) -> None:
        subprocess.run(words, cwd=cwd, check=False, capture_output=True)

    def bare() -> None:
        call(*python, "-c", "pass")

    rows = []
    for name, words, target in (
        ("--help", (worker, "--help"), "≤ 2 ×"),
        ("--version", (worker, "--version"), "≤ 2 ×"),
        ("spec show, 100 tasks", (worker, "spec", "show", "greeting"), "≤ 5 ×"),
        ("spec list, 100 tasks", (worker, "spec", "list"), "≤ 5 ×"),
    ):
        got = in_turn(lambda words=words: call(*words, cwd=folder / "clone"), bare, _PAIRS)
        rows.append((name, f"{1000 * got.ours:.1f} ms", f"{1000 * got.baseline:.1f} ms", f"{got.ratio:.2f} ×", target))
    rows += _first_git(folder, bare)
    table("Start, against `python -c pass`", rows)


def _first_git(folder: Path, bare: Callable[[], None]) -> Iterator[tuple[str, str, str, str, str]]:
    """`run` until its first git process: a git that ends it all when it is called."""
    world = World(folder=folder, remote=BareRemote(folder / "origin.git"))
    world.spec()
    clone = folder / "a-clone"
    subprocess.run(("git", "clone", "--quiet", "--branch", BRANCH, world.remote.url, str(clone)), check=True)
    stop = folder / "bin/git"
    stop.parent.mkdir()
    stop.write_text("#!/bin/sh\nkill -9 $PPID\n")
    stop.chmod(0o755)
    environment = {**world.variables("laptop"), "PATH": f"{stop.parent}:{os.environ['PATH']}"}
    here = (str(BIN / "kiro-worker"), "run", "--agent", world.agent)
    for name, cwd, words in (
        ("run in a clone, until it is looked at", clone, here),
        ("run --repository, until it is fetched", folder, world.arguments("run", json_events=False)),
    ):

        def until_git(cwd: Path = cwd, words: Sequence[str] = words) -> None:
            subprocess.run(words, cwd=cwd, env=environment, check=False, capture_output=True)

        got = in_turn(until_git, bare, _PAIRS)
        figures = (f"{1000 * got.ours:.1f} ms", f"{1000 * got.baseline:.1f} ms", f"{got.ratio:.2f} ×")
        yield (name, *figures, "≤ 8 ×")


if __name__ == "__main__":
    main()

"""How many git processes a run starts."""

import os
import shutil

from e2e.world import World


def count_git(world: World, *more: str) -> list[str]:
    """Run with a git on the search path that writes down how it was called."""
    real = shutil.which("git")
    folder = world.folder / "counted"
    folder.mkdir()
    log = world.folder / "git.log"
    (folder / "git").write_text(f'#!/bin/sh\necho "$*" >> {log}\nexec {real} "$@"\n')
    (folder / "git").chmod(0o755)
    world.environment["PATH"] = f"{folder}:{os.environ['PATH']}"
    ran = world.run(*more)
    assert ran.verdict == "DONE"
    # What git starts by itself on the remote's side is the remote's.
    return [line for line in log.read_text().splitlines() if "upload-pack" not in line and "receive-pack" not in line]


def test_a_run_starts_at_most_eight_git_processes_besides_those_of_each_leaf(world):
    world.spec()
    world.honest()
    world.run("--only", "1.1")
    calls = count_git(world, "--only", "1.2", "--only", "3")
    leaves = [
        line
        for line in calls
        if any(word in line.split() for word in ("add", "write-tree", "commit-tree", "push", "-p"))
    ]
    besides = [line for line in calls if line not in leaves]
    assert len(besides) <= 8, "\n".join(besides)
    # The patch of each commit is hashed for the receipt, that of the whole is kept. To prove it takes two patches more,
    # another look at what tests left, and the push of the evidence, which asks nobody first.
    assert len(leaves) <= 2 * 6 + 2 + 3, "\n".join(leaves)

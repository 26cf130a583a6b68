import signal
import subprocess
from pathlib import Path

import pytest

from cli.place import Place
from e2e.world import BRANCH, World
from kiro_worker.testing.git_remote import BareRemote

DIED = "feature/killed"


@pytest.fixture(scope="session")
def furnished(tmp_path_factory) -> Place:
    """A machine with two runs behind it: one that ended well, and one that was killed in the middle."""
    folder = tmp_path_factory.mktemp("machine")
    world = World(folder=folder, remote=BareRemote(folder / "origin.git"))
    world.spec()
    world.remote.git("branch", DIED, BRANCH)
    world.turn("1\\.1", {"think": "A file will do."}, {"permission": {"toolCallId": "t1", "title": "Read /etc/passwd",
        "kind": "read", "locations": [{"path": "/etc/passwd"}]}}, {"write": "greet.txt", "content": "hello\n"},
        {"say": "Done \x1b[31mred\x1b[0m. <!-- a remark -->"})  # fmt: skip
    world.turn("1\\.2", {"write": "world.txt", "content": "hello\n"}, {"say": "Done."})
    world.turn("3", {"write": "loud.txt", "content": "hello!\n"}, {"say": "Done."})
    ran = world.run()
    assert ran.status == 0, ran.err
    done = str(ran.event("run.started")["run"])
    with world.running("--branch", DIED) as running:
        died = str(running.until(lambda event: event["event"] == "run.started")["run"])
        running.at_step("commit", "1.1")
        running.signal(signal.SIGKILL)
        running.end()
    return Place(world=world, clone=clone_of(world, folder / "clone"), ids={"done": done, "died": died})


def clone_of(world: World, folder: Path) -> Path:
    subprocess.run(["git", "clone", "-q", "-b", BRANCH, world.remote.url, str(folder)], check=True)
    return folder


@pytest.fixture
def kiro(furnished) -> Place:
    """Calls verbs on that machine; whoever changes something makes a place of their own."""
    return furnished


@pytest.fixture(scope="session")
def unrun(tmp_path_factory) -> Place:
    """As `fresh`, for tests that change nothing and need no run to look at."""
    folder = tmp_path_factory.mktemp("unrun")
    world = World(folder=folder, remote=BareRemote(folder / "origin.git"))
    world.spec()
    return Place(world=world, clone=clone_of(world, folder / "clone"), ids={})


@pytest.fixture
def fresh(tmp_path) -> Place:
    """A machine that has seen nothing, with a clone of a remote that carries a spec."""
    world = World(folder=tmp_path, remote=BareRemote(tmp_path / "origin.git"))
    world.spec()
    return Place(world=world, clone=clone_of(world, tmp_path / "clone"), ids={})

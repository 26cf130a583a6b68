"""Runs against a remote that is served over HTTP to those who sign in."""

import subprocess

import pytest

from e2e.world import BIN, BRANCH, World
from kiro_worker.testing.git_remote import BareRemote, GitHttpServer

PASSWORD = "correct-horse-battery-staple"


@pytest.fixture
def served(tmp_path):
    """A world whose remote is reached over HTTP, and the address that signs in to it."""
    folder = tmp_path / "served"
    folder.mkdir()
    world = World(folder=tmp_path, remote=BareRemote(folder / "greeting.git"))
    world.spec()
    world.honest()
    with GitHttpServer(folder=folder, user="ada", password=PASSWORD) as server:
        yield world, server.url(world.remote).replace("http://", f"http://ada:{PASSWORD}@")


def kiro(world: World, machine: str, folder, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / "kiro-worker"), *words]
    return subprocess.run(
        command, cwd=folder, env=world.variables(machine), capture_output=True, text=True, timeout=100, check=False
    )


def test_what_a_clone_signs_in_with_serves_run_and_resume_on_any_machine_and_is_written_nowhere(served, tmp_path):
    world, address = served
    for machine, words in (
        ("laptop", ("run", "--only", "1.1", "--agent", world.agent)),
        ("laptop", ("resume", "--only", "1.2", "--agent", world.agent)),
        ("another", ("resume", BRANCH, "--agent", world.agent)),
    ):
        clone = tmp_path / f"clone-{machine}"
        if not clone.exists():
            subprocess.run(("git", "clone", "--quiet", "--branch", BRANCH, address, str(clone)), check=True)
        over = kiro(world, machine, clone, *words)
        assert over.returncode == 0, over.stderr
        assert PASSWORD not in over.stdout + over.stderr
    assert "[ ]" not in world.tasks()
    kept = [path for machine in ("laptop", "another") for path in (tmp_path / machine).rglob("*") if path.is_file()]
    assert not [path for path in kept if PASSWORD.encode() in path.read_bytes()]

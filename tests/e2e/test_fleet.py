"""Two machines on one board of GitHub's and one remote, with nothing in common but these."""

import contextlib
import os
import signal
import sqlite3
import subprocess

import pytest

from e2e.test_github import SCHEMAS
from e2e.world import BIN, BRANCH, World, wait_for
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_projects import FakeProject
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.testing.github_server import GitHubServer
from kiro_worker.testing.github_side import TOKEN


@pytest.fixture
def project(tmp_path):
    schemas = GitHubSchemas(SCHEMAS)
    model = GitHubModel(clock=HandClock())
    model.tokens[TOKEN] = Grant(scopes=("project", "repo"))
    model.project = FakeProject(schemas.graphql, model.clock)
    with GitHubServer(model, schemas) as server:
        model.project.address = server.address
        yield model.project
    assert server.violations == []


@pytest.fixture
def fleet(project, tmp_path):
    (tmp_path / "acme").mkdir()
    world = World(folder=tmp_path, remote=BareRemote(tmp_path / "acme/engine.git"))
    world.environment |= {
        "KIRO_WORKER_BOARD_KIND": "github",
        "GITHUB_PROJECT_OWNER": "acme",
        "GITHUB_PROJECT_NUMBER": "4",
        "KIRO_WORKER_FORGE_API_URL": project.address,
        "KIRO_WORKER_FORGE_KIND": "local",
        "KIRO_WORKER_DISPATCH_CLONE_ADDRESS": str(tmp_path / "{repository}.git"),
        "LEASE_STORE": "gitref",
        "GITHUB_TOKEN": TOKEN,
    }
    world.spec()
    return world


@contextlib.contextmanager
def watching(world, machine):
    words = [str(BIN / "kiro-worker"), "watch", "--interval", "1", "--agent", world.agent]
    with (world.folder / f"{machine}.log").open("w") as log:
        process = subprocess.Popen(
            words, cwd=world.folder, env=world.variables(machine), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(90)


def runs(world, machine):
    with contextlib.closing(sqlite3.connect(world.folder / machine / "state/kiro-worker/state.db")) as connection:
        return connection.execute("SELECT run, pid, verdict FROM run ORDER BY run").fetchall()


def test_what_one_machine_began_and_died_on_the_other_finishes(fleet, project):
    fleet.honest(pause=0.5)
    content = project.content("Issue", "Greet", branches=[(BRANCH, "acme/engine")])
    card = project.add(content, Status="For Implementation")
    with watching(fleet, "laptop") as laptop:
        wait_for(lambda: len(fleet.log()) == 2, 90)
        assert card.values["Status"] == "In Progress"
        # All of the machine, at once.
        (run, pid, _), = runs(fleet, "laptop")  # fmt: skip
        laptop.kill()
        os.kill(pid, signal.SIGKILL)
        laptop.wait()
    with watching(fleet, "pool"):
        wait_for(lambda: card.values["Status"] == "In Review", 90)
    assert [each["Kiro-Task"] for each in fleet.log()[1:]] == ["1.1", "1.2", "2", "3"]
    (other, _, verdict), = runs(fleet, "pool")  # fmt: skip
    assert verdict == "DONE"
    assert {each["Kiro-Run"] for each in fleet.log()[1:]} == {run, other}
    assert [f"key=run:{other}" in each["body"] for each in content.comments] == [True]


def test_of_two_machines_that_see_one_card_one_works_on_it(fleet, project):
    fleet.honest()
    content = project.content("Issue", "Greet", branches=[(BRANCH, "acme/engine")])
    card = project.add(content, Status="For Implementation")
    with watching(fleet, "laptop"), watching(fleet, "pool"):
        wait_for(lambda: card.values["Status"] == "In Review", 90)
    verdicts = sorted(str(verdict) for machine in ("laptop", "pool") for _, _, verdict in runs(fleet, machine))
    assert verdicts in (["DONE"], ["BUSY", "DONE"])
    assert len({each["Kiro-Run"] for each in fleet.log()[1:]}) == 1
    assert len(content.comments) == 1

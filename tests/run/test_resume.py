import subprocess
from pathlib import Path

import pytest

from cli.conftest import clone_of
from cli.place import Place
from e2e.world import BRANCH, World
from kiro_worker.testing.git_remote import BareRemote


@pytest.fixture
def two(tmp_path) -> tuple[Place, Place]:
    """Two repositories with a branch of the same name, and one machine that has worked on the first of them."""
    first, second = (
        World(folder=tmp_path, remote=BareRemote(tmp_path / f"{name}.git")) for name in ("first", "second")
    )
    for world in (first, second):
        world.spec()
    first.honest()
    assert first.run("--only", "1.1").verdict == "DONE"
    places = (
        Place(world=world, clone=clone_of(world, Path(f"{world.remote.url}-clone")), ids={})
        for world in (first, second)
    )
    return next(places), next(places)


def test_in_a_clone_only_a_run_of_its_own_repository_is_gone_on_with(two):
    _, second = two
    said = second("resume", "--quiet")
    assert said.status == 2
    assert said.err.startswith(f"run.unknown: This machine has seen no run of {second.world.remote.url}.")
    assert "kiro-worker resume BRANCH" in said.err
    assert second("resume", "--repository", "second.git", "--quiet", cwd=second.world.folder).status == 2


def test_a_branch_is_that_of_the_repository_one_stands_in(two):
    first, second = two
    agent = first.world.agent
    before = first.world.remote.tip(BRANCH)
    said = second("resume", BRANCH, "--quiet", "--agent", agent)
    assert said.status == 0, said.err
    assert second.world.done_by_worker() == ["1.1", "1.2", "2", "3"]
    assert first.world.remote.tip(BRANCH) == before


def test_a_run_is_found_by_its_id_wherever_one_stands(two):
    first, second = two
    run = first("list", "--json").json["runs"][0]["run"]
    said = second("resume", run, "--quiet")
    assert (said.status, said.lines[1]) == (0, f"# ALREADY_DONE: greeting on {BRANCH}")
    assert second.world.done_by_worker() == []


def test_a_run_of_another_machine_is_not_taken_for_a_branch(two):
    first, _ = two
    said = first("resume", "r-01kz0q3x9v8w7t6s5r4q3p2n1m", "--quiet")
    assert said.status == 2
    assert said.err == (
        "run.unknown: No run of this machine fits 'r-01kz0q3x9v8w7t6s5r4q3p2n1m'.\n"
        "  next: It is another machine's, or was removed here: kiro-worker resume BRANCH goes on from its branch.\n"
    )


def test_what_can_only_be_the_beginning_of_a_run_is_not_taken_for_a_branch(two):
    first, _ = two
    said = first("resume", "r-01kz0q", "--quiet")
    assert said.status == 2
    assert said.err.startswith("run.unknown: No run of this machine fits 'r-01kz0q'.")
    run = first("list", "--json").json["runs"][0]["run"]
    assert first("resume", run[:-2], "--quiet").lines[1] == f"# ALREADY_DONE: greeting on {BRANCH}"
    # A branch may well be called so.
    assert "run.branch-missing" in first("resume", "r-date", "--quiet").out


def test_another_remote_is_taken_where_it_is_named(two):
    _, second = two
    subprocess.run(["git", "-C", str(second.clone), "remote", "rename", "origin", "upstream"], check=True)
    said = second("resume", BRANCH)
    assert said.err.startswith("start.remote-missing: ")
    said = second("resume", BRANCH, "--remote", "upstream", "--only", "1.1", "--quiet", "--agent", second.world.agent)
    assert "start.remote-missing" not in said.err

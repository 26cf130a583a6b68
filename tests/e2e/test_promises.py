"""What the product's requirements promise of a whole run and no other test looks at; docs/requirements.md names these."""

import json
import os

import pytest

from e2e.world import BRANCH, FOLDER, TASKS, new_world


@pytest.fixture(scope="module")
def crashed(tmp_path_factory):
    """A run as a person reads it whose agent failed, once for the tests that only look at it."""
    world = new_world(tmp_path_factory.mktemp("crashed"))
    world.spec()
    world.turn("1\\.1", {"stderr": "fatal: the model has gone home"}, {"crash": 3})
    _, *words = world.arguments("run", "--only", "1.1", json_events=False)
    return world, world.call(*words)


def files_of(world, ran):
    folder = world.folder / "laptop/state/kiro-worker/runs" / ran.event("run.started")["run"]
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def refs(world):
    listed = world.remote.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split(" ") for line in listed)


def test_a_new_branch_begins_at_the_newest_commit_of_the_base_and_no_other_is_touched(world):
    world.spec()
    newest = world.remote.commit({f"{FOLDER}/tasks.md": TASKS})
    world.honest()
    before = refs(world)
    ran = world.run("--new-branch")
    assert ran.verdict == "DONE"
    branch = str(ran.event("workspace.prepared")["branch"])
    assert world.remote.git("merge-base", branch, "main").strip() == newest
    after = refs(world)
    added = {name for name in after if name not in before}
    assert f"refs/heads/{branch}" in added
    assert all(name == f"refs/heads/{branch}" or name.startswith("refs/kiro-worker/") for name in added)
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize(("marker", "words"), [("RED", "expected an exclamation mark"), ("GREEN", "all checks passed")])
def test_what_tests_print_is_kept_whether_they_pass_or_not(world, marker, words):
    world.spec()
    world.turn("1\\.1", {"write": marker, "content": ""})
    ran = world.run("--only", "1.1", "--repair-rounds", "0")
    assert words in files_of(world, ran)["tests.log"].read_text()


def test_a_failing_agents_own_words_are_kept_and_the_run_fails(crashed):
    world, ran = crashed
    (folder,) = (world.folder / "laptop/state/kiro-worker/runs").iterdir()
    kept = {path.name: path for path in folder.iterdir()}
    events = [json.loads(line) for line in kept["events.jsonl"].read_text().splitlines()]
    (decided,) = (event for event in events if event["event"] == "run.decided")
    assert (ran.status, decided["verdict"]) == (23, "AGENT_FAULT")
    assert (decided["cause"]["task"], decided["cause"]["step"]) == ("1.1", "implement")
    for name in ("events.jsonl", "run.json", "summary.md"):
        assert "the model has gone home" in kept[name].read_text(), name


def test_a_failure_is_told_in_the_log_with_its_code_its_cause_and_what_to_do(crashed):
    _, ran = crashed
    assert ran.status == 23
    for told in (
        "AGENT_FAULT",
        "agent.crashed (task 1.1, step implement)",
        "gone home",
        "next: Run: kiro-worker resume",
    ):
        assert told in ran.out + ran.err, told


def test_a_build_tells_branch_spec_environment_and_threshold_by_its_variables_and_is_linked(world):
    world.spec(base={".kiro/environments/staging.yaml": b"gates:\n  coverage_threshold: 85\n"})
    world.turn("1\\.1", {"write": "greet.txt", "content": "hello\n"}, {"write": "LOW", "content": ""})
    world.environment |= {
        "CODEBUILD_BUILD_ID": "shop:1",
        "CODEBUILD_BUILD_URL": "https://console.example.com/builds/1",
        "ENVIRONMENT": "staging",
        "BRANCH_NAME": BRANCH,
        "SPEC_PATH": str(FOLDER),
        "COVERAGE_THRESHOLD": "90",
    }
    _, *words = world.arguments("run", "--only", "1.1", "--repair-rounds", "0")
    words[words.index("--branch") : words.index("--branch") + 2] = []
    ran = world.call(*words)
    assert ran.status == 11
    started, *_ = map(json.loads, ran.out.splitlines())
    assert [started[name] for name in ("branch", "environment")] == [BRANCH, "staging"]
    assert "below 90" in ran.out or "90.0 %" in ran.out
    shown = world.call("pr", "show", "1", "--repository", world.remote.url)
    assert "https://console.example.com/builds/1" in shown.out


def test_a_program_on_the_search_path_is_an_agent_when_its_protocol_is_said(world):
    world.spec()
    programs = world.folder / "programs"
    programs.mkdir()
    agent = programs / "writer"
    agent.write_text("#!/bin/sh\ncat > prompt.txt\necho Done.\n")
    agent.chmod(0o755)
    world.environment["PATH"] = f"{programs}:{os.environ['PATH']}"
    assert world.run("--agent", "writer", "--only", "1.1").status == 2
    ran = world.run("--agent", "writer", "--protocol", "headless", "--only", "1.1")
    assert ran.verdict == "DONE"

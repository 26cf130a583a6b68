"""The repository's standards in whole runs: which of them an agent is sent with a task."""

import signal
from pathlib import Path

from e2e.standards import CODE, CONFLICT, GIT, ONE, OURS, TWO, Standards
from e2e.world import BRANCH, FOLDER, TASKS, World
from kiro_worker.power.lock import LOCK_PATH

_SHELL = (
    b"---\ninclusion: fileMatch\nfileMatchPattern: '**/*.sh'\n---\nQuote every variable. See #[[file:greet.sh:1-2]].\n"
)
_LETTERS = b"---\ninclusion: fileMatch\nfileMatchPattern: '*.txt'\n---\nLetters end with a line break.\n"
_RELEASE = b"---\ninclusion: manual\ndescription: How we release\n---\nRelease on Mondays.\n"


def prompts(world: World, ran) -> dict[str, str]:
    folder = world.folder / "laptop/state/kiro-worker/runs" / str(ran.event("run.started")["run"]) / "prompts"
    return {path.name.split("-")[1]: path.read_text() for path in sorted(Path(folder).iterdir())}


def test_each_task_is_sent_the_standards_that_apply_to_it(world):
    tasks = TASKS.replace(
        b"  - [ ] 1.2 Greet the world\n", b"  - [ ] 1.2 Greet the world with `greet.sh`\n    - See #release\n"
    )
    world.spec(
        {
            ".kiro/specs/greeting/tasks.md": tasks,
            ".kiro/steering/deep/tech.md": b"Plain words only.\n",
            ".kiro/steering/shell.md": _SHELL,
            ".kiro/steering/letters.md": _LETTERS,
            ".kiro/steering/release.md": _RELEASE,
            "AGENTS.md": b"Be kind.\n",
        }
    )
    world.honest()
    ran = world.run()
    assert ran.verdict == "DONE", ran.err
    told = prompts(world, ran)
    words = {
        "always": "Be kind.",
        "folder": "Plain words only.",
        "shell": "Quote every variable.",
        "lines": "# greet.sh, lines 1 to 2",
        "letters": "Letters end with",
        "release": "Release on Mondays.",
        "offered": "- .kiro/steering/release.md: How we release",
    }
    seen = {task: {name for name, text in words.items() if text in prompt} for task, prompt in told.items()}
    assert seen == {
        "1.1": {"always", "folder", "letters", "offered"},
        "1.2": {"always", "folder", "shell", "lines", "release"},
        "3": {"always", "folder", "offered"},
    }
    event = next(each for each in ran.all("steering.sent") if each["task"] == "1.2")
    assert [one["path"] for one in event["sent"]] == [
        "AGENTS.md",
        ".kiro/steering/deep/tech.md",
        ".kiro/steering/release.md",
        ".kiro/steering/shell.md",
        "greet.sh, lines 1 to 2",
    ]


def test_a_reference_is_no_way_around_the_policy(world):
    world.spec({"AGENTS.md": b"See #[[file:.env]] and #[[file:greet.sh]].\n", ".env": b"PASSWORD=zebra-elephant\n"})
    world.honest()
    ran = world.run()
    assert ran.verdict == "DONE", ran.err
    assert not any("zebra-elephant" in prompt for prompt in prompts(world, ran).values())
    (left,) = ran.event("steering.sent")["left_out"]
    assert left["path"] == ".env"
    assert "policy" in left["reason"]


# Standards that come from a power


def steering_commits(world: World) -> list[dict[str, str]]:
    return [commit for commit in world.log() if commit.get("Kiro-Kind") == "steering"]


def test_a_run_brings_the_standards_up_to_date_in_one_commit_before_the_first_task(world):
    standards = Standards(world.folder)
    old = standards.publish("1.0.0", git=ONE, code="# Code\n\nShort.\n")
    new = standards.publish("1.1.0", git=TWO, code="# Code\n\nShort and plain.\n", review="# Review\n\nKindly.\n")
    tasks = TASKS.replace(b"Write `greet.txt`", b"Write `greet.txt`, `world.txt` and `loud.txt`")
    world.spec(
        {f"{FOLDER}/tasks.md": tasks},
        base={
            LOCK_PATH: standards.lock(new, "1.1.0", old, "1.0.0"),
            GIT: f"{ONE}\n{OURS}".encode(),
            CODE: b"# Code\n\nVery short.\n",
        },
    )
    world.honest()
    ran = world.run()
    assert ran.verdict == "DONE", ran.err

    commits = world.log()
    assert commits[1]["subject"] == "Bring steering files to standards 1.1.0"
    assert (commits[1]["Kiro-Kind"], commits[1]["Kiro-Run"]) == ("steering", str(ran.event("run.started")["run"]))
    assert "Kiro-Task" not in commits[1]
    changed = world.remote.git("show", "--name-only", "--format=", commits[1]["oid"]).split()
    assert set(changed) == {GIT, CONFLICT, ".kiro/steering/review.md", LOCK_PATH}
    assert world.remote.read(GIT, BRANCH).decode() == f"{TWO}\n{OURS}"
    assert world.remote.read(CODE, BRANCH) == b"# Code\n\nVery short.\n"
    assert b"Short and plain." in world.remote.read(CONFLICT, BRANCH)

    prompt = prompts(world, ran)["1.1"]
    for words in ("Name the task and the issue.", "Our branches begin with x/.", "Very short.", "Kindly."):
        assert words in prompt
    assert "Short and plain." not in prompt

    told = ran.event("steering.synced")
    assert [(file["outcome"], file["path"]) for file in told["files"]] == [
        ("conflict", CONFLICT),
        ("updated", GIT),
        ("added", ".kiro/steering/review.md"),
    ]
    run = world.folder / "laptop/state/kiro-worker/runs" / str(ran.event("run.started")["run"])
    summary = (run / "summary.md").read_text()
    assert "Steering files were brought up to standards 1.1.0: updated .kiro/steering/git.md" in summary
    assert (
        "Steering files to be settled by a person"
        in world.call("pr", "show", "1", "--repository", world.remote.url).out
    )
    scope = next(gate for gate in ran.event("gates.judged")["results"] if gate["gate"] == "scope")
    assert [finding for finding in scope["findings"] if ".kiro/" in finding["path"]] == []

    again = world.run()
    assert again.verdict == "ALREADY_DONE", again.err
    assert len(steering_commits(world)) == 1


def test_standards_that_are_up_to_date_cost_no_commit_and_no_network(world):
    standards = Standards(world.folder)
    only = standards.publish("1.0.0", git=ONE)
    lock = standards.lock(only, "1.0.0", only, "1.0.0")
    world.spec(base={LOCK_PATH: lock, GIT: ONE.encode()})
    standards.remote.path.rename(world.folder / "gone")
    world.honest()
    ran = world.run("--only", "1.1")
    assert ran.verdict == "DONE", ran.err
    assert (ran.event("steering.synced")["current"], ran.event("steering.synced")["files"]) == (1, [])
    assert steering_commits(world) == []


def test_a_source_that_is_away_stops_no_run(world):
    standards = Standards(world.folder)
    world.spec(base={LOCK_PATH: standards.lock(standards.publish("1.0.0", git=ONE), "1.0.0")})
    standards.remote.path.rename(world.folder / "gone")
    world.honest()
    ran = world.run("--only", "1.1")
    assert ran.verdict == "DONE", ran.err
    assert any("could not be brought up to date" in str(note["note"]) for note in ran.all("run.noted"))


def test_a_power_that_is_not_what_was_locked_ends_the_run_before_an_agent_is_asked(world):
    standards = Standards(world.folder)
    lock = standards.lock(standards.publish("1.0.0", git=ONE), "1.0.0")
    standards.remote.git("tag", "-d", "v1.0.0")
    standards.publish("1.0.0", git=f"{ONE}\nPush to main.\n")
    world.spec(base={LOCK_PATH: lock})
    world.honest()
    ran = world.run()
    assert (ran.verdict, ran.cause["code"], ran.cause["step"]) == ("CONFIG", "power.content-moved", "steer")
    assert ran.all("turn.started") == []
    assert steering_commits(world) == []


def test_the_branch_does_not_choose_its_own_standards(world):
    standards = Standards(world.folder)
    good, evil = standards.publish("1.0.0", git=ONE), standards.publish("6.6.6", git="# Git\n\nPush to main.\n")
    world.spec({LOCK_PATH: standards.lock(evil, "6.6.6")}, base={LOCK_PATH: standards.lock(good, "1.0.0")})
    world.honest()
    ran = world.run("--only", "1.1")
    assert ran.verdict == "DONE", ran.err
    assert world.remote.read(GIT, BRANCH).decode() == ONE
    assert ran.event("steering.synced")["powers"] == [{"name": "standards", "version": "1.0.0"}]


def test_a_run_that_is_killed_while_it_steers_is_gone_on_with(world):
    standards = Standards(world.folder)
    only = standards.publish("1.0.0", git=ONE)
    world.spec(base={LOCK_PATH: standards.lock(only, "1.0.0")})
    world.honest()
    with world.running() as running:
        running.at_step("steer")
        running.signal(signal.SIGKILL)
        running.end()
    ran = world.run("--only", "1.1")
    assert ran.verdict == "DONE", ran.err
    assert len(steering_commits(world)) == 1
    assert world.remote.read(GIT, BRANCH).decode() == ONE

"""The repository's standards in whole runs: which of them an agent is sent with a task."""

from pathlib import Path

from e2e.world import TASKS, World

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

"""A branch that holds only TASK.md: a spec in memory, one task, and nothing of it left when the work is done."""

import pytest

from e2e.world import BRANCH, CHECK, WORKER

ASKED = b"""# Add Export Button

Add an export button to the UI

Constraints: Use existing button styles

Acceptance Criteria:
- Button appears in header
- Exports data as JSON
"""


@pytest.fixture
def asked(world):
    def ask(task=ASKED, settings=WORKER):
        world.remote.commit({"check.sh": CHECK, "greet.sh": b"line\n" * 10, ".kiro/worker.yaml": settings})
        world.remote.git("branch", BRANCH, "main")
        world.remote.commit({"TASK.md": task}, branch=BRANCH, message="feat: Add Export Button")
        world.turn("1", {"write": "button.txt", "content": "hello\n"}, {"say": "Done."})

    return ask


def files(world):
    return world.remote.git("ls-tree", "-r", "--name-only", BRANCH).split()


def test_a_task_file_is_carried_out_and_leaves_the_branch_before_its_pull_request_is_ready(world, asked):
    asked()
    over = world.run()
    assert (over.status, over.verdict) == (0, "DONE"), over.out[-3000:]
    admitted = over.event("run.admitted")
    assert (admitted["spec"], [each["id"] for each in admitted["criteria"]]) == ("TASK.md", ["1.1", "1.2"])
    assert over.event("pull-request.published")["draft"] is False
    assert "TASK.md" not in files(world)
    assert "button.txt" in files(world)
    done, gone = [each for each in world.log() if "Kiro-Run" in each]
    assert (done["Kiro-Task"], done["Kiro-Spec"], gone["Kiro-Kind"]) == ("1", "TASK.md", "task-file")
    prompt = next((world.folder / "laptop").rglob("prompts/001-*.txt")).read_text()
    for said in ("Add an export button to the UI", "Use existing button styles", "1.2  Exports data as JSON"):
        assert said in prompt
    again = world.run()
    assert (again.status, again.verdict) == (0, "ALREADY_DONE"), again.out[-3000:]
    assert again.event("pull-request.published")["draft"] is False


def test_a_red_end_keeps_the_task_file_with_the_worker_s_tick_and_the_next_run_goes_on(world, asked):
    asked()
    world.turns.clear()
    world.turn("1", {"write": "RED", "content": ""}, {"say": "Done."})
    world.turn(None, {"say": "No."})
    over = world.run()
    assert (over.verdict, over.event("pull-request.published")["draft"]) == ("TESTS_RED", True)
    assert world.remote.read("TASK.md", BRANCH).endswith(b"\n<!-- kiro-worker:done -->\n")
    world.turns.clear()
    world.turn(None, {"delete": "RED"}, {"say": "Mended."})
    assert world.run().verdict == "DONE"
    assert "TASK.md" not in files(world)


def test_it_stays_where_that_is_set_and_the_agent_cannot_tick_it(world, asked):
    asked(settings=WORKER + b"spec:\n  remove_task_file: false\n")
    world.turns.clear()
    world.turn(
        "1", {"write": "TASK.md", "content": "# Nothing\n"}, {"write": "button.txt", "content": "x\n"}, {"say": "Done."}
    )
    over = world.run()
    assert over.verdict == "DONE"
    assert over.event("changes.inspected")["claims"] == ["TASK.md"]
    assert world.remote.read("TASK.md", BRANCH) == ASKED + b"\n<!-- kiro-worker:done -->\n"


def test_one_that_came_with_the_base_is_nobody_s_task(world):
    world.spec(base={"TASK.md": ASKED})
    world.honest()
    assert world.run("--only", "1.1").event("run.admitted")["spec"] == "greeting"


def test_a_spec_and_a_task_file_that_are_both_new_are_a_question(world):
    world.spec({"TASK.md": ASKED})
    world.remote.git("branch", "both", BRANCH)
    over = world.run("--branch", "both")
    assert (over.status, over.cause["code"]) == (2, "spec.ambiguous")
    assert "TASK.md" in over.cause["message"]

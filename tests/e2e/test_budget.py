"""Budgets: told when they are nearly gone, stopped when they are, and nothing of the work lost."""

import pytest

from e2e.world import WORKER

MODELS = {
    "configOptions": [
        {
            "id": "model", "name": "Model", "category": "model", "type": "select", "currentValue": "big",
            "options": [{"value": "big", "name": "Big"}, {"value": "small", "name": "Small"}],
        }
    ]
}  # fmt: skip


def two_tasks(world, *more: object) -> None:
    world.spec()
    world.turn("1\\.1", {"write": "greet.txt", "content": "hello\n"}, {"usage": {"credits": 0.5}})
    world.turn("1\\.2", {"write": "world.txt", "content": "half\n"}, *more, {"wait": 30}, {"end": "end_turn"})


@pytest.mark.parametrize("limit", ["budget.credits=1.2", "budget.task_credits=0.7"])
def test_a_turn_that_uses_up_the_credits_is_stopped_in_the_middle_and_its_work_is_kept(world, limit):
    two_tasks(world, {"usage": {"credits": 0.6}}, {"usage": {"credits": 0.75}})
    over = world.run("--set", limit, "--only", "1.1", "--only", "1.2", timeout=25)
    assert (over.status, over.verdict) == (20, "BUDGET")
    assert "credits" in over.cause["message"]
    assert world.done_by_worker() == ["1.1"]
    assert world.remote.read("world.txt", "feature/greeting") == b"half\n"
    assert [event["unit"] for event in over.all("budget.near")] == ["credits"]
    assert "- [ ] 1.2" in world.tasks()


def test_turns_are_counted_even_where_an_agent_reports_nothing(world):
    world.spec()
    world.honest()
    over = world.run("--set", "budget.turns=1")
    assert (over.verdict, over.cause["code"]) == ("BUDGET", "agent.over-budget")
    assert world.done_by_worker() == ["1.1"]
    again = world.run("--set", "budget.turns=1", verb="resume")
    assert world.done_by_worker() == ["1.1", "1.2", "2"]
    assert again.verdict == "BUDGET"


def test_the_time_of_a_task_is_a_budget(world):
    two_tasks(world)
    over = world.run("--set", "budget.task_time=2s", "--only", "1.2", timeout=25)
    assert over.verdict == "BUDGET"
    assert "seconds for task 1.2" in over.cause["message"]


def test_changed_lines_are_a_budget_and_what_goes_beyond_it_is_no_finished_task(world):
    world.spec()
    world.turn("1\\.1", {"write": "greet.txt", "content": "hello\n" * 50})
    over = world.run("--set", "budget.task_lines=40", "--only", "1.1")
    assert (over.verdict, over.cause["code"]) == ("BUDGET", "run.budget")
    assert world.done_by_worker() == []
    assert world.remote.read("greet.txt", "feature/greeting") == b"hello\n" * 50


def test_an_overloaded_model_is_left_for_the_next_one_and_the_receipt_says_which_served(world):
    world.spec()
    world.session = MODELS
    world.turn(
        "1\\.1", {"write": "asked.txt", "content": "once\n"}, {"fail": {"code": 429, "message": "Rate limit exceeded"}},
        unless={"file": "asked.txt"},
    )  # fmt: skip
    world.turn("1\\.1", {"write": "greet.txt", "content": "hello\n"})
    over = world.run("--set", "agent.fallback_models=small", "--only", "1.1")
    assert world.done_by_worker() == ["1.1"]
    assert [event["model"] for event in over.all("agent.started")] == ["big", "small"]
    assert [event["outcome"] for event in over.all("turn.ended")] == ["throttled", "ended"]


def test_an_allowance_that_is_used_up_is_asked_for_once(world):
    world.spec()
    world.turn("1\\.1", {"fail": {"code": -32603, "message": "MonthlyLimitReached: upgrade your plan"}})
    over = world.run("--only", "1.1")
    assert (over.verdict, over.cause["code"]) == ("AGENT_FAULT", "agent.exhausted")
    assert len(over.all("turn.started")) == 1


def test_another_model_does_another_kind_of_work(world):
    world.spec({".kiro/worker.yaml": WORKER + b'agent:\n  models:\n    "task:1.2": small\n'})
    world.session = MODELS
    world.honest()
    over = world.run("--only", "1.1", "--only", "1.2")
    assert [event["model"] for event in over.all("agent.started")] == ["big", "small"]


def test_a_turn_that_fills_the_disk_is_ended_and_its_files_are_dropped(world):
    world.spec()
    world.turn("1\\.1", {"write": "greet.txt", "content": "hello\n"})
    filling = [
        step for number in range(12) for step in ({"write": f"fill-{number}", "content": "x" * 2**20}, {"wait": 0.1})
    ]
    world.turn("1\\.2", *filling, {"wait": 30})
    over = world.run("--set", "budget.disk=8", "--only", "1.1", "--only", "1.2", timeout=40)
    assert (over.status, over.verdict, over.cause["code"]) == (20, "BUDGET", "agent.fills-disk")
    assert "MiB of disk for task 1.2" in over.cause["message"]
    assert world.done_by_worker() == ["1.1"]
    assert "fill-0" not in world.remote.git("ls-tree", "--name-only", "feature/greeting")
    assert not list((world.folder / "laptop").rglob("fill-*"))

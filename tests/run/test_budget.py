import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.agent.port import Usage
from kiro_worker.config.settings import AgentSettings
from kiro_worker.run.budget import Budget, Reached, Spent, Unit, amounts_of, reached
from kiro_worker.run.models import models_for, pause_before

FIVE = Budget(run={Unit.CREDITS: 5}, task={Unit.CREDITS: 2})


def test_a_limit_of_nothing_is_none():
    spent = Spent().plus("1", {Unit.CREDITS: 1e9})
    assert reached(Budget(), spent, "1") == reached(Budget(run={Unit.CREDITS: 0}), spent, "1") == ()


@pytest.mark.parametrize(("used", "told", "over"), [(1.59, 0, False), (1.6, 1, False), (1.99, 1, False), (2, 1, True)])
def test_four_fifths_are_told_and_the_whole_is_over(used, told, over):
    near = reached(FIVE, Spent().plus("1", {Unit.CREDITS: used}), "1")
    assert len(near) == told
    assert any(one.is_over for one in near) is over


def test_each_task_has_its_own_and_the_run_has_the_sum():
    spent = Spent().plus("1", {Unit.CREDITS: 1.5}).plus("2", {Unit.CREDITS: 1.5}).plus("", {Unit.CREDITS: 2.0})
    assert reached(FIVE, spent, "2") == (Reached(unit=Unit.CREDITS, used=5, limit=5),)
    assert spent.tasks == {"1": {Unit.CREDITS: 1.5}, "2": {Unit.CREDITS: 1.5}}


def test_what_is_used_up_comes_first():
    budget = Budget(run={Unit.TURNS: 10, Unit.CREDITS: 1})
    spent = Spent().plus("1", {Unit.TURNS: 9, Unit.CREDITS: 1})
    assert [one.unit for one in reached(budget, spent, "1")] == [Unit.CREDITS, Unit.TURNS]


def test_what_an_agent_does_not_report_is_not_counted():
    assert amounts_of(Usage()) == {}
    assert amounts_of(Usage(credits=0.5, output_tokens=3)) == {Unit.CREDITS: 0.5, Unit.TOKENS: 3}


@given(st.lists(st.tuples(st.sampled_from(["", "1", "2"]), st.integers(0, 50)), max_size=20))
def test_the_order_of_spending_does_not_matter(uses):
    def total(order):
        spent = Spent()
        for task, amount in order:
            spent = spent.plus(task, {Unit.TURNS: amount})
        return spent

    assert total(uses) == total(sorted(uses))


@pytest.mark.parametrize(
    ("task", "kind", "asked"),
    [
        ("2.1", "work", ("for-2.1", "spare")),
        ("2.1", "repair", ("for-2.1", "spare")),
        ("3", "repair", ("for-repairs", "spare")),
        ("3", "work", ("for-users", "spare")),
    ],
)
def test_the_nearest_model_is_asked(task, kind, asked):
    settings = AgentSettings(
        model="usual",
        models=(("spec:users", "for-users"), ("kind:repair", "for-repairs"), ("task:2.1", "for-2.1")),
        fallback_models=("spare",),
    )
    assert models_for(settings, spec="users", task=task, kind=kind) == asked
    assert models_for(settings, spec="other", task="9", kind="work") == ("usual", "spare")


def test_the_agent_s_own_model_is_one_to_fall_back_from():
    assert models_for(AgentSettings(fallback_models=("a", "b")), spec="s", task="1", kind="work") == ("", "a", "b")


def test_waits_double_to_five_minutes_and_other_models_are_asked_at_once():
    assert [pause_before(attempt, 1) for attempt in range(8)] == [0, 10, 20, 40, 80, 160, 300, 300]
    assert [pause_before(attempt, 3) for attempt in range(4)] == [0, 0, 0, 10]

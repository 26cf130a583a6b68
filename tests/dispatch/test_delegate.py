"""Ideas as files that read back as exactly what was asked for."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.dispatch.delegate import DelegationUnfit, Form, Idea, branch_of, checked, files_of, opening_of, slug_of
from kiro_worker.git.name import branch_ref
from kiro_worker.spec import read_spec, resolve
from kiro_worker.spec.task_file import TASK_FILE

MOMENT = datetime(2025, 12, 5, 18, 10, tzinfo=UTC)
IDEA = Idea(title="Add it", objective="So that\nit is there", constraints="Old styles", acceptance=("a", "b"))


def spec_of(idea, form):
    files = files_of(idea, form)
    name = TASK_FILE if form is Form.TASK_FILE else slug_of(idea.title)
    return read_spec(name, {path.rpartition("/")[2]: content for path, content in files.items()})


@pytest.mark.parametrize("form", list(Form))
def test_both_forms_say_the_same(form):
    spec = spec_of(IDEA, form)
    (task,) = spec.tasks.leaves
    assert (task.title, [(each.id, each.text) for each in spec.criteria]) == ("Add it", [("1.1", "a"), ("1.2", "b")])
    assert [each.id for each in resolve(spec, task).criteria] == ["1.1", "1.2"]
    assert "Old styles" in "\n".join(task.details)
    assert spec.diagnostics == ()


def test_an_idea_without_criteria_is_one_all_the_same():
    for form in Form:
        assert spec_of(Idea(title="Add it"), form).criteria == ()


TEXT = st.text(max_size=30)


@given(TEXT, TEXT, TEXT, st.lists(TEXT, max_size=4), st.sampled_from(Form))
def test_whatever_is_asked_for_reads_back_or_is_refused(title, objective, constraints, acceptance, form):
    try:
        idea = checked(Idea(title=title, objective=objective, constraints=constraints, acceptance=tuple(acceptance)))
        spec = spec_of(idea, form)
    except DelegationUnfit:
        return
    assert len(spec.criteria) == len(idea.acceptance)
    assert len(spec.tasks.leaves) == 1
    assert resolve(spec, spec.tasks.leaves[0]).dangling == ()


@given(TEXT)
def test_every_title_makes_a_branch_that_git_takes(title):
    assert branch_ref(branch_of(title, MOMENT))


def test_what_the_pull_request_says_at_first_does_nothing_besides_being_read():
    said = opening_of(Idea(title="@ada <!-- x", objective="# fixes #1", acceptance=("- [x] **b**",)))
    assert "@ada" not in said
    assert "#1" not in said
    assert "<!-- x" not in said

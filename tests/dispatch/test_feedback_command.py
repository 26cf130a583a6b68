"""Which remarks are commands."""

import pytest

from kiro_worker.dispatch.feedback.command import Command, Unclear, Verb, command_in


@pytest.mark.parametrize(
    ("body", "verb", "tasks"),
    [
        ("/kiro-worker retry", Verb.RETRY, ()),
        ("\n  /Kiro-Worker STOP  \nplease", Verb.STOP, ()),
        ("/kiro-worker explain", Verb.EXPLAIN, ()),
        ("/kiro-worker only 2.1", Verb.ONLY, ("2.1",)),
        ("/kiro-worker only 2.1,2.2 2.1 3#2 ~0a1b2c3d", Verb.ONLY, ("2.1", "2.2", "3#2", "~0a1b2c3d")),
        ("<!-- a template -->\n/kiro-worker retry", Verb.RETRY, ()),
    ],
)
def test_a_command_is_the_first_line_of_a_remark(body, verb, tasks):
    assert command_in(body) == Command(verb=verb, tasks=tasks)


@pytest.mark.parametrize(
    "body",
    [
        "", "retry", "Please /kiro-worker retry", "> /kiro-worker stop", "`/kiro-worker stop`", "Hm.\n/kiro-worker stop",
        "/kiro-workers stop", "<!-- /kiro-worker stop -->", "<!--\n/kiro-worker stop",
    ],
)  # fmt: skip
def test_what_only_speaks_of_a_command_is_none(body):
    assert command_in(body) is None


@pytest.mark.parametrize(
    "body",
    [
        "/kiro-worker", "/kiro-worker merge", "/kiro-worker retry now", "/kiro-worker only", "/kiro-worker only all",
        "/kiro-worker only --set", "/kiro-worker only 1;2", f"/kiro-worker only {' '.join(map(str, range(21)))}",
    ],
)  # fmt: skip
def test_what_is_meant_for_the_worker_and_is_no_command_is_told(body):
    assert isinstance(command_in(body), Unclear)

"""The cases themselves: each is what it says it is, before anybody judges it."""

import ast
from collections import Counter

import pytest

from hollow.change import change_of
from hollow.table import HOLLOW, HONEST
from kiro_worker.git.hunks import hunks_of
from kiro_worker.testing.git_remote import BareRemote

HOLLOW_ONES = [case for cases in HOLLOW.values() for case in cases]
HONEST_ONES = [case for cases in HONEST.values() for case in cases]
ALL = [pytest.param(case, id=case.name) for case in (*HOLLOW_ONES, *HONEST_ONES)]
GATES = {"tests", "coverage", "bite", "tamper", "scope", "checks"}


def test_there_are_as_many_as_were_asked_for():
    assert len(HOLLOW_ONES) >= 45
    assert len(HONEST_ONES) >= 25


def test_each_has_a_name_of_its_own():
    counted = Counter(case.name for case in (*HOLLOW_ONES, *HONEST_ONES))
    assert [name for name, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("case", ALL)
def test_a_case_changes_something_and_says_why_it_is_there(case):
    change = change_of(case)
    assert {file.path for file in change} == set(case.change)
    assert case.why.endswith("."), case.why
    for file in change:
        if file.path.endswith(".py") and file.after is not None:
            ast.parse(file.text)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in HOLLOW_ONES])
def test_a_hollow_case_says_which_gate_catches_it_and_where(case):
    assert case.by
    assert set(case.by) <= GATES
    assert not case.at or case.at in {*case.before, *case.after}


def test_the_lines_of_a_change_are_numbered_as_git_does(tmp_path):
    case = next(case for case in HOLLOW_ONES if case.name == "test-deleted")
    remote = BareRemote(tmp_path / "origin.git")
    for files in (case.before, case.after):
        remote.commit({path: text.encode() for path, text in files.items()})
    hunks = hunks_of(remote.git("diff", "-U0", "--no-renames", "main~", "main").encode())
    assert {file.path: file.hunks for file in change_of(case)} == {
        path.decode(): found for path, found in hunks.items()
    }

"""Which spec a branch is about."""

import pytest

from kiro_worker.spec import Ambiguous, Candidate, Chosen, Clue, NotFound, choose_spec

AUTH, PAY, OLD = Candidate("user-auth", 3), Candidate("pay", 1), Candidate("old", 0)
ALL = (AUTH, PAY, OLD)


def test_the_clues_are_asked_in_their_order():
    clues = {
        "flag": "old",
        "trailer": "pay",
        "mapping": {"user-auth": "pay"},
        "branch": "user-auth",
        "changed_since_base": {"pay"},
    }
    assert choose_spec(ALL, **clues) == Chosen("old", Clue.FLAG)
    del clues["flag"]
    assert choose_spec(ALL, **clues) == Chosen("pay", Clue.TRAILER)
    del clues["trailer"]
    assert choose_spec(ALL, **clues) == Chosen("pay", Clue.MAPPING)
    del clues["mapping"]
    assert choose_spec(ALL, **clues) == Chosen("user-auth", Clue.BRANCH)
    clues["branch"] = "other"
    assert choose_spec(ALL, **clues) == Chosen("pay", Clue.CHANGED)
    assert choose_spec((PAY, OLD), branch="other") == Chosen("pay", Clue.ONLY_OPEN)


@pytest.mark.parametrize(
    ("branch", "name"),
    [("pay", "pay"), ("feature/pay", "pay"), ("a/b/pay", "pay"), ("user/auth", "user-auth"), ("old", "old")],
)
def test_a_branch_names_its_spec(branch: str, name: str):
    assert choose_spec(ALL, branch=branch) == Chosen(name, Clue.BRANCH)


def test_the_whole_branch_goes_before_its_last_segment():
    specs = (Candidate("feature/pay", 1), Candidate("feature-pay", 1), Candidate("pay", 1))
    assert choose_spec(specs, branch="feature/pay") == Chosen("feature/pay", Clue.BRANCH)
    assert choose_spec(specs[1:], branch="feature/pay") == Chosen("feature-pay", Clue.BRANCH)
    assert choose_spec(specs[2:], branch="feature/pay") == Chosen("pay", Clue.BRANCH)


def test_a_name_that_was_given_is_never_passed_over():
    assert choose_spec(ALL, flag="nope", branch="pay") == NotFound(asked="nope", by=Clue.FLAG)
    assert choose_spec(ALL, mapping={"pay": "nope"}, branch="pay") == NotFound(asked="nope", by=Clue.MAPPING)


def test_a_trailer_of_a_spec_that_is_gone_is_passed_over():
    assert choose_spec(ALL, trailer="gone", branch="pay") == Chosen("pay", Clue.BRANCH)


def test_ambiguity_is_named_and_never_guessed():
    assert choose_spec(ALL) == Ambiguous(("pay", "user-auth"), Clue.ONLY_OPEN)
    assert choose_spec(ALL, changed_since_base={"pay", "user-auth", "old"}) == Ambiguous(
        ("pay", "user-auth"), Clue.CHANGED
    )


def test_a_change_of_a_finished_spec_is_no_clue():
    assert choose_spec((PAY, OLD), changed_since_base={"old"}) == Chosen("pay", Clue.ONLY_OPEN)


def test_where_nothing_is_open_nothing_is_found():
    assert choose_spec((OLD,)) == NotFound(done=("old",))
    assert choose_spec(()) == NotFound()

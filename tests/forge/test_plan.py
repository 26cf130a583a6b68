import pytest

from kiro_worker.forge import PullRequest
from kiro_worker.forge.body import merge
from kiro_worker.forge.plan import Create, Leave, Update, pick, plan
from kiro_worker.testing.forge_contract import BRANCH, proposal


def pull(number=1, **changes):
    wanted = {
        "number": number, "url": "", "title": "T", "body": merge("", proposal().block, run="r-one").body,
        "branch": BRANCH, "base": "main", "draft": True, "open": True, "head": "a",
    }  # fmt: skip
    return PullRequest(**{**wanted, **changes})


def closed(number=1, **changes):
    return pull(number, open=False, **changes)


@pytest.mark.parametrize(
    ("pulls", "change", "kind"),
    [
        ((), {}, Create),
        ((pull(branch="other"),), {}, Create),
        ((pull(),), {}, Leave),
        ((pull(body=pull().body.replace("\n", "\r\n")),), {}, Leave),
        ((pull(title="Another"),), {}, Leave),
        ((pull(),), {"draft": False}, Update),
        ((pull(),), {"block": "new"}, Update),
        ((pull(),), {"run": "r-two"}, Update),
        ((pull(),), {"base": "next"}, Update),
        ((pull(base="next", body="mine"),), {}, Update),
        ((closed(),), {"commit": "b"}, Leave),
        ((closed(),), {"commit": "a", "run": "r-two"}, Leave),
        ((closed(),), {"commit": "b", "run": "r-two"}, Create),
        ((closed(body="no block"),), {"commit": "b"}, Create),
        ((closed(2), closed(1)), {"commit": "b"}, Leave),
        ((closed(2), pull(1)), {}, Leave),
    ],
)
def test_only_what_is_missing_is_planned(pulls, change, kind):
    assert isinstance(plan(proposal(**change), pulls), kind)


def test_an_update_names_only_what_differs():
    assert plan(proposal(draft=False), (pull(),)) == Update(pull=pull(), draft=False)
    planned = plan(proposal(base="next"), (pull(),))
    assert (planned.body, planned.base, planned.draft) == (None, "next", None)


@pytest.mark.parametrize(
    ("pulls", "number"),
    [
        ((pull(3, base="next"), pull(2), pull(1, base="old")), 2),
        ((pull(3, base="next", body="mine"), pull(2, base="old")), 2),
        ((pull(3, base="next", body="mine"), pull(2, base="old", body="mine")), 3),
    ],
)
def test_of_several_open_ones_that_to_the_base_comes_first_then_the_worker_s_own(pulls, number):
    assert plan(proposal(), pulls).pull.number == number


def test_the_open_one_stands_for_a_branch_even_when_it_is_older():
    assert pick((closed(2), pull(1))).number == 1
    assert pick((closed(2), closed(1))).number == 2
    assert pick(()) is None


def test_the_end_of_the_last_one_is_told():
    (note,) = plan(proposal(commit="b"), (closed(7),)).notes
    assert note.startswith("Pull request #7 was closed without being merged, and that is taken as an answer")
    assert "push a commit to feature/login" in note
    (note,) = plan(proposal(commit="b"), (closed(7, merged=True),)).notes
    assert note == "Pull request #7 was merged already; nothing was changed."
    (note,) = plan(proposal(commit="b", run="r-two"), (closed(7, merged=True),)).notes
    assert note == "Pull request #7 of this branch was merged; this is a new one."

import pytest

from dispatch.things import REPOSITORY, card
from kiro_worker.board.port import CardBranch, Hindrance, Link, Obstacle
from kiro_worker.dispatch.item import WorkItem, item_of
from kiro_worker.dispatch.reason import Reason, Standing, weightiest


def address(named: str) -> str | None:
    return {"acme/shop": REPOSITORY, "acme/fork": "https://forge.example/acme/fork"}.get(named)


def test_a_card_with_one_branch_is_an_item():
    found = item_of(card(branches=(CardBranch(name="feature/login", link=Link.LINKED, pull_request=7),)), address)
    assert isinstance(found, WorkItem)
    assert (found.repository, found.branch, found.pull_request, found.id) == (REPOSITORY, "feature/login", 7, "c1")


def test_the_surest_way_in_which_a_branch_is_named_counts():
    branches = (
        CardBranch(name="feature/meant", link=Link.FIELD),
        CardBranch(name="feature/linked", link=Link.LINKED),
    )
    found = item_of(card(branches=branches), address)
    assert isinstance(found, WorkItem)
    assert found.branch == "feature/meant"


def test_the_same_branch_named_twice_is_one_and_two_repositories_are_two():
    twice = tuple(CardBranch(name="x", link=Link.CLOSES, pull_request=number) for number in (0, 9))
    found = item_of(card(branches=twice), address)
    assert isinstance(found, WorkItem)
    assert found.pull_request == 9
    apart = (CardBranch(name="x", link=Link.CLOSES), CardBranch(name="x", link=Link.CLOSES, repository="acme/fork"))
    told = item_of(card(branches=apart), address)
    assert isinstance(told, Reason)
    assert told.code == "card.branches"


@pytest.mark.parametrize(
    ("given", "code", "standing"),
    [
        ({"branches": ()}, "card.no-branch", Standing.UNFIT),
        (
            {"branches": (CardBranch(name="a", link=Link.LINKED), CardBranch(name="b", link=Link.LINKED))},
            "card.branches",
            Standing.QUESTION,
        ),
        ({"repository": ""}, "card.repository", Standing.UNFIT),
        ({"repository": "who/knows"}, "card.repository", Standing.UNFIT),
        (
            {"hindrances": (Hindrance(kind=Obstacle.CLOSED, why="It is closed.", cure="Open it."),), "branches": ()},
            "card.closed",
            Standing.UNFIT,
        ),
    ],
)
def test_what_is_not_clear_is_told_and_never_guessed(given, code, standing):
    told = item_of(card(**given), address)
    assert isinstance(told, Reason)
    assert (told.code, told.standing, bool(told.why and told.cure)) == (code, standing, True)


def test_what_several_reasons_mean_together():
    def of(*standings: Standing) -> Standing | None:
        return weightiest(tuple(Reason(code="a.b", standing=each, why="") for each in standings))

    assert of() is None
    assert of(Standing.WAITING, Standing.UNFIT) is Standing.UNFIT
    assert of(Standing.UNFIT, Standing.QUESTION) is Standing.QUESTION
    assert of(Standing.QUESTION, Standing.UNKNOWN) is Standing.UNKNOWN
